#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every finding has a culprit and a line for administrators; nothing else is promised.

usage: findings_test.py PLUGIN_FINDING_HPP DOCS_PLUGINS_MD EXPECTED
"""
import re
import sys

# Shown by registry_test.cpp: these are faults of an installation, not of one plugin.
WITHOUT_CULPRIT = {"id-taken", "scan-failed"}


def main():
    header, page, expected = (open(name, encoding="utf-8").read() for name in sys.argv[1:])
    findings = set(re.findall(r'string_view \w+ =\s*"([a-z-]+)"', header))
    documented = set(re.findall(r"^\| `([a-z-]+)` \|", page, re.M))
    culprits = {line.split()[1] for line in expected.splitlines()}
    problems = [f"{f} is not in docs/plugins.md" for f in findings - documented]
    problems += [f"{f} is in docs/plugins.md and nowhere else" for f in documented - findings]
    problems += [f"{f} has no culprit" for f in findings - culprits - WITHOUT_CULPRIT - ({"memory-limit"} - culprits)]
    problems += [f"{f} is expected and does not exist" for f in culprits - findings]
    for problem in sorted(problems):
        print("FAIL ", problem)
    print(f"{len(findings)} findings, {len(problems)} problems")
    return 1 if problems or len(findings) < 20 else 0


sys.exit(main())
