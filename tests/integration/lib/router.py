# SPDX-License-Identifier: Apache-2.0
"""printrouterd with a configuration of its own: port 0 everywhere, a temporary state folder, ended by its PID.

    device = Device(self, "--port", "raw:0")
    server = Device(self, "--server", "--port", "lpr:0")
    router = Router(self, server=upstream(server, "lpr-1", queue="office"),
                    devices=[entry("lobby", device, "raw-1")], fallback={"target": {"printer": "lobby"}})
    client(["nc", "-N", "127.0.0.1", router.port("raw")], stdin=document)
    job = router.wait_job(lambda job: job["state"] == "completed")

Router(test, listeners=, server=, devices=, groups=, fallback=, start=True, user=None, **configuration)
    listeners: default one of each protocol, queue "print"; fallback: the profile's printing.fallback (enabled is added;
    None: fallback is off); everything else by its top-level name in the configuration. user=: the daemon's account.
.config (dict, change it and .write_config()), .config_file, .state, .socket, .program (running.Program), .pid
.start() (returns when ready), .stop() -> exit code, .kill() SIGKILL, .restart(), .pause()/.resume() SIGSTOP/SIGCONT, .log()
.status, .listeners, .port(protocol, queue=None), .uri(protocol, queue=None): what a CUPS queue points at
.run(*words, user=None) -> CompletedProcess (text), .cli(*words, user=None, check=True) -> decoded --json answer
.jobs(user=None) all, finished ones too; .job(id); .wait_job(predicate=final, seconds=20); .questions(); .notifications()
.http(method, path, body=None, user=None) -> (status, decoded body): curl at the control socket
Watch(test, router, user=None, lang="en", arguments=()): `printrouter watch`; .lines, .wait_line(text), .type(line)

upstream(device, port_name, **facts) and entry(id, device, *port_names, ports=(), settings=, **facts) make the
configuration's "server" and "devices[]" from a simulator. accounts(n): names of n local accounts that are neither root
nor a spooler, or SkipTest with the reason when the test does not run as root. as_user(name, argv) -> argv.
"""

import json
import os
import pwd
import shutil
import signal
import subprocess
import tempfile
import threading
import time
import unittest

from running import Program, binary, client, wait_until

FINAL = ("completed", "canceled", "aborted")
LISTENERS = [{"protocol": "ipp", "port": 0}, {"protocol": "lpr", "port": 0}, {"protocol": "raw", "port": 0}]
ACCOUNTS = ("games", "news", "mail", "nobody", "uucp", "backup")


def final(job):
    return job["state"] in FINAL


def accounts(count=1):
    if os.geteuid() != 0:
        raise unittest.SkipTest("needs root to act as several local accounts")
    if shutil.which("setpriv") is None:
        raise unittest.SkipTest("needs setpriv (util-linux)")
    found = []
    for name in ACCOUNTS:
        try:
            pwd.getpwnam(name)
        except KeyError:
            continue
        found.append(name)
    if len(found) < count:
        raise unittest.SkipTest("needs %d of the accounts %s" % (count, ", ".join(ACCOUNTS)))
    reach = subprocess.run(as_user(found[0], [binary("printrouter"), "--version"]), stdout=subprocess.DEVNULL,
                           stderr=subprocess.DEVNULL, check=False)
    if reach.returncode != 0:
        raise unittest.SkipTest("other accounts may not run " + binary("printrouter"))
    return found[:count]


def as_user(name, argv):
    if name is None:
        return [str(word) for word in argv]
    account = pwd.getpwnam(name)
    return ["setpriv", "--reuid", str(account.pw_uid), "--regid", str(account.pw_gid), "--clear-groups", "--"] + \
        [str(word) for word in argv]


def upstream(device, port_name, **facts):
    port = device.ports[port_name]
    out = {"name": "server", "protocol": port["protocol"], "host": "127.0.0.1", "port": port["port"]}
    if port["protocol"] == "lpr":
        out["queue"] = port["queue"] or "office"
    if port["protocol"] == "ipp":
        out["queue"] = "/" + (port["queue"] or "ipp/print").lstrip("/")
    out.update(facts)
    return out


def entry(device_id, device, *port_names, ports=(), **facts):
    """A configuration's device. ports=: further ports, or changed ones, as they stand in the configuration."""
    listed = []
    for name in port_names:
        port = device.ports[name]
        item = {"protocol": port["protocol"], "port": port["port"], "class": port["class"]}
        if port["protocol"] == "lpr":
            item["queue"] = port["queue"] or "lp"
        if port["protocol"] == "ipp":
            item["queue"] = "/" + (port["queue"] or "ipp/print").lstrip("/")
        listed.append(item)
    out = {"id": device_id, "address": "127.0.0.1", "ports": listed + list(ports),
           "settings": {"unknown-id-jobs": "permit", "terminal-present": False}}
    out["settings"].update(facts.pop("settings", {}))
    out.update(facts)
    return out


class Router:
    def __init__(self, test, listeners=None, server=None, devices=(), groups=None, fallback=None, start=True, user=None,
                 environment=None, **configuration):
        self.test = test
        self.user = user
        self.environment = environment or {}
        self.folder = tempfile.mkdtemp(prefix="printrouter-")
        test.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        os.chmod(self.folder, 0o755)
        self.state = os.path.join(self.folder, "state")
        self.socket = os.path.join(self.folder, "control.sock")
        self.config_file = os.path.join(self.folder, "printrouter.json")
        if user is not None:
            shutil.chown(self.folder, user)
        self.config = dict(configuration)
        self.config["listeners"] = [dict(listener) for listener in (LISTENERS if listeners is None else listeners)]
        if server is not None:
            self.config["server"] = server
        if devices:
            self.config["devices"] = list(devices)
            self.config["groups"] = groups if groups is not None else {"all": [device["id"] for device in devices]}
        if "profile" not in self.config:
            rules = {"enabled": False}
            if fallback is not None:
                rules = dict({"enabled": True, "contact": "the help desk"}, **fallback)
                if "target" not in rules:
                    rules["target"] = {"group": "all"}
            self.config["profile"] = {"name": "test", "printing": {"fallback": rules}}
        self.config.setdefault("health", {"probe_interval_down": "300ms", "probe_interval": "2s"})
        self.program = None
        self.status = None
        self.write_config()
        if start:
            self.start()

    def write_config(self, text=None):
        """The whole file or the old one."""
        part = self.config_file + ".new"
        with open(part, "w", encoding="utf-8") as out:
            out.write(json.dumps(self.config, indent=1) if text is None else text)
        os.replace(part, self.config_file)

    def argv(self, *more):
        return as_user(self.user, [binary("printrouterd"), "--config", self.config_file, "--state-dir", self.state,
                                   "--socket", self.socket, *more])

    def launch(self):
        """Starts and does not wait."""
        self.program = Program(self.test, self.argv(), ready=None, env=self.environment)
        return self.program

    def start(self, seconds=30):
        self.launch()
        return self.wait_ready(seconds)

    def wait_ready(self, seconds=30):
        def answered():
            if self.program.returncode is not None:
                raise AssertionError("printrouterd ended with %s: %s" % (self.program.returncode, self.log()[-4000:]))
            done = self.run("--json", "status", "--wait-ready", "--timeout", "1")
            return json.loads(done.stdout) if done.returncode == 0 else None
        self.status = wait_until(answered, seconds, "printrouterd is ready")
        return self.status

    @property
    def pid(self):
        return self.program.pid

    def stop(self):
        return self.program.stop()

    def kill(self):
        return self.program.kill()

    def restart(self):
        if self.program.returncode is None:
            self.stop()
        return self.start()

    def pause(self):
        os.kill(self.pid, signal.SIGSTOP)
        # A test that fails meanwhile must still be able to end it.
        self.test.addCleanup(self.resume)

    def resume(self):
        if self.program.returncode is None:
            os.kill(self.pid, signal.SIGCONT)

    def hang_up(self):
        os.kill(self.pid, signal.SIGHUP)

    def log(self):
        return self.program.stderr()

    @property
    def listeners(self):
        return self.status["listeners"]

    def listener(self, protocol, queue=None):
        index = [item for item in zip(self.config["listeners"], self.listeners) if item[1]["protocol"] == protocol and
                 (queue is None or item[0].get("queue", "print") == queue)]
        if not index:
            raise AssertionError("no %s listener for %s: %s" % (protocol, queue, self.listeners))
        return index[0][1]

    def port(self, protocol, queue=None):
        return self.listener(protocol, queue)["port"]

    def uri(self, protocol, queue=None):
        door = self.listener(protocol, queue)
        if protocol == "ipp":
            return "ipp://localhost:%d%s" % (door["port"], door["path"])
        if protocol == "lpr":
            return "lpd://127.0.0.1:%d/%s" % (door["port"], door["queue"])
        return "socket://127.0.0.1:%d" % door["port"]

    def run(self, *words, user=None, stdin=b"", timeout=60, env=None):
        done = client(as_user(user, [binary("printrouter"), "--socket", self.socket, *words]), stdin=stdin,
                      timeout=timeout, env=dict({"LC_ALL": "C.UTF-8"}, **(env or {})))
        done.stdout = done.stdout.decode()
        done.stderr = done.stderr.decode()
        return done

    def cli(self, *words, user=None, check=True, stdin=b""):
        done = self.run("--json", *words, user=user, stdin=stdin)
        if check and done.returncode != 0:
            raise AssertionError("printrouter %s exits with %d: %s%s" % (" ".join(map(str, words)), done.returncode,
                                                                        done.stdout, done.stderr))
        return json.loads(done.stdout)

    def jobs(self, user=None):
        return self.cli("jobs", "--all", user=user)

    def job(self, job_id, user=None):
        return self.cli("job", str(job_id), user=user)

    def wait_job(self, predicate=final, seconds=20, user=None):
        """The newest job that fulfils the predicate, as soon as there is one."""
        def look():
            found = [job for job in self.jobs(user) if predicate(job)]
            return max(found, key=lambda job: job["id"]) if found else None
        try:
            return wait_until(look, seconds, "a job as expected")
        except AssertionError as problem:
            raise AssertionError("%s; there are %s\n%s" % (problem, json.dumps(self.jobs(user), indent=1),
                                                           self.log()[-4000:])) from None

    def http(self, method, path, body=None, user=None, headers=(), raw=False, timeout=30):
        argv = ["curl", "-sS", "--unix-socket", self.socket, "-X", method, "-w", "\n%{http_code}"]
        for line in headers:
            argv += ["-H", line]
        data = b""
        if body is not None:
            data = body if isinstance(body, bytes) else json.dumps(body).encode()
            argv += ["--data-binary", "@-"]
            if not any(line.lower().startswith("content-type") for line in headers):
                argv += ["-H", "Content-Type: application/json"]
        done = client(as_user(user, argv + ["http://localhost" + path]), stdin=data, timeout=timeout, check=True)
        content, _, code = done.stdout.rpartition(b"\n")
        return int(code), content if raw else json.loads(content)

    def questions(self, user=None):
        return self.http("GET", "/v1/questions", user=user)[1]

    def wait_question(self, job=None, seconds=10, user=None):
        def look():
            found = [question for question in self.questions(user) if question["state"] == "open" and
                     (job is None or question["job"] == job)]
            return found[-1] if found else None
        return wait_until(look, seconds, "a question; jobs: %s" % self.jobs(user))

    def notifications(self, user=None):
        return self.http("GET", "/v1/notifications", user=user)[1]

    def wait_server(self, state, seconds=15):
        return wait_until(lambda: self.cli("status")["server"]["state"] == state, seconds, "server is " + state)


class Watch:
    """`printrouter watch`, as a person sees it: lines with the time at which they came."""

    def __init__(self, test, router, *arguments, user=None, lang="en"):
        self._process = subprocess.Popen(as_user(user, [binary("printrouter"), "--socket", router.socket, "--lang", lang,
                                                        "watch", *arguments]),
                                         stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        self.lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        test.addCleanup(self.stop)

    def _read(self):
        for line in self._process.stdout:
            self.lines.append((time.monotonic(), line.decode(errors="replace").rstrip("\n")))

    @property
    def text(self):
        return "\n".join(line for _, line in self.lines)

    def wait_line(self, *words, seconds=10):
        """(time, line) of the first line that has all these words."""
        def look():
            for item in list(self.lines):
                if all(word in item[1] for word in words):
                    return item
            return None
        try:
            return wait_until(look, seconds, "a line with %s" % (words,))
        except AssertionError as problem:
            raise AssertionError("%s; watch shows:\n%s" % (problem, self.text)) from None

    def type(self, line):
        self._process.stdin.write(line.encode() + b"\n")
        self._process.stdin.flush()

    def stop(self):
        if self._process.poll() is None:
            self._process.terminate()
        code = self._process.wait(10)
        self._reader.join(2)
        for stream in (self._process.stdin, self._process.stdout):
            try:
                stream.close()
            except OSError:
                pass  # it left before it read what was typed
        return code
