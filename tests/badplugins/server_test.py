#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""A plugin that passes the scan and hangs at work, in the management server: the watchdog ends the process, the next start
leaves the plugin out, no job is lost, and none is printed twice. Environment as for daemon_test.py."""
import http.client
import json
import os
import time
import unittest
import uuid

from daemon_test import CORPUS, PLUGINS, Sink
from management_server import ManagementServer
from running import wait_until

CULPRIT = "late-call-timeout"


class Server(ManagementServer):
    def call(self, method, path, body, token, expect=(200, 201), **headers):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        try:
            connection.request(method, path, body if isinstance(body, bytes) or body is None else json.dumps(body),
                               dict({"Authorization": "Bearer " + token}, **headers))
            answer = connection.getresponse()
            text = answer.read()
        finally:
            connection.close()
        if answer.status not in expect:
            raise AssertionError((answer.status, text))
        return json.loads(text)


class BadPluginInServer(unittest.TestCase):
    def test_endless_loop_in_a_call(self):
        sink, server = Sink(self), Server(self, plugins={"folders": [PLUGINS, os.path.join(CORPUS, CULPRIT)]})
        server.set("printers", "lobby", {"address": "127.0.0.1", "settings": {"unknown-id-jobs": "permit"},
                                         "ports": [{"protocol": "raw", "port": sink.port, "class": "plain"}]})
        admin, token = server.command("token", "admin", "--name", "test").strip(), server.token()
        server.start()
        key = server.call("POST", "/api/v1/enrolments", {"token": token, "host_name": "pc"}, "")["key"]
        jobs = {}

        def put(title):
            job = jobs[title] = str(uuid.uuid4())
            about = {"user": "anna", "user_evidence": "owner", "title": title, "attempt": 1, "device": "lobby"}
            server.call("PUT", "/api/v1/desktop/jobs/" + job, f"%!PS\n% {title}\nshowpage\n".encode(), key,
                        **{"Printrouter-Job": json.dumps(about)})

        def state(title):
            return server.call("GET", "/api/v1/jobs/" + jobs[title], None, admin)["state"]
        put("good 1")
        wait_until(lambda: state("good 1") == "completed", 20, "the first job is printed")
        put("fault")
        put("good 2")
        wait_until(lambda: server.program.returncode is not None, 20, "the watchdog ends the server")
        began = time.monotonic()
        server.start()
        print("back after %.0f ms" % (1000 * (time.monotonic() - began)))
        wait_until(lambda: state("good 2") == "completed", 20, "the job behind it is printed")
        self.assertIn("call-timeout", server.program.stderr())
        # Bytes may have left: a person is asked. Whatever lies at the printer lies there once.
        self.assertEqual(state("fault"), "unknown")
        for title in jobs:
            self.assertLessEqual(sum(f"% {title}\n".encode() in document for document in sink.documents), 1, title)
        put("good 3")
        wait_until(lambda: state("good 3") == "completed", 20, "work goes on")


if __name__ == "__main__":
    unittest.main()
