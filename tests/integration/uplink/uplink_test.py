# SPDX-License-Identifier: Apache-2.0
"""What a desktop and its management server say to each other beside jobs, with answers that get lost on the way: the
ledger's report, the snapshot, enrolment, readiness."""

import json
import os
import stat
import sys
import time
import unittest

from mock_server import KEY, TOKEN, MockServer, snapshot
from router import Router, accounts, entry
from running import Device, wait_until

PAGE = b"one page\n"


def used(*devices):
    return {"history": [{"device": device, "last_used": "2026-11-%02dT08:00:00Z" % (10 + at)}
                        for at, device in enumerate(devices)]}


class Base(unittest.TestCase):
    def setUp(self):
        self.server = MockServer(self)
        self.devices = {}

    def device(self, name):
        self.devices[name] = Device(self, "--port", "raw:0", "--no-snmp")
        return entry(name, self.devices[name], "raw-1")

    def router(self, enrol=True, **configuration):
        configuration.setdefault("identity", {"map": {"root": "anna"}})
        router = Router(self, server=self.server.entry(), **configuration)
        if enrol:
            self.enrol(router)
        return router

    def enrol(self, router):
        router.cli("enrol", "--token", TOKEN)
        wait_until(lambda: "version" in self.status(router)["snapshot"], 20, "a snapshot is in use")

    @staticmethod
    def status(router):
        return router.cli("status")

    def print(self, router, user=None):
        path = os.path.join(router.folder, "page.txt")
        with open(path, "wb") as out:
            out.write(PAGE)
        os.chmod(path, 0o644)
        return router.cli("print", path, "--format", "text/plain", user=user)["id"]

    def done(self, router, job):
        return router.wait_job(lambda each: each["id"] == job and each["state"] == "completed")

    def outage(self, router):
        self.server.stop()
        router.wait_server("down")

    def claims(self):
        return [each for each in self.server.entries.values() if each["kind"] == "claim"]


class FirstOutage(Base):
    def test_prints_by_itself_for_one_used_printer_and_asks_among_three(self):
        other, = accounts(1)
        devices = [self.device(name) for name in ("lobby", "hall", "attic", "cellar")]
        self.server.snapshot = snapshot(devices=devices, users={"anna": used("hall"),
                                                                "bob": used("lobby", "hall", "attic")})
        router = self.router(identity={"map": {"root": "anna", other: "bob"}})
        self.assertIn("anna", self.server.users_asked)
        self.assertIn("bob", self.server.users_asked)
        status = self.status(router)
        self.assertEqual(status["fallback"]["profile"], "from-the-server")
        self.assertEqual(status["snapshot"]["users"], 2)
        self.outage(router)

        job = self.done(router, self.print(router))
        self.assertEqual(job["destination_id"], "hall")
        asked = self.print(router, user=other)
        waiting = router.wait_job(lambda each: each["id"] == asked and each["state"] == "held")
        question = [q for q in router.questions() if q["job"] == waiting["id"]][0]
        self.assertEqual(sorted(choice["device"] for choice in question["choices"]), ["attic", "hall", "lobby"])

        # On the account within a minute of the server's return, once.
        self.assertEqual(self.claims(), [])
        back = time.monotonic()
        self.server.start()
        wait_until(lambda: len(self.claims()) == 1, 60, "the claim is at the server")
        print("on the account after %.1f s" % (time.monotonic() - back), file=sys.stderr)
        claim = self.claims()[0]
        self.assertEqual(claim["job"], job["uuid"])
        self.assertEqual(claim["content"]["user"], "anna")
        self.assertEqual(claim["content"]["device"], "hall")

    def test_of_very_many_users_as_many_are_asked_for_as_a_request_takes(self):
        self.server.snapshot = snapshot(devices=[self.device("lobby")], printer="lobby")
        many = {"u%03d" % i: "Jörg Müller %03d" % i for i in range(600)}
        router = self.router(identity={"map": dict(many, root="anna")})
        self.assertEqual(self.server.users_asked[0], "anna")
        self.assertGreater(len(self.server.users_asked), 100)
        self.assertLess(len(",".join(self.server.users_asked)), 6 * 1024)
        self.assertEqual(self.status(router)["snapshot"]["version"], 1)

    def test_an_older_snapshot_outlives_a_restart_without_the_server(self):
        self.server.snapshot = snapshot(devices=[self.device("lobby")], printer="lobby")
        router = self.router()
        router.stop()
        self.server.stop()
        router.start()
        status = self.status(router)
        self.assertEqual(status["snapshot"]["version"], 1)
        self.assertEqual(status["fallback"]["enabled"], True)
        router.wait_server("down")
        self.done(router, self.print(router))
        path = os.path.join(router.state, "snapshot.json")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)

    def test_a_snapshot_that_does_not_check_is_refused_as_a_whole(self):
        lobby = self.device("lobby")
        self.server.snapshot = snapshot(devices=[lobby], printer="lobby")
        router = self.router()
        bad = snapshot(version=2, devices=[lobby], printer="lobby", histry_days=3)
        bad["users"] = {"anna": used("lobby")}
        self.server.snapshot = bad
        status = wait_until(lambda: (lambda s: s if s["snapshot"]["error"] else None)(self.status(router)), 30,
                            "the refusal shows")
        self.assertIn("refused as a whole", status["snapshot"]["error"])
        self.assertIn("histry_days", status["snapshot"]["error"])
        self.assertEqual(status["snapshot"]["version"], 1)
        self.assertIn("histry_days", router.run("status").stdout)
        self.server.snapshot = snapshot(version=3, devices=[lobby], printer="lobby")
        wait_until(lambda: self.status(router)["snapshot"].get("version") == 3, 30, "the next one is taken")
        self.assertEqual(self.status(router)["snapshot"]["error"], "")


class ExactlyOnce(Base):
    def printing_in_an_outage(self, count=2):
        self.server.snapshot = snapshot(devices=[self.device("lobby")], printer="lobby")
        router = self.router()
        self.outage(router)
        jobs = [self.done(router, self.print(router))["uuid"] for _ in range(count)]
        return router, jobs

    def assert_once(self, jobs):
        self.assertEqual(sorted(claim["job"] for claim in self.claims()), sorted(jobs))
        self.assertEqual(len(self.server.ledgers), 1)

    def test_the_answer_is_swallowed(self):
        router, jobs = self.printing_in_an_outage()
        self.server.swallow(2)
        self.server.start()
        wait_until(lambda: self.status(router)["report"]["unreported"] == 0, 60, "all is reported")
        self.assertEqual(self.server.swallowing, 0)
        self.assertGreaterEqual(self.server.repeats, 2)
        self.assert_once(jobs)

    def test_the_daemon_is_killed_while_it_reports(self):
        router, jobs = self.printing_in_an_outage()
        self.server.hold()
        while self.server.taken.acquire(blocking=False):
            pass
        self.server.start()
        self.server.hold()
        wait_until(lambda: len(self.claims()) == 2, 60, "the server has them; the desktop does not know yet")
        router.kill()
        self.server.release()
        router.start()
        wait_until(lambda: self.status(router)["report"]["unreported"] == 0, 60, "all is reported")
        self.assertGreaterEqual(self.server.repeats, 2)
        self.assert_once(jobs)

    def test_the_server_restarts_and_has_lost_the_last_of_it(self):
        router, jobs = self.printing_in_an_outage(3)
        self.server.start()
        wait_until(lambda: len(self.claims()) == 3 and self.status(router)["report"]["unreported"] == 0, 60, "all reported")
        last = max(self.server.entries)
        self.outage(router)
        del self.server.entries[last]
        self.server.start()
        wait_until(lambda: last in self.server.entries, 60, "it is told again")
        self.assert_once(jobs)

    def test_a_job_whose_answer_is_lost_is_at_the_server_once(self):
        self.server.snapshot = snapshot(devices=[self.device("lobby")], printer="lobby")
        router = self.router()
        self.server.swallow_jobs = 1
        job = self.done(router, self.print(router))
        self.assertEqual(job["destination_kind"], "server")
        self.assertEqual(list(self.server.jobs), [job["uuid"]])
        at_server = self.server.jobs[job["uuid"]]
        self.assertEqual(at_server["document"], PAGE)
        self.assertEqual(at_server["user"], "anna")
        self.assertEqual(at_server["puts"], 1)
        self.assertEqual(self.devices["lobby"].jobs(), [])


class Refused(Base):
    def test_is_kept_shown_corrected_and_sent_again(self):
        self.server.snapshot = snapshot(devices=[self.device("lobby")], printer="lobby")
        router = self.router()
        self.outage(router)
        for _ in range(2):
            self.done(router, self.print(router))
        rows = router.cli("ledger", "show")
        first, second = [row["seq"] for row in rows if row["kind"] == "claim"]
        self.server.refuse = {first: "unknown-user", second: "malformed"}
        self.server.start()
        status = wait_until(lambda: (lambda s: s if len(s["report"]["rejected"]) == 2 else None)(self.status(router)), 60,
                            "both are refused")
        self.assertEqual(status["report"]["unreported"], 0)
        self.assertEqual(router.cli("ledger", "verify")["rejected"], 2)
        shown = router.run("--lang", "de", "ledger", "show", "--rejected").stdout
        self.assertIn("abgelehnt: unknown-user", shown)
        self.assertIn("abgelehnt: malformed", shown)

        router.cli("ledger", "correct", str(first), "--user", "anna.berg")
        self.server.refuse = {}
        router.cli("ledger", "resend", str(second))
        corrected = router.cli("ledger", "show")[-1]["seq"]
        wait_until(lambda: {second, corrected} <= set(self.server.entries), 30, "both are at the server")
        self.assertNotIn(first, self.server.entries)
        self.assertEqual(self.server.entries[corrected]["content"]["user"], "anna.berg")
        self.assertEqual(self.server.entries[corrected]["content"]["corrects"], first)
        wait_until(lambda: not self.status(router)["report"]["rejected"], 30, "nothing is refused any more")
        verified = router.run("ledger", "verify")
        self.assertEqual(verified.returncode, 0, verified.stdout)
        self.assertEqual(router.run("ledger", "correct", str(second), "--user", "x").returncode, 3)

    def test_other_content_under_the_same_key_is_an_alarm(self):
        self.server.snapshot = snapshot(devices=[self.device("lobby")], printer="lobby")
        router = self.router()
        self.outage(router)
        self.done(router, self.print(router))
        self.server.entries[1] = {"seq": 1, "kind": "claim", "content": "of somebody else"}
        self.server.start()
        status = wait_until(lambda: (lambda s: s if s["report"]["alarms"] else None)(self.status(router)), 60, "an alarm")
        self.assertIn("other content", status["report"]["alarms"][0])
        self.assertIn("ALARM", router.run("status").stdout)
        self.assertIn("other-content", router.log())
        self.assertEqual(router.run("ledger", "verify").returncode, 7)

    def test_enrolment(self):
        other, = accounts(1)
        router = self.router(enrol=False)
        self.assertFalse(self.status(router)["enrolled"])
        self.assertIn("not enrolled", router.run("--lang", "en", "status").stdout)
        wrong = router.run("enrol", "--token", "guessed")
        self.assertEqual(wrong.returncode, 4, wrong.stderr)
        self.assertIn("this token is not known", wrong.stderr)
        self.assertEqual(router.run("enrol", "--token", TOKEN, user=other).returncode, 4)
        self.enrol(router)
        path = os.path.join(router.state, "server-key")
        self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)
        self.assertTrue(self.status(router)["enrolled"])
        self.assertNotIn(KEY, router.log())
        self.assertNotIn(TOKEN, router.log())
        os.chmod(path, 0o644)
        self.assertFalse(self.status(router)["enrolled"])
        self.assertIn("others than its owner may read it", router.log())

    def test_readiness_is_reported(self):
        self.server.snapshot = snapshot(devices=[self.device("lobby")], printer="lobby")
        router = self.router()
        wait_until(lambda: any(said["devices"] for said in self.server.readiness), 30, "the check is at the server")
        said = [said for said in self.server.readiness if said["devices"]][-1]
        self.assertEqual(said["devices"][0]["device"], "lobby")
        self.assertIn(said["devices"][0]["verdict"], ("usable", "may-count-twice"))


class WithoutTheServersInterface(unittest.TestCase):
    def test_lines_in_a_file_and_a_stopped_daemons_ledger(self):
        device = Device(self, "--port", "raw:0", "--no-snmp")
        router = Router(self, devices=[entry("lobby", device, "raw-1")], fallback={"target": {"printer": "lobby"}},
                        report={"jsonl": "account.jsonl"})
        path = os.path.join(router.folder, "page.txt")
        with open(path, "wb") as out:
            out.write(PAGE)
        jobs = []
        for _ in range(2):
            job = router.cli("print", path, "--format", "text/plain")["id"]
            jobs.append(router.wait_job(lambda each, job=job: each["id"] == job and each["state"] == "completed")["uuid"])
        wait_until(lambda: router.cli("status")["report"]["unreported"] == 0, 20, "all is in the file")
        router.kill()
        router.start()
        wait_until(lambda: router.cli("status")["report"]["unreported"] == 0, 20, "all is in the file")
        with open(os.path.join(router.folder, "account.jsonl"), encoding="utf-8") as lines:
            entries = [json.loads(line) for line in lines]
        self.assertEqual([each["job"] for each in entries if each["kind"] == "claim"], jobs)

        held = router.run("ledger", "show", "--state-dir", router.state)
        self.assertEqual(held.returncode, 6, held.stderr)
        live = router.cli("ledger", "export")
        router.stop()
        before = {name: os.stat(os.path.join(router.state, name)).st_mtime_ns for name in os.listdir(router.state)}
        self.assertEqual(router.cli("ledger", "export", "--state-dir", router.state), live)
        self.assertIn("ok", router.run("--lang", "en", "ledger", "verify", "--state-dir", router.state).stdout)
        self.assertEqual(len(router.cli("ledger", "show", "--limit", "1", "--state-dir", router.state)), 1)
        after = {name: os.stat(os.path.join(router.state, name)).st_mtime_ns for name in os.listdir(router.state)}
        self.assertEqual(before, after)
        self.assertEqual(router.run("ledger", "show", "--state-dir", router.folder).returncode, 2)


if __name__ == "__main__":
    unittest.main()
