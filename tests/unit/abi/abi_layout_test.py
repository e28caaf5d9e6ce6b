#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The comparison can fail, and only where something is released."""
import unittest

from abi_layout import compare, members

DRAFT = "[base.h]\npr_str size 16\n[vendor.h]\ninterface printrouter.vendor/draft-1\npr_port size 48\npr_port.tls 28\n"
RELEASED = DRAFT.replace("vendor/draft-1", "vendor/1")


class AbiLayout(unittest.TestCase):
    def test_nothing_changed(self):
        self.assertEqual(compare(RELEASED, RELEASED), ([], []))

    def test_a_draft_may_change(self):
        errors, warnings = compare(DRAFT, DRAFT.replace("48", "56"))
        self.assertEqual((len(errors), len(warnings)), (0, 1))

    def test_a_released_size_may_not(self):
        errors, warnings = compare(RELEASED, RELEASED.replace("48", "56"))
        self.assertEqual(errors, ["vendor.h: was pr_port size 48; now pr_port size 56"])

    def test_a_released_member_may_not_vanish(self):
        self.assertEqual(len(compare(RELEASED, RELEASED.replace("pr_port.tls 28\n", ""))[0]), 1)

    def test_an_id_may_not_go_back_to_draft(self):
        self.assertEqual(len(compare(RELEASED, DRAFT)[0]), 1)

    def test_what_all_share_is_frozen_by_the_first_release(self):
        self.assertEqual(len(compare(RELEASED, RELEASED.replace("16", "24"))[0]), 1)
        self.assertEqual(len(compare(DRAFT, DRAFT.replace("16", "24"))[0]), 0)

    def test_members_are_found(self):
        body = "uint32_t struct_size; pr_number pages, copies; const char* name; void (*close)(pr_x* x, int y); char a[4]"
        self.assertEqual(list(members(body.replace("char a[4]", "pr_str text"))),
                         ["struct_size", "pages", "copies", "name", "close", "text"])


if __name__ == "__main__":
    unittest.main()
