# SPDX-License-Identifier: Apache-2.0
"""A device's counters, read by SNMP before and after a job that printed in the outage: what they rose by is booked where it
is less than the job, and what others printed in that time is seen and charged to nobody."""

import os
import tempfile
import unittest

from house import House
from running import client, source, wait_until

MODEL = "vendors/kyocera/devices/taskalfa-6052ci.json"
LABELLED = "vendors/ricoh/devices/aficio-sp-c430dn.json"
OTHERS = b"%!PS-Adobe-3.0\n%%Pages: 2\n%%Page: 1 1\nshowpage\n%%Page: 2 2\nshowpage\n%%EOF\n"


class Counters(House):
    def with_counters(self, *arguments, model=None, **snmp):
        """Without a model its only counter is the Printer-MIB's."""
        if model:
            arguments += ("--model", source(model))
        self.open("--port", "raw:0:plain:name=engine", "--no-back-channel", *arguments, port="engine", model=model,
                  settings={"device-records": "import", "snmp": lambda: dict(snmp, port=self.device.snmp_port)})

    def key(self, text):
        descriptor, path = tempfile.mkstemp(prefix="printrouter-key-")
        self.addCleanup(os.unlink, path)
        with open(descriptor, "w", encoding="utf-8") as out:
            out.write(text + "\n")
        return path

    def counted(self):
        wait_until(lambda: [row for row in self.router.cli("ledger", "show")
                            if row["kind"] == "evidence" and row["content"]["evidence"] == "counter"], 60,
                   "the counters' evidence in the ledger")

    def booked_from_the_counters(self):
        self.assertEqual(self.print()["state"], "completed")
        self.counted()
        self.server.start()
        self.status("booked")
        booking = self.bookings()[0]
        self.assertEqual((booking["evidence"], self.booked(), self.printed()), ("counter", 3, 3))
        self.assertNotIn("foreign", booking)
        return booking

    def test_version_1(self):
        self.with_counters("--community", "secret", version="v1", community="secret")
        self.booked_from_the_counters()

    def test_version_2c_and_the_models_own_counters(self):
        self.with_counters(model=MODEL, version="v2c")
        booking = self.booked_from_the_counters()
        self.assertEqual((booking["pages_mono"], booking["pages_color"]), (self.device.counters()["mono"], self.device.counters()["color"]))

    def test_counters_that_are_found_by_their_labels(self):
        self.with_counters(model=LABELLED, version="v2c")
        booking = self.booked_from_the_counters()
        self.assertEqual((booking["pages_mono"], booking["pages_color"]), (self.device.counters()["mono"], self.device.counters()["color"]))

    def test_version_3(self):
        self.with_counters("--snmp-user", "walker:SHA:authentic1:AES:private12", version="v3", user="walker",
                           authentication="sha", privacy="aes", **{"authentication-key-file": self.key("authentic1"),
                                                                   "privacy-key-file": self.key("private12")})
        self.booked_from_the_counters()

    def test_a_wrong_key_gives_no_evidence_and_the_job_prints(self):
        self.with_counters("--snmp-user", "walker:SHA:authentic1", version="v3", user="walker", authentication="sha",
                           **{"authentication-key-file": self.key("authentic9")})
        self.print()
        self.server.start()
        self.status("booked")
        self.assertEqual((self.bookings()[0]["evidence"], self.booked(), self.printed()), ("document", 3, 3))
        self.assertIn("device floor: counters:", self.router.log())

    def test_what_others_print_meanwhile_is_charged_to_nobody(self):
        self.with_counters(model=MODEL, version="v2c")
        self.device.control("POST", "/paper", {"loaded": False})
        self.print()
        client(["nc", "-N", "127.0.0.1", self.device.port("engine")], stdin=OTHERS)
        self.device.wait_job(lambda job: job["id"] == 2)
        self.device.control("POST", "/paper", {"loaded": True})
        self.counted()
        self.server.start()
        self.status("booked")
        booking = self.bookings()[0]
        self.assertEqual((self.booked(), self.printed()), (3, 5))
        self.assertEqual((booking["user"], booking["foreign"]["pages"]), ("anna", 2))

    def test_ended_at_the_panel_costs_what_came_out(self):
        self.with_counters(version="v2c")
        self.device.fault("panel-cancel", after_pages=1)
        self.print()
        self.counted()
        self.server.start()
        self.status("booked")
        self.assertEqual((self.bookings()[0]["evidence"], self.booked(), self.printed()), ("counter", 1, 1))


if __name__ == "__main__":
    unittest.main()
