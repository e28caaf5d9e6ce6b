#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Sizes and offsets of everything that crosses the border, and the table that freezes them.

usage: abi_layout.py write HEADERS TABLE [CC]     writes the table
       abi_layout.py check HEADERS TABLE [CC]     compares
HEADERS is sdk/include. What an interface's id calls a draft may change, with a warning; once the table says that an
interface is released (its id ends without "draft-"), every struct of its header, and of the headers that all share,
may only be as it stands there. Exit code 1: a released layout differs, or the table cannot be made.
"""
import os
import re
import subprocess
import sys
import tempfile

STRUCT = re.compile(r"(?:typedef\s+)?struct\s+(pr_\w+)\s*\{(.*?)\}\s*(?:\w+\s*)?;", re.S)
COMMENT = re.compile(r"/\*.*?\*/", re.S)
INTERFACE = re.compile(r'#define\s+PR_\w+_ID\s+"([^"]+)"')
SHARED = ("base.h", "outcome.h", "action.h", "plugin.h")


def members(body):
    for declaration in body.split(";"):
        declaration = " ".join(declaration.split())
        if not declaration:
            continue
        if function := re.search(r"\(\*\s*(\w+)\)", declaration):
            yield function[1]
            continue
        for part in declaration.split(","):
            yield re.findall(r"\w+", part)[-1]


def read_headers(headers):
    """[(header, [interface ids], [(struct, [members])])]"""
    folder = os.path.join(headers, "printrouter", "abi")
    found = []
    for name in sorted(os.listdir(folder)):
        with open(os.path.join(folder, name), encoding="utf-8") as file:
            text = file.read()
        ids = INTERFACE.findall(text)
        plain = COMMENT.sub("", text)
        found.append((name, ids, [(m[1], list(members(m[2]))) for m in STRUCT.finditer(plain)]))
    return found


def measure(headers, found, compiler):
    lines = ["#include <stdio.h>"] + [f"#include <printrouter/abi/{name}>" for name, _, _ in found] + ["int main(void) {"]
    for name, ids, structs in found:
        lines.append(f'  puts("[{name}]");')
        for interface in ids:
            lines.append(f'  puts("interface {interface}");')
        for struct, names in structs:
            lines.append(f'  printf("{struct} size %zu\\n", sizeof(struct {struct}));')
            for member in names:
                lines.append(f'  printf("{struct}.{member} %zu\\n", offsetof(struct {struct}, {member}));')
    lines.append("  return 0;\n}")
    with tempfile.TemporaryDirectory() as folder:
        source, program = os.path.join(folder, "layout.c"), os.path.join(folder, "layout")
        with open(source, "w", encoding="utf-8") as file:
            file.write("\n".join(lines))
        subprocess.run([compiler, "-std=c11", "-Wall", "-Werror", "-I", headers, source, "-o", program], check=True)
        return subprocess.run([program], check=True, capture_output=True, text=True).stdout


def sections(text):
    """{header: [lines]}"""
    out, current = {}, None
    for line in text.splitlines():
        if line.startswith("["):
            current = out.setdefault(line[1:-1], [])
        elif line and not line.startswith("#") and current is not None:
            current.append(line)
    return out


def released(lines):
    return any(line.startswith("interface ") and "/draft-" not in line for line in lines)


def compare(old_text, new_text):
    """(errors, warnings)"""
    old, new = sections(old_text), sections(new_text)
    any_released = any(released(lines) for lines in old.values())
    errors, warnings = [], []
    for header in sorted({*old, *new}):
        before, now = old.get(header, []), new.get(header, [])
        if before == now:
            continue
        frozen = released(before) or (header in SHARED and any_released)
        gone, fresh = [x for x in before if x not in now], [x for x in now if x not in before]
        what = "; ".join([f"was {x}" for x in gone] + [f"now {x}" for x in fresh]) or "order changed"
        (errors if frozen else warnings).append(f"{header}: {what}")
    return errors, warnings


def main():
    what, headers, table = sys.argv[1:4]
    compiler = sys.argv[4] if len(sys.argv) > 4 else "cc"
    text = ("# Layout of the plugin contract on 64-bit Linux: sizes and offsets in bytes.\n"
            "# Made by tests/unit/abi/abi_layout.py write; compared in every test run.\n"
            + measure(headers, read_headers(headers), compiler))
    if what == "write":
        with open(table, "w", encoding="utf-8") as file:
            file.write(text)
        return 0
    with open(table, encoding="utf-8") as file:
        errors, warnings = compare(file.read(), text)
    for line in warnings:
        print(f"warning: a draft has changed: {line}")
    for line in errors:
        print(f"error: a released layout has changed: {line}")
    count = text.count(" size ")
    print(f"{count} structs, {len(errors)} errors, {len(warnings)} warnings")
    if warnings and not errors:
        print("if that was meant: abi_layout.py write, and raise PR_ABI_VERSION")
    return 1 if errors or count < 30 else 0


if __name__ == "__main__":
    sys.exit(main())
