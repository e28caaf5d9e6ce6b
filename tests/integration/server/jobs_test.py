# SPDX-License-Identifier: Apache-2.0
"""Jobs at the server: kept before they are acknowledged, taken once, voided, released to a device of the simulator, booked."""

import http.client
import json
import os
import unittest
import uuid
from decimal import Decimal

from running import Device, Pages, client, wait_until
from server_kit import OnBothEngines, on_postgres


def header(**more):
    return {"Printrouter-Job": json.dumps(dict({"user": "anna", "user_evidence": "owner", "title": "letter", "attempt": 1}, **more))}


class Jobs(OnBothEngines):
    # They change the store behind the server's back; the unit tests look at both engines.
    SQLITE_ONLY = ("test_a_job_that_is_over_goes_after_its_time_and_its_booking_stays",
                   "test_a_document_that_was_to_be_removed_when_the_server_ended_is_removed")

    def setUp(self):
        if self.postgres and self._testMethodName in self.SQLITE_ONLY:
            self.skipTest("on SQLite only")
        self.device = Device(self, "--port", "raw:0", "--port", "ipp:0", "--no-snmp")
        self.srv = self.server(timeouts={"answer_timeout": "5s"})
        self.key, self.admin = self.srv.enrol(), self.srv.administrator()
        wait_until(lambda: self.srv.request("GET", "/api/v1/jobs", token=self.admin, check=False)[0] == 200, what="the token is taken")
        self.printer("lobby", self.device, "raw-1")
        self.printer("floor-2", self.device, "ipp-1")
        self.call("PUT", "/api/v1/prices", {"currency": "EUR", "decimals": 2, "lists": {"default": {"mono": 5}}}, 201)
        self.call("PUT", "/api/v1/accounts/anna", {"credit": "10"})

    def printer(self, name, device, port, settings=None, **more):
        there = device.ports[port]
        entry = {"protocol": there["protocol"], "port": there["port"], "class": there["class"]}
        if there["protocol"] == "ipp":
            entry["queue"] = "/" + there["queue"]
        self.call("PUT", "/api/v1/printers/" + name, {"address": "127.0.0.1", "ports": [entry],
                  "settings": dict({"unknown-id-jobs": "permit"}, **(settings or {})), **more}, 201)

    def booking(self, job, *status):
        """The job's one booking, as soon as it stands so."""
        def look():
            found = [one for one in self.call("GET", "/api/v1/bookings")["items"] if one["claim"]["uuid"] == job]
            return found if len(found) == 1 and found[0]["status"] in status else None
        return wait_until(look, 20, "a booking that is %s; there are %s" % (status, self.call("GET", "/api/v1/bookings")))[0]

    def call(self, method, path, body=None, expect=200, token=None, **more):
        status, answer, _ = self.srv.request(method, path, body, self.admin if token is None else token, **more)
        self.assertEqual(status, expect, answer)
        return answer

    def put(self, job, body=b"%!PS-Adobe-3.0\nshowpage\n", expect=201, **more):
        return self.call("PUT", "/api/v1/desktop/jobs/" + job, body, expect, self.key, headers=header(**more))

    def wait(self, job, state):
        return wait_until(lambda: [now for now in [self.call("GET", "/api/v1/jobs/" + job)] if now["state"] == state], 20,
                          "job %s is %s; it is %s" % (job, state, self.call("GET", "/api/v1/jobs/" + job)))[0]

    def test_a_job_that_is_over_goes_after_its_time_and_its_booking_stays(self):
        held, canceled, printed = (str(uuid.uuid4()) for _ in range(3))
        for job in (held, canceled, printed):
            self.put(job)
        self.call("POST", "/api/v1/jobs/%s/cancel" % canceled)
        self.call("POST", "/api/v1/jobs/%s/release" % printed, {"device": "lobby"})
        self.wait(printed, "completed")
        self.srv.stop()
        with self.srv.writing() as store:
            store.execute("UPDATE jobs SET changed = 1")
        self.srv.start()
        wait_until(lambda: [job["uuid"] for job in self.call("GET", "/api/v1/jobs")["items"]] == [held], 20, "only the held job is left")
        self.assertEqual(len(os.listdir(os.path.join(self.srv.state, "spool", "documents"))), 1)
        self.booking(printed, "booked")
        self.call("POST", "/api/v1/jobs/%s/release" % held, {"device": "lobby"})
        self.wait(held, "completed")  # its time begins now

    def test_a_document_that_was_to_be_removed_when_the_server_ended_is_removed(self):
        job = str(uuid.uuid4())
        self.put(job)
        folder = os.path.join(self.srv.state, "spool")
        name, = os.listdir(os.path.join(folder, "documents"))
        self.call("POST", "/api/v1/jobs/%s/cancel" % job)
        self.srv.kill()
        path = os.path.join(folder, "documents", name)
        with open(path, "w", encoding="utf-8") as out:  # as if the kill had come before the file went
            out.write("private")
        self.srv.start()
        self.assertFalse(os.path.exists(path))
        self.assertEqual(os.listdir(os.path.join(folder, "corrupt")), [])

    def test_what_was_acknowledged_survives_a_kill_and_is_taken_once(self):
        job, document = str(uuid.uuid4()), os.urandom(20 << 20)  # more than the server collects of other requests
        self.assertEqual(self.put(job, document), {"uuid": job, "state": "held", "size": len(document), "user": "anna", "title": "letter"})
        self.srv.kill()
        self.srv.start()
        self.assertEqual(self.put(job, document, 200)["state"], "held")
        self.put(job, document[:-1], 409)
        self.assertEqual(len(self.call("GET", "/api/v1/jobs")["items"]), 1)
        files = os.listdir(os.path.join(self.srv.state, "spool", "documents"))
        self.assertEqual(len(files), 1)
        with open(os.path.join(self.srv.state, "spool", "documents", files[0]), "rb") as kept:
            self.assertEqual(kept.read(), document)

    def test_void_before_and_after(self):
        job = str(uuid.uuid4())
        self.put(job)
        path = "/api/v1/desktop/jobs/" + job
        self.assertEqual(self.call("DELETE", path, token=self.key)["state"], "voided")
        self.assertEqual(self.call("DELETE", path, token=self.key)["state"], "voided")
        self.put(job, expect=409)
        late = str(uuid.uuid4())
        self.call("DELETE", "/api/v1/desktop/jobs/" + late, token=self.key)
        self.put(late, expect=409)
        wait_until(lambda: not os.listdir(os.path.join(self.srv.state, "spool", "documents")), what="no document is left")
        other = self.srv.enrol("pc-2")
        mine = str(uuid.uuid4())
        self.put(mine)
        self.call("GET", "/api/v1/desktop/jobs/" + mine, token=other, expect=404)
        self.call("DELETE", "/api/v1/desktop/jobs/" + mine, token=other, expect=409)

    def test_a_client_that_leaves_leaves_nothing(self):
        job = str(uuid.uuid4())
        connection = http.client.HTTPConnection("127.0.0.1", self.srv.port, timeout=30)
        connection.putrequest("PUT", "/api/v1/desktop/jobs/" + job)
        for name, value in dict(header(), Authorization="Bearer " + self.key, **{"Content-Length": "5000000"}).items():
            connection.putheader(name, value)
        connection.endheaders(os.urandom(1000000))
        connection.close()
        folder = os.path.join(self.srv.state, "spool", "documents")
        wait_until(lambda: not os.listdir(folder), what="nothing in the spool")
        self.call("GET", "/api/v1/desktop/jobs/" + job, token=self.key, expect=404)
        self.put(job)

    def test_without_a_key_no_byte_is_taken(self):
        self.call("PUT", "/api/v1/desktop/jobs/" + str(uuid.uuid4()), b"x" * 100000, 401, "wrong", headers=header())
        self.put(str(uuid.uuid4()), expect=422, device="nowhere")
        self.put(str(uuid.uuid4()), expect=422, user="")
        self.call("PUT", "/api/v1/desktop/jobs/" + str(uuid.uuid4()), b"x", 400, self.key, headers={"Printrouter-Job": "no json"})
        self.call("PUT", "/api/v1/desktop/jobs/nonsense", b"x", 400, self.key, headers=header())

    def test_direct_delivery(self):
        job = str(uuid.uuid4())
        self.put(job, Pages(2), device="lobby", format="application/postscript")
        self.wait(job, "completed")
        printed = self.device.wait_job(lambda done: done["state"] == "completed")
        self.assertEqual(printed["pages"], 2)
        self.assertEqual(len(self.device.jobs()), 1)

    def credit(self):
        return Decimal(self.call("GET", "/api/v1/accounts/anna")["credit"])

    def test_what_the_server_delivers_is_counted_by_its_document(self):
        # A bare RAW port carries no sides, nor copies of a PDF; an IPP port does: what is on the paper is what is paid.
        for number, (printer, kind, pages, sheets) in enumerate((("lobby", "ps", 6, 6), ("lobby", "pdf", 3, 3), ("floor-2", "pdf", 6, 4)), 1):
            with self.subTest(printer, kind=kind):
                before, job = self.credit(), str(uuid.uuid4())
                self.put(job, Pages(3, kind), device=printer, ticket={"copies": 2, "sides": "two-sided-long-edge"})
                self.wait(job, "completed")
                printed = self.device.wait_job(lambda done, number=number: (done["id"], done["state"]) == (number, "completed"))
                booking = self.booking(job, "booked", "confirmed")
                self.assertEqual((printed["impressions"], printed["sheets"]), (pages, sheets))
                self.assertEqual((booking["pages_mono"], booking["sheets"], booking["confidence"]), (pages, sheets, "exact"))
                self.assertEqual(before - self.credit(), Decimal("0.05") * pages)
        self.assertEqual(self.call("GET", "/api/v1/bookings?device=lobby")["items"][0]["evidence"], "document")

    def test_what_cannot_be_counted_is_listed_and_charged_to_nobody(self):
        before, job = self.credit(), str(uuid.uuid4())
        self.put(job, b"\x1b@ESC/P is not read", device="lobby")
        self.wait(job, "completed")
        self.booking(job, "uncounted")
        self.assertEqual(self.credit(), before)

    def test_an_ipp_device_says_what_came_of_it(self):
        job = str(uuid.uuid4())
        self.put(job, Pages(2, "pdf"), device="floor-2", format="application/pdf")
        self.wait(job, "completed")
        booking = self.booking(job, "booked", "confirmed")
        self.assertEqual((booking["evidence"], booking["pages_mono"]), ("ipp-impressions", 2))

    def test_cancelled_at_the_panel_costs_what_came_out(self):
        self.device.fault("panel-cancel", port="ipp-1", after_pages=1, jobs=1)
        job = str(uuid.uuid4())
        self.put(job, Pages(3, "pdf"), device="floor-2", format="application/pdf")
        self.assertEqual(self.wait(job, "canceled")["reason"], "cancelled-at-panel")
        booking = self.booking(job, "booked", "confirmed")
        self.assertEqual((booking["evidence"], booking["pages"], Decimal(booking["price"])), ("ipp-impressions", 1, Decimal("0.05")))

    def test_the_device_is_asked_again_after_a_restart(self):
        self.device.fault("paper-out", port="ipp-1")
        job = str(uuid.uuid4())
        self.put(job, Pages(2, "pdf"), device="floor-2", format="application/pdf")
        self.wait(job, "confirming")
        self.srv.kill()
        self.device.clear_faults()
        self.srv.start()
        self.wait(job, "completed")
        self.assertEqual(self.booking(job, "booked", "confirmed")["evidence"], "ipp-impressions")
        self.assertEqual(len(self.device.jobs()), 1)

    def test_killed_while_sending_it_is_a_persons_to_settle_and_then_booked(self):
        self.device.fault("stall", port="raw-1", after_bytes=100000, jobs=1)
        job = str(uuid.uuid4())
        self.put(job, Pages(2) + b"%" + b"x" * 8000000, device="lobby")
        self.device.wait_job(lambda there: there["state"] == "receiving" and there["bytes"] >= 100000)
        self.assertEqual(self.call("GET", "/api/v1/jobs/" + job)["state"], "sending")
        self.srv.kill()
        self.device.clear_faults()
        self.srv.start()
        self.assertEqual(self.wait(job, "unknown")["reason"], "server-restarted")
        self.booking(job, "awaiting-person")
        self.call("POST", "/api/v1/jobs/%s/settle" % job, {"result": "printed"})
        self.assertEqual(self.booking(job, "booked")["pages_mono"], 2)

    def test_an_ipp_device_that_did_not_answer_is_asked_whether_it_has_the_job(self):
        self.device.fault("swallow-ack", port="ipp-1", jobs=1)
        job = str(uuid.uuid4())
        self.put(job, Pages(2, "pdf"), device="floor-2", format="application/pdf")
        self.device.wait_job(lambda there: there["state"] == "completed")
        self.device.clear_faults()
        self.assertEqual(self.wait(job, "completed")["reason"], "found-in-job-list")
        self.assertEqual(self.booking(job, "booked", "confirmed")["pages_mono"], 2)
        self.assertEqual(len(self.device.jobs()), 1)

    def test_a_job_that_the_device_does_not_know_is_not_paid_and_may_be_released_again(self):
        self.device.fault("stall", port="ipp-1", after_bytes=100000, jobs=1)
        job = str(uuid.uuid4())
        self.put(job, Pages(2) + b"%" + b"x" * 1000000, device="floor-2", format="application/postscript")
        self.device.wait_job(lambda there: there["state"] == "receiving" and there["bytes"] >= 100000)
        self.srv.kill()
        port = self.device.port("ipp-1")
        self.device.kill()
        # It has lost its list, and done something else since: an empty list would prove nothing.
        self.device = Device(self, "--port", "ipp:%d" % port, "--port", "raw:0", "--no-snmp")
        client(["nc", "-N", "127.0.0.1", self.device.port("raw-1")], stdin=Pages(1), check=True)
        self.device.wait_job(lambda done: done["state"] == "completed")
        self.srv.start()
        self.assertEqual(self.wait(job, "held")["reason"], "absent-from-job-list")
        self.booking(job, "not-printed")
        self.call("POST", "/api/v1/jobs/%s/release" % job, {"device": "floor-2"})
        self.wait(job, "completed")
        bookings = [one for one in self.call("GET", "/api/v1/bookings")["items"] if one["claim"]["uuid"] == job]
        self.assertEqual({one["claim"]["attempt"]: one["status"] in ("booked", "confirmed") for one in bookings}, {1: False, 2: True})
        self.assertEqual(self.call("GET", "/api/v1/alarms")["items"], [])

    def test_what_arrived_in_part_is_left_to_a_person(self):
        self.device.fault("stall", port="ipp-1", after_bytes=100000, jobs=1)
        job = str(uuid.uuid4())
        self.put(job, Pages(2) + b"%" + b"x" * 1000000, device="floor-2", format="application/postscript")
        self.device.wait_job(lambda there: there["state"] == "receiving" and there["bytes"] >= 100000)
        self.srv.kill()
        self.device.clear_faults()
        self.device.wait_job(lambda there: there["state"] not in ("receiving", "processing", "pending"))
        self.srv.start()
        self.wait(job, "unknown")
        self.booking(job, "awaiting-person")
        self.call("POST", "/api/v1/jobs/%s/settle" % job, {"result": "not-printed"})
        self.booking(job, "not-printed")

    def test_killed_before_the_first_byte_it_is_sent_again_by_itself(self):
        self.device.fault("blackhole-syn", port="raw-1")
        job = str(uuid.uuid4())
        self.put(job, Pages(1), device="lobby")
        self.wait(job, "sending")
        self.srv.kill()
        self.device.clear_faults()
        self.srv.start()
        self.wait(job, "completed")
        self.device.wait_job(lambda done: done["state"] == "completed")
        self.assertEqual(len(self.device.jobs()), 1)

    def test_a_device_that_sleeps_is_woken_first(self):
        sleeper = Device(self, "--port", "ipp:0:device-spooling:name=terminal", "--asleep", "--wake-ms", "300", "--no-snmp")
        self.printer("copier", sleeper, "terminal", {
            "terminal-present": True, "wake-port": sleeper.ready["wake"]["port"], "wake-wait-ms": 600, "release": "immediate",
            "asleep": True}, maker="Kyocera", model="TASKalfa 6052ci")
        job = str(uuid.uuid4())
        self.put(job, Pages(1), device="copier", format="application/postscript")
        self.wait(job, "completed")
        self.assertFalse(sleeper.control("GET", "/state")["asleep"])
        self.assertEqual(self.booking(job, "awaiting-record")["claim"]["counted_by"], "device")

    def test_held_until_released(self):
        job = str(uuid.uuid4())
        self.assertEqual(self.put(job, Pages(1))["state"], "held")
        self.assertEqual(self.device.jobs(), [])
        self.call("POST", "/api/v1/jobs/%s/release" % job, {"device": "lobby"})
        self.wait(job, "completed")
        self.device.wait_job(lambda done: done["state"] == "completed")
        self.call("POST", "/api/v1/jobs/%s/release" % job, {"device": "lobby"}, 409)
        snapshot = self.call("GET", "/api/v1/desktop/snapshot?users=anna", token=self.key)
        self.assertEqual(snapshot["users"]["anna"]["history"][0]["device"], "lobby")
        self.assertEqual(len(self.device.jobs()), 1)

    def test_a_connection_that_breaks_leaves_it_to_a_person(self):
        self.device.fault("reset", port="raw-1", after_bytes=300000, jobs=1)
        job = str(uuid.uuid4())
        self.put(job, Pages(1) + b"%" + b"x" * 3000000, device="lobby")
        self.wait(job, "unknown")
        self.device.clear_faults()
        self.call("POST", "/api/v1/jobs/%s/release" % job, {"device": "lobby"}, 409)
        self.assertEqual(self.call("POST", "/api/v1/jobs/%s/settle" % job, {"result": "not-printed"})["state"], "aborted")
        bookings = self.call("GET", "/api/v1/bookings")["items"]
        self.assertEqual([(one["status"], one["claim"]["uuid"]) for one in bookings], [("not-printed", job)])

    def test_a_device_that_does_not_answer_holds_the_job(self):
        self.device.fault("refuse")
        job = str(uuid.uuid4())
        self.put(job, Pages(1), device="lobby")
        held = self.wait(job, "held")
        self.assertEqual(held["outcome"], "not-sent")
        self.assertTrue(held["reason"])
        self.device.clear_faults()
        self.call("POST", "/api/v1/jobs/%s/release" % job, {"device": "lobby"})
        self.wait(job, "completed")


JobsOnPostgres = on_postgres(Jobs)

if __name__ == "__main__":
    unittest.main()
