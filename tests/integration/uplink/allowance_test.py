# SPDX-License-Identifier: Apache-2.0
"""What one desktop may spend while the server is away: less than the balance, where the server grants it less."""

import time
import unittest

from house import House
from running import wait_until, zone


class Allowance(House):
    PRICES = ("prices", "default", {"currency": "EUR", "decimals": 2, "lists": {"default": {"mono": 10}}})

    def granted(self, account, environment=None, **assignment):
        self.open("--port", "raw:0:plain:name=engine", "--no-snmp", port="engine",
                  fallback={"release_condition": "sufficient-balance", "unknown_pages": "refuse"}, environment=environment,
                  records=[self.PRICES, ("accounts", "anna", account),
                           ("assignments", "everybody", dict({"profile": "office"}, **assignment))])

    def refused(self, count):
        """Why a job of so many pages is."""
        number = self.submit(count)
        job = self.router.wait_job(lambda job: job["id"] == number and job["state"] == "held")
        why = [reason for reason in job["reasons"] if reason["id"].startswith("policy.")]
        self.assertEqual(len(why), 1, job["reasons"])
        self.assertIn("help desk", why[0]["remedy_en"])
        return why[0]["id"], why[0]["en"]

    def test_the_account_grants_each_desktop_a_share(self):
        self.granted({"credit": "10.00", "allowance": "0.50"})
        self.print(3)
        reason, text = self.refused(3)
        self.assertEqual(reason, "policy.allowance")
        self.assertIn("takes 0.30, but only 0.20", text)  # with what this desktop has used since the server's word
        self.print(2)
        self.assertEqual(self.printed(), 5)
        self.server.start()
        self.status("booked", "booked")
        self.assertEqual(self.server.query("SELECT credit, allowance FROM accounts"), [(95000, 5000)])

    def test_the_assignment_grants_pages_and_the_least_counts(self):
        self.granted({"quota_pages": 100, "allowance_pages": 50}, allowance_pages=4)
        self.assertEqual(self.refused(5), ("policy.allowance", "It takes 5 pages, but only 4 pages of what this desktop may spend "
                                           "without the server are left."))
        self.print(4)

    def test_a_quota_in_money_limits_and_moves(self):
        self.granted({"quota_money": "0.40"})
        reason, text = self.refused(5)
        self.assertEqual(reason, "policy.quota-money")
        self.assertIn("takes 0.50, but only 0.40", text)
        self.print(3)
        self.server.start()
        self.status("booked")
        self.assertEqual(self.server.query("SELECT quota_money, credit FROM accounts"), [(1000, None)])

    def test_a_quota_is_renewed_while_the_server_is_away(self):
        midnight = time.time() + 40
        self.granted({"quota_pages": 5, "quota_period": "day", "period_pages": 12}, environment={"TZ": zone(40)})
        if time.time() > midnight - 15:
            self.skipTest("the machine is too slow to print something before midnight")
        self.assertIn("only 5 of the quota are left", self.refused(30)[1])
        self.print(4)
        # The zone is of whole seconds.
        wait_until(lambda: time.time() > midnight + 1, 60, "a new day")
        self.print(10)  # of 12: the four belong to yesterday
        self.assertIn("only 2 of the quota are left", self.refused(31)[1])
        self.server.start()
        self.status("booked", "booked")
        self.assertEqual(self.server.query("SELECT quota_pages FROM accounts"), [(2,)])


if __name__ == "__main__":
    unittest.main()
