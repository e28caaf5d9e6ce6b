# SPDX-License-Identifier: Apache-2.0
"""The demo's comparison of pages and bookings: job by job, so that one too many here does not hide one too few there."""

import os
import sys
import unittest

sys.path.insert(0, os.path.join(os.environ.get("PRINTROUTER_SOURCE") or os.path.join(os.path.dirname(__file__), "..", ".."),
                                "samples", "fallback"))
import stage  # noqa: E402, F401  (sets the path to the test helpers)
from accounts import compare  # noqa: E402


class Compare(unittest.TestCase):
    def figures(self, printed, booked, **expected):
        figures, wrong = compare(printed, booked)
        for name in ("booked_twice", "unbooked", "pages_differ"):
            self.assertEqual(figures[name], expected.get(name, 0), name)
        self.assertEqual(figures["pages_printed"], sum(printed.values()))
        self.assertEqual(figures["pages_booked"], sum(pages for _, pages in booked))
        return wrong

    def test_all_is_booked_once(self):
        self.assertEqual(self.figures({"A": 3, "B": 1}, [("A", 3), ("B", 1)]), {})

    def test_a_page_too_many(self):
        self.assertEqual(self.figures({"A": 3}, [("A", 4)], booked_twice=1, pages_differ=1), {"A": (3, 4)})

    def test_a_page_too_few(self):
        self.assertEqual(self.figures({"A": 3}, [("A", 2)], unbooked=1, pages_differ=1), {"A": (3, 2)})

    def test_a_sum_that_fits_hides_nothing(self):
        self.figures({"A": 3, "B": 3}, [("A", 4), ("B", 2)], booked_twice=1, unbooked=1, pages_differ=2)

    def test_two_bookings_of_one_job(self):
        self.figures({"A": 3}, [("A", 3), ("A", 3)], booked_twice=1, pages_differ=1)

    def test_two_bookings_whose_sum_fits(self):
        self.figures({"A": 3}, [("A", 1), ("A", 2)], booked_twice=1)

    def test_not_booked_at_all(self):
        self.figures({"A": 3}, [], unbooked=1, pages_differ=1)

    def test_booked_but_never_printed(self):
        self.figures({}, [("A", 3)], booked_twice=1, pages_differ=1)


if __name__ == "__main__":
    unittest.main()
