#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Each header of the SDK alone, with each compiler that is here: the ABI as C11 and C++20, the wrappers as C++20.

usage: headers_test.py HEADERS
"""
import concurrent.futures
import glob
import os
import shutil
import subprocess
import sys

WARNINGS = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Wconversion", "-Wno-sign-conversion", "-Werror", "-fsyntax-only"]
C = [c for c in ("gcc", "clang-19") if shutil.which(c)]
CXX = [c for c in ("g++", "clang++-19") if shutil.which(c)]


def compile_alone(job):
    compiler, language, standard, headers, name = job
    # Included twice: the guard has to hold.
    text = f"#include <{name}>\n#include <{name}>\n"
    done = subprocess.run([compiler, f"-std={standard}", *WARNINGS, "-I", headers, "-x", language, "-"],
                          input=text, capture_output=True, text=True)
    return job, done.returncode, done.stderr


def main():
    headers = sys.argv[1]
    jobs = []
    for path in sorted(glob.glob(os.path.join(headers, "printrouter", "**", "*.h*"), recursive=True)):
        name = os.path.relpath(path, headers)
        if name.endswith(".h"):
            jobs += [(c, "c", "c11", headers, name) for c in C]
        jobs += [(c, "c++", "c++20", headers, name) for c in CXX]
    failures = 0
    with concurrent.futures.ThreadPoolExecutor(2) as pool:
        for job, code, errors in pool.map(compile_alone, jobs):
            if code != 0:
                failures += 1
                print(f"FAIL  {job[4]} as {job[2]} with {job[0]}\n{errors}")
    print(f"{len(jobs)} compilations with {', '.join(C + CXX)}, {failures} failures")
    return 1 if failures or len(jobs) < 20 else 0


sys.exit(main())
