#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Plugins that pass the scan and misbehave at work, in the real daemon under a supervisor that starts it again.

Unharmed means: no acknowledged job is lost, nothing is printed twice, the daemon is back within a second, and
`plugins list` names the plugin and what it did. PRINTROUTER_BIN, PRINTROUTER_PLUGINS, BADPLUGINS_CORPUS are set by ctest.
"""
import json
import os
import socket
import threading
import time
import unittest

from router import Router
from running import wait_until

PLUGINS = os.environ["PRINTROUTER_PLUGINS"]
CORPUS = os.environ["BADPLUGINS_CORPUS"]


class Sink:
    """A RAW port that keeps each document it was sent."""

    def __init__(self, test):
        self.documents = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.thread = threading.Thread(target=self.serve, daemon=True)
        self.thread.start()
        test.addCleanup(self.close)

    def serve(self):
        while True:
            try:
                peer, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.take, args=(peer,), daemon=True).start()

    def take(self, peer):
        data = b""
        with peer:
            try:
                while part := peer.recv(65536):
                    data += part
            except OSError:
                pass  # broken off: what came is kept like everything else
        if data:
            self.documents.append(data)

    def close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join(5)


class Supervisor:
    """Starts the daemon again whenever it ends, and takes the time until it answers."""

    def __init__(self, router):
        self.router = router
        self.deaths = 0
        self.outages = []  # seconds from death to ready
        self.ending = threading.Event()
        self.thread = threading.Thread(target=self.run, daemon=True)

    def __enter__(self):
        self.thread.start()
        return self

    def run(self):
        while not self.ending.wait(0.005):
            if self.router.program.returncode is None:
                continue
            died = time.monotonic()
            self.deaths += 1
            if self.deaths > 5:
                return  # a loop of deaths: the test sees it in `deaths`
            self.router.start()
            self.outages.append(time.monotonic() - died)

    def __exit__(self, *_):
        self.ending.set()
        self.thread.join(10)


def send_lpr(port, title, document):
    """True once the daemon has acknowledged control and data file (RFC 1179)."""
    control = f"Htest\nProot\nJ{title}\nldfA001test\nUdfA001test\nNdoc\n".encode()
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as peer:
            for part in (b"\x02print\n", b"\x02%d cfA001test\n" % len(control), control + b"\0",
                         b"\x03%d dfA001test\n" % len(document), document + b"\0"):
                peer.sendall(part)
                if peer.recv(1) != b"\0":
                    return False
            return True
    except OSError:
        return False


class BadPluginInDaemon(unittest.TestCase):
    def work_with(self, culprit):
        """Two good jobs, the one that sets the culprit off, two more good ones."""
        sink = Sink(self)
        router = Router(
            self, listeners=[{"protocol": "lpr", "port": 0, "queue": "print"}],
            server={"name": "server", "protocol": "raw", "host": "127.0.0.1", "port": sink.port,
                    "probe": {"protocol": "tcp", "host": "127.0.0.1", "port": sink.port}},
            plugins={"folders": [PLUGINS, os.path.join(CORPUS, culprit)]}, limits={"parallel": 1},
            timeouts={"close_timeout": "2s"})
        loaded = {plugin["id"]: plugin for plugin in router.cli("plugins", "list")}
        self.assertTrue(loaded[culprit]["loaded"], loaded[culprit])
        self.assertEqual(loaded[culprit]["findings"], [])
        pid = router.pid
        with Supervisor(router) as supervisor:
            titles = ["good 1", "good 2", "fault", "good 3", "good 4"]
            for title in titles:
                document = f"%!PS\n% {title}\nshowpage\n".encode()
                wait_until(lambda: send_lpr(router.port("lpr"), title, document), 20, f"{title} is acknowledged")
                if title == "good 2":
                    router.wait_job(lambda job: job["title"] == "good 2" and job["state"] == "completed")

            def settled():
                try:
                    jobs = router.jobs()
                except (AssertionError, json.JSONDecodeError):
                    return None  # between two daemons
                done = [job for job in jobs if job["state"] in ("completed", "unknown", "aborted")]
                return jobs if len(done) == len(titles) else None
            jobs = wait_until(settled, 30, "every acknowledged job is settled or waits for a person")
            plugin = next(p for p in router.cli("plugins", "list") if p["id"] == culprit)
        # What reached the server did so once; what is not there is not said to be.
        for job in jobs:
            copies = sum(f"% {job['title']}\n".encode() in document for document in sink.documents)
            self.assertLessEqual(copies, 1, job["title"])
            if job["title"] != "fault":
                self.assertEqual((job["state"], copies), ("completed", 1), job)
        fault = next(job for job in jobs if job["title"] == "fault")
        return router, supervisor, pid, sink, fault, plugin

    def check_death(self, culprit, finding):
        router, supervisor, pid, _, fault, plugin = self.work_with(culprit)
        self.assertEqual(supervisor.deaths, 1)
        self.assertNotEqual(router.pid, pid)
        self.assertLess(supervisor.outages[0], 1.0)
        print(f"{culprit}: back after {supervisor.outages[0] * 1000:.0f} ms")
        self.assertEqual(fault["state"], "unknown")
        self.assertFalse(plugin["loaded"])
        self.assertEqual([f["id"] for f in plugin["findings"]], [finding])
        self.assertTrue(plugin["findings"][0]["quarantined"])

    def check_survival(self, culprit, finding, state):
        router, supervisor, pid, sink, fault, plugin = self.work_with(culprit)
        self.assertEqual(supervisor.deaths, 0)
        self.assertEqual(router.pid, pid)
        self.assertEqual(fault["state"], state, fault)
        self.assertTrue(plugin["loaded"])
        self.assertEqual([f["id"] for f in plugin["findings"]], [finding] if finding else [])
        return sink

    def test_crash_at_work(self):
        self.check_death("late-crash-at-work", "crash-at-work")

    def test_endless_loop_in_a_call(self):
        self.check_death("late-call-timeout", "call-timeout")

    def test_action_loop(self):
        self.check_survival("late-step-loop", "step-loop", "unknown")

    def test_exception_across_the_border(self):
        self.check_survival("late-exception-escaped", "exception-escaped", "unknown")

    def test_lie_about_not_sent(self):
        self.check_survival("late-lied-not-sent", "lied-not-sent", "unknown")

    def test_writes_after_done(self):
        # The daemon never asks a session again that is done, so there is nothing to find, and nothing is written.
        sink = self.check_survival("late-action-after-done", None, "completed")
        self.assertFalse(any(b"one more thing" in document for document in sink.documents))


if __name__ == "__main__":
    unittest.main()
