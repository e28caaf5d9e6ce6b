# SPDX-License-Identifier: Apache-2.0
"""What a fleet's event streams cost the management server, and how long a change takes to reach them all.

    streams.py [--streams 10000] [--tls] [--build FOLDER]

Desktops enrol, four streams each; one line of JSON: memory a stream (server, resident), seconds to open them all, and from a
changed profile to the first and the last desktop that was told. Exit code 1: a stream was refused or not told."""

import argparse
import asyncio
import json
import os
import resource
import ssl
import sys
import time
import unittest
import urllib.request

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "integration", "lib"))

ARGUMENTS = None
PROFILE = {"printing": {"fallback": {"enabled": False, "contact": "desk 17"}}}


def resident_kib(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as status:
        for line in status:
            if line.startswith("VmRSS:"):
                return int(line.split()[1])


class Streams(unittest.TestCase):
    def call(self, method, path, body, token=""):
        request = urllib.request.Request("%s://127.0.0.1:%d/api/v1/%s" % (self.scheme, self.server.port, path), json.dumps(body).encode(),
                                         {"Content-Type": "application/json", "Authorization": "Bearer " + token}, method=method)
        with urllib.request.urlopen(request, timeout=60, context=self.context) as answer:
            return json.load(answer)

    async def open_one(self, key):
        async with self.gate:
            reader, writer = await asyncio.open_connection("127.0.0.1", self.server.port, ssl=self.context)
            writer.write(b"GET /api/v1/desktop/events HTTP/1.1\r\nHost: server\r\nAuthorization: Bearer " + key.encode() + b"\r\n\r\n")
            head = await reader.readuntil(b"\r\n\r\n")
            self.assertIn(b" 200 ", head)
            await reader.readuntil(b"\n\n")
        return reader, writer

    async def told(self, stream):
        while b"event: snapshot" not in await stream[0].readuntil(b"\n\n"):
            pass
        return time.monotonic()

    async def measure(self, keys):
        self.gate = asyncio.Semaphore(200)
        pid = self.server.program.pid
        before, began = resident_kib(pid), time.monotonic()
        streams = await asyncio.gather(*[self.open_one(key) for key in keys])
        opened = time.monotonic() - began
        after = resident_kib(pid)
        waiting = [asyncio.create_task(self.told(stream)) for stream in streams]
        changed = time.monotonic()
        await asyncio.get_running_loop().run_in_executor(None, self.call, "PUT", "profiles/office", PROFILE, self.admin)
        times = sorted(await asyncio.wait_for(asyncio.gather(*waiting), 60))
        print(json.dumps({"streams": len(streams), "tls": ARGUMENTS.tls, "opened_in_s": round(opened, 1),
                          "server_kib_a_stream": round((after - before) / len(streams), 1), "server_mib": round(after / 1024, 1),
                          "first_told_s": round(times[0] - changed, 2), "all_told_s": round(times[-1] - changed, 2)}), flush=True)
        for _, writer in streams:
            writer.transport.abort()

    def test_streams(self):
        from authority import Authority
        from management_server import ManagementServer
        tls = Authority(self).issue() if ARGUMENTS.tls else None
        self.scheme, self.context = "http", None
        if tls:
            self.scheme, self.context = "https", ssl._create_unverified_context()  # pylint: disable=protected-access
        self.server = ManagementServer(self, tls=tls, log={"level": "warn"})
        token = self.server.command("token", "fleet", "--expires", "1d", "--range", "127.0.0.0/8", "--label", "bench").strip()
        self.admin = self.server.command("token", "admin", "--name", "bench").strip()
        self.server.start()
        keys = []
        while len(keys) < ARGUMENTS.streams:
            key = self.call("POST", "enrolments", {"token": token, "host_name": "pc-%d" % len(keys)})["key"]
            keys += [key] * min(4, ARGUMENTS.streams - len(keys))
        asyncio.run(self.measure(keys))


def main():
    global ARGUMENTS
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--streams", type=int, default=10_000)
    parser.add_argument("--tls", action="store_true")
    parser.add_argument("--build", help="build folder; default: PRINTROUTER_BIN's, else build/release")
    ARGUMENTS = parser.parse_args()
    if ARGUMENTS.build:
        os.environ["PRINTROUTER_BIN"] = os.path.join(ARGUMENTS.build, "bin")
    os.environ.setdefault("PRINTROUTER_SOURCE", os.path.abspath(os.path.join(HERE, "..", "..", "..")))
    os.environ.setdefault("PRINTROUTER_BIN", os.path.join(os.environ["PRINTROUTER_SOURCE"], "build", "release", "bin"))
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, max(soft, ARGUMENTS.streams + 1000)), hard))
    result = unittest.TextTestRunner(verbosity=1).run(unittest.TestSuite([Streams("test_streams")]))
    return 0 if result.wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
