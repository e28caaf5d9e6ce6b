#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The router, CUPS and the machine's own ceiling in the same run; prints medians, spreads and ratios.

    run.py [--rounds 3] [--seconds 2] [--jobs 3000] [--cups-jobs 300] [--large-mib 200] [--only NAME]... [--json FILE]

Rows are taken round by round, the parties one after the other, so that what else the machine does hits all alike.
bench_flow submits and receives (no code of this project); bench_ceiling does the same fsyncs and group commits without
any protocol. Programs are those of PRINTROUTER_BIN (default build/release/bin). Nothing is asserted here: a figure
below its goal is printed as such, with exit 0; a job that is lost on the way ends with exit 1."""

import argparse
import collections
import json
import os
import re
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.environ.get("PRINTROUTER_SOURCE") or os.path.dirname(os.path.dirname(HERE))
BIN = os.environ.setdefault("PRINTROUTER_BIN", os.path.join(SOURCE, "build", "release", "bin"))
BENCH = os.path.join(os.path.dirname(BIN), "bench")
sys.path[:0] = [os.path.join(SOURCE, "tests", "integration", "lib"), os.path.join(SOURCE, "tests", "crash")]

from kill_matrix import Daemon, ipp_print  # noqa: E402
from print_sinks import document  # noqa: E402
from private_cups import PrivateCups  # noqa: E402

# Removed when all is measured: ext4 makes files slowly where many were just deleted.
LEFT_BEHIND = []
FACTS = {"on_arrival": "hold", "truncated": "discards"}


class Cleanup:
    """What the integration helpers want of a test."""

    def __init__(self):
        self.todo = []

    def addCleanup(self, function, *arguments, **words):
        self.todo.append((function, arguments, words))

    def run(self):
        while self.todo:
            function, arguments, words = self.todo.pop()
            function(*arguments, **words)


class Router:
    """A daemon for one measurement, on a fresh state folder."""

    def __init__(self, server, **configuration):
        self.folder = tempfile.mkdtemp(prefix="pr-bench-", dir=os.environ.get("PRINTROUTER_BENCH_DIR"))
        configuration.setdefault("profile", {"printing": {"fallback": {"enabled": False}}})
        configuration.setdefault("log", {"level": "warn"})
        configuration.update({"listeners": [{"protocol": "ipp", "port": 0}, {"protocol": "lpr", "port": 0}],
                              "server": server})
        self.daemon = Daemon.__new__(Daemon)
        self.daemon.prepare(self.folder, configuration)
        self.daemon.start()

    def target(self, protocol):
        return "%s 127.0.0.1 %d %s" % (protocol, self.daemon.port(protocol), "/ipp/print" if protocol == "ipp" else "print")

    def memory_kib(self, field="VmRSS"):
        with open("/proc/%d/status" % self.daemon.process.pid, encoding="ascii") as status:
            return next(int(line.split()[1]) for line in status if line.startswith(field + ":"))

    def end(self):
        self.daemon.kill()
        LEFT_BEHIND.append(self.folder)


def raw_server(port, **facts):
    return {"name": "sink", "protocol": "raw", "host": "127.0.0.1", "port": port,
            "probe": {"protocol": "tcp", "host": "127.0.0.1", "port": port}, **facts}


def flow(make_target, clients, jobs, size, seconds=60):
    """Runs bench_flow; make_target(sink port) starts the party and returns (target line, what to end)."""
    program = subprocess.Popen([os.path.join(BENCH, "bench_flow"), "--clients", str(clients), "--jobs", str(jobs),
                                "--size", str(size), "--seconds", str(seconds)],
                               stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    end = None
    try:
        target, end = make_target(json.loads(program.stdout.readline())["sink"])
        try:
            out, _ = program.communicate(target + "\n", timeout=seconds + 30)
        except subprocess.TimeoutExpired:
            return {}, False
        # Nothing delivered: a rate over no time is no number.
        return json.loads(re.sub(r"-?(nan|inf)\b", "null", out)), program.returncode == 0
    finally:
        if program.poll() is None:
            program.kill()
        if end:
            end()


class Bench:
    def __init__(self, arguments):
        self.arguments = arguments
        self.rows = {}
        self.lost = []
        self.cleanup = Cleanup()
        self.cups = None
        self.queues = 0

    def note(self, name, value):
        if value is not None:
            self.rows.setdefault(name, []).append(value)

    def wanted(self, name):
        return not self.arguments.only or name in self.arguments.only

    def run_flow(self, name, make_target, clients, jobs, size, seconds=60):
        figures, complete = flow(make_target, clients, jobs, size, seconds)
        if not complete:
            self.lost.append("%s: %s" % (name, figures or "no end"))
        return collections.defaultdict(lambda: None, figures if complete else {})

    # The parties
    def router_target(self, protocol, keep=None, **facts):
        def make(port):
            router = Router(raw_server(port, **facts))
            if keep is not None:
                keep["idle_kib"] = router.memory_kib()

            def end():
                if keep is not None:
                    keep["peak_kib"] = router.memory_kib("VmHWM")
                router.end()
            return router.target(protocol), end
        return make

    def cups_target(self, port):
        if self.cups is None:
            # As Debian ships it: LogLevel warn; the helper's own level would slow it down.
            self.cups = PrivateCups(self.cleanup, extra="LogLevel warn")
        self.queues += 1
        name = "bench%d" % self.queues
        self.cups.queue(name, "socket://127.0.0.1:%d" % port)
        return "ipp 127.0.0.1 %d /printers/%s" % (self.cups.port, name), None

    # The rows
    def ceiling(self):
        folder = tempfile.mkdtemp(prefix="pr-ceiling-", dir=os.environ.get("PRINTROUTER_BENCH_DIR"))
        LEFT_BEHIND.append(folder)
        out = subprocess.run([os.path.join(BENCH, "bench_ceiling"), "--dir", folder, "--seconds",
                              str(self.arguments.seconds), "--large-mib", str(self.arguments.large_mib)],
                             stdout=subprocess.PIPE, check=True).stdout
        for name, value in json.loads(out).items():
            if name != "large_mib":
                self.note("ceiling_" + name, value)

    def small(self):
        jobs = self.arguments.jobs
        self.note("router_ipp_16", self.run_flow("ipp 16", self.router_target("ipp"), 16, jobs, 10240)["out_per_s"])
        self.note("router_lpr_16", self.run_flow("lpr 16", self.router_target("lpr"), 16, jobs, 10240)["out_per_s"])
        one = self.run_flow("ipp 1", self.router_target("ipp"), 1, max(50, jobs // 8), 10240)
        self.note("router_ipp_1", one["out_per_s"])
        self.note("router_ack_ms", one["ack_ms_median"])
        self.note("router_idle_10k_ms",
                  self.run_flow("idle", self.router_target("ipp"), 1, 1, 10240)["last_in_to_last_out_ms"])

    def large(self):
        size, keep = self.arguments.large_mib << 20, {}
        one = self.run_flow("large", self.router_target("ipp", keep, **FACTS), 1, 1, size)
        self.note("router_large_mb_per_s", one["mb_per_s"])
        self.note("router_large_last_in_last_out_ms", one["last_in_to_last_out_ms"])
        self.note("router_idle_mib", keep["idle_kib"] / 1024)
        self.note("router_large_more_mib", (keep["peak_kib"] - keep["idle_kib"]) / 1024)

    def cups_rows(self):
        self.note("cups_ipp_16", self.run_flow("cups 16", self.cups_target, 16, self.arguments.cups_jobs, 10240)["out_per_s"])
        self.note("cups_idle_10k_ms", self.run_flow("cups idle", self.cups_target, 1, 1, 10240)["last_in_to_last_out_ms"])
        one = self.run_flow("cups large", self.cups_target, 1, 1, self.arguments.large_mib << 20)
        self.note("cups_large_mb_per_s", one["mb_per_s"])
        self.note("cups_large_last_in_last_out_ms", one["last_in_to_last_out_ms"])

    def waiting(self):
        """5,000 jobs that wait for a server that is down."""
        router = Router(raw_server(closed_port()))
        try:
            before = router.memory_kib()

            def batch(jobs, seconds):
                return flow(lambda port: (router.target("ipp"), None), 16, jobs, 10240, seconds)[0]
            first = batch(500, 3)
            batch(4000, 14)
            last = batch(500, 3)
            after = router.memory_kib()
            jobs = router.daemon.jobs()
            waiting = len([job for job in jobs if job["state"] in ("held", "pending")])
            self.note("waiting_jobs", waiting)
            self.note("waiting_first_500_per_s", first["in_per_s"])
            self.note("waiting_last_500_per_s", last["in_per_s"])
            self.note("waiting_kib_per_job", (after - before) / max(1, waiting))
            self.note("waiting_kib_per_job_once_listed", (router.memory_kib() - before) / max(1, waiting))
        finally:
            router.end()

    def fallback(self):
        """From the whole job to the first byte at the device, the server refusing or silent."""
        silent = socket.socket()
        silent.bind(("127.0.0.1", 0))
        silent.listen(64)  # connects, never answers
        for name, port in (("refused", closed_port()), ("silent", silent.getsockname()[1])):
            device = FirstByte()
            router = Router({"name": "s", "protocol": "ipp", "host": "127.0.0.1", "port": port, "queue": "/ipp/print"},
                            devices=[{"id": "d", "address": "127.0.0.1",
                                      "ports": [{"protocol": "raw", "port": device.port, "class": "plain"}],
                                      "settings": {"unknown-id-jobs": "permit", "terminal-present": False}}],
                            profile={"printing": {"fallback": {"enabled": True, "target": {"printer": "d"}}}})
            try:
                times = []
                for number in range(4):
                    data = document("fallback-%d" % number, 10240)
                    begin = time.monotonic()
                    if not ipp_print(router.daemon.port("ipp"), "fallback-%d" % number, data, False):
                        raise AssertionError("the router refused a job")
                    times.append(1000 * (device.wait(number + 1) - begin))
                self.note("fallback_%s_first_ms" % name, times[0])
                self.note("fallback_%s_later_ms" % name, statistics.median(times[1:]))
            except AssertionError as problem:
                self.lost.append("fallback %s: %s" % (name, problem))
            finally:
                router.end()
                device.close()
        silent.close()

    def run(self):
        try:
            for number in range(self.arguments.rounds):
                for name, row in (("ceiling", self.ceiling), ("small", self.small), ("large", self.large),
                                  ("cups", self.cups_rows), ("waiting", self.waiting), ("fallback", self.fallback)):
                    if self.wanted(name):
                        print("round %d: %s" % (number + 1, name), file=sys.stderr, flush=True)
                        row()
        finally:
            self.cleanup.run()
            for folder in LEFT_BEHIND:
                shutil.rmtree(folder, ignore_errors=True)

    def median(self, name):
        return statistics.median(self.rows[name]) if self.rows.get(name) else None

    def report(self):
        print("%-36s %10s   %s" % ("", "median", "spread"))
        for name, values in self.rows.items():
            print("%-36s %10.1f   %.1f to %.1f" % (name, statistics.median(values), min(values), max(values)))
        ratios = {}
        for name, over, under, goal in (
                ("IPP 16 clients / ceiling", "router_ipp_16", "ceiling_job_per_s_16", ">= 0.5"),
                ("LPR 16 clients / ceiling", "router_lpr_16", "ceiling_job_per_s_16", ">= 0.5"),
                ("IPP 1 client / ceiling", "router_ipp_1", "ceiling_job_per_s_1", ">= 0.5"),
                ("IPP 16 clients / CUPS", "router_ipp_16", "cups_ipp_16", ">= 12, aim 25"),
                ("large / write + fsync", "router_large_mb_per_s", "ceiling_large_mb_per_s", ">= 0.85"),
                ("large / CUPS", "router_large_mb_per_s", "cups_large_mb_per_s", ">= 1"),
                ("submitting, 5000 / 500 waiting", "waiting_last_500_per_s", "waiting_first_500_per_s", ">= 0.9")):
            if self.median(over) and self.median(under):
                # Round by round, for the machine is another one each time.
                each = [a / b for a, b in zip(self.rows[over], self.rows[under]) if b]
                ratios[name] = statistics.median(each)
                print("%-36s %10.2f   %.2f to %.2f   goal %s" % (name, ratios[name], min(each), max(each), goal))
        return {"rows": self.rows, "ratios": ratios, "incomplete": self.lost}


class FirstByte:
    """A RAW device that notes when the first byte of each document came."""

    def __init__(self):
        self.listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self.port = self.listener.getsockname()[1]
        self.times, self.more = [], threading.Condition()
        threading.Thread(target=self.run, daemon=True).start()

    def run(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        with connection:
            first = connection.recv(65536)
            if first:
                with self.more:
                    self.times.append(time.monotonic())
                    self.more.notify_all()
            while first and connection.recv(65536):
                pass

    def wait(self, count):
        with self.more:
            if not self.more.wait_for(lambda: len(self.times) >= count, 20):
                raise AssertionError("the device got %d of %d jobs" % (len(self.times), count))
            return self.times[count - 1]

    def close(self):
        self.listener.close()


def closed_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=2)
    parser.add_argument("--jobs", type=int, default=3000)
    parser.add_argument("--cups-jobs", type=int, default=300)
    parser.add_argument("--large-mib", type=int, default=200)
    parser.add_argument("--only", action="append", choices=("ceiling", "small", "large", "cups", "waiting", "fallback"))
    parser.add_argument("--json")
    bench = Bench(parser.parse_args())
    bench.run()
    result = bench.report()
    for line in result["incomplete"]:
        print("incomplete: " + line)
    if bench.arguments.json:
        with open(bench.arguments.json, "w", encoding="utf-8") as out:
            json.dump(result, out, indent=1)
    return 1 if result["incomplete"] else 0


if __name__ == "__main__":
    sys.exit(main())
