# SPDX-License-Identifier: Apache-2.0
"""A desktop and printrouter-server with TLS: all that goes between them, and a server that is not believed."""

import json
import os
import shutil
import socket
import threading
import unittest

from authority import Authority, pin
from management_server import ManagementServer
from router import Router, entry
from running import Device, wait_until

PAGE = b"one page\n"


class Base(unittest.TestCase):
    def setUp(self):
        self.authority = Authority(self)
        self.certificate, self.key = self.authority.issue()
        self.device = Device(self, "--port", "raw:0", "--no-snmp")

    def start_server(self):
        self.server = ManagementServer(self, tls=(self.certificate, self.key))
        facts = entry("lobby", self.device, "raw-1")
        del facts["id"]
        self.server.set("printers", "lobby", facts)
        self.server.set("profiles", "office", {"name": "from-the-server", "printing": {"fallback": {
            "enabled": True, "target": {"printer": "lobby"}, "contact": "desk 17"}}})
        self.server.set("assignments", "everybody", {"profile": "office"})
        self.token = self.server.token()
        self.server.start()

    def start_router(self, trust):
        """With a profile of its own that would print on the device at once."""
        self.router = Router(self, server=self.server.entry(trust=trust), devices=[entry("lobby", self.device, "raw-1")],
                             fallback={"target": {"printer": "lobby"}}, identity={"map": {"root": "anna"}})

    def enrol(self):
        self.router.cli("enrol", "--token", self.token)
        wait_until(lambda: self.status()["fallback"]["profile"] == "from-the-server", 20, "the server's profile is in use")
        wait_until(lambda: self.status()["snapshot"]["watching"], 20, "the server tells of changes")

    def status(self):
        return self.router.cli("status")

    def print(self):
        path = os.path.join(self.router.folder, "page.txt")
        with open(path, "wb") as out:
            out.write(PAGE)
        return self.router.cli("print", path, "--format", "text/plain")["id"]

    def ends(self, job, state="completed"):
        return self.router.wait_job(lambda each: each["id"] == job and each["state"] == state)


class Believed(Base):
    def everything(self):
        self.enrol()
        done = self.ends(self.print())
        self.assertEqual(done["destination_kind"], "server")
        self.assertEqual(self.server.query("SELECT uuid FROM jobs"), [(done["uuid"],)])
        self.server.stop()
        self.router.wait_server("down")
        self.assertEqual(self.ends(self.print())["destination_id"], "lobby")
        self.server.start()
        wait_until(lambda: self.status()["report"]["unreported"] == 0, 60, "what was printed is reported")
        self.assertEqual(len(self.server.query("SELECT seq FROM ledger_entries WHERE kind='claim'")), 1)
        wait_until(lambda: self.status()["snapshot"]["watching"], 20, "the server tells of changes again")

    def test_by_its_authority(self):
        self.start_server()
        self.start_router({"ca_file": self.authority.file})
        self.everything()

    def test_by_its_key_also_after_its_certificate_was_renewed(self):
        self.start_server()
        self.start_router({"pins_sha256": [pin(self.certificate)]})
        self.everything()
        self.server.stop()
        self.server.tls = self.authority.issue(self.key)
        self.server.write()
        self.server.start()
        wait_until(lambda: self.status()["snapshot"]["watching"], 30, "the renewed certificate is believed")
        self.assertEqual(self.ends(self.print())["destination_kind"], "server")


class NotBelieved(Base):
    def assert_refused_and_kept(self):
        wait_until(lambda: "certificate" in self.status()["server"]["text"], 20, "status says why")
        status = self.status()
        self.assertEqual(status["server"]["state"], "up", "it answers")
        self.assertIn("tls-failed", status["server"]["text"])
        self.assertIn("answers, and refuses: tls-failed", self.router.run("--lang", "en", "status").stdout)
        job = self.ends(self.print(), "held")
        self.assertIn("certificate", json.dumps(job["reasons"]))
        self.assertEqual(self.device.jobs(), [], "nothing is printed by fallback")
        return job["id"]

    def test_another_authority_is_an_error_and_no_outage(self):
        self.start_server()
        mine = os.path.join(self.authority.folder, "trusted.pem")
        shutil.copy(Authority(self, "Another CA").file, mine)
        self.start_router({"ca_file": mine})
        refused = self.router.run("enrol", "--token", self.token)
        self.assertNotEqual(refused.returncode, 0)
        self.assertIn("certificate is not trusted", refused.stderr)
        self.assertIn("server.trust", refused.stderr)
        self.assertIn("certificate is not trusted", self.status()["snapshot"]["error"])
        job = self.assert_refused_and_kept()
        self.assertNotIn(self.token, self.router.log())
        # The file is put right; nothing has to be restarted, and the token was never spent.
        os.replace(shutil.copy(self.authority.file, mine + ".new"), mine)
        wait_until(lambda: self.status()["server"]["text"] == "", 20, "the server is believed")
        self.enrol()
        self.router.cli("retry", str(job))
        self.assertEqual(self.ends(job)["destination_kind"], "server")

    def test_another_key_than_the_pinned_one(self):
        self.start_server()
        self.start_router({"pins_sha256": ["0" * 64]})
        self.assert_refused_and_kept()

    def test_somebody_else_answers_in_the_servers_name(self):
        self.start_server()
        self.start_router({"ca_file": self.authority.file})
        self.enrol()
        self.server.stop()
        self.router.wait_server("down")
        self.server.tls = Authority(self, "Somebody").issue()
        self.server.write()
        self.server.start()
        self.router.wait_server("up")
        self.assert_refused_and_kept()
        wait_until(lambda: "certificate" in self.status()["snapshot"].get("watch_error", ""), 20, "the watch is refused too")


class HangsUp(unittest.TestCase):
    """A proxy whose server is down: it takes the connection, and ends it in the middle of the handshake."""

    def test_is_an_outage(self):
        listener = socket.create_server(("127.0.0.1", 0))
        self.addCleanup(listener.close)

        def serve():
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                with connection:
                    connection.recv(1)

        threading.Thread(target=serve, daemon=True).start()
        device = Device(self, "--port", "raw:0", "--no-snmp")
        router = Router(self, server={"name": "server", "plugin": "http", "host": "127.0.0.1", "tls": True,
                                      "port": listener.getsockname()[1]},
                        devices=[entry("lobby", device, "raw-1")], fallback={"target": {"printer": "lobby"}})
        path = os.path.join(router.folder, "page.txt")
        with open(path, "wb") as out:
            out.write(PAGE)
        job = router.cli("print", path, "--format", "text/plain")["id"]
        done = router.wait_job(lambda each: each["id"] == job and each["state"] == "completed")
        self.assertEqual(done["destination_id"], "lobby")


if __name__ == "__main__":
    unittest.main()
