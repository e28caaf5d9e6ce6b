# SPDX-License-Identifier: Apache-2.0
"""A claim that the server rejects: kept and shown on the desktop, said right there (or entered at the server), booked once."""

import unittest

from house import House
from running import client, wait_until


class Correction(House):
    PRICES = ("prices", "default", {"currency": "EUR", "decimals": 2, "lists": {"default": {"mono": 10}}})

    def setUp(self):
        # Who prints is anna by the desktop's map; the server knows her by another name.
        self.open("--port", "raw:0:plain:name=engine", "--no-snmp", port="engine", unknown_users="refuse",
                  records=[self.PRICES, ("users", "anna.berg", {"name": "Anna Berg"}), ("accounts", "anna.berg", {"credit": "5.00"})])

    def rejected(self, count):
        report = wait_until(lambda: (lambda r: r if len(r["rejected"]) == count and r["unreported"] == 0 else None)(
            self.router.cli("status")["report"]), 60, "%d claims are rejected" % count)
        return report["rejected"]

    def lines(self):
        return self.router.run("--lang", "en", "ledger", "show", "--rejected").stdout

    def enter(self, user):
        """At the server; returns when it knows him."""
        self.server.set("users", user, {})
        url = "http://127.0.0.1:%d/api/v1/users/%s" % (self.server.port, user)
        wait_until(lambda: client(["curl", "-sSf", "-o", "/dev/null", "-H", "Authorization: Bearer " + self.operator, url]).returncode == 0,
                   20, "the server knows " + user)

    def booked_for(self):
        return self.server.query("SELECT username, pages, price FROM bookings WHERE booked = 1 ORDER BY printed")

    def verified(self):
        self.assertEqual(self.router.run("ledger", "verify").returncode, 0)
        self.assertEqual(self.lines().count("refused"), 0)
        self.assertEqual(self.server.query("SELECT COUNT(*) FROM alarms"), [(0,)])

    def test_rejected_shown_corrected_and_booked_once(self):
        self.print(3)
        self.server.start()
        wrong, = self.rejected(1)
        self.assertEqual((wrong["reason"], "anna" in wrong["text"]), ("unknown-user", True))
        self.assertEqual(self.booked_for(), [])
        self.assertIn("1 refused", self.router.run("--lang", "en", "status").stdout)
        self.assertIn("refused: unknown-user", self.lines())
        # A correction that is wrong too comes back, and can be corrected in its turn.
        entry = str(wrong["seq"])
        self.router.cli("ledger", "correct", entry, "--user", "anna.borg")
        again = wait_until(lambda: [one for one in self.rejected(1) if one["seq"] != wrong["seq"]], 60, "the correction is rejected")[0]
        self.assertIn("anna.borg", again["text"])
        self.router.cli("ledger", "correct", str(again["seq"]), "--user", "anna.berg")
        self.rejected(0)
        self.assertEqual(self.booked_for(), [("anna.berg", 3, 3000)])
        # Neither of the two can be corrected again, and a restart on either side books nothing twice.
        for seq in (entry, str(again["seq"])):
            self.assertEqual(self.router.run("ledger", "correct", seq, "--user", "anna.berg").returncode, 3)
        self.server.stop()
        self.router.restart()
        self.server.start()
        self.rejected(0)
        self.print_at_the_desktop_and_wait()
        self.assertEqual(self.booked_for()[0], ("anna.berg", 3, 3000))
        self.assertEqual(self.server.query("SELECT credit FROM accounts WHERE username = 'anna.berg'"), [(47000,)])
        self.verified()

    def print_at_the_desktop_and_wait(self):
        """A sign of life: another claim is answered, so all that came before has been."""
        self.server.stop()
        self.router.wait_server("down")
        self.print(1)
        self.server.start()
        one, = self.rejected(1)
        self.enter("anna")
        self.router.cli("ledger", "resend", str(one["seq"]))
        self.rejected(0)
        self.assertEqual([(user, pages) for user, pages, _ in self.booked_for()], [("anna.berg", 3), ("anna", 1)])

    def test_a_name_that_is_entered_later_is_sent_again(self):
        self.print(2)
        self.server.start()
        wrong, = self.rejected(1)
        self.router.cli("ledger", "resend", str(wrong["seq"]))
        self.rejected(1)
        self.assertEqual(self.booked_for(), [])
        self.enter("anna")
        self.router.cli("ledger", "resend", str(wrong["seq"]))
        wait_until(lambda: self.booked_for() == [("anna", 2, 2000)], 60, "it is booked: %s" % self.booked_for())
        self.rejected(0)
        self.verified()


if __name__ == "__main__":
    unittest.main()
