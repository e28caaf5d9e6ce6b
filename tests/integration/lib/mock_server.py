# SPDX-License-Identifier: Apache-2.0
"""A management server as docs/openapi/server.yaml has it, in memory, that misbehaves on demand. Standard library only.

    server = MockServer(self)                 # .port, .entry(**facts): the configuration's "server"
    server.snapshot = snapshot(devices=[...], users={...}, printer="lobby")   # .serve(...) to change it
    server.stop(); server.start()             # the same port; what it has stays
    server.swallow(1)                         # the next report is taken, its connection closed without an answer
    server.hold()                             # ... taken, and the answer waits for .release()
    server.refuse[3] = "unknown-user"         # entries it rejects, by number
    server.entries                            # {seq: entry} of the one ledger it knows; .repeats: how often one came again
    server.jobs                               # {uuid: {"user", "title", "document", "puts"}}
    server.readiness                          # bodies
Ended with the test."""

import json
import socket
import sys
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from running import held_port

TOKEN, KEY = "one-time-token", "k3y-of-this-desktop"


def snapshot(version=1, devices=(), users=None, printer=None, group=None, **fallback):
    rules = {"enabled": True, "contact": "the help desk",
             "target": {"printer": printer} if printer else {"group": group or "all"}}
    rules.update(fallback)
    return {"version": version, "as_of": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "profile": {"name": "from-the-server", "printing": {"fallback": rules}},
            "groups": {"all": [device["id"] for device in devices]}, "devices": list(devices), "users": users or {}}


class MockServer:
    def __init__(self, test, key=KEY):
        self.key = key
        self.snapshot = snapshot(printer=None)
        self.snapshot["profile"]["printing"]["fallback"] = {"enabled": False}
        self.entries, self.repeats, self.refuse, self.ledgers = {}, 0, {}, set()
        self.jobs, self.readiness, self.users_asked = {}, [], []
        self.swallowing, self.swallow_jobs = 0, 0
        self.taken = threading.Semaphore(0)  # released by each report that is taken
        self._go = threading.Event()
        self._go.set()
        self._lock = threading.Lock()
        self._server = None
        self.port = held_port(test)
        test.addCleanup(self.stop)
        self.start()

    def entry(self, **facts):
        return dict({"name": "server", "plugin": "http", "host": "127.0.0.1", "port": self.port}, **facts)

    def start(self):
        mock = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def log_message(self, *_):
                pass

            def __getattr__(self, name):
                if name.startswith("do_"):
                    return lambda: mock.handle(self)
                raise AttributeError(name)

        class Server(ThreadingHTTPServer):
            daemon_threads = True
            allow_reuse_address = True

            def handle_error(self, request, client_address):
                if not isinstance(sys.exc_info()[1], ConnectionError):  # a desktop that is killed hangs up
                    super().handle_error(request, client_address)

        self._server = Server(("127.0.0.1", self.port), Handler)
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
        self._thread.start()

    def stop(self):
        if self._server is None:
            return
        self._go.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join(10)
        self._server = None

    def swallow(self, count):
        self.swallowing = count

    def hold(self):
        self._go.clear()

    def release(self):
        self._go.set()

    def handle(self, http):
        path, _, query = http.path.partition("?")
        if path == "/health/ready":
            return self.reply(http, 200, {})
        if path == "/api/v1/enrolments":
            asked = json.loads(self.body(http))
            if asked["token"] != TOKEN:
                return self.reply(http, 403, {"error": {"code": "token-unknown", "message": "this token is not known"}})
            return self.reply(http, 201, {"desktop": "5f79d20c-b3aa-4b6e-9974-635722820f24", "key": self.key})
        if http.headers.get("Authorization") != "Bearer " + self.key:
            self.body(http)
            return self.reply(http, 401, {"error": {"code": "not-enrolled", "message": "no valid key"}})
        if path == "/api/v1/desktop/snapshot":
            return self.send_snapshot(http, query)
        if path == "/api/v1/desktop/ledger":
            return self.take_report(http, json.loads(self.body(http)))
        if path == "/api/v1/desktop/readiness":
            self.readiness.append(json.loads(self.body(http)))
            return self.reply(http, 204, None)
        if path.startswith("/api/v1/desktop/jobs/"):
            return self.job(http, path.rsplit("/", 1)[1])
        return self.reply(http, 404, {"error": {"code": "not-found", "message": path}})

    def send_snapshot(self, http, query):
        self.users_asked = [name for name in query.partition("users=")[2].split(",") if name]
        text = json.dumps(self.snapshot)
        tag = '"%d"' % (hash(text + query) & 0xffffffff)
        if http.headers.get("If-None-Match") == tag:
            return self.reply(http, 304, None, ETag=tag)
        return self.reply(http, 200, self.snapshot, ETag=tag)

    def take_report(self, http, report):
        with self._lock:
            self.ledgers.add(report["ledger"])
            rejected = []
            for entry in report["entries"]:
                seq = entry["seq"]
                if seq in self.refuse:
                    rejected.append({"seq": seq, "reason": self.refuse[seq], "text": "refused for the test"})
                elif seq in self.entries:
                    self.repeats += 1
                    if self.entries[seq] != entry:
                        rejected.append({"seq": seq, "reason": "other-content", "text": "differs"})
                else:
                    self.entries[seq] = entry
            ranges = []
            for seq in sorted(self.entries):
                if ranges and ranges[-1][1] == seq - 1:
                    ranges[-1][1] = seq
                else:
                    ranges.append([seq, seq])
        self.taken.release()
        self._go.wait(60)
        if self.swallowing > 0:
            self.swallowing -= 1
            return self.hang_up(http)
        return self.reply(http, 200, {"acknowledged": ranges, "rejected": rejected})

    def job(self, http, uuid):
        known = self.jobs.get(uuid)
        if http.command == "PUT":
            asked = json.loads(http.headers["Printrouter-Job"])
            document = self.body(http)
            fresh = known is None
            if fresh:
                known = self.jobs[uuid] = dict(asked, uuid=uuid, document=document, puts=0)
            known["puts"] += 1
            if self.swallow_jobs > 0:
                self.swallow_jobs -= 1
                return self.hang_up(http)
            return self.reply(http, 201 if fresh else 200, self.view(known))
        if known is None:
            return self.reply(http, 404, {"error": {"code": "not-found", "message": uuid}})
        if http.command == "DELETE":
            known["state"] = "voided"
        return self.reply(http, 200, self.view(known))

    @staticmethod
    def view(job):
        return {"uuid": job["uuid"], "state": job.get("state", "pending"), "size": len(job["document"])}

    @staticmethod
    def body(http):
        if http.headers.get("Transfer-Encoding") != "chunked":
            return http.rfile.read(int(http.headers.get("Content-Length") or 0))
        out = b""
        while True:
            size = int(http.rfile.readline(), 16)
            out += http.rfile.read(size)
            http.rfile.readline()
            if size == 0:
                return out

    @staticmethod
    def hang_up(http):
        http.close_connection = True
        http.connection.shutdown(socket.SHUT_RDWR)

    @staticmethod
    def reply(http, status, value, **fields):
        body = b"" if value is None else json.dumps(value).encode()
        http.send_response(status)
        for name, text in fields.items():
            http.send_header(name, text)
        if status not in (204, 304):
            http.send_header("Content-Type", "application/json")
            http.send_header("Content-Length", str(len(body)))
        http.end_headers()
        http.wfile.write(body)
