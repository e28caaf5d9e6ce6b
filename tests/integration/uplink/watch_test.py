# SPDX-License-Identifier: Apache-2.0
"""A desktop hears from printrouter-server that something changed: within seconds, although it polls every ten minutes."""

import json
import signal
import os
import sys
import time
import unittest
import urllib.request

from management_server import ManagementServer
from router import Router, entry
from running import Device, wait_until

SOON = 3  # seconds from the change at the server to its effect on the desktop


class Watch(unittest.TestCase):
    def setUp(self):
        self.device = Device(self, "--port", "raw:0", "--no-snmp")
        self.server = ManagementServer(self)
        facts = entry("lobby", self.device, "raw-1")
        del facts["id"]
        self.server.set("printers", "lobby", facts)
        self.server.set("profiles", "office", self.profile("desk 17"))
        self.server.set("assignments", "everybody", {"profile": "office"})
        self.admin = self.server.command("token", "admin", "--name", "anna").strip()
        token = self.server.token()
        self.server.start()
        self.router = Router(self, server=self.server.entry(), identity={"map": {"root": "anna"}},
                             health={"probe_interval_down": "300ms", "probe_interval": "2s", "snapshot_interval": "10m"})
        self.router.cli("enrol", "--token", token)
        wait_until(lambda: self.snapshot().get("version"), 20, "a snapshot is in use")
        self.wait_watching()

    @staticmethod
    def profile(name):
        return {"name": name, "printing": {"fallback": {"enabled": True, "target": {"printer": "lobby"}, "contact": "desk 17"}}}

    def snapshot(self):
        return self.router.cli("status")["snapshot"]

    def wait_watching(self, wanted=True, seconds=20):
        wait_until(lambda: self.snapshot()["watching"] is wanted, seconds, "watching is %s" % wanted)

    def put(self, path, body):
        request = urllib.request.Request("http://127.0.0.1:%d/api/v1/%s" % (self.server.port, path), json.dumps(body).encode(),
                                         {"Authorization": "Bearer " + self.admin, "Content-Type": "application/json"}, method="PUT")
        with urllib.request.urlopen(request, timeout=30) as answer:
            answer.read()
        return time.monotonic()

    def metric(self, name):
        with urllib.request.urlopen("http://127.0.0.1:%d/metrics" % self.server.port, timeout=30) as answer:
            for line in answer.read().decode().splitlines():
                if line.startswith(name + " ") or line.startswith(name + "{"):
                    return float(line.split()[-1])
        return 0

    def assert_follows(self, name):
        changed = self.put("profiles/office", self.profile(name))
        wait_until(lambda: self.router.cli("status")["fallback"]["profile"] == name, SOON, "the profile %s is in use" % name)
        print("profile %s in use after %.2f s" % (name, time.monotonic() - changed), file=sys.stderr)

    def test_a_profile_and_a_balance_follow(self):
        self.assert_follows("floor 2")
        self.assertNotIn("anna", self.snapshot()["balance_age_s"])
        self.put("accounts/anna", {"credit": "12.50", "quota_pages": 100})
        wait_until(lambda: "anna" in self.snapshot()["balance_age_s"], SOON, "the balance is here")
        self.assertEqual(self.metric("printrouter_server_event_streams"), 1)
        # What concerns others is no news here.
        fetched = self.metric("printrouter_server_snapshots_total")
        self.put("accounts/ben", {"credit": "1.00"})
        self.assert_follows("floor 3")
        self.assertLessEqual(self.metric("printrouter_server_snapshots_total"), fetched + 2)

    def test_it_follows_again_after_the_server_died(self):
        self.server.kill()
        self.wait_watching(False)
        self.router.wait_server("down")
        self.assertIn("connect", self.snapshot()["watch_error"])
        self.server.start()
        back = time.monotonic()
        self.wait_watching()
        print("watching again after %.1f s" % (time.monotonic() - back), file=sys.stderr)
        self.assertNotIn("watch_error", self.snapshot())
        self.assert_follows("after the restart")

    def test_what_changed_while_nobody_watched(self):
        self.server.stop()
        self.wait_watching(False)
        self.server.set("profiles", "office", self.profile("changed meanwhile"))
        self.server.start()
        wait_until(lambda: self.router.cli("status")["fallback"]["profile"] == "changed meanwhile", 10, "the profile is in use")

    def test_a_revoked_desktop_is_told_so(self):
        request = urllib.request.Request("http://127.0.0.1:%d/api/v1/desktops" % self.server.port,
                                         headers={"Authorization": "Bearer " + self.admin})
        with urllib.request.urlopen(request, timeout=30) as answer:
            desktop, = json.load(answer)["items"]
        request = urllib.request.Request("http://127.0.0.1:%d/api/v1/desktops/%s" % (self.server.port, desktop["id"]),
                                         headers={"Authorization": "Bearer " + self.admin}, method="DELETE")
        urllib.request.urlopen(request, timeout=30).close()
        self.wait_watching(False)
        wait_until(lambda: "no valid key" in self.snapshot().get("watch_error", ""), 20, "the server's word is shown")

    def test_it_stops_at_once(self):
        os.kill(self.server.program.pid, signal.SIGSTOP)  # nobody answers the end of the connection
        self.addCleanup(os.kill, self.server.program.pid, signal.SIGCONT)
        self.assertEqual(self.router.stop(), 0, "it had to be killed")


if __name__ == "__main__":
    unittest.main()
