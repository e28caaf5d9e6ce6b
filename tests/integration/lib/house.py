# SPDX-License-Identifier: Apache-2.0
"""A desktop with one printer, enrolled at a management server that then went away: what prints, prints by itself.

    self.open("--port", "raw:0:plain:name=engine", port="engine", settings={...}, models=[...])
    job = self.print(); self.server.start(); self.status("booked")
"""

import json
import os
import time
import unittest

from management_server import ManagementServer
from router import Router, entry
from running import Device, source, wait_until



def pages(count):
    return b"%%!PS-Adobe-3.0\n%%%%Pages: %d\n" % count + b"".join(b"%%%%Page: %d %d\n(x) pop showpage\n" % (n, n)
                                                              for n in range(1, count + 1)) + b"%%EOF\n"


class House(unittest.TestCase):
    def open(self, *arguments, port, settings=None, model=None, fallback=None, records=(), environment=None, **server):
        """settings: of the device; a function is asked for its value once the device runs. model: a device model file.
        fallback: more of the profile. records: (kind, id, value) for `printrouter-server set`. environment: of the server.
        server: of its configuration."""
        self.device = Device(self, *arguments)
        folders = [source(os.path.dirname(model))] if model else []
        self.server = ManagementServer(self, device_models=folders, record_interval="200ms", **server)
        self.server.environment = environment or {}
        facts = entry("floor", self.device, port, settings={name: value() if callable(value) else value
                                                            for name, value in (settings or {}).items()})
        del facts["id"]
        if model:
            with open(source(model), encoding="utf-8") as file:
                known = json.load(file)
            facts.update(maker=known["maker"], model=known["model"])
        self.server.set("printers", "floor", facts)
        self.server.set("profiles", "office", {"printing": {"fallback": {
            "enabled": True, "target": {"printer": "floor"}, "contact": "the help desk", "untested": "allow", **(fallback or {})}}})
        self.server.set("assignments", "everybody", {"profile": "office"})
        for record in records:
            self.server.set(*record)
        self.operator = self.server.command("token", "operator", "--name", "collector").strip()
        token = self.server.token()
        self.server.start()
        self.router = Router(self, server=self.server.entry(), identity={"map": {"root": "anna"}}, device_models=folders)
        self.router.cli("enrol", "--token", token)
        wait_until(lambda: self.router.cli("status")["snapshot"].get("users"), 30, "a snapshot with users")
        self.server.stop()
        self.router.wait_server("down")

    def submit(self, count):
        """So many pages; the number of the job."""
        path = os.path.join(self.router.folder, "letter.ps")
        with open(path, "wb") as out:
            out.write(pages(count))
        return self.router.cli("print", path, "--format", "application/postscript")["id"]

    def print(self, count=3):
        number = self.submit(count)
        job = self.router.wait_job(lambda job: job["id"] == number and job["state"] == "completed")
        self.printed_at = int(time.time() * 1000)
        return job

    def bookings(self, kind="job"):
        return [json.loads(row[0]) for row in self.server.query("SELECT body FROM bookings WHERE kind = ?", kind)]

    def booked(self):
        """Pages that somebody pays for, all together."""
        return self.server.query("SELECT COALESCE(SUM(pages), 0) FROM bookings WHERE booked = 1")[0][0]

    def printed(self):
        """Pages that came out, once the device rests: it accepts before it has counted."""
        wait_until(lambda: all(job["state"] in ("completed", "cancelled", "aborted", "held") for job in self.device.jobs()), 20,
                   "the device rests: %s" % self.device.jobs())
        return sum(job["impressions_done"] for job in self.device.jobs())

    def status(self, *wanted):
        wait_until(lambda: [one["status"] for one in self.bookings()] == list(wanted), 20,
                   "bookings are %s: %s" % (wanted, self.bookings()))
