# SPDX-License-Identifier: Apache-2.0
"""A running management server, spoken to by HTTP; each answer is held against docs/openapi/server.yaml."""

import http.client
import json
import ssl
import threading
import time
import unittest

try:
    from openapi import Description
except ImportError as missing:
    raise SystemExit("needs python3-jsonschema and python3-yaml: %s" % missing) from None

from management_server import ManagementServer
from private_postgres import Postgres
from running import wait_until

DESCRIPTION = Description("docs/openapi/server.yaml")


class Server(ManagementServer):
    def request(self, method, path, body=None, token=None, headers=(), check=True):
        """(status, answer, headers); the answer decoded if it is JSON."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
            sent = dict(headers)
            if token:
                sent["Authorization"] = "Bearer " + token
            connection.request(method, path, content, sent)
            answer = connection.getresponse()
            raw, kind = answer.read(), answer.headers.get("Content-Type", "")
        finally:
            connection.close()
        value = json.loads(raw) if kind.startswith("application/json") and raw else raw.decode(errors="replace")
        if check:
            DESCRIPTION.check(method, path, answer.status, value, kind or "application/json")
        return answer.status, value, answer.headers

    def enrol(self, host_name="pc-1", **more):
        """A desktop's key."""
        _, answer, _ = self.request("POST", "/api/v1/enrolments", dict({"token": self.token(), "host_name": host_name}, **more))
        return answer["key"]

    def administrator(self, role="admin"):
        return self.command("token", role, "--name", "test " + role).strip()

    def log(self):
        return [json.loads(line) for line in self.program.stderr().splitlines() if line.startswith("{")]


class OnBothEngines(unittest.TestCase):
    """Tests of a subclass run on SQLite; `on_postgres` makes its twin."""
    postgres = False

    def server(self, **config):
        if self.postgres:
            cluster = Postgres(self)
            if cluster is None:
                self.skipTest("PostgreSQL is not installed")
            config["database"] = cluster.uri
        server = Server(self, **config)
        server.start()
        return server


def on_postgres(cls):
    return type(cls.__name__ + "OnPostgres", (cls,), {"postgres": True, "__module__": cls.__module__})


class Events:
    """Server-sent events of a desktop, read on a thread."""

    def __init__(self, test, server, key):
        self.connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.connection.request("GET", "/api/v1/desktop/events", headers={"Authorization": "Bearer " + key})
        self.answer = self.connection.getresponse()
        self.seen, self.ended = [], threading.Event()
        self.reader = threading.Thread(target=self._read, daemon=True)
        self.reader.start()
        test.addCleanup(self.connection.close)

    def _read(self):
        kind = None
        try:
            for line in self.answer:
                text = line.decode().rstrip("\r\n")
                if text.startswith("event:"):
                    kind = text[6:].strip()
                elif text.startswith("data:"):
                    self.seen.append((kind, json.loads(text[5:]), time.monotonic()))
        except (OSError, ValueError, http.client.HTTPException):
            pass
        self.ended.set()

    def wait(self, after, seconds=10):
        """The first event later than `after` events."""
        return wait_until(lambda: self.seen[after:], seconds, "an event after %d" % after)[0]


def trusting_nobody():
    context = ssl.create_default_context()
    context.check_hostname = False
    context.verify_mode = ssl.CERT_NONE
    return context
