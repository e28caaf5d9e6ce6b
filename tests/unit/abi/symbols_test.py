#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every built plugin shows one symbol, the contract's.

usage: symbols_test.py NM FOLDER_WITH_PLUGINS LIBRARY_WITHOUT_VERSION_SCRIPT
The last one shows more than that: the look itself must be able to fail.
"""
import glob
import os
import subprocess
import sys


def visible(nm, library):
    out = subprocess.run([nm, "-D", "--defined-only", library], check=True, capture_output=True, text=True).stdout
    return [line.split()[-1].split("@")[0] for line in out.splitlines()]


def main():
    nm, folder, open_library = sys.argv[1:]
    plugins = sorted(glob.glob(os.path.join(folder, "*.so")))
    failures = 0
    for plugin in plugins:
        symbols = visible(nm, plugin)
        if symbols != ["printrouter_plugin_v1"]:
            failures += 1
            print(f"FAIL  {plugin}: {symbols[:5]}")
    if visible(nm, open_library) == ["printrouter_plugin_v1"]:
        failures += 1
        print(f"FAIL  {open_library} was to show more than one symbol")
    print(f"{len(plugins)} plugins, {failures} failures")
    return 1 if failures or not plugins else 0


sys.exit(main())
