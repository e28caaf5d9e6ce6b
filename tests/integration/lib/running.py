# SPDX-License-Identifier: Apache-2.0
"""Starting and stopping programs in integration tests. Python standard library only.

    from running import Device, Program, client, wait_until

    class MyTest(unittest.TestCase):
        def test_it(self):
            device = Device(self, "--port", "raw:0", "--port", "lpr:0:device-spooling:name=terminal")
            client(["nc", "-N", "127.0.0.1", str(device.port("raw-1"))], stdin=b"hello\\n")
            job = device.wait_job(lambda job: job["state"] == "completed")
            self.assertEqual(job["pages"], 1)

Program(test, argv, ready=..., env=...)
    Starts argv (no shell), reads standard output until a JSON line comes whose "ready" is true (or, with
    ready=function, until function(line) returns something else than None; ready=None: does not wait) and keeps
    that value in .ready. Stops it by its own PID when the test ends: SIGTERM, after 10 s SIGKILL. A program that dies
    before it is ready raises with its standard error. .stop(), .kill() (SIGKILL), .pid, .returncode, .stderr().

Device(test, *arguments)
    printrouter-device with a temporary output folder, removed after the test. .port(name) TCP port,
    .uri(name), .control(method, path, body) -> decoded JSON (raises ControlError on a status of 400 and above),
    .jobs(), .wait_job(predicate), .document(id) -> bytes, .fault("reset", port="raw-1", ...) -> id,
    .clear_faults(), .snmp_port, .counters(), .output (folder).

client(argv, stdin=b"", timeout=30, check=None)
    Runs a foreign client to its end; returns CompletedProcess with bytes. check=True: raises unless it exits with 0.

wait_until(condition, seconds=10, what="...")
    Polls condition() until it is true and returns its value; AssertionError after the deadline.

HeldPort(port=0)
    A TCP port on loopback that nobody else is given until .close(): connections are refused unless a server listens on
    .number, which any that sets SO_REUSEADDR can. held_port(test): the number of one that is held until the test ends.
    The ports that a Program named in its ready line stay held after its end.

binary(name): path of a program of this build (PRINTROUTER_BIN). source(path): a path in the source tree.
Pages(n, kind="ps") -> bytes of an n-page PostScript or PDF document (PDF made by Ghostscript).
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.error
import urllib.request


def source(path):
    root = os.environ.get("PRINTROUTER_SOURCE") or os.path.join(os.path.dirname(__file__), "..", "..", "..")
    return os.path.abspath(os.path.join(root, path))


def binary(name):
    folder = os.environ.get("PRINTROUTER_BIN") or source("build/dev/bin")
    return os.path.join(folder, name)


def wait_until(condition, seconds=10, what="condition"):
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("not within %s s: %s" % (seconds, what))
        time.sleep(0.01)


def zone(to_midnight, further_east=0):
    """TZ of a place where a new day begins in so many seconds, or of one so many seconds (up to two hours) further east."""
    east = (86400 - to_midnight - int(time.time()) + 43200) % 86400 - 43200 + further_east
    hours, seconds = divmod(abs(east), 3600)
    return "TST%s%02d:%02d:%02d" % ("-" if east >= 0 else "+", hours, seconds // 60, seconds % 60)


def client(argv, stdin=b"", timeout=30, check=None, env=None):
    result = subprocess.run([str(word) for word in argv], input=stdin, stdout=subprocess.PIPE,
                            stderr=subprocess.PIPE, timeout=timeout, check=False,
                            env=dict(os.environ, **(env or {})))
    if check and result.returncode != 0:
        raise AssertionError("%s exits with %d: %s" % (argv[0], result.returncode,
                                                       (result.stdout + result.stderr).decode(errors="replace")))
    return result


class HeldPort:
    def __init__(self, port=0):
        self._socket = socket.socket()
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self._socket.bind(("127.0.0.1", port))
        self.number = self._socket.getsockname()[1]

    def close(self):
        self._socket.close()


def held_port(test):
    held = HeldPort()
    test.addCleanup(held.close)
    return held.number


def ports_in(value):
    """Of a ready line, however deep."""
    if isinstance(value, list):
        return [port for item in value for port in ports_in(item)]
    if not isinstance(value, dict):
        return []
    return [port for name, item in value.items()
            for port in ([item] if name == "port" and isinstance(item, int) else ports_in(item))]


def json_ready(line):
    try:
        value = json.loads(line)
    except ValueError:
        return None
    return value if isinstance(value, dict) and value.get("ready") is True else None


class Program:
    def __init__(self, test, argv, ready=json_ready, env=None, seconds=20):
        self._errors = tempfile.TemporaryFile()
        self._process = subprocess.Popen([str(word) for word in argv], stdin=subprocess.DEVNULL,
                                         stdout=subprocess.PIPE, stderr=self._errors,
                                         env=dict(os.environ, **(env or {})))
        self._held = []
        test.addCleanup(self._close)
        self.lines = []
        self.ready = None
        self._found = threading.Event()
        self._reader = threading.Thread(target=self._read, args=(ready,), daemon=True)
        self._reader.start()
        if ready is not None:
            wait_until(lambda: self._found.is_set() or self._process.poll() is not None, seconds,
                       "%s is ready" % argv[0])
            self._found.wait(1)
            if self.ready is None:
                raise AssertionError("%s ended with %s before it was ready: %s"
                                     % (argv[0], self._process.poll(), self.stderr()))

    def _read(self, ready):
        for line in self._process.stdout:
            text = line.decode(errors="replace").rstrip("\n")
            self.lines.append(text)
            if ready is not None and self.ready is None:
                self.ready = ready(text)
                if self.ready is not None:
                    self._found.set()

    @property
    def pid(self):
        return self._process.pid

    @property
    def returncode(self):
        return self._process.poll()

    def stderr(self):
        self._errors.flush()
        self._errors.seek(0)
        return self._errors.read().decode(errors="replace")

    def stop(self, seconds=10):
        """SIGTERM and wait; returns the exit code."""
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self._process.kill()
                self._process.wait()
            self._hold_ports()
        return self._process.returncode

    def kill(self):
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
            self._hold_ports()
        return self._process.returncode

    def _hold_ports(self):
        """A client that still looks for this program must not find another test's."""
        for port in ports_in(self.ready):
            try:
                self._held.append(HeldPort(port))
            except OSError:
                pass  # a successor listens there already

    def _close(self):
        self.stop()
        for held in self._held:
            held.close()
        self._reader.join(2)
        self._process.stdout.close()
        self._errors.close()


class ControlError(Exception):
    def __init__(self, status, body):
        super().__init__("%d %s" % (status, body))
        self.status = status
        self.body = body


class Device(Program):
    def __init__(self, test, *arguments):
        self.output = tempfile.mkdtemp(prefix="printrouter-device-")
        test.addCleanup(shutil.rmtree, self.output, ignore_errors=True)
        super().__init__(test, [binary("printrouter-device"), "--output-dir", self.output, "--exit-with-parent",
                                *arguments])
        self.ports = {port["name"]: port for port in self.ready["ports"]}
        self.snmp_port = self.ready.get("snmp", {}).get("port")

    def port(self, name):
        return self.ports[name]["port"]

    def uri(self, name):
        return self.ports[name]["uri"]

    def control(self, method, path, body=None, raw=False):
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.ready["control"]["url"] + path, data=data, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                content = answer.read()
        except urllib.error.HTTPError as problem:
            with problem:
                raise ControlError(problem.code, problem.read().decode(errors="replace")) from None
        return content if raw else json.loads(content)

    def jobs(self):
        return self.control("GET", "/jobs")

    def counters(self):
        return self.control("GET", "/counters")

    def document(self, job_id):
        return self.control("GET", "/jobs/%d/document" % job_id, raw=True)

    def wait_job(self, predicate=lambda job: job["state"] in ("completed", "cancelled", "aborted", "held"), seconds=20):
        """The newest job that fulfils the predicate, as soon as there is one."""
        def look():
            found = [job for job in self.jobs() if predicate(job)]
            return found[-1] if found else None
        return wait_until(look, seconds, "a job as expected; there are %s" % [
            (job["id"], job["state"], job["outcome"]) for job in self.jobs()])

    def fault(self, kind, **fields):
        return self.control("POST", "/faults", dict(fields, fault=kind))["id"]

    def clear_faults(self):
        self.control("DELETE", "/faults")


def Pages(count, kind="ps"):
    text = "%!PS-Adobe-3.0\n" + "".join(
        "/Helvetica findfont 20 scalefont setfont 72 %d moveto (page %d) show showpage\n" % (700, page + 1)
        for page in range(count))
    if kind == "ps":
        return text.encode()
    return client(["gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pdfwrite", "-sOutputFile=-", "-"],
                  stdin=text.encode(), check=True).stdout
