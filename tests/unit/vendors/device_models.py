#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Every model file obeys the schema, and every negative fixture breaks it.

device_models.py VENDORS FIXTURES   (models of the sample packs, ../samples/vendor-*, are checked too)

A fixture is a model file that must fail; its "expect" (stripped before validation) is a part of the message that
must come. Exit 0: all as it should be. 1: not. Needs python3-jsonschema."""
import json
import pathlib
import sys

import jsonschema


def errors_of(validator, document):
    """All messages, those inside anyOf and allOf included."""
    found = []

    def walk(error):
        found.append(f"{'/'.join(map(str, error.absolute_path))}: {error.message}")
        for inner in error.context or []:
            walk(inner)

    for error in validator.iter_errors(document):
        walk(error)
    return found


def main():
    vendors, fixtures = map(pathlib.Path, sys.argv[1:3])
    schema = json.loads((vendors / "schema/device-model.schema.json").read_text())
    jsonschema.Draft202012Validator.check_schema(schema)
    validator = jsonschema.Draft202012Validator(schema)
    wrong = 0

    models = sorted(vendors.glob("*/devices/*.json")) + sorted(vendors.parent.glob("samples/vendor-*/devices/*.json"))
    names = {}
    for path in models:
        document = json.loads(path.read_text())
        for message in errors_of(validator, document):
            print(f"{path}: {message}")
            wrong += 1
        key = (document["maker"], document["model"])
        if key in names:
            print(f"{path}: {key} is described in {names[key]} too")
            wrong += 1
        names[key] = path
        schema_path = (path.parent / document["$schema"]).resolve()
        if schema_path != (vendors / "schema/device-model.schema.json").resolve():
            print(f"{path}: $schema does not point at the schema")
            wrong += 1
    if len(models) < 3:
        print(f"only {len(models)} model files found under {vendors}")
        wrong += 1

    negative = sorted(fixtures.glob("*.json"))
    for path in negative:
        document = json.loads(path.read_text())
        expect = document.pop("expect")
        messages = errors_of(validator, document)
        if not any(expect in message for message in messages):
            print(f"{path}: should fail with \"{expect}\", got {messages or 'no error'}")
            wrong += 1
    if len(negative) < 8:
        print(f"only {len(negative)} negative fixtures found under {fixtures}")
        wrong += 1

    print(f"{len(models)} model files, {len(negative)} negative fixtures, {wrong} wrong")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
