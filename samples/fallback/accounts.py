# SPDX-License-Identifier: Apache-2.0
"""The second day: printrouter-server is the print server, and every page that is printed while it is down must be on
the right account afterwards, once. What was printed is what the simulated devices counted by their own means."""

import collections
import http.client
import json
import os
import re
import time

from clients import Clients
from management_server import ManagementServer
from stage import (DEVICES, MODEL_FOLDERS, Device, Router, Watch, device_entry, plugin_folders, sabotaged_plugin_folders,
                   source, wait_until)

NAME = re.compile(r"PRD[0-9]+N[0-9]+")
# The lobby's Kyocera has a terminal, so its job log tells of what comes by the plain port as well; Acme keeps no log that
# anybody reads: there the desktop's own count is all there is.
HOUSE = ("kyocera-2nd", "kyocera-lobby", "acme-lab")
LOGGED = ("kyocera-2nd", "kyocera-lobby")
PRICES = {"currency": "EUR", "decimals": 2, "lists": {"default": {"mono": 4, "color": 15}}}
CREDIT = {"anna": "20.00", "dora": "20.00", "emil": "20.00", "ben": "20.00", "fred": "0.05"}
BOOKED = ("booked", "confirmed", "unconfirmed", "device-only")


def compare(printed, bookings):
    """Job by job: what came out ({marker: pages}) against what is booked ([(marker, pages)], a marker again for each of
    its bookings). Returns the figures for RESULT, and {marker: (came out, booked)} where they differ."""
    booked, rows = collections.Counter(), collections.Counter()
    for marker, pages in bookings:
        booked[marker] += pages
        rows[marker] += 1
    wrong = {marker: (printed.get(marker, 0), booked[marker]) for marker in set(printed) | set(booked)
             if printed.get(marker, 0) != booked[marker]}
    twice = {marker for marker in rows if rows[marker] > 1 or booked[marker] > printed.get(marker, 0)}
    return {"booked_twice": len(twice), "unbooked": sum(1 for marker in printed if booked[marker] < printed[marker]),
            "pages_printed": sum(printed.values()), "pages_booked": sum(booked.values()), "pages_differ": len(wrong)}, wrong


class SecondDay:
    def __init__(self, story):
        self.story, self.stage, self.tell = story, story.stage, story.tell
        self.server = ManagementServer(self.stage)
        self.devices, self.documents, self.admin = {}, [], ""
        self.desktops, self.fresh_token = [], ""

    # -- the server, as an administrator speaks to it ---------------------------------------------------------------

    def request(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        try:
            connection.request(method, path, None if body is None else json.dumps(body).encode(),
                               {"Authorization": "Bearer " + self.admin})
            answer = connection.getresponse()
            content = answer.read()
        finally:
            connection.close()
        if answer.status >= 300:
            raise AssertionError("%s %s: %d %s" % (method, path, answer.status, content.decode(errors="replace")[:300]))
        return json.loads(content) if content else None

    def bookings(self):
        return [item for item in self.request("GET", "/api/v1/bookings?limit=1000")["items"] if item["kind"] == "job"
                or item["status"] == "device-only"]

    # -- chapters ---------------------------------------------------------------------------------------------------

    def open(self):
        for name in HOUSE:
            device = dict(DEVICES[name])
            # Their job logs are sent in by a collector; the server is not to fetch them as well.
            device["settings"] = dict(device["settings"], **{"terminal-present": name in LOGGED, "device-records": "import"})
            arguments = ["--no-snmp", "--model", source(device["file"])]
            for port in device["ports"]:
                arguments += ["--port", port]
            self.devices[name] = Device(self.stage, *arguments)
            self.server.set("printers", name, device_entry(device, self.devices[name]))
        self.server.set("groups", "house", {"members": list(HOUSE)})
        self.server.set("profiles", "office", {"printing": {"fallback": {
            "enabled": True, "target": {"group": "house"}, "release_condition": "sufficient-balance", "untested": "allow",
            "contact": "the service desk, telephone 4711"}}})
        self.server.set("assignments", "everybody", {"profile": "office"})
        self.server.set("prices", "default", PRICES)
        for user in CREDIT:
            self.server.set("users", user, {"name": user.capitalize()})
        self.admin = self.server.command("token", "admin", "--name", "the demo").strip()
        tokens = [self.server.token() for _ in range(2)]
        self.server.start()
        for user, credit in CREDIT.items():
            self.request("PUT", "/api/v1/accounts/" + user, {"credit": credit, "reason": "term begins"})
        self.enrol(tokens.pop())
        self.fresh_token = tokens.pop()
        self.tell.chapter("The second day. printrouter-server is the print server now")
        self.tell.say("A new desktop has enrolled with a one-time token; profile, printers, prices and balances come with it.")

    def enrol(self, token):
        """Another desktop, at which everybody works from now on."""
        name = "desktop-%d" % (len(self.desktops) + 2)
        self.stage.write_json(name + ".json", {
            "listeners": [{"protocol": "ipp", "port": 0, "queue": "office", "path": "/ipp/print"},
                          {"protocol": "lpr", "port": 0, "queue": "office"}],
            "server": self.server.entry(name="printrouter-server", on_arrival="hold", truncated="discards"),
            "device_models": MODEL_FOLDERS, "plugins": {"folders": self.plugins()},
            # The people of this desktop, who have no accounts on the machine that plays them.
            "identity": {"trusted_spoolers": sorted({"lp", "root", self.stage.me}), "accept_asserted": True,
                         "map": {user: user for user in CREDIT}},
            "timeouts": {"answer_timeout": "1s", "progress_timeout": "10s", "close_timeout": "3s"},
            "health": {"probe_interval": "1s", "probe_interval_down": "300ms"},
            "log": {"level": "info", "file": self.stage.path(name + ".log")}})
        self.router = Router(self.stage, name + ".json", "state-" + name)
        self.router.start()
        self.router.ask("enrol", "--token", token)
        self.clients = Clients(self.stage.path(name), None, self.router.ports)
        self.desktops.append((self.router, self.clients))

    def plugins(self):
        if self.story.sabotage != "plus-one" or not self.desktops:
            return plugin_folders()
        self.tell.say("Sabotage: a PDF plugin that counts a page too many is on the desktop that the outage will meet.", "31")
        return sabotaged_plugin_folders(self.stage)

    def document(self, user, client, kind, pages):
        document = self.story.document(user, client, kind, size=2000)
        document.pages = pages
        self.documents.append(document)
        return document

    def hand_in(self, document):
        if not self.clients.hand_in(document):
            raise AssertionError("%s could not hand in %s: %s" % (document.client, document.title, document.said))

    def job(self, document, *states):
        def look():
            found = [job for job in self.router.jobs() if document.marker in job["title"] and job["state"] in states]
            return found[0] if found else None
        return wait_until(look, 40, "%s is %s" % (document.title, " or ".join(states)))

    def morning(self):
        used = {"anna": ["kyocera-2nd"], "dora": ["kyocera-lobby"], "emil": ["acme-lab"], "ben": list(HOUSE)}
        uuids = []
        for user, devices in used.items():
            for device in devices:
                kind = "ps" if device == "kyocera-lobby" else "pdf"
                document = self.document(user, "ipptool" if kind == "pdf" else "rlpr", kind, self.story.random.randint(1, 3))
                self.hand_in(document)
                job = self.job(document, "completed")
                self.request("POST", "/api/v1/jobs/%s/release" % job["uuid"], {"device": device})
                uuids.append(job["uuid"])
        waiting = self.document("anna", "ipptool", "pdf", 2)
        self.hand_in(waiting)
        self.job(waiting, "completed")

        def released():
            return all(self.request("GET", "/api/v1/jobs/" + uuid)["state"] == "completed" for uuid in uuids)
        wait_until(released, 40, "the server has delivered what was released")
        self.tell.say("%d documents reach the server, which keeps them; people release %d of them at printers."
                      % (len(uuids) + 1, len(uuids)))
        self.enrol(self.fresh_token)
        # They and whoever else has an account on this machine.
        wait_until(lambda: self.router.ask("status")["snapshot"].get("users", 0) >= len(CREDIT), 40,
                   "the fresh desktop has everybody's history and balance")
        self.watch = Watch(self.stage, self.router, "screen-2.txt")
        self.watch.start()
        self.tell.say("Another desktop is enrolled. It has never printed; the server tells it who has printed where.")

    def outage(self):
        self.server.kill()
        self.tell.chapter("kill -9: the print server is gone again")
        automatic = [self.document("anna", "ipptool", "pdf", 3), self.document("dora", "rlpr", "ps", 2),
                     self.document("emil", "ipptool", "pdf", 4), self.document("emil", "rlpr", "pdf", 2)]
        for document in automatic:
            self.hand_in(document)
        for document in automatic:
            job = self.job(document, "completed", "held", "unknown")
            self.tell.more(self.story.where(document, job), "32" if job["state"] == "completed" else "31")
            self.story.expect(job["state"] == "completed", "%s is printed, not %s: %s" % (document.title, job["state"],
                                                                                      job["reasons"][:1]))
        choice = self.document("ben", "rlpr", "ps", 2)
        self.hand_in(choice)
        asked = self.job(choice, "held")
        self.story.expect(bool(asked.get("question")), "ben, who has used three printers, is asked")
        self.answer(asked, DEVICES["kyocera-2nd"]["name"])
        self.tell.more("ben is asked, and chooses: " + self.story.where(choice, self.job(choice, "completed")), "32")
        poor = self.document("fred", "ipptool", "pdf", 4)
        self.hand_in(poor)
        refused = self.job(poor, "held")
        self.tell.more("fred: “%s”" % (refused["reasons"] or [{"en": "nothing"}])[0]["en"], "33")
        self.story.expect(any(reason["id"] == "policy.too-dear" for reason in refused["reasons"]),
                          "fred is refused for his credit, not for %s" % [reason["id"] for reason in refused["reasons"]])

    def answer(self, job, printer):
        """As ben does it: reads the list that watch shows, and types the number of that printer."""
        at = self.watch.shows_list("", "ben's question")
        number = next((re.match(r"\s+(\d+)\) ", line) for line in self.watch.lines[at:] if printer in line), None)
        if number is None:
            raise AssertionError("%s is not among the printers: %s" % (printer, self.watch.lines[at:]))
        self.watch.type(number.group(1))
        wait_until(lambda: not any(open_["id"] == job["id"] and open_.get("question") for open_ in self.router.jobs()), 10,
                   "the answer is taken")

    def back(self):
        self.server.start()
        began = time.monotonic()
        self.tell.chapter("It is back. What is on the accounts?")
        wait_until(lambda: self.router.ask("status")["report"]["unreported"] == 0, 60, "the ledger is reported")
        self.tell.say("%.1f s after its return the server has every claim." % (time.monotonic() - began))
        records = self.device_records()
        for _ in range(2):  # a collector that repeats itself changes nothing
            self.request("POST", "/api/v1/device-records", {"records": records})
        self.tell.more("The Kyoceras' own job logs tell of %d jobs; they come twice, and are merged with the claims." % len(records))

    def printed(self):
        """{marker: pages} as the devices counted them, and per device."""
        pages = collections.Counter()
        for device in self.devices.values():
            for job in self.records_of(device):
                found = NAME.search(job.get("title") or "") or NAME.search(self.marker_in(device, job))
                if found and job["outcome"] in ("printed", "printed-partial"):
                    pages[found.group(0)] += job["impressions_done"]
        return pages

    @staticmethod
    def records_of(device):
        last = {}
        with open(os.path.join(device.output, "jobs.jsonl"), encoding="utf-8") as log:
            for line in log:
                job = json.loads(line)
                last[job["id"]] = job
        return list(last.values())

    @staticmethod
    def marker_in(device, job):
        """The mark in the bytes, where the job names no title."""
        for name in job.get("files") or []:
            with open(os.path.join(device.output, os.path.basename(name)), "rb") as file:
                found = NAME.search(file.read(65536).decode("latin-1"))
                if found:
                    return found.group(0)
        return ""

    def device_records(self):
        records = []
        for name in LOGGED:
            for job in self.records_of(self.devices[name]):
                record = {"device": name, "record": str(job["id"]), "state": "printed", "when_ms": job["received_ms"],
                          "pages_mono" if job.get("color") is False else "pages": job["impressions_done"]}
                for key in ("user", "title"):
                    if job.get(key):
                        record[key] = job[key]
                uuid = (job.get("uuid") or "").replace("urn:uuid:", "")
                if uuid:
                    record["uuid"] = uuid
                records.append(record)
        return records

    def account(self):
        """Each job's pages at the devices against its bookings; the figures for RESULT."""
        printed = self.printed()

        def booked_of(booking):
            return booking.get("pages_mono", 0) + booking.get("pages_color", 0) or booking.get("pages", 0)

        def settled():
            found = self.bookings()
            return found if not any(item["status"] == "awaiting-record" for item in found) else None
        bookings = wait_until(settled, 30, "no booking waits for a device's record")
        def marker_of(item):
            found = NAME.search((item.get("claim") or {}).get("title") or (item.get("record") or {}).get("title") or "")
            return found.group(0) if found else item["key"]
        booked = [(marker_of(item), booked_of(item)) for item in bookings if item["status"] in BOOKED]
        figures, wrong = compare(printed, booked)
        for user in sorted(CREDIT):
            mine = {document.marker for document in self.documents if document.user == user}
            pages = sum(number for marker, number in booked if marker in mine)
            credit = self.request("GET", "/api/v1/accounts/" + user)["credit"]
            self.tell.more("%-5s %2d pages, %s of %s left" % (user, pages, credit, CREDIT[user]))
        for marker, (came_out, charged) in sorted(wrong.items()):
            self.tell.more("%s: %d pages came out, %d are booked" % (marker, came_out, charged), "31")
        if not wrong:
            self.tell.more("Every page that came out is booked, once.", "32")
        return figures

    # -- for the tally ----------------------------------------------------------------------------------------------

    def sinks(self):
        return [("server", os.path.join(self.server.state, "spool", "documents"))] + [("device", device.output)
                                                                        for device in self.devices.values()]

    def waiting(self):
        self.watch.stop()
        return self.stage.write_json("jobs-2.json", [job for router, _ in self.desktops for job in router.jobs()])

    def run(self):
        self.open()
        self.morning()
        self.outage()
        self.back()
        return self.account()
