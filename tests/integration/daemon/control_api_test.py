# SPDX-License-Identifier: Apache-2.0
"""The control API against its own description: every path and method of docs/openapi/control.yaml is used, and each answer
is held against the schema that the file gives for it."""

import json
import os
import subprocess
import threading
import unittest

try:
    from openapi import Description
except ImportError as missing:
    raise SystemExit("needs python3-jsonschema and python3-yaml: %s" % missing) from None

from router import Router, accounts, as_user, entry, upstream
from running import Device, Pages, wait_until

PS = ["application/postscript"]


class Api(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.description = Description("docs/openapi/control.yaml")
        cls.server = Device(cls, "--server", "--port", "ipp:0", "--no-snmp", "--count", "none")
        cls.devices = [Device(cls, "--port", "raw:0", "--no-snmp", "--count", "none") for _ in range(2)]
        cls.server.fault("refuse")
        cls.router = Router(cls, server=upstream(cls.server, "ipp-1", formats=PS),
                            devices=[entry("lobby", cls.devices[0], "raw-1", name="Lobby", place="ground floor"),
                                     entry("attic", cls.devices[1], "raw-1", name="Attic", place="under the roof")],
                            fallback={})
        cls.router.wait_server("down")

    addCleanup = classmethod(lambda cls, *words, **named: cls.addClassCleanup(*words, **named))

    def call(self, method, path, body=None, expect=None, **named):
        status, answer = self.router.http(method, path, body, **named)
        if expect is not None:
            self.assertEqual(status, expect, answer)
        self.description.check(method, path, status, answer)
        return answer

    def submit(self, user=None, query="?title=letter"):
        return self.call("POST", "/v1/jobs" + query, Pages(1), 201, headers=("Content-Type: application/postscript",), user=user)

    def test_every_path_and_method(self):
        call = self.call
        call("GET", "/v1/status", expect=200)
        job = self.submit()["id"]
        self.router.wait_job(lambda now: now["id"] == job and now["state"] == "held")
        self.assertIn(job, [one["id"] for one in call("GET", "/v1/jobs", expect=200)])
        call("GET", "/v1/jobs?all=true", expect=200)
        call("GET", "/v1/jobs/%d" % job, expect=200)
        call("GET", "/v1/jobs/99999", expect=404)
        for language in ("en", "de"):
            self.assertTrue(call("GET", "/v1/jobs/%d/explain?lang=%s" % (job, language), expect=200)["text"])
        call("GET", "/v1/jobs/99999/explain", expect=404)
        question = call("GET", "/v1/questions", expect=200)[-1]
        self.assertEqual({choice["device"] for choice in question["choices"]}, {"lobby", "attic"})
        call("GET", "/v1/questions/" + question["id"], expect=200)
        call("GET", "/v1/questions/nonsense", expect=404)
        call("POST", "/v1/questions/%s/answer" % question["id"], {"device": "elsewhere"}, 400)
        call("POST", "/v1/questions/%s/answer" % question["id"], {}, 400)
        call("POST", "/v1/questions/%s/answer" % question["id"], {"device": "attic"}, 200)
        again = call("POST", "/v1/questions/%s/answer" % question["id"], {"device": "lobby"}, 409)
        self.assertIn("attic", again["error"]["en"])
        self.router.wait_job(lambda now: now["id"] == job)
        for action, body in (("release", {"device": "lobby"}), ("wait", {}), ("cancel", {}), ("retry", {}),
                             ("settle", {"result": "printed"})):
            call("POST", "/v1/jobs/%d/%s" % (job, action), body, 409)
            call("POST", "/v1/jobs/99999/" + action, body, 404)
        fresh = accounts(6)[4:] if os.geteuid() == 0 else [None, None]
        second = self.submit(fresh[0])["id"]
        call("POST", "/v1/jobs/%d/wait" % second, {}, 200)
        call("POST", "/v1/jobs/%d/retry" % second, {}, 200)
        call("POST", "/v1/jobs/%d/release" % second, {"device": "lobby"}, 200)
        self.router.wait_job(lambda now: now["id"] == second)
        third = self.submit(fresh[1])["id"]
        call("POST", "/v1/jobs/%d/cancel" % third, {}, 200)
        call("GET", "/v1/notifications", expect=200)
        self.assertEqual([d["id"] for d in call("GET", "/v1/devices?filter=roof", expect=200)], ["attic"])
        call("GET", "/v1/devices?filter=%22unclosed", expect=400)
        call("GET", "/v1/check/fallback", expect=200)
        call("GET", "/v1/check/fallback?probe=false&lang=de", expect=200)
        call("POST", "/v1/history/import", b"user,device,last_used\nanna,attic,2026-11-01\n", 200, headers=("Content-Type: text/plain",))
        call("POST", "/v1/history/import?name=broken.csv", b"user,device,last_used\nanna\n", 400, headers=("Content-Type: text/plain",))
        self.assertTrue(call("GET", "/v1/ledger", expect=200))
        self.assertTrue(call("GET", "/v1/ledger/verify", expect=200)["ok"])
        self.assertEqual([entry["seq"] for entry in call("GET", "/v1/ledger?from=2&limit=1", expect=200)], [2])
        self.assertEqual(call("GET", "/v1/ledger?rejected=true", expect=200), [])
        call("GET", "/v1/ledger?limit=0", expect=400)
        # This server takes no reports: nobody can have refused anything.
        call("POST", "/v1/ledger/resend", {}, 409)
        call("POST", "/v1/ledger/1/resend", {}, 409)
        call("POST", "/v1/ledger/1/correct", {"user": "anna"}, 409)
        call("POST", "/v1/ledger/1/correct", {"pages_mono": -1}, 400)
        call("POST", "/v1/enrol", {"token": "guessed"}, 409)
        call("POST", "/v1/enrol", {}, 400)
        call("GET", "/v1/plugins", expect=200)
        call("GET", "/v1/doctor", expect=200)
        call("POST", "/v1/reload", {}, 200)
        self.description.unused.discard(("GET", "/v1/events"))  # the next tests live on it
        self.assertEqual(self.description.unused, set())

    def test_errors_speak_two_languages_and_name_the_field(self):
        error = self.call("POST", "/v1/jobs/%d/settle" % self.submit()["id"], {"result": "maybe"}, 400)["error"]
        self.assertEqual(error["field"], "result")
        self.assertNotEqual(error["en"], error["de"])
        status, answer = self.router.http("GET", "/nonsense")
        self.assertEqual((status, answer["error"]["code"]), (404, "not-found"))
        status, answer = self.router.http("POST", "/v1/jobs/1/cancel", b"no json")
        self.assertEqual(status, 400)

    def test_who_sees_what(self):
        anna, ben = accounts(4)[2:]  # who have used no printer yet
        mine = self.submit(user=anna)["id"]
        self.assertEqual([job["id"] for job in self.call("GET", "/v1/jobs", expect=200, user=anna)], [mine])
        self.assertEqual(self.call("GET", "/v1/jobs", expect=200, user=ben), [])
        question = self.router.wait_question(mine, user=anna)
        self.assertEqual(self.call("GET", "/v1/questions", expect=200, user=ben), [])
        self.call("GET", "/v1/questions/" + question["id"], expect=404, user=ben)
        self.call("POST", "/v1/questions/%s/answer" % question["id"], {"device": "lobby"}, 404, user=ben)
        for action, body in (("release", {"device": "lobby"}), ("wait", {}), ("cancel", {}), ("retry", {}),
                             ("settle", {"result": "printed"})):
            self.call("POST", "/v1/jobs/%d/%s" % (mine, action), body, 404, user=ben)
        self.assertEqual(self.call("GET", "/v1/notifications", expect=200, user=ben), [])
        for method, path in (("GET", "/v1/ledger"), ("GET", "/v1/ledger/verify"), ("POST", "/v1/reload"),
                             ("POST", "/v1/history/import"), ("GET", "/v1/check/fallback?user=root")):
            self.call(method, path, {} if method == "POST" else None, 403, user=ben)
        self.assertIn(mine, [job["id"] for job in self.call("GET", "/v1/jobs", expect=200)])  # an administrator sees all
        self.call("POST", "/v1/jobs/%d/cancel" % mine, {}, 200)

    def test_a_late_front_end_misses_nothing(self):
        anna, ben = accounts(2)
        mine = self.submit(user=anna)["id"]
        question = self.router.wait_question(mine, user=anna)
        late = Events(self, self.router, "?replay=true", anna)
        late.wait("ready")
        self.assertIn(question["id"], [data["id"] for kind, data in late.seen if kind == "question"])
        self.assertIn(mine, [data["job"] for kind, data in late.seen if kind == "notification"])
        self.assertEqual([data["state"] for kind, data in late.seen if kind == "server"], ["down"])
        other = Events(self, self.router, "?replay=true", ben)
        other.wait("ready")
        self.assertEqual([kind for kind, _ in other.seen if kind in ("question", "notification", "job")], [])
        from_now = Events(self, self.router, "", anna)
        from_now.wait("ready")
        self.assertEqual([kind for kind, _ in from_now.seen], ["ready"])
        self.router.http("POST", "/v1/questions/%s/answer" % question["id"], {"device": "attic"}, user=anna)
        for stream in (late, from_now):
            stream.wait("question", lambda data: data["id"] == question["id"] and data["state"] == "answered")
            stream.wait("job", lambda data: data["id"] == mine and data["state"] == "completed")
            stream.wait("notification", lambda data: data["job"] == mine and data["kind"] == "printed")
        self.assertEqual([kind for kind, _ in other.seen if kind in ("question", "notification", "job")], [])
        last = late.last_id
        self.assertTrue(last)
        resumed = Events(self, self.router, "", anna, last)
        resumed.wait("ready")
        self.assertEqual([data for kind, data in resumed.seen if kind == "notification"], [])


class Events:
    """Server-sent events, read by curl."""

    def __init__(self, test, router, query, user=None, last_id=None):
        argv = ["curl", "-sSN", "--unix-socket", router.socket, "http://localhost/v1/events" + query]
        if last_id:
            argv += ["-H", "Last-Event-ID: " + last_id]
        self._process = subprocess.Popen(as_user(user, argv), stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self.seen, self.last_id = [], None
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        test.addCleanup(self.close)

    def _read(self):
        kind, data = None, []
        for line in self._process.stdout:
            text = line.decode().rstrip("\r\n")
            if text.startswith("event:"):
                kind = text[6:].strip()
            elif text.startswith("data:"):
                data.append(text[5:].strip())
            elif text.startswith("id:"):
                self.last_id = text[3:].strip()
            elif not text and kind:
                self.seen.append((kind, json.loads("\n".join(data) or "{}")))
                kind, data = None, []

    def wait(self, kind, predicate=lambda data: True, seconds=10):
        return wait_until(lambda: [data for one, data in list(self.seen) if one == kind and predicate(data)], seconds,
                          "event %s; there were %s" % (kind, [one for one, _ in self.seen]))

    def close(self):
        self._process.terminate()
        self._process.wait(10)
        self._reader.join(2)
        self._process.stdout.close()


if __name__ == "__main__":
    unittest.main()
