#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""reason_table.py VENDORS: the reasons in the packs' code and in the table of VENDORS/README.md are the same ones."""
import pathlib
import re
import sys


def main():
    vendors = pathlib.Path(sys.argv[1])
    said = set()
    for path in vendors.glob("*/*.cpp"):
        said |= set(re.findall(r'"((?:%s)\.[a-z0-9-]+)"' % path.parent.name, path.read_text()))
    listed = set(re.findall(r"^\| `([a-z]+\.[a-z0-9-]+)` \|", (vendors / "README.md").read_text(), re.M))
    for name in sorted(said - listed):
        print(f"{name} is said in the code and not explained in the README")
    for name in sorted(listed - said):
        print(f"{name} is explained in the README and said nowhere")
    print(f"{len(said)} reasons")
    return 1 if said != listed or not said else 0


if __name__ == "__main__":
    sys.exit(main())
