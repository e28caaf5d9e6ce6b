#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every culprit is found, and by its own name.

usage: scan_test.py SCAN_PROGRAM CORPUS EXPECTED
"""
import json
import os
import shutil
import subprocess
import sys
import tempfile


def prepare(name, folder):
    """What a build cannot make: wrong permissions, wrong owners, files that are gone. False: not possible here."""
    library = os.path.join(folder, name + ".so")
    if name == "open-to-others":
        os.chmod(library, 0o666)
    elif name == "open-folder":
        os.chmod(folder, 0o777)
    elif name == "foreign-owner":
        if os.geteuid() != 0:
            return False
        os.chown(library, 65534, 65534)
    elif name == "no-library":
        os.unlink(library)
    return True


def scan(program, *paths):
    done = subprocess.run([program, "--json", "--timeout-ms", "1000", *paths], capture_output=True, text=True, timeout=60)
    if not done.stdout:
        raise AssertionError(f"no answer, exit code {done.returncode}: {done.stderr}")
    return done.returncode, json.loads(done.stdout)


def main():
    program, corpus, expected = sys.argv[1:]
    failures = 0
    with tempfile.TemporaryDirectory() as top:
        copies = []
        with open(expected) as lines:
            culprits = [line.split() for line in lines]
        assert len(culprits) >= 10, "the corpus is too small to mean anything"
        for name, finding in culprits:
            folder = os.path.join(top, name)
            shutil.copytree(os.path.join(corpus, name), folder)
            os.chmod(folder, 0o755)
            if not prepare(name, folder):
                print(f"skip  {name}: needs root")
                continue
            copies.append((name, finding, folder))
            code, plugins = scan(program, folder)
            found = [f["id"] for plugin in plugins for f in plugin["findings"]]
            good = found == [finding] and code == 1
            failures += not good
            text = plugins[0]["findings"][0]["text"] if found else ""
            print(f"{'ok  ' if good else 'FAIL'}  {name}: {' '.join(found) or 'nothing'} ({text})"
                  + ("" if good else f"; expected {finding}, exit code {code}"))
        # All of them in one go: who falls takes nobody along.
        code, plugins = scan(program, *(folder for _, _, folder in copies))
        together = {p["id"]: [f["id"] for f in p["findings"]] for p in plugins}
        for name, finding, _ in copies:
            if together.get(name) != [finding]:
                failures += 1
                print(f"FAIL  {name} in company: {together.get(name)}; expected {finding}")
        # And the test itself can tell good from bad.
        code, plugins = scan(program, os.path.join(corpus, "late-crash-at-work"))
        if code != 0 or plugins[0]["findings"]:
            failures += 1
            print(f"FAIL  a plugin that behaves in the scan has findings: {plugins}")
    for words in ([], ["--bogus"], ["/no/such/folder"], ["--timeout-ms", "soon", corpus]):
        done = subprocess.run([program, *words], capture_output=True, text=True, timeout=60)
        if done.returncode != 2 or not done.stderr:
            failures += 1
            print(f"FAIL  {words}: exit code {done.returncode}, expected 2 and why")
    print(f"{len(copies)} culprits, {failures} failures")
    return 1 if failures else 0


sys.exit(main())
