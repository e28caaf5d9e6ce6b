# SPDX-License-Identifier: Apache-2.0
"""`printrouter analyse` for the tests of this folder, and Ghostscript as the other opinion."""
import json
import os
import subprocess

PROGRAM = os.path.join(os.environ["PRINTROUTER_BIN"], "printrouter")


def analyse(*files, plugins=None, options=()):
    command = [PROGRAM, "--json", "analyse", *options, *map(str, files)]
    if plugins:
        command += ["--plugins", str(plugins)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    return done.returncode, [json.loads(line) for line in done.stdout.splitlines()]


def one(file, **more):
    return analyse(file, **more)[1][0]


def content(file):
    with open(file, "rb") as opened:
        return opened.read()


def ghostscript(*arguments):
    return subprocess.run(["gs", "-q", "-dSAFER", "-dBATCH", "-dNOPAUSE", *arguments], capture_output=True, text=True,
                          timeout=300, check=True).stdout


def ink(file):
    """A page a flag: colour. RGB goes to cyan, magenta and yellow unchanged, so grey is where the three are equal."""
    lines = [line.split() for line in ghostscript("-dUseFastColor=true", "-sDEVICE=ink_cov", "-o", "-", str(file)).splitlines()
             if line.endswith("OK")]
    return [len(set(words[:3])) > 1 for words in lines]
