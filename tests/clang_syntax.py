#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The second compiler's opinion: clang's warnings as errors on every source file, without generating code.

usage: clang_syntax.py BUILD_FOLDER (configured by the preset "clang")
"""
import concurrent.futures
import json
import os
import shlex
import subprocess
import sys


def syntax_only(command):
    """The compiler's command line of one file, without output and without ccache in front."""
    words = shlex.split(command)
    if os.path.basename(words[0]) == "ccache":
        words = words[1:]
    kept, skip = [], False
    for word in words:
        if skip:
            skip = False
        elif word in ("-o", "-MF", "-MT", "-MQ"):
            skip = True
        elif word not in ("-c", "-MD", "-MMD"):
            kept.append(word)
    # libstdc++ 12's own stable_sort calls std::get_temporary_buffer, of which clang 19 warns.
    return kept + ["-fsyntax-only", "-Wno-unused-command-line-argument", "-Wno-deprecated-declarations"]


def check(entry):
    done = subprocess.run(syntax_only(entry["command"]), cwd=entry["directory"], capture_output=True, text=True)
    return entry["file"], done.returncode, done.stdout + done.stderr


def main():
    with open(os.path.join(sys.argv[1], "compile_commands.json")) as file:
        entries = json.load(file)
    # Several targets may compile one file (the broken plugins do): once is enough for warnings.
    entries = list({entry["file"]: entry for entry in entries}.values())
    if not entries:
        print("clang_syntax: nothing to compile")
        return 1
    bad = 0
    with concurrent.futures.ThreadPoolExecutor(os.cpu_count()) as pool:
        for file, code, text in pool.map(check, entries):
            if code != 0:
                bad += 1
                print(f"{file}\n{text}")
    print(f"clang_syntax: {len(entries)} files, {bad} with complaints")
    return 1 if bad else 0


sys.exit(main())
