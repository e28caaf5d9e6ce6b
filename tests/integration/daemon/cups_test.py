# SPDX-License-Identifier: Apache-2.0
"""CUPS three ways: a driverless queue, an lpd queue and a socket queue that point at printrouterd."""

import glob
import os
import socket
import tempfile
import unittest

from cups import Cups
from gate import CREATE_JOB, SEND_DOCUMENT, Gate
from router import LISTENERS, Router, accounts, as_user, entry, upstream
from running import Device, Pages, client, wait_until

WAYS = ("everywhere", "lpd", "socket")


def queues(cups, router, raw=True):
    cups.add_queue("everywhere", router.uri("ipp"))
    cups.add_queue("lpd", router.uri("lpr"), "raw")
    cups.add_queue("socket", router.uri("raw"), "raw")


def sample(folder, name, content):
    path = os.path.join(folder, name)
    with open(path, "wb") as out:
        out.write(content)
    os.chmod(path, 0o644)
    return path


def running_backends(uri):
    count = 0
    for path in glob.glob("/proc/[0-9]*/cmdline"):
        try:
            with open(path, "rb") as words:
                count += words.read().startswith(uri.encode() + b"\0")
        except OSError:
            pass  # it ended meanwhile
    return count


class CupsThreeWays(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Device(cls, "--server", "--port", "ipp:0", "--no-snmp", "--count", "none")
        cls.router = Router(cls, server=upstream(cls.server, "ipp-1", on_arrival="hold", truncated="discards"))
        cls.router.wait_server("up")
        cls.cups = Cups(cls)
        queues(cls.cups, cls.router)
        cls.folder = tempfile.mkdtemp(prefix="printrouter-documents-")
        os.chmod(cls.folder, 0o755)
        cls.addClassCleanup(client, ["rm", "-rf", cls.folder])
        cls.documents = {"pdf": sample(cls.folder, "two.pdf", Pages(2, "pdf")), "ps": sample(cls.folder, "three.ps", Pages(3)),
                         "text": sample(cls.folder, "words.txt", b"one page of words\n")}
        cls.documents["pwg"] = cls.raster(cls.documents["pdf"])

    addCleanup = classmethod(lambda cls, *words, **named: cls.addClassCleanup(*words, **named))

    @classmethod
    def raster(cls, pdf):
        path = os.path.join(cls.folder, "two.pwg")
        client(["gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", "-sDEVICE=pwgraster", "-r150", "-sPAPERSIZE=a4",
                "-sOutputFile=" + path, pdf], check=True)
        os.chmod(path, 0o644)
        return path

    def print_one(self, queue, kind, *options, user=None):
        before = {job["id"] for job in self.router.jobs()}
        name = self.cups.lp(queue, self.documents[kind], "-t", "%s by %s" % (kind, queue), *options, user=user)
        self.cups.wait_completed(name)
        job = self.router.wait_job(lambda job: job["id"] not in before and job["state"] == "completed")
        arrived = self.server.wait_job(lambda record: record["uuid"] == job["uuid"] or
                                       (record["complete"] and record["title"] == job["title"]))
        return job, arrived

    def test_every_document_by_every_queue(self):
        for queue in WAYS:
            for kind in ("pdf", "ps", "text", "pwg"):
                with self.subTest(queue=queue, kind=kind):
                    if queue == "everywhere" and kind == "pwg":
                        options = ("-o", "document-format=image/pwg-raster")
                    else:
                        options = ()
                    job, arrived = self.print_one(queue, kind, *options)
                    self.assertEqual(job["destination"], "server")
                    self.assertTrue(arrived["complete"])
                    self.assertGreater(arrived["bytes"], 0)
                    if queue != "everywhere":  # nothing between: byte for byte
                        with open(self.documents[kind], "rb") as original:
                            self.assertEqual(self.server.document(arrived["id"]), original.read())

    def test_whose_job_it_is(self):
        anna, ben = accounts(2)
        for queue in WAYS:
            with self.subTest(queue=queue):
                job, arrived = self.print_one(queue, "ps", user=anna)
                self.assertEqual((job["user"], job["user_evidence"]), (anna, "asserted"))
                self.assertEqual(arrived["user"], anna)
                self.assertEqual(self.router.job(job["id"], user=anna)["id"], job["id"])
                foreign = self.router.run("--json", "job", str(job["id"]), user=ben)
                self.assertEqual(foreign.returncode, 3, foreign.stdout)
                self.assertNotIn(job["id"], [mine["id"] for mine in self.router.jobs(user=ben)])

    def test_two_accounts_at_once_by_two_socket_queues(self):
        anna, ben = accounts(2)
        self.cups.add_queue("socket2", self.router.uri("raw"), "raw")
        before = {job["id"] for job in self.router.jobs()}
        self.router.pause()  # both backends are under way before either is looked up
        try:
            self.cups.lp("socket", self.documents["ps"], user=anna)
            self.cups.lp("socket2", self.documents["ps"], user=ben)
            wait_until(lambda: running_backends(self.router.uri("raw")) == 2, 10, "two backends print")
        finally:
            self.router.resume()
        wait_until(lambda: len([job for job in self.router.jobs() if job["id"] not in before and
                                job["state"] == "completed"]) == 2, 20, "both jobs")
        self.assertEqual(sorted(job["user"] for job in self.router.jobs() if job["id"] not in before), sorted((anna, ben)))


class KilledBetweenCreateJobAndSendDocument(unittest.TestCase):
    """The daemon's word stands for a job of which no document byte has come. CUPS either comes back with the document
    (its connection had to wait) or begins anew; the paper comes out once in both cases, and nothing stays behind."""

    def setUp(self):
        self.server = Device(self, "--server", "--port", "ipp:0", "--no-snmp", "--count", "none")
        self.router = Router(self, server=upstream(self.server, "ipp-1", on_arrival="hold", truncated="discards"))
        self.router.wait_server("up")
        self.gate = Gate(self, self.router.port("ipp"))
        self.cups = Cups(self, debug=True)
        self.folder = tempfile.mkdtemp(prefix="printrouter-documents-")
        os.chmod(self.folder, 0o755)
        self.addCleanup(client, ["rm", "-rf", self.folder])
        self.document = sample(self.folder, "two.pdf", Pages(2, "pdf"))

    def kill(self, keep_listening=False, in_document=False):
        self.cups.add_queue("office", "ipp://localhost:%d/ipp/print" % self.gate.port)
        if in_document:
            self.gate.shut_within(SEND_DOCUMENT, 20000, self.router.kill)
        else:
            self.gate.shut_after(CREATE_JOB, self.router.kill, keep_listening)
        for _ in range(3):  # CUPS itself aborts a job that comes before it has read what its new queue takes
            name = self.cups.lp("office", self.document, "-t", "killed")
            if self.gate.shut.wait(10):
                break
        self.assertTrue(self.gate.shut.is_set(), self.cups.errors()[-3000:])
        self.router.start()
        self.router.wait_server("up")
        waiting = self.router.wait_job(lambda job: job["title"] == "killed")
        self.assertEqual(waiting["state"], "incoming")
        self.gate.open(self.router.port("ipp"))
        wait_until(lambda: self.enabled() and self.cups.completed(name), 60, "CUPS has printed it")
        self.router.wait_job(lambda job: job["state"] == "completed")

    def enabled(self):
        """CUPS stops its queue if the break met it in a write; what the remedy says then lets it go on."""
        if b"disabled" in self.cups.client(["lpstat", "-p", "office"]).stdout:
            self.cups.client(["cupsenable", "office"])
        return True

    def came_out_once(self):
        arrived = self.server.jobs()
        self.assertEqual([(job["complete"], job["title"].startswith("killed")) for job in arrived], [(True, True)])
        wait_until(lambda: not [job for job in self.router.jobs() if job["state"] == "incoming"], 10, "nothing incoming is left")

    def begun_anew(self):
        left = [job for job in self.router.jobs() if job["state"] == "aborted"]
        self.assertEqual([job["reasons"][0]["id"] for job in left], ["intake.begun-anew"])

    def test_refused_meanwhile(self):
        self.kill()
        self.came_out_once()
        self.begun_anew()

    def test_waits_meanwhile(self):
        self.kill(keep_listening=True)
        self.came_out_once()

    def test_in_the_middle_of_the_document(self):
        self.document = sample(self.folder, "long.pdf", Pages(400, "pdf"))
        self.kill(in_document=True)
        self.came_out_once()
        self.begun_anew()


class WhoClaimsToBe(unittest.TestCase):
    """No spooler between: the account behind the connection is the owner, whatever it says."""

    @classmethod
    def setUpClass(cls):
        cls.server = Device(cls, "--server", "--port", "ipp:0", "--no-snmp", "--count", "none")
        cls.router = Router(cls, server=upstream(cls.server, "ipp-1"))
        cls.router.wait_server("up")
        cls.folder = tempfile.mkdtemp(prefix="printrouter-documents-")
        os.chmod(cls.folder, 0o755)
        cls.addClassCleanup(client, ["rm", "-rf", cls.folder])
        cls.document = sample(cls.folder, "page.ps", Pages(1))

    addCleanup = classmethod(lambda cls, *words, **named: cls.addClassCleanup(*words, **named))

    def ipp_print(self, account, claimed):
        test = sample(self.folder, "print.test", (
            '{ NAME "p" OPERATION Print-Job GROUP operation-attributes-tag\n'
            'ATTR charset attributes-charset utf-8\nATTR naturalLanguage attributes-natural-language en\n'
            'ATTR uri printer-uri $uri\nATTR name requesting-user-name "%s"\nATTR name job-name "claimed"\n'
            'ATTR mimeMediaType document-format application/postscript\nFILE %s\nSTATUS successful-ok }\n'
            % (claimed, self.document)).encode())
        return client(as_user(account, ["ipptool", "-t", self.router.uri("ipp"), test]))

    def lpr_print(self, account, claimed):
        script = ("import sys; sys.path.insert(0, sys.argv[1]); import wire; "
                  "wire.lpr_print(int(sys.argv[2]), open(sys.argv[4], 'rb').read(), user=sys.argv[3], queue='print', title='claimed')")
        readable = sample(self.folder, "wire.py", open(os.path.join(os.path.dirname(__file__), "..", "lib", "wire.py"), "rb").read())
        return client(as_user(account, ["/usr/bin/python3", "-I", "-c", script, os.path.dirname(readable),
                                        self.router.port("lpr"), claimed, self.document]))

    def test_a_foreign_name_is_refused(self):
        anna, ben = accounts(2)
        for way in (self.ipp_print, self.lpr_print):
            with self.subTest(way=way.__name__):
                before = len(self.router.jobs())
                refused = way(ben, anna)
                self.assertNotEqual(refused.returncode, 0, refused.stdout)
                self.assertEqual(len(self.router.jobs()), before)
        refused = self.ipp_print(ben, anna)
        self.assertIn(b"client-error-not-authorized", refused.stdout)
        self.assertIn("may not print as", refused.stdout.decode(errors="replace"))

    def test_the_own_name_is_taken(self):
        anna, = accounts(1)
        for way in (self.ipp_print, self.lpr_print):
            with self.subTest(way=way.__name__):
                before = {job["id"] for job in self.router.jobs()}
                done = way(anna, anna)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
                job = self.router.wait_job(lambda job: job["id"] not in before)
                self.assertEqual((job["user"], job["user_evidence"]), (anna, "owner"))

    def test_raw_is_the_account_that_connects(self):
        anna, = accounts(1)
        before = {job["id"] for job in self.router.jobs()}
        client(as_user(anna, ["nc", "-N", "127.0.0.1", self.router.port("raw")]), stdin=Pages(1), check=True)
        job = self.router.wait_job(lambda job: job["id"] not in before)
        self.assertEqual((job["user"], job["user_evidence"]), (anna, "owner"))

    def test_who_has_gone_is_nobody_and_not_root(self):
        # The daemon stands still while the client comes and goes: nobody is left to be asked who it was.
        before = {job["id"] for job in self.router.jobs()}
        self.router.pause()
        try:
            with socket.create_connection(("127.0.0.1", self.router.port("raw")), timeout=5) as gone:
                gone.sendall(Pages(1))
        finally:
            self.router.resume()
        job = self.router.wait_job(lambda job: job["id"] not in before)
        self.assertEqual((job["user"], job["user_evidence"]), ("", "none"))
        for account in accounts(1):
            self.assertNotIn(job["id"], [mine["id"] for mine in self.router.jobs(user=account)])


class MappedNames(unittest.TestCase):
    def test_the_servers_name_for_a_local_account(self):
        anna, = accounts(1)
        server = Device(self, "--server", "--port", "ipp:0", "--no-snmp", "--count", "none")
        router = Router(self, server=upstream(server, "ipp-1"), identity={"map": {anna: "anna.muster"}})
        router.cli("print", "/etc/hostname", "--format", "text/plain", user=anna)
        job = router.wait_job()
        self.assertEqual((job["user"], job["user_evidence"]), ("anna.muster", "mapped"))
        self.assertEqual(server.wait_job()["user"], "anna.muster")
        self.assertEqual(router.jobs(user=anna)[0]["id"], job["id"])


if __name__ == "__main__":
    unittest.main()
