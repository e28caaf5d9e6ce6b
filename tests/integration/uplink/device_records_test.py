# SPDX-License-Identifier: Apache-2.0
"""A device that counts what is printed, and its word on it: fetched from its own history of jobs, or sent in, before the
desktop's claim or long after, twice, or never. Each page is booked once."""

import json
import unittest

from house import House
from running import client, source, wait_until

MODEL = "vendors/kyocera/devices/taskalfa-6052ci.json"


class DeviceRecords(House):
    def terminal(self, *arguments, **settings):
        """Its only printer is a device with a terminal."""
        self.open("--port", "ipp:0:device-spooling:name=terminal", "--no-snmp", "--model", source(MODEL), *arguments,
                  port="terminal", model=MODEL, settings=dict({"terminal-present": True}, **settings))

    def push(self, *records):
        """As a collector sends them in."""
        done = client(["curl", "-sS", "--fail-with-body", "-H", "Authorization: Bearer " + self.operator, "-H",
                       "Content-Type: application/json", "-d", json.dumps({"records": records}),
                       "http://127.0.0.1:%d/api/v1/device-records" % self.server.port], check=True)
        answer = json.loads(done.stdout)
        self.assertEqual(answer["refused"], [])
        return answer["changed"]

    def record(self, job, **changes):
        return dict({"device": "floor", "record": "4711", "state": "printed", "user": "anna", "uuid": job["uuid"], "pages": 3,
                     "when_ms": self.printed_at}, **changes)

    def past_the_limit(self):
        """The server sleeps through all the time that it would have waited for a record."""
        self.server.stop()
        with self.server.writing() as store:
            store.execute("UPDATE bookings SET due = 1 WHERE due > 0")
        self.server.start()

    def test_fetched_from_the_devices_history(self):
        self.terminal()
        job = self.print()
        self.assertEqual((job["port_class"], job["counted_by"]), ("device-spooling", "device"))
        self.server.start()
        self.status("confirmed")
        self.assertEqual((self.booked(), self.printed()), (3, 3))
        self.assertEqual([one["record"]["record"] for one in self.bookings("record")], ["ipp:%d" % self.device.jobs()[0]["id"]])
        self.assertEqual(self.bookings()[0]["evidence"], "device-log")

    def test_fetched_late(self):
        self.terminal()
        self.print()
        self.device.fault("refuse")
        self.server.start()
        self.status("awaiting-record")
        self.assertEqual(self.booked(), 0)
        self.device.clear_faults()
        self.status("confirmed")
        self.assertEqual((self.booked(), self.printed()), (3, 3))

    def test_never(self):
        self.terminal()
        self.print()
        self.device.stop()
        self.server.start()
        self.status("awaiting-record")
        self.past_the_limit()
        self.status("unconfirmed")
        self.assertEqual(self.booked(), 3)
        # It was in an envelope that somebody opens much later: one booking still.
        self.push({"device": "floor", "record": "4711", "state": "printed", "uuid": self.bookings()[0]["uuid"], "pages": 3,
                   "when_ms": 1})
        self.status("confirmed")
        self.assertEqual(self.booked(), 3)

    def test_sent_in_before_the_claim_and_twice(self):
        self.terminal(**{"device-records": "import"})
        job = self.print()
        self.router.kill()
        self.server.start()
        for changed in (1, 0):
            self.assertEqual(self.push(self.record(job)), changed)
        self.assertEqual((self.bookings(), self.booked()), ([], 0))
        self.router.restart()
        self.status("confirmed")
        self.assertEqual(self.push(self.record(job)), 0)
        self.assertEqual((self.booked(), self.printed()), (3, 3))

    def test_sent_in_without_the_uuid(self):
        self.terminal(**{"device-records": "import"})
        job = self.print()
        self.server.start()
        self.status("awaiting-record")
        stripped = self.record(job)
        del stripped["uuid"]
        self.push(stripped)
        self.status("confirmed")
        self.assertTrue(self.bookings()[0]["inferred"])
        self.assertEqual((self.booked(), self.printed()), (3, 3))

    def test_never_released_at_the_device(self):
        self.terminal("--release", "at-device", **{"release": "at-device"})
        self.print()
        self.server.start()
        wait_until(lambda: self.bookings("record"), 20, "the device says that it holds the job")
        self.status("awaiting-record")
        self.device.control("POST", "/jobs/%d/delete" % self.device.jobs()[0]["id"], {})
        self.status("not-released")
        self.assertEqual((self.booked(), self.printed()), (0, 0))

    def test_released_after_a_while(self):
        self.terminal("--release", "at-device", **{"release": "at-device"})
        self.print()
        self.server.start()
        wait_until(lambda: self.bookings("record"), 20, "the device says that it holds the job")
        self.assertEqual(self.booked(), 0)
        self.device.control("POST", "/jobs/%d/release" % self.device.jobs()[0]["id"], {})
        self.status("confirmed")
        self.assertEqual((self.booked(), self.printed()), (3, 3))


if __name__ == "__main__":
    unittest.main()
