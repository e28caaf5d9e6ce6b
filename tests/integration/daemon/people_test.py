# SPDX-License-Identifier: Apache-2.0
"""The user must see it: errors, waiting jobs and questions in `watch`; CUPS' queue goes on; a daemon that stands still
loses nothing. PRINTROUTER_TEST_STOP: seconds the daemon stands still (default 10; 60 is the figure that is promised)."""

import os
import tempfile
import time
import unittest

from cups import Cups
from router import Router, Watch, accounts, as_user, entry, upstream
from running import Device, Pages, client, wait_until

STOP_SECONDS = float(os.environ.get("PRINTROUTER_TEST_STOP", "10"))


class Base(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.mkdtemp(prefix="printrouter-documents-")
        os.chmod(self.folder, 0o755)
        self.addCleanup(client, ["rm", "-rf", self.folder])
        self.document = os.path.join(self.folder, "page.ps")
        with open(self.document, "wb") as out:
            out.write(Pages(1))
        os.chmod(self.document, 0o644)

    def cups(self, router):
        cups = Cups(self)
        cups.add_queue("everywhere", router.uri("ipp"))
        cups.add_queue("lpd", router.uri("lpr"), "raw")
        cups.add_queue("socket", router.uri("raw"), "raw")
        return cups

    def down(self, **configuration):
        """A router whose server refuses connections, known to be down."""
        server = Device(self, "--server", "--port", "ipp:0", "--no-snmp", "--count", "none")
        server.fault("refuse")
        router = Router(self, server=upstream(server, "ipp-1", formats=["application/pdf", "application/postscript",
                                                                       "image/pwg-raster", "text/plain"]), **configuration)
        router.wait_server("down")
        return server, router


class WatchShowsIt(Base):
    def test_refusal_within_a_second_by_all_three_queues(self):
        anna, = accounts(1)
        _, router = self.down()
        cups = self.cups(router)
        for language, words in (("en", "not allowed"), ("de", "nicht erlaubt")):
            watch = Watch(self, router, user=anna, lang=language)
            watch.wait_line("server")
            for queue in ("everywhere", "lpd", "socket"):
                with self.subTest(queue=queue, language=language):
                    before = {job["id"] for job in router.jobs()}
                    name = cups.lp(queue, self.document, user=anna)
                    job = router.wait_job(lambda job: job["id"] not in before and job["state"] == "held")
                    seen, line = watch.wait_line("!!", "%d " % job["id"])
                    arrived = time.monotonic() - (time.time() - stamp(job["created"]))
                    self.assertLess(seen - arrived, 1.0, line)
                    self.assertEqual(job["reasons"][0]["severity"], "refusal")
                    self.assertTrue(job["reasons"][0]["remedy_en"])
                    cups.wait_completed(name)  # CUPS' queue is free although the job waits here
            watch.stop()

    def test_waiting_job_frees_the_cups_queue_and_says_why(self):
        anna, = accounts(1)
        _, router = self.down()
        cups = self.cups(router)
        cups.wait_completed(cups.lp("everywhere", self.document, "-t", "kept", user=anna))
        job = router.wait_job(lambda job: job["state"] == "held")
        test = os.path.join(self.folder, "get.test")
        with open(test, "w", encoding="ascii") as out:
            out.write('{ NAME "g" OPERATION Get-Job-Attributes GROUP operation-attributes-tag\n'
                      'ATTR charset attributes-charset utf-8\nATTR naturalLanguage attributes-natural-language en\n'
                      'ATTR uri printer-uri $uri\nATTR integer job-id %d\nATTR name requesting-user-name $user\n'
                      'STATUS successful-ok }\n' % job["id"])
        said = client(as_user(anna, ["ipptool", "-tv", router.uri("ipp"), test]), check=True).stdout.decode()
        self.assertIn("job-state (enum) = pending-held", said)
        message = [line for line in said.splitlines() if "job-state-message" in line][0]
        self.assertIn(job["reasons"][0]["en"], message)
        self.assertIn("help desk" if "help desk" in job["reasons"][0]["remedy_en"] else "retry", message)

    def test_second_job_is_not_delayed_while_the_first_waits_for_an_answer(self):
        anna, = accounts(1)
        devices = [Device(self, "--port", "ipp:0", "--no-snmp", "--count", "none") for _ in range(2)]
        server, router = self.down(devices=[entry("lobby", devices[0], "ipp-1"), entry("attic", devices[1], "ipp-1")],
                                   fallback={})
        cups = self.cups(router)
        cups.wait_completed(cups.lp("everywhere", self.document, "-t", "first", user=anna))
        question = router.wait_question(user=anna)
        cups.wait_completed(cups.lp("everywhere", self.document, "-t", "second", user=anna))
        second = router.wait_job(lambda job: job["title"] == "second" and job["state"] == "held")
        self.assertEqual(router.job(question["job"])["state"], "held", "the first still waits")
        router.cli("release", str(second["id"]), "--to", "attic", user=anna)
        done = router.wait_job(lambda job: job["id"] == second["id"] and job["state"] == "completed")
        self.assertEqual(done["destination"], "attic")
        self.assertIn(question["id"], [open_one["id"] for open_one in router.questions(user=anna)])
        server.clear_faults()
        router.wait_job(lambda job: job["title"] == "first" and job["state"] == "completed")

    def test_questions_are_answered_at_the_keyboard(self):
        anna, = accounts(1)
        devices = [Device(self, "--port", "raw:0", "--no-snmp", "--count", "none") for _ in range(2)]
        _, router = self.down(devices=[entry("lobby", devices[0], "raw-1", name="Lobby", place="ground floor"),
                                       entry("attic", devices[1], "raw-1", name="Attic", place="under the roof")], fallback={})
        watch = Watch(self, router, user=anna)
        for _ in range(3):
            router.cli("print", self.document, "--title", "letter", user=anna)
        watch.wait_line("waits for an answer too (3 waiting")  # "a" answers those that wait now
        watch.type("/roof")
        watch.wait_line("1) Attic")
        watch.type("9")
        watch.wait_line("none of the numbers")
        watch.type("a 1")
        wait_until(lambda: [job["destination"] for job in router.jobs() if job["state"] == "completed"] == ["Attic"] * 3,
                   15, "all three are printed in the attic")
        watch.wait_line("Printed on Attic")
        self.assertEqual(len(devices[1].jobs()), 3)
        self.assertEqual(devices[0].jobs(), [])
        watch.type("q")
        wait_until(lambda: watch._process.poll() is not None, 5, "watch has left")
        self.assertEqual(watch.stop(), 0)


    def test_the_person_picks_which_question_to_answer(self):
        anna, = accounts(1)
        devices = [Device(self, "--port", "raw:0", "--no-snmp", "--count", "none") for _ in range(2)]
        server, router = self.down(devices=[entry("lobby", devices[0], "raw-1", name="Lobby"),
                                            entry("attic", devices[1], "raw-1", name="Attic")], fallback={})
        watch = Watch(self, router, user=anna)
        jobs = [router.cli("print", self.document, "--title", title, user=anna)["id"]
                for title in ("first", "second", "third", "fourth")]
        watch.wait_line("waits for an answer too (4 waiting")
        watch.type("l")
        for job in jobs:  # which one is asked first is a matter of which was looked into first
            watch.wait_line(" #%d »" % job, "waits for an answer")
        self.assertEqual(sum(line.startswith(" > #") for _, line in watch.lines), 1, watch.text)
        watch.type("#%d" % jobs[2])
        watch.wait_line("?? Job %d" % jobs[2], "Where shall it be printed?")
        watch.type("/attic")
        watch.wait_line("1) Attic")
        watch.type("1")
        done = router.wait_job(lambda job: job["id"] == jobs[2] and job["state"] == "completed")
        self.assertEqual(done["destination"], "Attic")
        self.assertEqual([router.job(job)["state"] for job in jobs if job != jobs[2]], ["held"] * 3)
        watch.type("#%d" % jobs[2])
        watch.wait_line("no question waits about job %d" % jobs[2])
        watch.type("#%d" % jobs[1])
        watch.wait_line("?? Job %d" % jobs[1], "Where shall it be printed?")
        watch.type("w")  # it waits for the server, the others wait for a person
        wait_until(lambda: len(router.questions(user=anna)) == 2, 10, "one question less")
        server.clear_faults()
        for job in (jobs[0], jobs[1], jobs[3]):
            router.wait_job(lambda now, job=job: now["id"] == job and now["state"] == "completed")
        watch.wait_line("no answer needed any more for job %d" % jobs[3])
        watch.type("l")
        watch.wait_line("#%d" % jobs[0], "withdrawn")
        watch.wait_line("#%d" % jobs[2], "answered: attic")
        watch.wait_line("#%d" % jobs[1], "answered: server")

    def test_all_waiting_questions_are_put_off_at_once_in_german(self):
        anna, = accounts(1)
        devices = [Device(self, "--port", "raw:0", "--no-snmp", "--count", "none") for _ in range(2)]
        _, router = self.down(devices=[entry("lobby", devices[0], "raw-1"), entry("attic", devices[1], "raw-1")], fallback={})
        watch = Watch(self, router, user=anna, lang="de")
        for _ in range(3):
            router.cli("print", self.document, "--title", "Brief", user=anna)
        watch.wait_line("wartet auch auf eine Antwort", "(3 warten")
        watch.type("a w")
        wait_until(lambda: router.questions(user=anna) == [], 10, "no question waits")
        wait_until(lambda: [job["reasons"][0]["id"] for job in router.jobs()] == ["routing.chosen-wait"] * 3, 10, "all wait")
        watch.type("l")
        watch.wait_line("beantwortet: server")


class StandsStill(Base):
    def test_nothing_is_lost_while_the_daemon_stands_still(self):
        server = Device(self, "--server", "--port", "ipp:0", "--no-snmp", "--count", "none")
        router = Router(self, server=upstream(server, "ipp-1"))
        router.wait_server("up")
        cups = self.cups(router)
        router.pause()
        names = [cups.lp(queue, self.document, "-t", "%s %d" % (queue, number))
                 for queue in ("everywhere", "lpd", "socket") for number in range(3)]
        self.stand(STOP_SECONDS)
        router.resume()
        self.all_arrive(cups, names, server)

    def test_nothing_is_lost_while_the_daemon_is_away(self):
        server = Device(self, "--server", "--port", "ipp:0", "--no-snmp", "--count", "none")
        listeners = []
        router = Router(self, server=upstream(server, "ipp-1"))
        router.wait_server("up")
        # It must come back to the same doors, as a configured port does.
        for configured, open_door in zip(router.config["listeners"], router.listeners):
            listeners.append(dict(configured, port=open_door["port"]))
        router.config["listeners"] = listeners
        router.write_config()
        cups = self.cups(router)
        self.assertEqual(router.stop(), 0)
        names = [cups.lp(queue, self.document, "-t", "%s %d" % (queue, number))
                 for queue in ("everywhere", "lpd", "socket") for number in range(3)]
        self.stand(STOP_SECONDS)
        router.start()
        self.all_arrive(cups, names, server)

    @staticmethod
    def stand(seconds):
        deadline = time.monotonic() + seconds
        wait_until(lambda: time.monotonic() > deadline, seconds + 5, "the time is over")

    def all_arrive(self, cups, names, server):
        for name in names:
            cups.wait_completed(name, 60)
        wait_until(lambda: len([job for job in server.jobs() if job["complete"]]) >= len(names), 20, "all at the server")
        self.assertEqual(len([job for job in server.jobs() if job["complete"]]), len(names))


def stamp(text):
    from datetime import datetime
    return datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()


if __name__ == "__main__":
    unittest.main()
