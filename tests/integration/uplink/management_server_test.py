# SPDX-License-Identifier: Apache-2.0
"""A desktop and printrouter-server: enrolled, an outage, and each page that was printed in it on the server once."""

import json
import os
import sqlite3
import sys
import time
import unittest
import urllib.request

from management_server import ManagementServer
from router import Router, accounts, entry
from running import Device, wait_until


def put(server, token, path, body):
    request = urllib.request.Request("http://127.0.0.1:%d/api/v1/%s" % (server.port, path), json.dumps(body).encode(),
                                     {"Authorization": "Bearer " + token, "Content-Type": "application/json"}, method="PUT")
    with urllib.request.urlopen(request, timeout=30) as answer:
        return json.load(answer)


class Outage(unittest.TestCase):
    def setUp(self):
        self.devices = {name: Device(self, "--port", "raw:0", "--no-snmp") for name in ("lobby", "hall", "attic")}
        self.server = ManagementServer(self)
        for name, device in self.devices.items():
            facts = entry(name, device, "raw-1")
            del facts["id"]
            self.server.set("printers", name, facts)
        self.server.set("groups", "floor", {"members": list(self.devices)})
        self.server.set("profiles", "office", {"printing": {"fallback": {"enabled": True, "target": {"group": "floor"},
                                                                         "contact": "the help desk"}}})
        self.server.set("assignments", "everybody", {"profile": "office"})

    def claims(self):
        return [json.loads(row[0]) for row in self.server.query("SELECT content FROM ledger_entries WHERE kind='claim'")]

    def outage(self, router):
        self.server.stop()
        router.wait_server("down")

    def test_a_job_printed_in_an_outage_is_on_the_server_once(self):
        other, = accounts(1)
        token = self.server.token()
        self.server.start()
        router = Router(self, server=self.server.entry(), identity={"map": {"root": "anna", other: "bob"}})
        router.cli("enrol", "--token", token)
        wait_until(lambda: router.cli("status")["snapshot"].get("users"), 30, "a snapshot with users")
        self.outage(router)
        path = os.path.join(router.folder, "page.txt")
        with open(path, "wb") as out:
            out.write(b"one page\n")
        os.chmod(path, 0o644)

        # Nobody has used any printer yet: anna is asked, and her answer prints.
        first = router.cli("print", path, "--format", "text/plain")["id"]
        router.wait_job(lambda job: job["id"] == first and job["state"] == "held")
        router.cli("release", str(first), "--to", "hall")
        done = router.wait_job(lambda job: job["id"] == first and job["state"] == "completed")
        # From then on she has used one, and is not asked.
        second = router.cli("print", path, "--format", "text/plain")["id"]
        again = router.wait_job(lambda job: job["id"] == second and job["state"] == "completed")
        self.assertEqual(again["destination_id"], "hall")

        self.assertEqual(self.claims(), [])
        back = time.monotonic()
        self.server.start()
        wait_until(lambda: len(self.claims()) == 2, 60, "both claims are at the server")
        print("both at the server after %.1f s" % (time.monotonic() - back), file=sys.stderr)
        self.assertEqual(sorted(claim["uuid"] for claim in self.claims()), sorted([done["uuid"], again["uuid"]]))
        wait_until(lambda: router.cli("status")["report"]["unreported"] == 0, 30, "the desktop knows it")

        # Another desktop learns where anna prints, from the server.
        token = self.server_token()
        fresh = Router(self, server=self.server.entry(), identity={"map": {"root": "anna"}})
        fresh.cli("enrol", "--token", token)
        wait_until(lambda: fresh.cli("status")["snapshot"].get("users"), 30, "a snapshot with users")
        self.outage(fresh)
        third = fresh.cli("print", path, "--format", "text/plain")["id"]
        self.assertEqual(fresh.wait_job(lambda job: job["id"] == third and job["state"] == "completed")["destination_id"],
                         "hall")

    def test_a_user_of_the_healthy_server_is_known_in_the_outage_after_the_job_is_forgotten(self):
        other, = accounts(1)
        token, admin = self.server.token(), self.server.command("token", "admin", "--name", "anna").strip()
        self.server.start()
        router = Router(self, server=self.server.entry(), retention={"documents": "0s"})
        router.cli("enrol", "--token", token)
        wait_until(lambda: router.cli("status")["snapshot"].get("version"), 30, "a snapshot is in use")
        put(self.server, admin, "accounts/" + other, {"credit": "12.50"})
        path = os.path.join(router.folder, "page.txt")
        with open(path, "wb") as out:
            out.write(b"one page\n")
        os.chmod(path, 0o644)
        job = router.cli("print", path, "--format", "text/plain", user=other)["id"]
        self.assertEqual(router.wait_job(lambda each: each["id"] == job and each["state"] == "completed")["destination_kind"],
                         "server")
        router.stop()
        # A month passes: the next daemon removes the job's row.
        store = sqlite3.connect(os.path.join(router.state, "journal.db"))
        with store:
            store.execute("UPDATE jobs SET updated_ms = 1")
        store.close()
        os.unlink(os.path.join(router.state, "snapshot.json"))
        router.start()
        wait_until(lambda: not router.jobs(), 20, "the job is forgotten")
        wait_until(lambda: other in router.cli("status")["snapshot"].get("balance_age_s", {}), 30, "the user's balance is here")
        self.outage(router)
        self.assertIn(other, router.cli("status")["snapshot"]["balance_age_s"])
        with open(os.path.join(router.state, "snapshot.json"), encoding="utf-8") as kept:
            self.assertIn('"credit":"12.5000"', kept.read())

    def server_token(self):
        self.server.stop()
        token = self.server.token()
        self.server.start()
        return token


if __name__ == "__main__":
    unittest.main()
