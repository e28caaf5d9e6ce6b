# SPDX-License-Identifier: Apache-2.0
"""What the story needs around it: the simulated print server and devices, a private CUPS, the daemon and what people
see. Every program has a free port, a temporary folder and is ended by its process number."""

import json
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "tests", "integration", "lib"))
from private_cups import PrivateCups  # noqa: E402
from running import Device, Program, binary, source, wait_until  # noqa: E402

# Who sits where. A model file says what a device can do; settings are what an administrator states of this one device.
DEVICES = {
    "kyocera-2nd": {"name": "Kyocera 2nd floor", "place": "2nd floor, kitchen", "maker": "Kyocera",
                    "model": "TASKalfa 6052ci", "file": "vendors/kyocera/devices/taskalfa-6052ci.json",
                    "ports": ["ipp:0:device-spooling:name=terminal", "raw:0:plain:name=raw"],
                    "settings": {"terminal-present": True, "unknown-id-jobs": "permit", "release": "immediate"}},
    "kyocera-lobby": {"name": "Kyocera lobby", "place": "lobby", "maker": "Kyocera", "model": "ECOSYS FS-4100DN",
                      "file": "vendors/kyocera/devices/ecosys-fs-4100dn.json", "ports": ["raw:0:plain:name=raw"],
                      "settings": {"unknown-id-jobs": "permit"}},
    "kyocera-board": {"name": "Kyocera board room", "place": "4th floor", "maker": "Kyocera", "model": "TASKalfa 6052ci",
                      "file": "vendors/kyocera/devices/taskalfa-6052ci.json", "ports": ["raw:0:plain:name=raw"],
                      "arguments": ["--unknown-id", "reject"],
                      "settings": {"terminal-present": False, "unknown-id-jobs": "reject"}},
    "ricoh-3rd": {"name": "Ricoh 3rd floor", "place": "3rd floor", "maker": "Ricoh", "model": "Aficio SP C430DN",
                  "file": "vendors/ricoh/devices/aficio-sp-c430dn.json", "ports": ["raw:0:plain:name=raw"],
                  "settings": {"terminal-present": False, "unknown-id-jobs": "permit"}},
    "acme-lab": {"name": "Acme lab", "place": "ground floor, lab", "maker": "Acme", "model": "Laser 9000",
                 "file": "samples/vendor-acme/devices/laser-9000.json", "ports": ["raw:0:plain:name=raw"],
                 "settings": {"unknown-id-jobs": "permit"}},
    "old-laser": {"name": "Old laser", "place": "store room", "maker": "Noname", "model": "LP-1", "file": None,
                  "ports": ["lpr:0:plain:name=lpr:queue=lp"], "settings": {"unknown-id-jobs": "permit", "duplex": False}},
}


class Stage:
    """addCleanup and doCleanups as in unittest, so that the helpers of the integration tests can be used."""

    def __init__(self):
        self._cleanups = []
        self.folder = tempfile.mkdtemp(prefix="printrouter-demo-")
        self.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        os.chmod(self.folder, 0o755)
        self.me = pwd.getpwuid(os.geteuid()).pw_name
        self.devices, self.server, self.cups, self.router, self.watch = {}, None, None, None, None
        self.protocol = "ipp"
        self.pinned = {}  # listeners keep their ports over a restart; CUPS points at them
        self.balances = {}

    def addCleanup(self, function, *arguments, **keywords):
        self._cleanups.append((function, arguments, keywords))

    def doCleanups(self):
        while self._cleanups:
            function, arguments, keywords = self._cleanups.pop()
            try:
                function(*arguments, **keywords)
            except (OSError, AssertionError, ValueError) as problem:
                print("cleaning up: %s" % problem, file=sys.stderr)

    def path(self, name):
        return os.path.join(self.folder, name)

    def keep(self, folder):
        """Copies logs, state and what the sinks received."""
        for name, source_folder in [("stage", self.folder)] + [("server", self.server.output) if self.server else ("", "")] + \
                [(name, device.output) for name, device in self.devices.items()] + \
                [("cups", os.path.join(self.cups.root, "log")) if self.cups else ("", "")]:
            if source_folder:
                shutil.copytree(source_folder, os.path.join(folder, name), dirs_exist_ok=True,
                                ignore=shutil.ignore_patterns("*.sock"))

    def start_sinks(self):
        self.server = Device(self, "--server", "--port", "ipp:0:name=ipp", "--port", "lpr:0:name=lpr:queue=print",
                             "--on-arrival", "hold", "--truncated", "discards", "--no-snmp", "--no-hash", "--count", "none")
        for name, device in DEVICES.items():
            arguments = ["--no-snmp", "--no-hash", "--count", "none", *device.get("arguments", ())]
            if device["file"]:
                arguments += ["--model", source(device["file"])]
            for port in device["ports"]:
                arguments += ["--port", port]
            self.devices[name] = Device(self, *arguments)

    def sinks(self):
        return [("server", self.server.output)] + [("device", device.output) for device in self.devices.values()]

    def write_config(self, **fallback):
        """The daemon's configuration with this *Fallback printing* part of the profile; returns its path."""
        rules = {"enabled": True, "target": {"group": "house"}, "contact": "the service desk, telephone 4711",
                 "untested": "allow"}
        rules.update(fallback)
        ports = self.pinned
        listeners = [{"protocol": "ipp", "port": ports.get("ipp", 0), "queue": "office", "path": "/ipp/print"},
                     {"protocol": "lpr", "port": ports.get("lpr", 0), "queue": "office"},
                     {"protocol": "raw", "port": ports.get("raw", 0), "queue": "office"}]
        queue = {"ipp": "/ipp/print", "lpr": "print"}[self.protocol]
        entries = [{"id": name, **device_entry(device, self.devices[name])} for name, device in DEVICES.items()]
        config = {
            "listeners": listeners,
            "server": {"name": "print server", "protocol": self.protocol, "host": "127.0.0.1",
                       "port": self.server.port(self.protocol), "queue": queue, "on_arrival": "hold",
                       "truncated": "discards"},
            "profile": {"name": "office", "printing": {"fallback": rules}},
            "groups": {"house": list(DEVICES)},
            "devices": entries,
            "device_models": MODEL_FOLDERS,
            "plugins": {"folders": plugin_folders()},
            # Whoever runs this demo plays several people; as with CUPS' own account their names are believed.
            "identity": {"trusted_spoolers": sorted({"lp", "root", self.me}), "accept_asserted": True},
            "timeouts": {"answer_timeout": "1s", "progress_timeout": "10s", "close_timeout": "3s"},
            "health": {"probe_interval": "2s", "probe_interval_down": "500ms", "device_interval": "30s"},
            "log": {"level": "info", "file": self.path("printrouterd.log")},
            "balances_file": self.path("balances.json"),
            "prices_file": self.path("prices.json"),
        }
        self.write_json("balances.json", {"currency": "EUR", "decimals": 2, "balances": self.balances,
                                          "as_of": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())})
        self.write_json("prices.json", {"currency": "EUR", "decimals": 2, "lists": {"default": {"mono": 4, "color": 15}}})
        return self.write_json("printrouter.json", config)

    def write_json(self, name, value):
        path = self.path(name)
        with open(path + ".new", "w", encoding="utf-8") as file:
            json.dump(value, file, indent=2)
        os.rename(path + ".new", path)
        return path


class Router:
    """The daemon. start(), kill(), stop(), reload(); .ports by protocol, the same after a restart. `config` and `state`
    are names in the stage's folder."""

    def __init__(self, stage, config="printrouter.json", state="state"):
        self.stage, self.program, self.ports = stage, None, {}
        self.config, self.state = stage.path(config), stage.path(state)
        self.socket = self.state + ".sock"

    def start(self):
        self.program = Program(self.stage, [binary("printrouterd"), "--config", self.config, "--state-dir", self.state,
                                            "--socket", self.socket], ready=None)
        began = time.monotonic()
        while True:
            if self.program.returncode is not None:
                raise AssertionError("printrouterd ended with %s: %s" % (self.program.returncode, self.program.stderr()))
            done = self.ask("status", "--wait-ready", "--timeout", "2", check=False)
            if done:
                break
            if time.monotonic() - began > 30:
                raise AssertionError("printrouterd is not ready after 30 s")
        self.ports = {listener["protocol"]: listener["port"] for listener in done["listeners"]}
        return time.monotonic() - began

    def ask(self, *words, check=True):
        """printrouter WORDS --json; None if it failed and check is false."""
        done = subprocess.run([binary("printrouter"), "--socket", self.socket, "--json", *[str(word) for word in words]],
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60, check=False)
        if done.returncode == 0 or (done.returncode == 1 and not check and done.stdout.strip()):
            return json.loads(done.stdout)
        if check:
            raise AssertionError("printrouter %s exits with %d: %s" % (
                " ".join(str(word) for word in words), done.returncode, (done.stdout + done.stderr).decode()[:500]))
        return None

    def jobs(self):
        return self.ask("jobs", "--all")

    def reload(self):
        """SIGHUP, and wait until the log says what came of it."""
        log = self.stage.path("printrouterd.log")
        before = os.path.getsize(log)
        os.kill(self.program.pid, signal.SIGHUP)

        def came():
            with open(log, encoding="utf-8", errors="replace") as file:
                file.seek(before)
                said = file.read()
            if "not reloaded" in said:
                raise AssertionError(said)
            return " reloaded" in said
        wait_until(came, 10, "the configuration is reloaded")

    def kill(self):
        self.program.kill()


class Watch:
    """printrouter watch: what it shows goes into a file; answers are typed into its standard input."""

    def __init__(self, stage, router, screen="screen.txt"):
        self.router, self.process = router, None
        self.lines = []
        self.path = stage.path(screen)
        open(self.path, "w", encoding="utf-8").close()
        stage.addCleanup(self.stop)

    def start(self):
        self.process = subprocess.Popen([binary("printrouter"), "--socket", self.router.socket, "--lang", "en", "watch"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                                        stderr=subprocess.STDOUT)
        self._reader = threading.Thread(target=self._read, args=(self.process,), daemon=True)
        self._reader.start()

    def _read(self, process):
        with open(self.path, "a", encoding="utf-8") as file:
            for line in process.stdout:
                text = line.decode(errors="replace").rstrip("\n")
                file.write(text + "\n")
                file.flush()
                self.lines.append(text)

    def type(self, text):
        self.process.stdin.write((text + "\n").encode())
        self.process.stdin.flush()

    @staticmethod
    def is_list(line):
        return line.startswith("?? ") and "Where shall it be printed" in line

    def shows_list(self, typed, what):
        """Types that, and waits for the list of printers that comes; the number of its first line."""
        since = len(self.lines)
        self.type(typed)
        at = self.wait_line(self.is_list, since, what=what)
        self.wait_line(lambda line: "number = print there" in line, at, what="the end of the list")
        return at

    def wait_line(self, predicate, since=0, seconds=10, what="a line"):
        def look():
            for number in range(since, len(self.lines)):
                if predicate(self.lines[number]):
                    return number + 1
            return None
        return wait_until(look, seconds, "watch shows " + what) - 1

    def stop(self):
        if self.process is None:
            return
        if self.process.poll() is None:
            self.process.terminate()
            try:
                self.process.wait(5)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        self._reader.join(2)
        self.process.stdin.close()
        self.process.stdout.close()
        self.process = None


def device_entry(device, simulator):
    """A device of DEVICES as a configuration or the server's directory names it."""
    ports = []
    for port in simulator.ready["ports"]:
        entry = {"protocol": port["protocol"], "port": port["port"], "class": port["class"]}
        if port["protocol"] == "ipp":
            entry["queue"] = "/" + port["queue"].lstrip("/")
        elif port["protocol"] == "lpr":
            entry["queue"] = port["queue"]
        ports.append(entry)
    return {"address": "127.0.0.1", "ports": ports,
            **{key: device[key] for key in ("name", "place", "maker", "model", "settings")}}


MODEL_FOLDERS = [source(folder) for folder in ("vendors/kyocera/devices", "vendors/ricoh/devices",
                                               "samples/vendor-acme/devices")]


def library_folder():
    library = os.path.abspath(os.path.join(os.path.dirname(binary("x")), "..", "lib", "printrouter"))
    return os.environ.get("PRINTROUTER_LIB") or library


def plugin_folders():
    return [os.path.join(library_folder(), "plugins"), os.path.join(library_folder(), "samples")]


def sabotaged_plugin_folders(stage):
    """The same plugins, with one that counts a page too many in the place of the one for PDF."""
    plugins, samples = plugin_folders()
    mine = stage.path("plugins")
    shutil.copytree(plugins, mine, ignore=shutil.ignore_patterns("pdf.so", "pdf.plugin.json"))
    shutil.copytree(os.path.join(library_folder(), "sabotage"), mine, dirs_exist_ok=True)
    return [mine, samples]


def start_cups(stage):
    """CUPS with three queues that point at the router, which need not run yet for lpd and socket."""
    cups = PrivateCups(stage, "JobRetryInterval 1")
    ports = stage.router.ports
    cups.everywhere("everywhere", "ipp://localhost:%d/ipp/print" % ports["ipp"])
    cups.queue("lpd", "lpd://127.0.0.1:%d/office?reserve=none" % ports["lpr"], "-o", "printer-error-policy=retry-current-job")
    cups.queue("socket", "socket://127.0.0.1:%d" % ports["raw"], "-o", "printer-error-policy=retry-current-job")
    cups.client(["lpadmin", "-p", "everywhere", "-o", "printer-error-policy=retry-current-job"])
    return cups


__all__ = ["DEVICES", "MODEL_FOLDERS", "Device", "Router", "Stage", "Watch", "device_entry", "plugin_folders", "sabotaged_plugin_folders",
           "source", "start_cups", "wait_until"]
