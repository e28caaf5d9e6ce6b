#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Desktop and management server killed with SIGKILL while jobs print in an outage and are reported: at the end every page
that came out is booked, once.

    account_matrix.py [--kills N] [--seed S] [--way receipt|terminal|log]... [--verbose]

Ways, each with its own device that is never killed: receipt: an IPP port whose job list tells the desktop what came out;
terminal: a device that counts by itself, whose history the server fetches; log: a bare RAW port, and a collector that sends
the device's job log in, whole, again and again. A round: documents come in while the server is away, and the desktop is
killed at a durable transition (PRINTROUTER_CRASH_AT) or at a random moment; then the server is up while the desktop reports,
and one of them or both are killed, at random or the moment the server's ledger grew, when what it wrote is not yet
acknowledged. What came out is what the device counted, document by document. The last line is JSON with the counts; exit 1 if
one is wrong."""

import argparse
import collections
import http.client
import json
import os
import pwd
import random
import re
import sqlite3
import sys
import threading
import time

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(os.path.dirname(HERE), "integration", "lib"))

from house import House  # noqa: E402
from kill_matrix import ipp_print  # noqa: E402
from running import source, wait_until  # noqa: E402

MODEL = "vendors/kyocera/devices/taskalfa-6052ci.json"
WAYS = {
    "receipt": {"port": "ipp:0:plain:name=way", "settings": {"device-records": "import", "truncated": "discards"}},
    "terminal": {"port": "ipp:0:device-spooling:name=way", "settings": {"terminal-present": True, "truncated": "discards"}},
    "log": {"port": "raw:0:plain:name=way", "settings": {"terminal-present": True, "device-records": "import"}}}
USERS = ("anna", "ben", "emil")
STATES = ("incoming", "sending", "first-byte", "confirming", "completed")
MARK = re.compile(rb"CRASH-[a-z]+-[0-9]+")


def document(name, pages):
    return b"%!PS-Adobe-3.0\n%%Pages: " + b"%d\n%%%%Mark: %s\n" % (pages, name.encode()) + \
        b"".join(b"%%%%Page: %d %d\nshowpage\n" % (n, n) for n in range(1, pages + 1)) + b"%%EOF\n"


class Matrix:
    def __init__(self, way, seed, verbose):
        self.way, self.verbose = way, verbose
        self.random = random.Random("%s-%s" % (way, seed))
        self.house = House("open")
        facts = WAYS[way]
        broken = "prints" if way == "log" else "discards"
        self.house.open("--port", facts["port"], "--model", source(MODEL), "--no-snmp", "--truncated", broken, port="way",
                        model=MODEL, settings=facts["settings"])
        self.server, self.router, self.device = self.house.server, self.house.router, self.house.device
        self.router.kill()
        self.router.config["identity"] = {"trusted_spoolers": ["root", pwd.getpwuid(os.geteuid()).pw_name],
                                          "accept_asserted": True, "map": {user: user for user in USERS}}
        self.router.write_config()
        self.server.set("prices", "default", {"currency": "EUR", "decimals": 2, "lists": {"default": {"mono": 4, "color": 15}}})
        self.count, self.acknowledged = 0, set()
        self.kills = collections.Counter()
        self.unreported_at_kills = 0  # ledger entries that had not been acknowledged, added up over all kills
        self.problems = []

    # -- what runs ------------------------------------------------------------------------------------------------------

    def desktop(self, crash_at=None):
        """False if it was killed before it was ready."""
        self.router.environment = {"PRINTROUTER_CRASH_AT": crash_at} if crash_at else {}
        try:
            self.router.start()
        except AssertionError:
            if self.router.program.returncode != -9:
                raise
            return False
        return True

    def kill(self, who):
        program = self.router if who == "desktop" else self.server
        program.kill()
        self.kills[who] += 1
        self.unreported_at_kills += self.unreported()

    def unreported(self):
        """Ledger entries that the server has not acknowledged, read from the journal beside the desktop or after its end."""
        store = sqlite3.connect("file:%s?mode=ro" % os.path.join(self.router.state, "journal.db"), uri=True, timeout=10)
        try:
            return store.execute("SELECT (SELECT COUNT(*) FROM ledger) - COALESCE((SELECT CAST(value AS INTEGER) FROM settings "
                                 "WHERE key = 'ledger.acknowledged_through'), 0)").fetchone()[0]
        finally:
            store.close()

    def entries(self):
        return self.server.query("SELECT COUNT(*) FROM ledger_entries")[0][0]

    def submit(self, documents):
        names = []
        for _ in range(documents):
            self.count += 1
            names.append(("CRASH-%s-%d" % (self.way, self.count), self.random.randint(1, 4), self.random.choice(USERS)))
        lock = threading.Lock()

        def work():
            while True:
                with lock:
                    if not names or self.router.program.returncode is not None:
                        return
                    name, pages, user = names.pop()
                try:
                    done = ipp_print(self.router.port("ipp"), name, document(name, pages), pages % 2 == 0, user)
                except (OSError, http.client.HTTPException):
                    continue  # no acknowledgement: whatever became of it is right
                if done:
                    with lock:
                        self.acknowledged.add(name)

        threads = [threading.Thread(target=work) for _ in range(3)]
        for thread in threads:
            thread.start()
        return threads

    def alive_for(self, seconds, enough=lambda: False):
        deadline = time.monotonic() + seconds
        while self.router.program.returncode is None and time.monotonic() < deadline and not enough():
            threading.Event().wait(0.001)

    # -- rounds ---------------------------------------------------------------------------------------------------------

    def outage(self):
        state = self.random.choice(STATES + ("random",))
        crash_at = None if state == "random" else "%s:%d" % (state, self.random.randint(1, 4))
        threads = self.submit(self.random.randint(2, 6)) if self.desktop(crash_at) else []
        self.alive_for(self.random.uniform(0, 1) if crash_at is None else 4)
        self.kill("desktop")
        for thread in threads:
            thread.join()

    def recovery(self):
        if not self.desktop():
            self.problems.append("the desktop does not start")
            return
        if self.random.random() < 0.5:  # all has been printed before the server is back
            self.idle()
        self.server.start()
        before = self.entries()
        grown = lambda: self.entries() > before  # noqa: E731
        self.collect()
        self.alive_for(self.random.uniform(0, 1.5), grown if self.random.random() < 0.7 else lambda: False)
        for who in self.random.choice((("server",), ("desktop",), ("server", "desktop"), ("desktop", "server"))):
            self.kill(who)
        if self.verbose:
            print("  %s, %d of %d documents acknowledged, %d entries" % (dict(self.kills), len(self.acknowledged), self.count,
                                                                        self.entries()))
        self.router.kill()
        self.server.kill()

    def idle(self):
        """Nothing of what the desktop took is on its way any more."""
        open_states = ("pending", "held", "sending", "confirming")
        wait_until(lambda: not [job for job in self.router.jobs() if job["state"] in open_states], 60, "the desktop is idle")

    def collect(self):
        """The device's whole log, as a collector sends it that does not remember what it has sent."""
        if self.way != "log":
            return
        records = [{"device": "floor", "record": str(job["id"]), "state": "printed", "uuid": job["uuid"], "user": job["user"],
                    "pages": job["impressions_done"], "when_ms": job["received_ms"]}
                   for job in self.device.jobs() if job["state"] == "completed" and job["impressions_done"]]
        records = [{name: value for name, value in record.items() if value != ""} for record in records]
        for at in range(0, len(records), 100):
            try:
                answer = self.request("POST", "/api/v1/device-records", {"records": records[at:at + 100]})
            except (OSError, http.client.HTTPException):
                return
            if answer["refused"]:
                self.problems.append("records refused: %s" % answer["refused"][:3])

    def request(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=20)
        try:
            connection.request(method, path, None if body is None else json.dumps(body).encode(),
                               {"Authorization": "Bearer " + self.house.operator, "Content-Type": "application/json"})
            answer = connection.getresponse()
            content = json.loads(answer.read() or b"{}")
            if answer.status >= 300:
                raise AssertionError("%s %s: %d %s" % (method, path, answer.status, content))
            return content
        finally:
            connection.close()

    # -- the end --------------------------------------------------------------------------------------------------------

    def printed(self):
        """{document: pages}, {document: times} by the device's own count; the name is in the bytes it got."""
        pages, times = collections.Counter(), collections.Counter()
        for job in self.device.jobs():
            if job["impressions_done"]:
                found = MARK.search(self.device.document(job["id"]))
                name = found.group(0).decode() if found else "job %d" % job["id"]
                pages[name] += job["impressions_done"]
                times[name] += 1
        return pages, times

    def booked(self):
        """{document: pages}, {document: bookings}, and what is not settled."""
        pages, rows, waiting = collections.Counter(), collections.Counter(), []
        for booking in self.house.bookings() + self.house.bookings("record"):
            # What perhaps never reached a device that has no receipt waits for a person, and costs nothing.
            lost = self.way == "log" and booking["status"] == "awaiting-person"
            if booking.get("conflict") or booking["status"].startswith("awaiting") and not lost:
                waiting.append((booking["key"], booking["status"], booking.get("conflict")))
            told = booking.get("claim", {}).get("title") or booking["key"]
            count = booking.get("pages", booking.get("pages_mono", 0) + booking.get("pages_color", 0))
            if booking["kind"] == "job" and count or booking["status"] == "device-only":
                pages[told] += count
                rows[told] += 1
        return pages, rows, waiting

    def settle(self):
        """Both live on without being killed, until the server has all and waits for nothing."""
        if not self.desktop():
            raise AssertionError("the desktop does not start")
        self.idle()
        self.server.start()
        wait_until(lambda: self.unreported() == 0, 60, "everything is reported")
        self.collect()
        try:
            wait_until(lambda: not self.booked()[2], 30, "nothing waits")
        except AssertionError:
            self.problems.append("waiting: %s" % self.booked()[2][:5])

    def run(self, kills):
        try:
            while sum(self.kills.values()) < kills and not self.problems:
                self.outage()
                self.recovery()
            self.settle()
            return self.judge()
        finally:
            self.house.doCleanups()

    def judge(self):
        printed, times = self.printed()
        pages, rows, _ = self.booked()
        wrong = {name: (printed[name], pages[name]) for name in set(printed) | set(pages) if printed[name] != pages[name]}
        twice = [name for name in rows if pages[name] > printed[name] or rows[name] > times[name]]
        unbooked = [name for name in printed if pages[name] < printed[name]]
        alarms = self.router.cli("ledger", "verify").get("alarms", [])
        paid = self.server.query("SELECT COALESCE(SUM(pages), 0) FROM bookings WHERE booked = 1")[0][0]
        if paid != sum(printed.values()):
            self.problems.append("%d pages came out, %d are on accounts" % (sum(printed.values()), paid))
        figures = {"kills": sum(self.kills.values()), "of": dict(self.kills), "submitted": self.count,
                   "acknowledged": len(self.acknowledged), "printed": len(printed), "pages_printed": sum(printed.values()),
                   "pages_booked": sum(pages.values()), "booked_twice": len(twice),
                   "printed_twice": sum(count > 1 for count in times.values()), "unbooked": len(unbooked),
                   "ledger_entries": self.entries(), "unreported_at_kills": self.unreported_at_kills,
                   "ledger_alarms": alarms, "problems": self.problems}
        if wrong:
            print("  came out and booked: %s" % dict(list(wrong.items())[:5]), file=sys.stderr)
        return figures, not (wrong or twice or figures["printed_twice"] or alarms or self.problems) and bool(printed)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--kills", type=int, default=150)
    parser.add_argument("--seed", default="1")
    parser.add_argument("--way", action="append", choices=tuple(WAYS))
    parser.add_argument("--verbose", action="store_true")
    arguments = parser.parse_args()
    ways = arguments.way or list(WAYS)
    result, good = {}, True
    for way in ways:
        figures, right = Matrix(way, arguments.seed, arguments.verbose).run(-(-arguments.kills // len(ways)))
        print("%-8s %s" % (way, json.dumps(figures)), flush=True)
        result[way] = figures
        good = good and right
    print(json.dumps({key: sum(figures[key] for figures in result.values())
                      for key in ("kills", "pages_printed", "pages_booked", "booked_twice", "printed_twice", "unbooked", "unreported_at_kills")}))
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
