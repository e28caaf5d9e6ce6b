#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Counts what became of marked documents. Knows nothing of the router: it reads what the print clients said when they
ended, the bytes that lie at the sinks, and the list of jobs of which somebody says that they still wait.

    tally.py --clients clients.jsonl --server DIR --device DIR [--device DIR ...] [--waiting jobs.json] [--screen FILE]

Each option may come several times.

--clients   a JSON object a line: {"marker": "PRD7N012", "client": "lp", "exit": 0}; exit 0 = accepted
--server    where a print server's queue keeps what it received. It discards what breaks off.
--device    where a device keeps what it received. What breaks off is printed as far as it came.
--waiting   JSON array of jobs; one counts as listed if its state is not a final one, it has a reason, and its title
            contains the marker
--screen    what the front end showed to people: "?? ... MARKER" is a question, "!! ... MARKER" a refusal

A document carries MARKER-BEGIN at its start and MARKER-END at its end, once each. In PDF they may stand in compressed
streams, and a PDF ends only with %%EOF. A document may be wrapped, edited or compressed; other bytes do not matter.

Prints one JSON object: jobs (handed in), accepted, by_server, by_fallback, asked, refused, waiting, unknown, lost,
printed_twice, and with --details the markers of each. lost: accepted, neither complete at a sink nor listed as waiting
or unknown. printed_twice: more than one copy, where a partial copy at a device is a copy too.
Exit: 0 nothing lost and nothing printed twice, 1 otherwise, 2 wrong arguments or unreadable files.
"""

import argparse
import collections
import gzip
import json
import os
import re
import sys
import zlib

MARK = re.compile(rb"(PRD[0-9]+N[0-9]+)-(BEGIN|END)")
NAME = re.compile(r"PRD[0-9]+N[0-9]+")
STREAM = re.compile(rb"stream\r?\n(.*?)\r?\n?endstream", re.DOTALL)
FINAL = ("completed", "canceled", "aborted")
NO_DOCUMENT = (".jsonl", ".json", ".pem", ".tmp", ".ready")


def inflate(data):
    """As far as it goes: what is cut off or no zlib stream gives what came before."""
    try:
        return zlib.decompressobj().decompress(data)
    except zlib.error:
        return b""


def views(data):
    """The bytes as they are, and what is compressed in them."""
    yield data
    if data[:2] == b"\x1f\x8b":
        try:
            yield gzip.decompress(data)
        except (OSError, EOFError, zlib.error):
            yield inflate(data[10:])
    if b"%PDF-" in data:
        yield b"\n".join(inflate(stream) for stream in STREAM.findall(data))


def copies(data):
    """{marker: (complete copies, partial copies)} in the bytes of one received file."""
    begun, ended = collections.Counter(), collections.Counter()
    for view in views(data):
        counts = {b"BEGIN": collections.Counter(), b"END": collections.Counter()}
        for marker, which in MARK.findall(view):
            counts[which][marker.decode()] += 1
        for total, seen in ((begun, counts[b"BEGIN"]), (ended, counts[b"END"])):
            for marker, number in seen.items():
                total[marker] = max(total[marker], number)
    if b"%PDF-" in data:
        ends = data.count(b"%%EOF")
        for marker in ended:
            ended[marker] = min(ended[marker], ends)
    return {marker: (ended[marker], max(0, begun[marker] - ended[marker])) for marker in set(begun) | set(ended)}


def read_sink(folder):
    complete, partial = collections.Counter(), collections.Counter()
    for name in sorted(os.listdir(folder)):
        path = os.path.join(folder, name)
        if name.endswith(NO_DOCUMENT) or not os.path.isfile(path):
            continue
        with open(path, "rb") as file:
            for marker, (whole, part) in copies(file.read()).items():
                complete[marker] += whole
                partial[marker] += part
    return complete, partial


def read_clients(paths):
    handed_in, accepted = set(), set()
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for line in file:
                if line.strip():
                    entry = json.loads(line)
                    handed_in.add(entry["marker"])
                    if entry["exit"] == 0:
                        accepted.add(entry["marker"])
    return handed_in, accepted


def read_waiting(paths):
    waiting, unknown = set(), set()
    for path in paths:
        with open(path, encoding="utf-8") as file:
            for job in json.load(file):
                found = NAME.search(job.get("title", ""))
                if found and job.get("reasons") and job.get("state") not in FINAL:
                    (unknown if job["state"] == "unknown" else waiting).add(found.group(0))
    return waiting, unknown


def read_screen(paths):
    asked, refused = set(), set()
    for path in paths:
        with open(path, encoding="utf-8", errors="replace") as file:
            for line in file:
                for sign, group in (("??", asked), ("!!", refused)):
                    if line.lstrip().startswith(sign):
                        group.update(NAME.findall(line))
    return asked, refused


def tally(clients, servers, devices, waiting=(), screen=()):
    """The arguments are lists of paths."""
    handed_in, accepted = read_clients(clients)
    at_server, at_device, parts = collections.Counter(), collections.Counter(), collections.Counter()
    for folder in servers:
        at_server.update(read_sink(folder)[0])
    for folder in devices:
        complete, partial = read_sink(folder)
        at_device.update(complete)
        parts.update(partial)
    listed, unknown = read_waiting(waiting)
    asked, refused = read_screen(screen)
    everywhere = {m for sink in (at_server, at_device, parts) for m, number in sink.items() if number}
    return {
        "jobs": handed_in,
        "accepted": accepted,
        "by_server": {m for m, n in at_server.items() if n},
        "by_fallback": {m for m, n in at_device.items() if n},
        "asked": asked & handed_in,
        "refused": refused & handed_in,
        "waiting": listed & handed_in,
        "unknown": unknown & handed_in,
        "lost": {m for m in accepted if not at_server[m] and not at_device[m] and m not in listed | unknown},
        "printed_twice": {m for m in everywhere if at_server[m] + at_device[m] + parts[m] > 1},
    }


def main():
    parser = argparse.ArgumentParser(description="counts what became of marked documents")
    parser.add_argument("--clients", action="append", required=True)
    parser.add_argument("--server", action="append", default=[])
    parser.add_argument("--device", action="append", default=[])
    parser.add_argument("--waiting", action="append", default=[])
    parser.add_argument("--screen", action="append", default=[])
    parser.add_argument("--details", action="store_true")
    arguments = parser.parse_args()
    try:
        sets = tally(arguments.clients, arguments.server, arguments.device, arguments.waiting, arguments.screen)
    except (OSError, ValueError, KeyError) as problem:
        print("tally.py: %s" % problem, file=sys.stderr)
        return 2
    result = {name: len(markers) for name, markers in sets.items()}
    if arguments.details:
        result["details"] = {name: sorted(markers) for name, markers in sets.items()}
    print(json.dumps(result))
    return 1 if result["lost"] or result["printed_twice"] else 0


if __name__ == "__main__":
    sys.exit(main())
