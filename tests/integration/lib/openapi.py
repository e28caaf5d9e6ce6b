# SPDX-License-Identifier: Apache-2.0
"""An OpenAPI file as the measure of a running server: each answer is held against the schema given for it.

    description = Description("docs/openapi/server.yaml")
    description.check("GET", "/v1/jobs?all=true", 200, answer)     # raises where it is not as described
    description.unused                                             # {(method, path)} that no check has met
    description.lint()                                             # what is wrong with the file itself
"""

import jsonschema
import yaml
from running import source

METHODS = ("get", "post", "put", "delete", "patch")


class Description:
    """The OpenAPI file, its references resolved."""

    def __init__(self, path):
        with open(source(path), encoding="utf-8") as text:
            self.document = yaml.safe_load(text)
        self.unused = {(method.upper(), path) for path, item in self.document["paths"].items() for method in item if method in METHODS}
        self.every = set(self.unused)

    def resolve(self, value):
        if isinstance(value, dict):
            if "$ref" in value:
                target = self.document
                for part in value["$ref"].lstrip("#/").split("/"):
                    target = target[part]
                return self.resolve(target)
            return {key: self.resolve(item) for key, item in value.items()}
        if isinstance(value, list):
            return [self.resolve(item) for item in value]
        return value

    def template_of(self, method, path):
        words = path.split("?")[0].split("/")
        for used, template in sorted(self.every):
            parts = template.split("/")
            if used == method and len(parts) == len(words) and all(
                    part == word or part.startswith("{") for part, word in zip(parts, words)):
                return template
        raise AssertionError("%s %s is not described" % (method, path))

    def check(self, method, path, status, body, content_type="application/json"):
        template = self.template_of(method, path)
        self.unused.discard((method, template))
        described = self.document["paths"][template][method.lower()]["responses"]
        if str(status) not in described:
            raise AssertionError("%s %s answers %d, which is not described (%s): %s" % (method, path, status,
                                                                                      ", ".join(described), body))
        contents = self.resolve(described[str(status)]).get("content", {})
        if not contents:
            if body:
                raise AssertionError("%s %s answers a body, which is not described: %s" % (method, path, body))
            return
        kind = content_type.split(";")[0]
        if kind not in contents:
            raise AssertionError("%s %s answers %s, which is not described" % (method, path, kind))
        if kind == "application/json" and "schema" in contents[kind]:
            jsonschema.Draft202012Validator(contents[kind]["schema"]).validate(body)

    def lint(self):
        """What OpenAPI 3.1 asks of the file, as far as no schema says it."""
        wrong, names = [], {}
        if not str(self.document.get("openapi", "")).startswith("3.1."):
            wrong.append("openapi: is not 3.1")
        self.resolve(self.document["paths"])  # raises where a reference leads nowhere
        for path, item in self.document["paths"].items():
            templates = {word[1:-1] for word in path.split("/") if word.startswith("{")}
            for method in (m for m in item if m in METHODS):
                operation, place = item[method], "%s %s" % (method.upper(), path)
                name = operation.get("operationId")
                if not name or name in names:
                    wrong.append("%s: operationId missing or that of %s" % (place, names.get(name)))
                names[name] = place
                parameters = self.resolve(item.get("parameters", []) + operation.get("parameters", []))
                if {p["name"] for p in parameters if p["in"] == "path"} != templates:
                    wrong.append("%s: path parameters do not fit the path" % place)
                if not operation.get("responses"):
                    wrong.append("%s: no responses" % place)
                for status, response in self.resolve(operation.get("responses", {})).items():
                    if "description" not in response:
                        wrong.append("%s: response %s has no description" % (place, status))
                    for content in response.get("content", {}).values():
                        if "schema" in content:
                            jsonschema.Draft202012Validator.check_schema(content["schema"])
        return wrong
