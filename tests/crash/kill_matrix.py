#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The daemon killed with SIGKILL at every state change and at random moments under load.

    kill_matrix.py [--kills N] [--seed S] [--route ipp|lpr|raw|down]... [--verbose]

Each life of the daemon takes documents from several submitters (IPP and LPR) until it is killed: by itself at the n-th
durable transition into a state (PRINTROUTER_CRASH_AT), or by us at a random moment. After some lives it may run on, and
then every document whose submitter got an acknowledgement must be whole at the print server, or be listed as unknown.
What was printed is read from the bytes at the server; how many deliveries were under way at a kill is read from the
journal file, without the daemon. Routes: ipp has a receipt (the job list), lpr and raw have none; down: the server
refuses connections while the daemon is killed. The last line is JSON with the counts; exit 1 if one is wrong."""

import argparse
import http.client
import json
import os
import random
import shutil
import signal
import socket
import sqlite3
import statistics
import struct
import subprocess
import sys
import tempfile
import threading
import time

from print_sinks import IppSink, LprSink, RawSink, document

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.environ.get("PRINTROUTER_SOURCE") or os.path.dirname(os.path.dirname(HERE))
BIN = os.environ.get("PRINTROUTER_BIN") or os.path.join(SOURCE, "build", "dev", "bin")
STATES = {"ipp": ("incoming", "sending", "first-byte", "confirming", "completed"),
          "lpr": ("incoming", "sending", "first-byte", "completed"),
          "raw": ("incoming", "sending", "first-byte", "unknown", "completed"),
          "down": ("incoming", "held", "sending")}
LIVES_BEFORE_A_REST = 8
PARALLEL = 8


def wait_until(condition, seconds, what):
    deadline = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > deadline:
            raise AssertionError("not within %s s: %s" % (seconds, what))
        threading.Event().wait(0.01)


class Http(http.client.HTTPConnection):
    """HTTP on the control socket."""

    def __init__(self, path):
        super().__init__("localhost", timeout=10)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(10)
        self.sock.connect(self.path)


class Daemon:
    def __init__(self, sink, protocol):
        server = {"name": "server", "protocol": protocol, "host": "127.0.0.1", "port": sink.port,
                  "truncated": "discards" if protocol == "ipp" else "prints"}
        if protocol == "lpr":
            server["queue"] = "office"
        if protocol == "ipp":
            server["queue"] = "/ipp/print"
        if protocol == "raw":
            server["probe"] = {"protocol": "tcp", "host": "127.0.0.1", "port": sink.port}
        self.prepare(tempfile.mkdtemp(prefix="pr-kill-"), {
            "listeners": [{"protocol": "ipp", "port": 0}, {"protocol": "lpr", "port": 0}],
            "server": server, "limits": {"parallel": PARALLEL}, "health": {"probe_interval_down": "200ms"},
            "profile": {"printing": {"fallback": {"enabled": False}}}})

    def prepare(self, folder, configuration):
        os.chmod(folder, 0o755)
        self.folder = folder
        self.state = os.path.join(folder, "state")
        self.socket = os.path.join(folder, "control.sock")
        self.log = os.path.join(folder, "log")
        self.config = os.path.join(folder, "config.json")
        with open(self.config, "w", encoding="utf-8") as out:
            json.dump(configuration, out)
        self.process = None
        self.status = None
        self.ready_ms = []

    def start(self, crash_at=None, kill_after=None):
        """False if it was killed before it was ready (crash_at, or kill_after so many seconds)."""
        environment = dict(os.environ)
        environment.pop("PRINTROUTER_CRASH_AT", None)
        if crash_at:
            environment["PRINTROUTER_CRASH_AT"] = crash_at
        if os.path.exists(self.socket):
            os.unlink(self.socket)
        begin = time.monotonic()
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(
                [os.path.join(BIN, "printrouterd"), "--config", self.config, "--state-dir", self.state,
                 "--socket", self.socket], env=environment, stdout=log, stderr=log)

        if kill_after is not None:
            threading.Timer(kill_after, self.kill).start()

        def ready():
            if self.process.poll() is not None:
                return "ended"
            try:
                self.status = self.get("/v1/status")
                return "up"
            except (OSError, http.client.HTTPException, ValueError):
                return None

        how = wait_until(ready, 30, "the daemon is ready")
        if how == "up":
            self.ready_ms.append(1000 * (time.monotonic() - begin))
        elif self.process.returncode != -signal.SIGKILL:
            raise AssertionError("the daemon ended with %s:\n%s" % (self.process.returncode, self.tail()))
        return how == "up"

    def get(self, path):
        connection = Http(self.socket)
        try:
            connection.request("GET", path)
            return json.loads(connection.getresponse().read())
        finally:
            connection.close()

    def jobs(self):
        answer = self.get("/v1/jobs?all=true")
        return answer if isinstance(answer, list) else answer["jobs"]

    def port(self, protocol):
        return next(entry["port"] for entry in self.status["listeners"] if entry["protocol"] == protocol)

    def alive(self):
        return self.process.poll() is None

    def kill(self):
        if self.alive():
            self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=30)

    def sending_now(self):
        """Titles of jobs that the journal says were being sent; read from a copy, the daemon is dead."""
        with tempfile.TemporaryDirectory() as copy:
            for name in os.listdir(self.state):
                if name.startswith("journal"):
                    shutil.copy(os.path.join(self.state, name), copy)
            file = next((n for n in os.listdir(copy) if not n.endswith(("-wal", "-shm", "-journal"))), None)
            if file is None:
                return set()
            database = sqlite3.connect(os.path.join(copy, file))
            try:
                return {json.loads(row[0]).get("title", "") for row in
                        database.execute("SELECT json FROM jobs WHERE state = 'sending'")}
            except sqlite3.OperationalError:
                return set()  # killed before there was a schema
            finally:
                database.close()

    def tail(self):
        with open(self.log, encoding="utf-8", errors="replace") as log:
            return log.read()[-3000:]


def ipp_print(port, name, data, two_steps, user=None):
    """True once the router has said that it has the job. two_steps: Create-Job and Send-Document. user: asserted."""
    def value(tag, key, text):
        return struct.pack(">BH", tag, len(key)) + key + struct.pack(">H", len(text)) + text

    def request(operation, attributes, payload=b""):
        body = struct.pack(">HHI", 0x0200, operation, 1) + b"\x01" + value(0x47, b"attributes-charset", b"utf-8") + \
            value(0x48, b"attributes-natural-language", b"en") + \
            value(0x45, b"printer-uri", b"ipp://127.0.0.1:%d/ipp/print" % port) + \
            (value(0x42, b"requesting-user-name", user.encode()) if user else b"") + attributes + b"\x03" + payload
        connection.request("POST", "/ipp/print", body, {"Content-Type": "application/ipp"})
        answer = connection.getresponse().read()
        done = len(answer) >= 8 and struct.unpack(">H", answer[2:4])[0] < 0x0100
        return IppSink.parse(answer)[3] if done else None

    title = value(0x42, b"job-name", name.encode())
    format_ = value(0x49, b"document-format", b"application/postscript")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        if not two_steps:
            return request(0x0002, title + format_, data) is not None
        created = request(0x0005, title)
        return created is not None and request(
            0x0006, value(0x21, b"job-id", created["job-id"]) + format_ + value(0x22, b"last-document", b"\x01"),
            data) is not None
    finally:
        connection.close()


def lpr_print(port, name, data):
    control = b"Hlocalhost\nProot\nJ" + name.encode() + b"\nldfA001localhost\nUdfA001localhost\nN" + name.encode() + b"\n"
    with socket.create_connection(("127.0.0.1", port), timeout=20) as connection:
        for message in (b"\x02print\n", b"\x02%d cfA001localhost\n" % len(control), control + b"\0",
                        b"\x03%d dfA001localhost\n" % len(data), data + b"\0"):
            connection.sendall(message)
            if connection.recv(1) != b"\0":
                return False
    return True


class Matrix:
    def __init__(self, route, seed, verbose):
        self.route = route
        self.random = random.Random("%s-%s" % (route, seed))
        self.verbose = verbose
        self.receipt = route in ("ipp", "down")
        self.sink = {"raw": lambda: RawSink(reset_every=9), "lpr": LprSink}.get(route, IppSink)()
        self.daemon = Daemon(self.sink, route if route in ("raw", "lpr") else "ipp")
        self.count = 0
        self.acknowledged = set()
        self.submitted = set()
        self.kills = {}
        self.in_flight = 0  # deliveries under way, added up over all kills
        self.unknown_allowed = set()
        self.problems = []

    def submit_some(self, documents):
        """Submits from four threads until all is in or the daemon is dead."""
        names = []
        for _ in range(documents):
            self.count += 1
            names.append("%s-%d" % (self.route, self.count))
        lock = threading.Lock()
        size = {name: self.random.choice((600, 3000, 10000, 90000)) for name in names}

        def work():
            while True:
                with lock:
                    if not names or not self.daemon.alive():
                        return
                    name = names.pop()
                    self.submitted.add(name)
                way = int(name.split("-")[1]) % 4
                data = document(name, size[name])
                try:
                    done = lpr_print(self.daemon.port("lpr"), name, data) if way == 0 else \
                        ipp_print(self.daemon.port("ipp"), name, data, way == 1)
                except (OSError, http.client.HTTPException):
                    continue  # no acknowledgement: whatever became of it is right
                if done:
                    with lock:
                        self.acknowledged.add(name)

        threads = [threading.Thread(target=work) for _ in range(4)]
        for thread in threads:
            thread.start()
        return threads

    def life(self):
        state = self.random.choice(STATES[self.route] + ("random", "random", "starting"))
        most = 2 if state in ("incoming", "unknown", "confirming") else 9
        crash_at = None if state in ("random", "starting") else "%s:%d" % (state, self.random.randint(1, most))
        if self.route == "down":
            self.sink.close()
        up = self.daemon.start(crash_at, self.random.uniform(0, 0.1) if state == "starting" else None)
        threads = self.submit_some(self.random.randint(3, 14)) if up else []
        if crash_at is None:
            deadline = time.monotonic() + self.random.uniform(0.0, 0.25)
        else:
            deadline = time.monotonic() + 0.6  # should that state not be reached, it dies now
        while self.daemon.alive() and time.monotonic() < deadline:
            threading.Event().wait(0.002)
        by_itself = not self.daemon.alive()
        self.daemon.kill()
        for thread in threads:
            thread.join()
        key = state if by_itself or crash_at is None else "random"
        self.kills[key] = self.kills.get(key, 0) + 1
        sending = self.daemon.sending_now()
        self.in_flight += len(sending)
        self.unknown_allowed |= sending | getattr(self.sink, "reset", set())
        if self.verbose:
            print("  killed at %s%s, %d being sent" % (crash_at or "a random moment", "" if by_itself else " (by us)",
                                                     len(sending)))

    def rest(self):
        """Lives on without being killed; then looks at what there is."""
        self.sink.open()
        if not self.daemon.start():
            self.problems.append("could not start for a rest")
            return
        self.unknown_allowed |= getattr(self.sink, "reset", set())
        active = ("pending", "sending", "confirming", "incoming", "held")

        def settled():
            jobs = [job for job in self.daemon.jobs() if job["title"] in self.acknowledged]
            waiting = [job for job in jobs if job["state"] in active or (self.receipt and job["state"] == "unknown")]
            return not waiting

        try:
            wait_until(settled, 40, "every job settled")
        except AssertionError:
            stuck = [(job["id"], job["title"], job["state"], (job.get("reasons") or [{}])[0]) for job in self.daemon.jobs()
                     if job["state"] in active]
            self.problems.append("idle: %s" % stuck[:5])
        self.look()
        code = self.daemon.stop()
        if code != 0:
            self.problems.append("clean stop ended with %s" % code)

    def look(self):
        self.unknown_allowed |= getattr(self.sink, "reset", set())
        arrived = self.sink.arrivals()
        states = {job["title"]: job["state"] for job in self.daemon.jobs()}
        self.lost = [name for name in self.acknowledged
                     if arrived.get(name, (0, 0))[0] == 0 and states.get(name) != "unknown"]
        self.twice = [name for name, (whole, partial) in arrived.items() if whole + partial > 1]
        self.unknown = [name for name, state in states.items() if state == "unknown"]
        self.unexpected = [name for name in self.unknown if name not in self.unknown_allowed]

    def run(self, kills):
        for number in range(1, kills + 1):
            self.life()
            if number % LIVES_BEFORE_A_REST == 0 or number == kills:
                self.rest()
                if self.problems or self.lost or self.twice or self.unexpected:
                    break
        ledger = self.verify_ledger()
        figures = {"kills": sum(self.kills.values()), "at": self.kills, "submitted": len(self.submitted),
                   "acknowledged": len(self.acknowledged), "lost": len(self.lost), "printed_twice": len(self.twice),
                   "in_flight_at_kills": self.in_flight, "unknown": len(self.unknown),
                   "receipts_broken_by_server": len(getattr(self.sink, "reset", ())),
                   "unknown_unexpected": len(self.unexpected),
                   "ready_ms": round(statistics.median(self.daemon.ready_ms)) if self.daemon.ready_ms else None,
                   "ledger_alarms": ledger, "problems": self.problems}
        bad = self.lost or self.twice or self.unexpected or self.problems or ledger or \
            (self.receipt and self.unknown)
        if bad:
            print("  lost %s\n  twice %s\n  unexpected %s\n%s" % (self.lost[:5], self.twice[:5], self.unexpected[:5],
                                                                self.daemon.tail()), file=sys.stderr)
            print("  state kept in %s" % self.daemon.folder, file=sys.stderr)
        else:
            shutil.rmtree(self.daemon.folder, ignore_errors=True)
        self.sink.close()
        return figures, not bad

    def verify_ledger(self):
        if not self.daemon.start():
            return ["could not start"]
        try:
            answer = self.daemon.get("/v1/ledger/verify")
            return answer.get("alarms", ["no answer"])
        finally:
            self.daemon.stop()


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=320)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--route", action="append", choices=("ipp", "lpr", "raw", "down"))
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    routes = arguments.route or ["ipp", "lpr", "raw", "down"]
    result, good = {}, True
    for route in routes:
        figures, right = Matrix(route, arguments.seed, arguments.verbose).run(-(-arguments.kills // len(routes)))
        print("%-4s %s" % (route, json.dumps(figures)), flush=True)
        result[route] = figures
        good = good and right
    total = {key: sum(figures[key] for figures in result.values())
             for key in ("kills", "acknowledged", "lost", "printed_twice", "in_flight_at_kills", "unknown")}
    print(json.dumps(total))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
