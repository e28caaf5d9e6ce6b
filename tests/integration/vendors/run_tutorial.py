#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Follows a tutorial to the letter: run_tutorial.py SOURCE_DIR PAGE [BIN_DIR]

Every ```sh block of the page runs in one shell, one after the other, in an empty home folder, with PRINTROUTER set
to SOURCE_DIR. The first command that fails ends it (exit 1). A block marked needs=PROGRAM is left out, and that is
said, where BIN_DIR has no such program."""
import os
import pathlib
import re
import subprocess
import sys
import tempfile


def main():
    source, page = map(pathlib.Path, sys.argv[1:3])
    programs = pathlib.Path(sys.argv[3]) if len(sys.argv) > 3 else None
    script, blocks, left_out = ["set -eu", "umask 022"], 0, 0
    for info, body in re.findall(r"^```sh([^\n]*)\n(.*?)^```$", page.read_text(), re.S | re.M):
        needs = re.search(r"needs=(\S+)", info)
        if needs and not (programs and (programs / needs.group(1)).exists()):
            print(f"left out: a block that needs {needs.group(1)}")
            left_out += 1
            continue
        blocks += 1
        script.append(body)
    if blocks < 3:
        print(f"{page}: only {blocks} blocks found")
        return 1
    with tempfile.TemporaryDirectory() as home:
        environment = dict(os.environ, HOME=home, PRINTROUTER=str(source))
        if programs:
            environment["PATH"] = f"{programs}:{environment['PATH']}"
        file = pathlib.Path(home, "tutorial.sh")
        file.write_text("\n".join(script))
        result = subprocess.run(["sh", str(file)], text=True, cwd=home, env=environment, stdin=subprocess.DEVNULL,
                                stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=280)
    if result.returncode:
        print(result.stdout[-4000:])
        print(f"the tutorial failed with {result.returncode}")
        return 1
    print(f"{blocks} blocks run, {left_out} left out")
    return 0


if __name__ == "__main__":
    sys.exit(main())
