#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The published schema and the loader agree on which manifests are valid.

usage: schema_test.py SCAN_PROGRAM SCHEMA
"""
import copy
import json
import os
import subprocess
import sys
import tempfile

import jsonschema

GOOD = {
    "id": "raw", "version": "1.0.0", "abi": {"min": 1, "max": 1}, "provides": ["printrouter.protocol/draft-1"],
    "permissions": ["secrets:upstream"], "library": "raw.so", "sha256": "a" * 64, "description": "words",
    "license": "Apache-2.0"}
ABSENT = object()
VALUES = [ABSENT, None, "", "x y", "Upper", "ok", "a" * 65, "a" * 64, 0, 1, -1, 1.5, 2**32, True, [], {}, ["ok"],
          ["secrets:x"], ["secrets:x", "secrets:x"], ["secrets:"], ["a/b"], ["a/b", "a/b"], ["/b"], ["a/B"], "../x",
          ".x", "x/y", "x\\y", "x\ny", "\u00e4", "z" * 2000, {"min": 1, "max": 1}, {"min": 1}, {"min": 1, "max": 1, "x": 1}]


def variants():
    yield GOOD
    for field in [*GOOD, "unknown"]:
        for value in VALUES:
            manifest = copy.deepcopy(GOOD)
            if value is ABSENT:
                manifest.pop(field, None)
            else:
                manifest[field] = value
            yield manifest


def main():
    program, schema_file = sys.argv[1:]
    with open(schema_file) as file:
        schema = json.load(file)
    jsonschema.Draft7Validator.check_schema(schema)
    validator = jsonschema.Draft7Validator(schema)
    failures = 0
    with tempfile.TemporaryDirectory() as top:
        paths, expected = [], {}
        for number, manifest in enumerate(variants()):
            folder = os.path.join(top, str(number))
            os.mkdir(folder)
            # A file is named after its plugin, which the schema cannot know.
            name = manifest.get("id")
            if not isinstance(name, str) or not name or "/" in name or len(name) > 200:
                name = "raw"
            path = os.path.join(folder, name + ".plugin.json")
            with open(path, "w") as file:
                json.dump(manifest, file)
            paths.append(path)
            expected[path] = (validator.is_valid(manifest), manifest)
        done = subprocess.run([program, "--json", *paths], capture_output=True, text=True, timeout=60)
        for plugin in json.loads(done.stdout):
            findings = [f["id"] for f in plugin["findings"]]
            valid, manifest = expected[plugin["manifest"]]
            if valid == ("manifest-invalid" in findings):
                failures += 1
                print(f"FAIL  schema says {'valid' if valid else 'invalid'}, loader {plugin['findings']}: {manifest}")
    count = sum(valid for valid, _ in expected.values())
    print(f"{len(expected)} manifests, {count} valid, {failures} disagreements")
    return 1 if failures or count < 3 else 0


sys.exit(main())
