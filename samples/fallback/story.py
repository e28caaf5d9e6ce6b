#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A day in an office whose print server dies: the driver behind samples/fallback/run.sh, which see for the arguments.

It starts what is needed (stage.py), hands in marked documents by foreign print clients (clients.py), breaks things at
moments that the seed chooses, and tells what happens. What became of the documents in the end is counted by tally.py,
a program of its own that sees only what the clients said and the bytes at the sinks."""

import argparse
import collections
import concurrent.futures
import json
import os
import random
import re
import signal
import subprocess
import sys
import time

from clients import KINDS, SHOWN, Clients, Document
from stage import DEVICES, Router, Stage, Watch, start_cups, wait_until
from accounts import SecondDay  # noqa: E402  (finds the test helpers by what stage has set)

HERE = os.path.dirname(os.path.abspath(__file__))
LEAST = 24
SUBJECTS = ("Travel report", "Invoice", "Minutes", "Offer", "Timetable", "Poster", "Contract", "Recipe", "Delivery note",
            "Phone list", "Budget", "Holiday form", "Test report", "Menu", "Floor plan")
USED = {"anna": ["kyocera-2nd"], "dora": ["kyocera-lobby"], "emil": ["acme-lab"], "gina": ["ricoh-3rd"],
        "hugo": ["old-laser"], "ben": ["kyocera-2nd", "acme-lab"]}
# Clients whose documents the used printer of that person takes (the lobby and the Ricoh know no PDF).
REACH = {"anna": ("lp-everywhere", "lp-lpd", "lpr", "ipptool", "ipptool-2", "rlpr"),
         "dora": ("lp-socket", "rlpr"), "emil": ("lp-everywhere", "lpr", "ipptool"),
         "gina": ("lp-socket", "rlpr", "ipptool"), "hugo": ("lpr", "lp-lpd", "rlpr"),
         "ben": ("lp-everywhere", "lp-lpd", "ipptool", "lpr"), "cora": ("lp-everywhere", "ipptool-2", "lpr")}
# The languages of those printers. What goes to the print server may be anything.
ANY = ("pdf", "ps", "pjl-ps")
TAKES = {"dora": ("ps", "pjl-ps", "pcl"), "gina": ("ps", "pjl-ps")}
SPOKEN = {"pdf": "PDF", "ps": "PostScript", "pjl-ps": "PostScript", "pjl-hold": "PostScript", "pcl": "PCL 5",
          "pxl": "PCL XL", "pwg": "PWG raster"}
FINAL = ("completed", "canceled", "aborted")
DEATHS = {"refuse": "it refuses every connection", "blackhole": "it accepts connections and says nothing",
          "http-status": "it answers every request with 503"}


class Teller:
    def __init__(self):
        self.began = time.monotonic()
        self.colours = sys.stdout.isatty() and os.environ.get("TERM") != "dumb"

    def paint(self, code, text):
        return "\033[%sm%s\033[0m" % (code, text) if self.colours else text

    def chapter(self, title):
        print("\n" + self.paint("1", title), flush=True)

    def say(self, text, colour=None):
        stamp = "%5.1f s  " % (time.monotonic() - self.began)
        print(self.paint("2", stamp) + (self.paint(colour, text) if colour else text), flush=True)

    def more(self, text, colour=None):
        print(" " * 9 + (self.paint(colour, text) if colour else text), flush=True)


def quotas(jobs):
    """How many documents each chapter gets."""
    kill = max(3, jobs // 10)
    asked = max(5, jobs // 8)
    fixed = kill + asked + 1 + 7        # 1: the break, 7: the refusals
    automatic = max(4, (jobs - fixed) // 3)
    after = max(2, (jobs - fixed) // 4)
    return {"morning": jobs - fixed - automatic - after, "automatic": automatic, "asked": asked, "kill": kill,
            "after": after}


class Story:
    def __init__(self, stage, arguments):
        self.stage, self.tell = stage, Teller()
        self.seed, self.quota = arguments.seed, quotas(arguments.jobs)
        self.random = random.Random(arguments.seed)
        self.sabotage = arguments.sabotage
        self.documents, self.reasons, self.automatic, self.used_printer = [], set(), 0, False
        self.missed = []
        self.second_day = SecondDay(self)

    # -- documents ----------------------------------------------------------------------------------------------

    def document(self, user, client, kind=None, takes=None, **more):
        kinds = [k for k in KINDS[client] if k in (takes or TAKES.get(user, ANY))]
        document = Document(len(self.documents) + 1, self.seed, user, client, kind or self.random.choice(kinds or KINDS[client]),
                            self.random.choice(SUBJECTS), pages=self.random.randint(1, 4),
                            size=more.get("size", self.random.choice((0, 3000, 20000, 60000))))
        document.options = more.get("options", {})
        self.documents.append(document)
        return document

    def hand_in(self, documents, at_once=3):
        with concurrent.futures.ThreadPoolExecutor(at_once) as pool:
            list(pool.map(self.clients.hand_in, documents))

    def hand_in_one(self, document):
        """For the documents that the story is about: they must be accepted."""
        if not self.clients.hand_in(document):
            raise AssertionError("%s could not hand in %s: %s" % (document.client, document.title, document.said))

    def job_of(self, document, jobs=None):
        found = [job for job in (jobs if jobs is not None else self.stage.router.jobs()) if document.marker in job["title"]]
        # A job whose document never came (its client was cut off and tried again) is not the document.
        return next((job for job in found if job["state"] != "incoming"), found[0] if found else None)

    def settled(self, documents, states=FINAL + ("held", "unknown"), seconds=45):
        """The jobs of these documents (those that were accepted), once each is in one of the states."""
        def look():
            jobs = self.stage.router.jobs()
            found = {}
            for document in documents:
                if document.exit == 0:
                    job = self.job_of(document, jobs)
                    if job is None or job["state"] not in states:
                        return None
                    found[document.marker] = job
            return found
        try:
            return wait_until(lambda: [found for found in [look()] if found is not None], seconds, "the jobs settle")[0]
        except AssertionError:
            jobs = self.stage.router.jobs()
            late = [(d.title, d.client, (self.job_of(d, jobs) or {}).get("state", "not arrived")) for d in documents
                    if d.exit == 0 and (self.job_of(d, jobs) or {}).get("state") not in states]
            raise AssertionError("after %d s still under way: %s" % (seconds, late)) from None

    def where(self, document, job):
        who = "%s's" % document.user if document.user else "somebody's"
        text = "%s %s (%s)" % (who, document.subject, SHOWN[document.client])
        if job["state"] in ("completed", "confirming") and job["destination"]:
            counted = "" if job.get("destination_kind") == "server" else ", %s port, counted by the %s%s" % (
                job["port_class"].replace("-", " "), job["counted_by"],
                ", may count twice" if job.get("may_count_twice") else "")
            return "%s → %s%s" % (text, job["destination"], counted)
        return "%s: %s" % (text, job["state"])

    def expect(self, condition, what):
        if not condition:
            self.missed.append(what)
            self.tell.more("(not as it should be: %s)" % what, "31")

    # -- chapters -----------------------------------------------------------------------------------------------

    def prepare(self):
        stage = self.stage
        stage.balances = {"fred": {"credit": 5}}
        self.tell.chapter("The office opens")
        stage.start_sinks()
        stage.write_config()
        stage.router = Router(stage)
        seconds = stage.router.start()
        with open(stage.path("history.csv"), "w", encoding="utf-8") as file:
            file.write("user,device,last_used\n" + "".join("%s,%s,\n" % (user, device) for user, devices in USED.items()
                                                           for device in devices))
        stage.router.ask("history", "import", stage.path("history.csv"))
        stage.watch = Watch(stage, stage.router)
        stage.watch.start()
        stage.cups = start_cups(stage)
        self.clients = Clients(stage.folder, stage.cups, stage.router.ports)
        self.tell.say("printrouterd is up after %d ms, with CUPS (three queues) in front of it." % (1000 * seconds))
        self.tell.more("Behind it: a print server, and " + ", ".join(d["name"] for d in DEVICES.values()) + ".")
        plugins = stage.router.ask("plugins", "list")
        self.tell.more("Plugins: " + ", ".join(plugin["id"] for plugin in plugins if plugin["loaded"]) + ".")
        self.expect(any(p["id"] == "acme" and p["loaded"] for p in plugins), "the third-party pack of Acme is loaded")

    def morning(self):
        self.tell.chapter("Morning. The print server works")
        documents, clients = [], list(KINDS)
        for number in range(self.quota["morning"] - 1):
            client = clients[number % len(clients)]
            kinds = KINDS[client]  # in turn, so that every language is there
            documents.append(self.document(self.random.choice(list(USED) + ["cora"]), client,
                                           kinds[number // len(clients) % len(kinds)]))
        for document in documents:
            if document.client == "nc":
                document.user = ""
        self.random.shuffle(documents)
        after = self.random.randrange(60_000, 250_000)
        big = self.document("anna", "ipptool", "pdf", size=300_000)
        self.stage.server.fault("reset", port="ipp", after_bytes=after, jobs=1)
        self.hand_in_one(big)
        jobs = self.settled([big], FINAL)
        job = jobs[big.marker]
        self.tell.say("The server's connection breaks after %d of %d KB of anna's %s." % (after // 1000, 300, big.subject))
        self.tell.more("It discards what is cut off, so the job was sent again, from its first byte: %s, %d attempts."
                       % (job["destination"], len(job["attempts"])), "32")
        self.expect(job["state"] == "completed" and len(job["attempts"]) > 1, "a break at the server is repaired")
        self.hand_in(documents)
        jobs = self.settled(documents)
        by = collections.Counter(SHOWN[document.client] for document in documents)
        kinds = sorted({SPOKEN[document.kind] for document in documents})
        self.tell.say("%d documents more, by %s." % (len(documents), ", ".join("%s (%d)" % item for item in by.items())))
        self.tell.more("They speak %s." % ", ".join(kinds))
        there = sum(job.get("destination_kind") == "server" and job["state"] == "completed" for job in jobs.values())
        self.tell.more("%d of them are at the print server. Nobody had to think about it." % there, "32")
        self.expect(there == len(jobs), "with a server everything goes there")

    def outage(self):
        how = self.random.choice(sorted(DEATHS))
        self.tell.chapter("The print server dies")
        self.stage.server.fault(how, **({"status": 503} if how == "http-status" else {}))
        self.tell.say("From now on %s." % DEATHS[how], "33")
        people = ["anna", "dora", "emil", "gina", "hugo"]
        documents = []
        for number in range(self.quota["automatic"]):
            user = people[number % len(people)]
            documents.append(self.document(user, self.random.choice(REACH[user])))
        self.random.shuffle(documents)
        self.hand_in(documents)
        jobs = self.settled(documents)
        self.tell.say("People who have one printer of their own just get their paper, and a note where it is:")
        for document in documents:
            job = jobs.get(document.marker)
            if job:
                self.tell.more(self.where(document, job), "32" if job["state"] == "completed" else "31")
                self.automatic += job["state"] == "completed" and job.get("destination_kind") == "device"
        some = next(iter(jobs.values()))
        if some["reasons"]:
            self.tell.more("The note says: “%s”" % some["reasons"][0]["en"])
        self.expect(self.automatic >= 3, "at least three are printed without a question")
        classes = {job["port_class"] for job in jobs.values()}
        self.expect({"plain", "device-spooling"} <= classes, "both port classes are used, not only %s" % sorted(classes))

    def questions(self):
        self.tell.chapter("Who has a choice is asked")
        stage, people = self.stage, ["ben", "cora"]
        documents = []
        for number in range(self.quota["asked"] - 1):
            user = people[number % 2]
            documents.append(self.document(user, self.random.choice(REACH[user])))
        netcat = self.document("", "nc")
        self.hand_in(documents + [netcat])
        jobs = self.settled(documents + [netcat])
        held = [job for job in jobs.values() if job.get("question")]
        self.tell.say("%d jobs wait for an answer: ben has used two printers, cora none, and what came by netcat" % len(held))
        self.tell.more("belongs to nobody known, so an administrator is asked.")
        self.expect(len(held) >= 3, "at least three are asked")
        self.kill(held)
        self.tell.say("Now the answers.")
        release = [documents[-1], netcat]
        for document, device in zip(release, ("acme-lab", "ricoh-3rd")):
            job = jobs[document.marker]
            stage.router.ask("release", job["id"], "--to", device)
            self.tell.more("printrouter release %d --to %s" % (job["id"], device))
        rest = [document for document in documents if document not in release]
        self.answer(rest)
        done = self.settled(documents + [netcat], states=FINAL + ("held",))
        waits = [d for d in rest if done[d.marker]["state"] == "held"]
        for document in documents + [netcat]:
            job = done[document.marker]
            self.tell.more(self.where(document, job) if document not in waits else
                           "%s's %s waits for the server, as %s chose" % (document.user, document.subject, document.user),
                           "32" if job["state"] == "completed" else None)
        self.expect(sum(job["state"] == "completed" for job in done.values()) >= len(done) - 1, "answers are followed")

    def answer(self, documents):
        """Types answers into `printrouter watch` as long as it asks about one of these."""
        stage, watch = self.stage, self.stage.watch
        tries = ["/colour", "/acme", "/2nd"]
        waited = False
        for _ in range(2 * len(documents)):
            jobs = stage.router.jobs()
            open_ = {job["id"]: job for document in documents for job in [self.job_of(document, jobs)]
                     if job and job.get("question")}
            if not open_:
                return
            at = watch.shows_list("", "a question")  # the one that is next
            asked = int(re.search(r"\d+", watch.lines[at]).group(0))
            last = len(open_) == 1
            if last and not waited:
                self.show(watch.lines[at:], "w")
                watch.type("w")
                waited = True
            else:
                word = tries.pop(0) if tries else "/"
                at = watch.shows_list(word, "the filtered list")
                if not any(re.match(r"\s+1\) ", line) for line in watch.lines[at:]):
                    word = "/"
                    at = watch.shows_list(word, "the whole list")
                self.show(watch.lines[at:], word + "  1")
                watch.type("1")
            wait_until(lambda job=asked: not (self.by_id(job) or {}).get("question"), 10, "the answer is taken")

    def by_id(self, number):
        return next((job for job in self.stage.router.jobs() if job["id"] == number), None)

    def show(self, lines, typed):
        if getattr(self, "_shown", 0) < 2:
            self._shown = getattr(self, "_shown", 0) + 1
            for line in lines:
                if line.startswith("?? ") or re.match(r"\s+\d+\) ", line):
                    self.tell.more("| " + self.plain(line))
            self.tell.more("> " + typed, "36")

    @staticmethod
    def plain(text):
        return re.sub(r" ?PRD[0-9]+N[0-9]+", "", text)

    def kill(self, held):
        stage = self.stage
        # Clients that end with an error if they get no answer. (A spooler prints by itself again what was cut off.)
        clients = ("ipptool", "ipptool-2")
        documents = []
        for _ in range(self.quota["kill"]):
            user = self.random.choice(("anna", "emil"))
            documents.append(self.document(user, self.random.choice([c for c in REACH[user] if c in clients])))
        delay = self.random.uniform(0.02, 0.4)
        before = len(stage.router.jobs())
        with concurrent.futures.ThreadPoolExecutor(4) as pool:
            running = [pool.submit(self.clients.hand_in, document) for document in documents]
            time.sleep(delay)
            stage.watch.stop()
            stage.router.kill()
            self.tell.say("kill -9 on printrouterd, %d ms into %d new jobs and with %d open questions."
                          % (1000 * delay, len(documents), len(held)), "33")
            stage.pinned = dict(stage.router.ports)
            stage.write_config()
            seconds = stage.router.start()
            stage.watch.start()
            for future in running:
                future.result()
        jobs, still = {}, 0
        until = time.monotonic() + 10  # it has to find out again that the server is down
        while still < len(held) and time.monotonic() < until:
            jobs = {job["id"]: job for job in stage.router.jobs()}
            still = sum(bool(jobs.get(job["id"], {}).get("question")) for job in held)
            time.sleep(0.02)
        self.tell.more("It is back after %d ms with all %d jobs; %d of %d questions are still open."
                       % (1000 * seconds, len(jobs), still, len(held)), "32")
        self.expect(len(jobs) >= before, "no job is forgotten")
        self.expect(still == len(held), "questions survive")
        accepted = [document for document in documents if document.exit == 0]
        done = self.settled(accepted)
        refused = len(documents) - len(accepted)
        out = sum(job["state"] == "completed" for job in done.values())
        self.tell.more("Of the new ones %d came out%s%s." % (
            out, ", %d wait and say why" % (len(done) - out) if len(done) > out else "",
            ", %d were never accepted: their clients said so" % refused if refused else ""))

    def breaking(self):
        self.tell.chapter("A cable is pulled in the middle of a job")
        after = self.random.randrange(40_000, 350_000)
        self.stage.devices["kyocera-lobby"].fault("reset", port="raw", after_bytes=after, jobs=1)
        document = self.document("dora", "rlpr", "ps", size=400_000)
        self.hand_in_one(document)
        job = self.settled([document])[document.marker]
        self.tell.say("The lobby's Kyocera goes away after %d of 400 KB of dora's %s." % (after // 1000, document.subject))
        for reason in job["reasons"][:1]:
            self.tell.more("dora reads: “%s”" % reason["en"], "33")
            self.tell.more("   what to do: %s" % reason.get("remedy_en", ""))
        self.tell.more("Half of it may lie in the tray: it is not sent again by itself, and stays listed as unknown.")
        self.expect(job["state"] == "unknown", "a break at a device without receipt is unknown, not %s" % job["state"])

    def refusals(self):
        self.tell.chapter("When nothing may be printed, people are told why")
        nm = {"target": {"printer": "kyocera-lobby"}, "integration": "kx-driver-net-manager"}
        duplex = ("-o", "sides=two-sided-long-edge")
        impressions = {"operation": "  ATTR integer job-impressions 12"}
        scenes = [
            ("both sides, on a printer that has no duplex", {"target": {"printer": "old-laser"}},
             self.document("hugo", "lp-everywhere", options={"lp": duplex})),
            ("a private job, and only an open tray", {"target": {"printer": "old-laser"}},
             self.document("ben", "lp-socket", "pjl-hold")),
            ("KX driver with Network Manager, and a plain port", nm, self.document("dora", "rlpr")),
            ("a device that rejects unknown users", {"target": {"printer": "kyocera-board"}},
             self.document("anna", "lp-lpd")),
            ("fred has 5 cents left, and prints 12 pages", {"release_condition": "sufficient-balance"},
             self.document("fred", "ipptool", "pdf", options={"ipp": impressions})),
            ("fallback switched off", {"enabled": False}, self.document("emil", "lpr")),
            ("fallback switched off", {"enabled": False}, self.document("cora", "ipptool-2")),
        ]
        current = None
        for title, rules, document in scenes:
            if rules != current:
                self.stage.write_config(**rules)
                self.stage.router.reload()
                current = rules
            began = time.monotonic()
            self.hand_in([document])
            job = self.settled([document]).get(document.marker)
            self.tell.say("%s’s %s: %s" % (document.user, document.subject, title))
            if job is None:
                self.expect(False, "%s takes the document: %s" % (document.client, document.said))
                continue
            self.expect(job["state"] == "held" and job["reasons"], "“%s” is refused and kept, not %s at %s" % (
                title, job["state"], job["destination"]))
            if not job["reasons"]:
                continue
            reason = job["reasons"][0]
            self.reasons.add((reason["id"], title))
            self.tell.more("“%s”" % reason["en"], "33")
            if reason.get("remedy_en"):
                self.tell.more("   %s" % reason["remedy_en"])
            if time.monotonic() - began > 20:
                self.tell.more("(that took %.0f s)" % (time.monotonic() - began))
        self.expect(len(self.reasons) >= 3, "at least three different reasons")

    def recovery(self):
        self.tell.chapter("The print server is back, now as an LPR queue")
        self.stage.protocol = "lpr"
        self.stage.write_config(enabled=False)
        self.stage.router.reload()
        waiting = [job["id"] for job in self.stage.router.jobs() if job["state"] == "held"]
        self.stage.server.clear_faults()
        self.tell.say("%d jobs wait for it." % len(waiting))
        began = time.monotonic()

        def all_there():
            jobs = {job["id"]: job for job in self.stage.router.jobs()}
            return all(jobs[number]["state"] == "completed" for number in waiting)
        wait_until(all_there, 30, "waiting jobs go to the server")
        self.tell.more("%.1f s later all of them are there." % (time.monotonic() - began), "32")
        clients = [client for client in KINDS]
        documents = []
        for _ in range(self.quota["after"]):
            client = self.random.choice(clients)
            documents.append(self.document(self.random.choice(list(USED)), client, takes=KINDS[client]))
        for document in documents:
            if document.client == "nc":
                document.user = ""
        self.hand_in(documents)
        jobs = self.settled(documents)
        there = sum(job.get("destination_kind") == "server" and job["state"] == "completed" for job in jobs.values())
        self.tell.say("%d new documents: %d at the server, by LPR." % (len(documents), there), "32")
        self.expect(there == len(jobs), "with the server back everything goes there")

    def evening(self):
        self.tell.chapter("Evening. What became of it all?")
        stage = self.stage
        for queue in ("everywhere", "lpd", "socket"):
            stage.cups.wait_idle(queue, 45)
        jobs = stage.router.jobs()
        stage.write_json("jobs.json", jobs)
        claims = sum(job.get("destination_kind") == "device" for job in jobs)
        verified = stage.router.ask("ledger", "verify")
        self.tell.say("The ledger has %d entries for %d fallback prints and is %s." % (
            verified["entries"], claims, "sound" if verified["ok"] else "NOT sound: %s" % verified["text"]))
        self.expect(verified["ok"], "the ledger is sound")
        stage.watch.stop()
        if self.sabotage == "drop":
            self.drop()
        elif self.sabotage == "resend":
            self.resend()
        command = [sys.executable, "-B", os.path.join(HERE, "tally.py"), "--details", "--clients", self.clients.log_path,
                   "--waiting", stage.path("jobs.json"), "--screen", stage.watch.path,
                   "--waiting", self.second_day.waiting(), "--screen", self.second_day.watch.path]
        for _, clients in self.second_day.desktops:
            command += ["--clients", clients.log_path]
        for kind, folder in stage.sinks() + self.second_day.sinks():
            command += ["--" + kind, folder]
        done = subprocess.run(command, stdout=subprocess.PIPE, check=False)
        if done.returncode not in (0, 1):
            raise AssertionError("the tally failed")
        return json.loads(done.stdout)

    # -- sabotage: behind the router's back ------------------------------------------------------------------------

    def drop(self):
        folder = self.stage.server.output
        victims = [name for name in sorted(os.listdir(folder)) if name.endswith(".prn")]
        victim = None
        while victims:
            victim = victims.pop(self.random.randrange(len(victims)))
            with open(os.path.join(folder, victim), "rb") as file:
                data = file.read()
            if re.search(rb"PRD[0-9]+N[0-9]+-END", data):  # not the one that broke off
                break
        os.unlink(os.path.join(folder, victim))
        self.tell.say("Sabotage: one received document is taken away from the server.", "31")

    def resend(self):
        folder = self.stage.server.output
        name = next(name for name in sorted(os.listdir(folder)) if name.endswith(".prn") and
                    re.search(rb"PRD[0-9]+N[0-9]+-END", open(os.path.join(folder, name), "rb").read()))
        with open(os.path.join(folder, name), "rb") as file:
            subprocess.run(["nc", "-N", "-w", "10", "127.0.0.1", str(self.stage.devices["acme-lab"].port("raw"))],
                           stdin=file, stdout=subprocess.DEVNULL, timeout=30, check=True)
        self.tell.say("Sabotage: a document that is at the server is also sent to the Acme.", "31")

    # ----------------------------------------------------------------------------------------------------------------

    def run(self):
        self.prepare()
        self.morning()
        self.outage()
        self.questions()
        self.breaking()
        self.refusals()
        self.recovery()
        accounts = self.second_day.run()
        counted = self.evening()
        details = counted.pop("details")
        counted.update(accounts)
        tell = self.tell
        tell.more("%d documents: %d at the server, %d on fallback printers, %d asked about, %d refused at first, %d unknown."
                  % tuple(counted[key] for key in ("jobs", "by_server", "by_fallback", "asked", "refused", "unknown")))
        for key, text in (("lost", "lost"), ("printed_twice", "printed twice")):
            if counted[key]:
                tell.more("%s: %s" % (text, ", ".join(details[key])), "31")
            else:
                tell.more("Nothing was %s." % text, "32")
        for what, enough in (("asked", 3), ("refused", 3), ("by_server", 3), ("by_fallback", 3)):
            self.expect(counted[what] >= enough, "at least %d %s" % (enough, what))
        self.expect(counted["unknown"] <= 2, "at most the broken job is unknown")
        return counted


def sentence_of_sabotage(sabotage, counted):
    figure = {"drop": "lost", "resend": "printed_twice", "plus-one": "booked_twice"}[sabotage]
    caught = counted[figure] > 0
    print("The sabotage was %s: %s is %d." % ("noticed" if caught else "NOT noticed", figure, counted[figure]))
    return caught


def arguments_of(argv):
    parser = argparse.ArgumentParser(prog="samples/fallback/run.sh", description="the main job of printrouter, as a story")
    parser.add_argument("--jobs", type=int, default=60, help="how many documents, at least %d (60)" % LEAST)
    parser.add_argument("--seed", type=int, default=None, help="decides order, people, clients and faults")
    parser.add_argument("--sabotage", choices=("drop", "resend", "plus-one"),
                        help="a document is taken away, or sent twice, or a plugin counts a page too many: that must be noticed")
    arguments = parser.parse_args(argv)
    if arguments.jobs < LEAST:
        parser.error("--jobs: the story needs at least %d" % LEAST)
    if arguments.seed is None:
        arguments.seed = random.SystemRandom().randrange(1, 10_000)
    if arguments.seed < 0:
        parser.error("--seed: 0 or more")
    return arguments


def main():
    arguments = arguments_of(sys.argv[1:])
    sys.stdout.reconfigure(encoding="utf-8", errors="replace")
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, lambda *_: sys.exit(143))
    stage = Stage()
    try:
        print("printrouter: %d documents, seed %d" % (arguments.jobs, arguments.seed))
        story = Story(stage, arguments)
        counted = story.run()
    except (AssertionError, OSError, subprocess.SubprocessError) as problem:
        print("\nThe story broke off: %s" % problem, file=sys.stderr)
        log = stage.path("printrouterd.log")
        if os.path.exists(log):
            with open(log, encoding="utf-8", errors="replace") as file:
                sys.stderr.write("".join(file.readlines()[-30:]))
        return 1
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130
    finally:
        if os.environ.get("PRINTROUTER_DEMO_KEEP"):  # for whoever looks for the cause of a failure
            stage.keep(os.environ["PRINTROUTER_DEMO_KEEP"])
        stage.doCleanups()
    bad = any(counted[what] > 0 for what in ("lost", "printed_twice", "booked_twice", "unbooked"))
    code = 1 if bad or story.missed else 0
    if arguments.sabotage:
        code = 0 if sentence_of_sabotage(arguments.sabotage, counted) and not story.missed else 1
    if story.missed:
        print("Not as it should be: " + "; ".join(story.missed))
    print("RESULT " + json.dumps(counted))
    return code


if __name__ == "__main__":
    sys.exit(main())
