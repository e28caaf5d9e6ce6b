# SPDX-License-Identifier: Apache-2.0
"""Quotas that are renewed: by the calendar at the server's place, which its variable TZ puts anywhere."""

import calendar
import time
import unittest
import uuid

from api_test import claim
from server_kit import Events, OnBothEngines, on_postgres
from running import wait_until, zone

GRANT = {"credit": "10", "quota_period": "day", "period_pages": 50, "period_money": "4"}


class Quota(OnBothEngines):
    def begin(self, to_midnight):
        """A server, a new desktop and an account, in a place where a new day begins in so many seconds."""
        self.srv = self.server()
        self.srv.stop()
        self.srv.environment = {"TZ": zone(to_midnight)}
        self.admin = self.srv.administrator()
        self.srv.start()
        self.key = self.srv.enrol()
        self.call("PUT", "/api/v1/prices", {"currency": "EUR", "decimals": 2, "lists": {"default": {"mono": 10}}}, 201)
        self.call("PUT", "/api/v1/printers/lobby", {"address": "127.0.0.1", "ports": [{"protocol": "raw", "port": 9100}]}, 201)

    def call(self, method, path, body=None, expect=200, token=None):
        status, answer, _ = self.srv.request(method, path, body, token or self.admin)
        self.assertEqual(status, expect, answer)
        return answer

    def put(self, **account):
        return self.call("PUT", "/api/v1/accounts/anna", account)

    def account(self):
        return self.call("GET", "/api/v1/accounts/anna")

    def balance(self):
        return self.call("GET", "/api/v1/desktop/snapshot?users=anna", token=self.key)["users"]["anna"]["balance"]

    def report(self, seq, pages, ended):
        answer = self.call("POST", "/api/v1/desktop/ledger", {"ledger": "11111111-2222-4333-8444-555555555555", "entries": [
            claim(str(uuid.uuid4()), seq, pages=pages, accepted_ms=ended, started_ms=ended, ended_ms=ended)]}, token=self.key)
        self.assertEqual(answer["rejected"], [])

    def left(self, of):
        return of["credit"], of["quota_pages"], of["quota_money"]

    def test_a_quota_begins_with_its_grant_and_bookings_of_the_period_move_it(self):
        self.begin(36000)
        now = int(time.time() * 1000)
        made = self.put(**GRANT)
        self.assertEqual(made, {"user": "anna", "credit": "10.0000", "quota_pages": 50, "quota_money": "4.0000", "quota_period": "day",
                                "period_pages": 50, "period_money": "4.0000"})
        self.assertEqual(self.account(), made)
        self.report(1, 5, now)
        self.assertEqual(self.left(self.account()), ("9.5000", 45, "3.5000"))
        self.report(2, 7, now - 86400000)
        self.assertEqual(self.left(self.account()), ("8.8000", 45, "3.5000"))
        # Some of both comes back: to credit always, to the quota what is of today.
        for booking in self.call("GET", "/api/v1/bookings?user=anna")["items"]:
            self.call("POST", "/api/v1/corrections", {"corrections": [
                {"key": booking["key"], "pages_mono": 1, "pages_color": 0, "reason": "jam"}]})
        self.assertEqual(self.left(self.account()), ("9.8000", 49, "3.9000"))
        self.assertEqual(self.left(self.balance()), ("9.8000", 49, "3.9000"))
        # What was left, GET answers; put again it stays.
        again = self.account()
        self.assertEqual(self.call("PUT", "/api/v1/accounts/anna", again), again)

    def test_a_server_that_was_off_finds_the_new_period(self):
        self.begin(3600)
        self.put(**GRANT, quota_pages=-3)
        self.srv.stop()
        self.srv.environment = {"TZ": zone(3600, further_east=7200)}
        self.srv.start()
        self.assertEqual(self.left(self.balance()), ("10.0000", 50, "4.0000"))
        self.report(1, 5, int(time.time() * 1000))
        # Back there it is yesterday, and one and the same day is not renewed twice.
        self.srv.stop()
        self.srv.environment = {"TZ": zone(3600)}
        self.srv.start()
        self.assertEqual(self.account()["quota_pages"], 45)

    def test_a_desktop_hears_of_the_new_period(self):
        for to_midnight in (8, 20, 60):  # more where the machine is slow
            self.begin(to_midnight)
            midnight = time.time() + to_midnight
            self.put(**GRANT, quota_pages=2)
            events = Events(self, self.srv, self.key)
            events.wait(0)
            before, seen = self.balance(), len(events.seen)
            if before["quota_pages"] == 2 and time.time() < midnight - 2:
                break
        self.assertEqual(self.left(before), ("10.0000", 2, "4.0000"))
        self.assertLess(abs(wall(before["renews_at"]) - midnight), 5)
        self.assertEqual((before["period_pages"], before["period_money"]), (50, "4.0000"))
        events.wait(seen, to_midnight + 10)
        after = wait_until(lambda: [b for b in [self.balance()] if b["quota_pages"] == 50], 10, "the quota is renewed")[0]
        self.assertEqual(self.left(after), ("10.0000", 50, "4.0000"))
        self.assertGreater(wall(after["renews_at"]) - wall(before["renews_at"]), 86000)
        self.assertEqual(self.account()["quota_pages"], 50)


def wall(text):
    """Seconds since 1970."""
    return calendar.timegm(time.strptime(text[:19], "%Y-%m-%dT%H:%M:%S"))


QuotaOnPostgres = on_postgres(Quota)

if __name__ == "__main__":
    unittest.main()
