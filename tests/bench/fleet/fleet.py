# SPDX-License-Identifier: Apache-2.0
"""A fleet of desktops comes back after an outage: how fast their claims are booked, and what the database itself could do.

    fleet.py [--desktops 10000] [--claims 20] [--connections 500] [--stored 10000] [--engine sqlite|postgresql] [--build FOLDER]

Desktops enrol, the server goes away, comes back, and all report at once, a tenth of them twice. Each engine: claims a second
against the multi-row insert ceiling of the same run (as many rows a commit), what a booking writes, the server's memory at its
highest, and whether every claim is there, booked, and once. --stored: bookings that are in the store before. Exit code 1: a
claim is missing or double, or a desktop got no answer."""

import argparse
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
import unittest

HERE = os.path.dirname(os.path.abspath(__file__))
sys.path.insert(0, os.path.join(HERE, "..", "..", "integration", "lib"))

ARGUMENTS = None

# A stored booking is a copy of a real one: other key, other job, older, on any of the devices. {n} counts, {id} is twelve digits.
STORED = """WITH RECURSIVE many(n) AS (SELECT {first} UNION ALL SELECT n + 1 FROM many WHERE n < {last})
INSERT INTO bookings (key, kind, device, job, attempt, match_user, printed, due, status, listed, username, booked, mono, color,
                      sheets, pages, price, currency, received, body)
SELECT replace(b.key, substr(b.job, 25), {id}), b.kind, 'device' || (n % 500), substr(b.job, 1, 24) || {id}, b.attempt,
       b.match_user, b.printed - n * 5000, 0, b.status, 0, b.username, b.booked, b.mono, b.color, b.sheets, b.pages, b.price,
       b.currency, b.received, replace(b.body, substr(b.job, 25), {id})
FROM many, (SELECT * FROM bookings WHERE kind = 'job' ORDER BY key LIMIT 1) b"""
STORED_ID = {"sqlite": "printf('%012d', n)", "postgresql": "lpad(n::text, 12, '0')"}


def bench(name):
    folder = os.path.join(os.path.dirname(os.path.abspath(os.environ["PRINTROUTER_BIN"])), "bench")
    return os.path.join(folder, name)


def clients(*words, stdin=None):
    return subprocess.Popen([bench("bench_fleet_clients"), *[str(word) for word in words]], stdin=stdin, stdout=subprocess.PIPE,
                            text=True)


def line_of(process):
    text = process.stdout.readline()
    if not text:
        raise SystemExit("bench_fleet_clients ended with %s" % process.wait())
    return json.loads(text)


def memory_mib(pid):
    with open("/proc/%d/status" % pid, encoding="ascii") as status:
        for line in status:
            if line.startswith("VmHWM:"):
                return int(line.split()[1]) / 1024


class Store:
    """The server's database, by its own client."""

    def __init__(self, test, engine, folder):
        self.engine = engine
        self.cluster = None
        if engine == "postgresql":
            from private_postgres import Cluster, programs
            if programs() is None:
                raise unittest.SkipTest("no PostgreSQL here")
            self.cluster = Cluster(fsync=True)
            test.addCleanup(self.cluster.stop)
            self.database = self.cluster.uri
        else:
            self.database = os.path.join(folder, "server.db")

    def run(self, sql):
        if self.cluster:
            done = subprocess.run(["psql", "-X", "-q", "-t", "-A", "-F", "|", self.database, "-c", sql], check=True,
                                  capture_output=True, text=True)
            return [line.split("|") for line in done.stdout.splitlines()]
        store = sqlite3.connect(self.database, timeout=60)
        store.execute("PRAGMA cache_size = -1000000")  # KiB: millions of stored rows are laid in beforehand
        try:
            with store:
                return store.execute(sql).fetchall()
        finally:
            store.close()

    def number(self, sql):
        return int(self.run(sql)[0][0])

    def preload(self, count):
        for first in range(1, count + 1, 250_000):
            self.run(STORED.format(first=first, last=min(count, first + 249_999), id=STORED_ID[self.engine]))
        if self.cluster:  # it does so by itself, in time
            self.run("ANALYZE")

    def size(self):
        """Bytes of tables and indexes, and of what is written ahead."""
        if self.cluster:
            return self.number("SELECT pg_database_size(current_database())")
        return sum(os.path.getsize(self.database + end) for end in ("", "-wal") if os.path.exists(self.database + end))


class Fleet(unittest.TestCase):
    def measure(self, engine):
        from management_server import ManagementServer
        a = ARGUMENTS
        folder = tempfile.mkdtemp(prefix="printrouter-fleet-")
        self.addCleanup(shutil.rmtree, folder, ignore_errors=True)
        store = Store(self, engine, folder)
        server = ManagementServer(self, database=store.database, log={"level": "warn"})
        token = server.command("token", "fleet", "--expires", "1d", "--range", "127.0.0.0/8", "--label", "bench").strip()
        auditor = server.command("token", "auditor", "--name", "bench").strip()
        server.start()

        # One desktop first: its bookings are what the stored ones are copies of.
        if a.stored:
            first = clients("--port", server.port, "--token", token, "--first", 10**9, "--desktops", 1, "--claims", 1, "--connections", 1,
                            stdin=subprocess.PIPE)
            line_of(first)
            first.communicate("go\n")
            self.assertEqual(first.returncode, 0)
            server.stop()
            store.preload(a.stored)
            server.start()
        before = {table: store.number("SELECT COUNT(*) FROM " + table) for table in ("ledger_entries", "bookings", "history")}
        size = store.size()

        fleet = clients("--port", server.port, "--token", token, "--desktops", a.desktops, "--claims", a.claims,
                        "--connections", a.connections, stdin=subprocess.PIPE)
        enrolled = line_of(fleet)
        server.stop()
        server.start()
        fleet.stdin.write("go\n")
        fleet.stdin.flush()
        result = line_of(fleet)
        fleet.stdin.close()
        fleet.stdout.close()
        self.assertIn(fleet.wait(), (0, 1))
        memory = memory_mib(server.program.pid)
        figures = self.figures(server, auditor)
        server.stop()

        claims = a.desktops * a.claims
        written = {table: store.number("SELECT COUNT(*) FROM " + table) - before[table] for table in before}
        booked = store.number("SELECT COUNT(DISTINCT key) FROM bookings WHERE kind = 'job' AND booked = 1") - (
            before["bookings"] if a.stored else 0)
        grown = store.size() - size
        commits = max(1, figures["printrouter_server_store_transactions"])
        limit = clients("--ceiling", store.database, "--rows", max(claims, 2000), "--commit", max(1, claims // commits),
                        "--claims", a.claims)
        ceiling = line_of(limit)
        self.assertEqual(limit.wait(), 0)
        limit.stdout.close()
        report = {"engine": engine, "stored": a.stored, "enrolments_per_second": round(a.desktops / enrolled["seconds"]),
                  "claims": claims, "lost": claims - written["ledger_entries"], "unbooked": claims - booked,
                  "booked_twice": max(0, written["bookings"] - claims), "unacknowledged": result["unacknowledged"],
                  "refused": result["refused"], "sent_again": result["sent_again"],
                  "bookings_per_second": round(result["claims_per_second"]),
                  "ceiling_rows_per_second": round(ceiling["rows_per_second"]),
                  "ratio": round(result["claims_per_second"] / ceiling["rows_per_second"], 3),
                  "claims_a_commit": claims // commits, "server_memory_mib": round(memory, 1),
                  "written_a_booking": {"rows": round(sum(written.values()) / claims, 2), "bytes": grown // claims},
                  "done_after_s": result["done_after"], "request_took_s": result["request_took"]}
        print(json.dumps(report), flush=True)
        for what in ("lost", "unbooked", "booked_twice", "unacknowledged", "refused"):
            self.assertEqual(report[what], 0, what)

    def figures(self, server, token):
        import urllib.request
        request = urllib.request.Request("http://127.0.0.1:%d/metrics" % server.port, headers={"Authorization": "Bearer " + token})
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read().decode()
        return {line.split()[0]: int(float(line.split()[1])) for line in text.splitlines() if line and not line.startswith("#")}

    def test_sqlite(self):
        self.measure("sqlite")

    def test_postgresql(self):
        self.measure("postgresql")

    def test_tls_handshakes(self):
        """Apart: what a connection costs where TLS begins it."""
        if not ARGUMENTS.handshake_seconds:
            raise unittest.SkipTest("not asked for")
        from management_server import ManagementServer
        server = ManagementServer(self)
        pem = os.path.join(server.folder, "cert.pem")
        key = os.path.join(server.folder, "key.pem")
        subprocess.run(["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days",
                        "1", "-subj", "/CN=localhost", "-keyout", key, "-out", pem], check=True, capture_output=True)
        server.more = {"listeners": [{"address": "127.0.0.1", "port": 0, "certificate": pem, "key": key}]}
        server.write()
        server.start()
        done = subprocess.run(["openssl", "s_time", "-connect", "127.0.0.1:%d" % server.port, "-new", "-time",
                               str(ARGUMENTS.handshake_seconds)], capture_output=True, text=True, check=True)
        said = [line for line in done.stdout.splitlines() if "real seconds" in line][0].split()
        print(json.dumps({"tls_handshakes_per_second": round(int(said[0]) / float(said[3]))}), flush=True)


def main():
    global ARGUMENTS
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--desktops", type=int, default=10_000)
    parser.add_argument("--claims", type=int, default=20)
    parser.add_argument("--connections", type=int, default=500)
    parser.add_argument("--stored", type=int, default=10_000)
    parser.add_argument("--engine", choices=("sqlite", "postgresql"))
    parser.add_argument("--handshake-seconds", type=int, default=3)
    parser.add_argument("--build", help="build folder; default: PRINTROUTER_BIN's, else build/release")
    ARGUMENTS = parser.parse_args()
    if ARGUMENTS.build:
        os.environ["PRINTROUTER_BIN"] = os.path.join(ARGUMENTS.build, "bin")
    os.environ.setdefault("PRINTROUTER_SOURCE", os.path.abspath(os.path.join(HERE, "..", "..", "..")))
    os.environ.setdefault("PRINTROUTER_BIN", os.path.join(os.environ["PRINTROUTER_SOURCE"], "build", "release", "bin"))
    names = ["test_" + ARGUMENTS.engine] if ARGUMENTS.engine else ["test_sqlite", "test_postgresql", "test_tls_handshakes"]
    suite = unittest.TestSuite(Fleet(name) for name in names)
    return 0 if unittest.TextTestRunner(verbosity=1).run(suite).wasSuccessful() else 1


if __name__ == "__main__":
    sys.exit(main())
