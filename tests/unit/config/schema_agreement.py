#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""The published schemas judge tests/unit/config/cases.json as the daemon's own validator does (config_test.cpp), and
accept every sample configuration. Usage: schema_agreement.py SOURCE_FOLDER"""
import json
import pathlib
import sys

import jsonschema

root = pathlib.Path(sys.argv[1])
schemas = root / "docs" / "schema"
profile = json.loads((schemas / "configuration-profile.schema.json").read_text())
text = (schemas / "desktop.schema.json").read_text()
reference = '"$ref": "configuration-profile.schema.json"'
assert text.count(reference) == 1, "desktop.schema.json refers to the profile's schema once"
desktop = json.loads(text)
# Put in place, so that no version of jsonschema has to look for a file.
for branch in desktop["properties"]["profile"]["anyOf"]:
    if branch.get("$ref") == "configuration-profile.schema.json":
        branch.clear()
        branch.update(profile)

checker = jsonschema.Draft202012Validator
server = json.loads((schemas / "server.schema.json").read_text())
for schema in (profile, desktop, server):
    checker.check_schema(schema)
validate = checker(desktop)

failures = []
cases = json.loads((root / "tests/unit/config/cases.json").read_text())
assert len(cases) > 50
for case in cases:
    errors = [e.message for e in validate.iter_errors(case["config"])]
    if case["valid"] and errors:
        failures.append(f"{case['name']}: should be valid: {errors[0]}")
    if not case["valid"] and not errors:
        failures.append(f"{case['name']}: should be refused")

samples = sorted((root / "samples/configs").glob("*.json"))
for sample in samples:
    if sample.name in ("balances.json", "prices.json"):
        continue
    judge = checker(profile) if sample.name.endswith(".profile.json") else checker(server) if sample.name == "server.json" else validate
    for error in judge.iter_errors(json.loads(sample.read_text())):
        failures.append(f"{sample.name}: {error.json_path}: {error.message}")

for failure in failures:
    print(failure)
print(f"{len(cases)} cases, {len(samples)} samples, {len(failures)} failures")
sys.exit(1 if failures else 0)
