# SPDX-License-Identifier: Apache-2.0
"""Every path of docs/openapi/server.yaml on the running server, and what desktops live on: enrolment, snapshot, events, ledger."""

import json
import time
import unittest
import uuid

from server_kit import DESCRIPTION, Events, OnBothEngines, on_postgres

LEDGER = "11111111-2222-4333-8444-555555555555"
ANNA = {"groups": ["staff"], "codes": {"kyocera-account-code": "04711"}}
FALLBACK = {"printing": {"fallback": {"enabled": True, "target": {"group": "floor"}}}}


def printer(port=9100, **more):
    return dict({"address": "127.0.0.1", "maker": "Generic", "ports": [{"protocol": "raw", "port": port, "class": "plain"}]}, **more)


def claim(job, seq=1, attempt=1, user="anna", device="lobby", pages=3, **more):
    content = dict({"uuid": job, "attempt": attempt, "user": user, "user_evidence": "owner", "device": device, "counted_by": "client",
                    "pages_mono": pages, "pages_color": 0, "evidence": "document", "confidence": "exact", "outcome": "delivered",
                    "accepted_ms": 1700000000000, "started_ms": 1700000001000, "ended_ms": 1700000002000}, **more)
    return {"seq": seq, "kind": "claim", "job": job, "attempt": attempt, "content": content}


class Api(OnBothEngines):
    def setUp(self):
        self.srv = self.server()
        self.admin = self.srv.administrator()
        self.key = self.srv.enrol()
        # The command line wrote beside the running server, which sees it within a second or two.
        deadline = time.monotonic() + 10
        while self.srv.request("GET", "/api/v1/desktops", token=self.admin, check=False)[0] != 200:
            self.assertLess(time.monotonic(), deadline, "a token of the command line is not taken")

    def call(self, method, path, body=None, expect=200, token=None, **more):
        status, answer, headers = self.srv.request(method, path, body, self.admin if token is None else token, **more)
        self.assertEqual(status, expect, answer)
        self.headers = headers
        return answer

    def furnish(self):
        self.call("PUT", "/api/v1/printers/lobby", printer(), 201)
        self.call("PUT", "/api/v1/printer-groups/floor", {"members": ["lobby"]}, 201)
        self.call("PUT", "/api/v1/profiles/standard", FALLBACK, 201)
        self.call("PUT", "/api/v1/assignments/all", {"profile": "standard"}, 201)
        self.call("PUT", "/api/v1/prices", {"currency": "EUR", "decimals": 2, "lists": {"default": {"mono": 5, "color": 20}}}, 201)
        self.call("PUT", "/api/v1/users/anna", dict(ANNA, desktops=["pc-*"]), 201)
        self.call("PUT", "/api/v1/accounts/anna", {"credit": "10", "quota_pages": 100, "quota_money": "20", "allowance": "2.5",
                                                   "reason": "start"})

    def snapshot(self, users="anna", expect=200, **more):
        return self.call("GET", "/api/v1/desktop/snapshot?users=" + users, token=self.key, expect=expect, **more)

    def report(self, *entries, ledger=LEDGER):
        return self.call("POST", "/api/v1/desktop/ledger", {"ledger": ledger, "entries": list(entries)}, token=self.key)

    def test_who_is_too_many_at_a_desktop_is_left_out_of_its_snapshot(self):
        self.furnish()
        names = ["user%02d" % i for i in range(70)]
        snapshot = self.snapshot("anna," + ",".join(names))
        self.assertEqual(sorted(snapshot["users"]), ["anna"] + names[:63])
        self.assertEqual(snapshot["devices"][0]["id"], "lobby")
        self.assertIn("pages", json.dumps(snapshot["users"]["anna"]["balance"]))
        self.assertEqual([alarm["kind"] for alarm in self.call("GET", "/api/v1/alarms")["items"]], ["desktop-users"])
        self.assertEqual(sorted(self.snapshot("user69,user68,anna")["users"]), ["anna"])

    def test_a_group_has_a_price_list_of_its_own(self):
        self.furnish()
        self.call("PUT", "/api/v1/printer-groups/dear", {"members": ["lobby"]}, 201)
        prices = {"currency": "EUR", "decimals": 2, "lists": {"default": {"mono": 5}, "copy room": {"mono": 50}}}
        refused = self.call("PUT", "/api/v1/prices", dict(prices, groups={"dear": "none"}), 400)
        self.assertIn("groups.dear", json.dumps(refused))
        self.call("PUT", "/api/v1/prices", dict(prices, groups={"dear": "copy room"}))
        self.assertEqual(self.snapshot()["groups"], {"floor": ["lobby"], "dear": ["lobby"]})
        self.report(claim(str(uuid.uuid4())))
        self.assertEqual(self.call("GET", "/api/v1/bookings?user=anna")["items"][0]["price"], "1.5000")

    def test_every_path_and_method(self):
        call = self.call
        unused = set(DESCRIPTION.every)
        DESCRIPTION.unused = unused
        call("GET", "/health/live", token="")
        call("GET", "/health/ready", token="")
        self.assertIn("printrouter_server_requests_total", call("GET", "/metrics", token=""))
        self.furnish()
        for path, name in (("profiles", "standard"), ("assignments", "all"), ("printers", "lobby"), ("printer-groups", "floor"),
                           ("users", "anna")):
            self.assertEqual([item["id"] for item in call("GET", "/api/v1/" + path)["items"]], [name])
            body = call("GET", "/api/v1/%s/%s" % (path, name))
            call("PUT", "/api/v1/%s/%s" % (path, name), body)
            call("GET", "/api/v1/%s/nobody" % path, expect=404)
            call("PUT", "/api/v1/%s/broken" % path, {"no-such-field": 1}, 400)
        call("GET", "/api/v1/prices")
        call("GET", "/api/v1/accounts/anna")
        call("GET", "/api/v1/accounts/nobody", expect=404)
        for field, value in (("credit", "1,5"), ("quota_money", 5), ("allowance", "-1"), ("allowance_pages", "4"),
                             ("quota_period", "year"), ("quota_period", "day"), ("period_pages", 5), ("period_money", "5")):
            self.assertEqual(call("PUT", "/api/v1/accounts/anna", {field: value}, 400)["error"]["field"], field)
        self.snapshot()
        job, held = str(uuid.uuid4()), str(uuid.uuid4())
        self.report(claim(job))
        call("POST", "/api/v1/desktop/ledger", {"ledger": "x", "entries": []}, 400, token=self.key)
        call("PUT", "/api/v1/desktop/readiness", {"checked": "2026-01-31T08:15:30Z", "devices": [
            {"device": "lobby", "verdict": "refused", "reasons": [{"id": "vendor.x", "en": "no"}]}]}, 204, token=self.key)
        call("PUT", "/api/v1/desktop/readiness", {"checked": "yesterday", "devices": []}, 400, token=self.key)
        header = {"Printrouter-Job": '{"user": "anna", "title": "letter", "attempt": 1, "ticket": {"copies": 2}}'}
        call("PUT", "/api/v1/desktop/jobs/" + held, b"%!PS", 201, token=self.key, headers=header)
        call("GET", "/api/v1/desktop/jobs/" + held, token=self.key)
        call("GET", "/api/v1/desktop/jobs/" + job, token=self.key, expect=404)
        self.assertEqual(call("GET", "/api/v1/jobs?state=held")["items"][0]["uuid"], held)
        call("GET", "/api/v1/jobs/" + held)
        call("POST", "/api/v1/jobs/%s/release" % held, {"device": "nowhere"}, 400)
        call("POST", "/api/v1/jobs/%s/cancel" % held)
        call("POST", "/api/v1/jobs/%s/cancel" % held, expect=409)
        call("POST", "/api/v1/jobs/%s/release" % held, {"device": "lobby"}, 409)
        call("POST", "/api/v1/jobs/%s/settle" % held, {"result": "printed"}, 409)
        call("DELETE", "/api/v1/desktop/jobs/" + held, token=self.key, expect=409)
        readiness = call("GET", "/api/v1/readiness")
        self.assertEqual((readiness["desktops"], readiness["ready"], readiness["others"][0]["reasons"][0]["reason"]), (1, 0, "vendor.x"))
        desktop = call("GET", "/api/v1/desktops")["items"][0]
        self.assertEqual((desktop["host_name"], desktop["users"]), ("pc-1", ["anna"]))
        call("GET", "/api/v1/desktops/" + desktop["id"])
        record = {"device": "lobby", "record": "r1", "state": "printed", "user": "ben", "pages": 2, "pages_mono": 2, "pages_color": 0,
                  "when_ms": 1700000000000}
        self.assertEqual(call("POST", "/api/v1/device-records", {"records": [record, {}]})["refused"][0]["at"], 1)
        call("POST", "/api/v1/counter-windows", {"windows": [{"device": "lobby", "window": "w", "from_ms": 1, "to_ms": 2, "pages": 5}]})
        booking = call("GET", "/api/v1/bookings?user=anna")["items"][0]
        self.assertEqual(call("POST", "/api/v1/corrections", {"corrections": [
            {"key": booking["key"], "pages_mono": 1, "pages_color": 0, "reason": "jam"}, {"key": "job:none:1", "pages_mono": 1}]})["refused"][0]["at"], 1)
        lines = {line["user"]: line for line in call("GET", "/api/v1/reports/users")["items"]}
        self.assertEqual((lines["anna"]["pages"], lines["anna"]["price"]), (1, "0.0500"))
        self.assertIn("anna,EUR,1,1,1,0", call("GET", "/api/v1/reports/users?format=csv"))
        call("GET", "/api/v1/reports/devices?from=2020-01-01&to=2030-01-01")
        call("GET", "/api/v1/reports/devices?from=soon", expect=400)
        made = call("POST", "/api/v1/enrolment-tokens", {"kind": "fleet", "expires_in": 3600, "ranges": ["127.0.0.0/8"]}, 201)
        call("POST", "/api/v1/enrolment-tokens", {"kind": "fleet"}, 400)
        call("GET", "/api/v1/enrolment-tokens")
        call("POST", "/api/v1/enrolments", {"token": made["token"], "host_name": "pc-2"}, 201, token="")
        call("DELETE", "/api/v1/enrolment-tokens/" + made["id"], expect=204)
        call("DELETE", "/api/v1/enrolment-tokens/" + made["id"], expect=404)
        call("POST", "/api/v1/enrolments", {"token": made["token"], "host_name": "pc-3"}, 403, token="")
        call("POST", "/api/v1/enrolments", {"token": made["token"]}, 400, token="")
        call("PUT", "/api/v1/administrators/eve", {"role": "auditor", "password": "a long password"})
        call("PUT", "/api/v1/administrators/eve", {"role": "king", "password": "a long password"}, 400)
        call("GET", "/api/v1/administrators")
        session = call("POST", "/api/v1/sessions", {"name": "eve", "password": "a long password"}, 201, token="")
        call("POST", "/api/v1/sessions", {"name": "eve", "password": "another"}, 401, token="")
        call("GET", "/api/v1/audit", token=session["token"])
        call("DELETE", "/api/v1/users/anna", token=session["token"], expect=403)
        call("DELETE", "/api/v1/administrators/eve", expect=204)
        call("GET", "/api/v1/audit", token=session["token"], expect=401)
        self.assertEqual(call("GET", "/api/v1/alarms")["items"], [])
        call("DELETE", "/api/v1/profiles/standard", expect=409)
        for path in ("assignments/all", "profiles/standard", "printer-groups/floor", "printers/lobby", "users/anna"):
            call("DELETE", "/api/v1/" + path, expect=204)
        call("DELETE", "/api/v1/desktops/" + desktop["id"], expect=204)
        call("GET", "/api/v1/desktop/snapshot", token=self.key, expect=401)
        unused.discard(("GET", "/api/v1/desktop/events"))  # the next test lives on it
        self.assertEqual(unused, set())

    def test_a_change_reaches_the_desktop(self):
        events = Events(self, self.srv, self.key)
        events.wait(0)
        empty = self.snapshot()
        self.assertEqual((empty["devices"], empty["users"]), ([], {"anna": {}}))
        seen = len(events.seen)
        started = time.monotonic()
        self.furnish()
        self.assertLess(events.wait(seen)[2] - started, 5)
        full, tag = self.snapshot(), self.headers["ETag"]
        self.assertEqual([device["id"] for device in full["devices"]], ["lobby"])
        self.assertEqual(full["groups"], {"floor": ["lobby"]})
        self.assertEqual(full["users"]["anna"]["codes"], {"kyocera-account-code": "04711"})
        balance = full["users"]["anna"]["balance"]
        self.assertEqual((balance["credit"], balance["quota_pages"], balance["quota_money"]), ("10.0000", 100, "20.0000"))
        self.assertEqual(full["users"]["anna"]["allowance"], {"credit": "2.5000"})
        self.snapshot(expect=304, headers={"If-None-Match": tag})
        self.assertGreater(full["version"], empty["version"])
        # Another program on the store.
        seen, started = len(events.seen), time.monotonic()
        self.srv.set("printers", "lobby", printer(9101))
        self.assertLess(events.wait(seen)[2] - started, 5)
        self.assertEqual(self.snapshot(headers={"If-None-Match": tag})["devices"][0]["ports"][0]["port"], 9101)
        tag = self.headers["ETag"]
        self.srv.stop()
        self.srv.start()
        self.snapshot(expect=304, headers={"If-None-Match": tag})

    def test_a_desktop_is_granted_the_least_of_what_account_and_assignment_say(self):
        self.furnish()
        tag = self.snapshot() and self.headers["ETag"]
        self.call("PUT", "/api/v1/assignments/all", {"profile": "standard", "allowance": "1", "allowance_pages": 30})
        self.assertEqual(self.snapshot(headers={"If-None-Match": tag})["users"]["anna"]["allowance"],
                         {"credit": "1.0000", "pages": 30})
        self.call("PUT", "/api/v1/assignments/all", {"profile": "standard", "allowance": "5"})
        self.assertEqual(self.snapshot()["users"]["anna"]["allowance"], {"credit": "2.5000"})
        wrong = self.call("PUT", "/api/v1/assignments/all", {"profile": "standard", "allowance": 5}, 400)
        self.assertEqual((wrong["error"]["field"], bool(wrong["error"]["expected"])), ("allowance", True))
        # Absent in a PUT is not kept: all of the balance again, which is a limit of its own.
        self.call("PUT", "/api/v1/assignments/all", {"profile": "standard"})
        self.call("PUT", "/api/v1/accounts/anna", {"credit": "10"})
        self.assertNotIn("allowance", self.snapshot()["users"]["anna"])

    def test_ledger_entries_are_taken_once_and_booked(self):
        self.furnish()
        self.snapshot()
        job = str(uuid.uuid4())
        self.assertEqual(self.report(claim(job)), {"acknowledged": [[1, 1]], "rejected": []})
        self.assertEqual(self.report(claim(job), claim(str(uuid.uuid4()), 3, pages=2)), {"acknowledged": [[1, 1], [3, 3]], "rejected": []})
        other = self.report(claim(job, pages=99))
        self.assertEqual([r["reason"] for r in other["rejected"]], ["other-content"])
        self.assertEqual(len(self.call("GET", "/api/v1/alarms")["items"]), 1)
        wrong = self.report({"seq": 4, "kind": "claim", "job": job, "attempt": 1, "content": {}}, {"seq": 5},
                            claim(str(uuid.uuid4()), 6, pages=-100))
        self.assertEqual([(r["seq"], r["reason"]) for r in wrong["rejected"]], [(4, "malformed"), (5, "malformed"), (6, "malformed")])
        self.assertIn("pages_mono", wrong["rejected"][2]["text"])
        self.assertEqual(wrong["acknowledged"], [[1, 1], [3, 3]])
        # 5 pages at 0.05, once.
        self.assertEqual(self.call("GET", "/api/v1/accounts/anna"), {"user": "anna", "credit": "9.7500", "quota_pages": 95,
                                                                     "quota_money": "19.7500", "allowance": "2.5000"})
        self.assertEqual(self.snapshot()["users"]["anna"]["history"][0]["device"], "lobby")
        self.srv.kill()
        self.srv.start()
        self.assertEqual(self.report(claim(job))["acknowledged"], [[1, 1], [3, 3]])
        self.assertEqual(self.call("GET", "/api/v1/accounts/anna")["credit"], "9.7500")

    def test_the_device_counts_the_same_job_and_it_is_booked_once(self):
        self.furnish()
        job = str(uuid.uuid4())
        record = {"device": "lobby", "record": "77", "state": "printed", "user": "anna", "uuid": job, "pages": 2, "pages_mono": 2,
                  "pages_color": 0, "when_ms": 1700000002000}
        for _ in range(2):
            self.call("POST", "/api/v1/device-records", {"records": [record]})
            self.report(claim(job))
        lines = self.call("GET", "/api/v1/reports/users")["items"]
        self.assertEqual([(line["user"], line["pages"], line["price"]) for line in lines], [("anna", 2, "0.1000")])
        self.assertEqual(self.call("GET", "/api/v1/accounts/anna")["credit"], "9.9000")

    def test_codes_stay_where_they_belong(self):
        self.furnish()
        self.snapshot()
        self.assertNotIn("04711", str(self.call("GET", "/api/v1/users/anna")))
        self.assertNotIn("04711", str(self.call("GET", "/api/v1/audit")))
        self.assertNotIn("04711", self.srv.command("export", "users"))
        wrong = self.call("PUT", "/api/v1/users/anna", {"codes": {"pin": 4711}}, 400)
        self.assertEqual(wrong["error"]["field"], "codes.pin")
        self.srv.stop()
        self.assertNotIn("04711", self.srv.program.stderr())
        if not self.postgres:
            self.assertEqual([row for row in self.srv.query("SELECT body FROM resources") if "04711" in row[0]], [])

    def codes(self, key):
        return self.call("GET", "/api/v1/desktop/snapshot?users=anna", token=key)["users"]["anna"].get("codes")

    def put_job(self, evidence, key, user="anna"):
        self.call("PUT", "/api/v1/desktop/jobs/" + str(uuid.uuid4()), b"%!PS", 201, token=key, headers={
            "Printrouter-Job": json.dumps({"user": user, "user_evidence": evidence, "title": "letter"})})

    def test_codes_go_to_the_desktops_of_their_user(self):
        self.furnish()
        self.call("PUT", "/api/v1/users/anna", ANNA)
        other = self.srv.enrol("pc-2")
        known = self.snapshot()["users"]["anna"]
        self.assertEqual(sorted(known), ["allowance", "balance"])  # the rest as ever, of codes not a word
        # What a spooler asserts, anybody may have typed; what a person corrected, the kernel never said.
        self.put_job("asserted", self.key)
        self.put_job("owner", self.key, "ben")
        self.report(claim(str(uuid.uuid4()), corrects=1))
        self.assertIsNone(self.codes(self.key))
        events = Events(self, self.srv, self.key)
        events.wait(0)
        seen = len(events.seen)
        self.put_job("owner", self.key)
        events.wait(seen)
        self.assertEqual(self.codes(self.key), ANNA["codes"])
        self.assertIsNone(self.codes(other))
        self.call("POST", "/api/v1/desktop/ledger", {"ledger": str(uuid.uuid4()), "entries": [
            claim(str(uuid.uuid4()), user_evidence="mapped"), claim(str(uuid.uuid4()), 2)]}, token=other)
        self.assertEqual(self.codes(other), ANNA["codes"])
        self.srv.stop()
        self.srv.start()
        self.assertEqual(self.codes(self.key), ANNA["codes"])
        trail = [(line["actor"], line["detail"].split()[0]) for line in self.call("GET", "/api/v1/audit")["items"]
                 if (line["action"], line["target"]) == ("local user proven", "anna")]
        self.assertEqual(sorted(how for _, how in trail), ["claim", "job"])
        self.assertEqual(len({who for who, _ in trail}), 2)
        # Another person may get the name.
        self.call("DELETE", "/api/v1/users/anna", expect=204)
        self.call("PUT", "/api/v1/users/anna", ANNA, 201)
        self.assertIsNone(self.codes(self.key))

    def test_a_new_user_has_codes_where_an_administrator_says_so(self):
        self.call("PUT", "/api/v1/users/anna", dict(ANNA, desktops=["PC-anna", "lab-*"]), 201)
        for host, gets in (("pc-anna", True), ("lab-7", True), ("pc-annabel", False), ("xlab-7", False)):
            self.assertEqual(self.codes(self.srv.enrol(host)), ANNA["codes"] if gets else None, host)
        wrong = self.call("PUT", "/api/v1/users/anna", {"desktops": "lab-*"}, 400)
        self.assertEqual(wrong["error"]["field"], "desktops")

    def test_where_only_assignment_counts_a_job_proves_nothing(self):
        self.srv.stop()
        self.srv.more["user_codes"] = "assigned"
        self.srv.write()
        self.srv.start()
        self.call("PUT", "/api/v1/users/anna", dict(ANNA, desktops=["pc-2"]), 201)
        self.put_job("owner", self.key)
        self.assertIsNone(self.codes(self.key))
        self.assertEqual(self.codes(self.srv.enrol("pc-2")), ANNA["codes"])

    def test_users_that_nobody_entered_are_refused_where_that_is_wanted(self):
        self.srv.stop()
        self.srv.more["unknown_users"] = "refuse"
        self.srv.write()
        self.srv.start()
        self.furnish()
        job = str(uuid.uuid4())
        header = {"Printrouter-Job": json.dumps({"user": "ben", "title": "letter"})}
        wrong = self.call("PUT", "/api/v1/desktop/jobs/" + job, b"%!PS", 422, token=self.key, headers=header)
        self.assertEqual(wrong["error"]["field"], "user")
        answer = self.report(claim(job, user="ben"), claim(str(uuid.uuid4()), 2))
        self.assertEqual(([(r["seq"], r["reason"]) for r in answer["rejected"]], answer["acknowledged"]), ([(1, "unknown-user")], [[2, 2]]))
        self.call("PUT", "/api/v1/users/ben", {}, 201)
        self.assertEqual(self.report(claim(job, user="ben")), {"acknowledged": [[1, 2]], "rejected": []})
        self.call("PUT", "/api/v1/desktop/jobs/" + job, b"%!PS", 201, token=self.key, headers=header)

    def test_errors_name_field_and_expectation(self):
        error = self.call("PUT", "/api/v1/printers/lobby", printer(99999), 400)["error"]
        self.assertEqual(error["field"], "ports[0].port")
        self.assertTrue(error["expected"])
        status, answer, _ = self.srv.request("GET", "/nonsense", check=False)
        self.assertEqual((status, answer["error"]["code"]), (404, "not-found"))
        status, answer, _ = self.srv.request("POST", "/api/v1/jobs", {}, check=False)
        self.assertEqual(status, 405)
        self.assertIn("Authorization", self.call("GET", "/api/v1/users", token="wrong", expect=401)["error"]["field"])


ApiOnPostgres = on_postgres(Api)


class File(unittest.TestCase):
    def test_the_description_is_good_openapi(self):
        self.assertEqual(DESCRIPTION.lint(), [])


if __name__ == "__main__":
    unittest.main()
