# SPDX-License-Identifier: Apache-2.0
"""A PostgreSQL of the test's own: a fresh cluster in a temporary folder, on a Unix socket there, as an unprivileged account.

    from private_postgres import Postgres
    postgres = Postgres(self)        # None where PostgreSQL is not installed
    postgres.uri                     # postgresql:///postgres?host=/tmp/…&user=…

It does not sync its files unless it is told to: that they last is its own tests' business.

As a program (for tests in other languages): prints the URI, serves until standard input ends."""

import glob
import os
import pwd
import shutil
import signal
import subprocess
import sys
import tempfile
import threading


def programs():
    """The folder of initdb and postgres; None: not installed."""
    for folder in sorted(glob.glob("/usr/lib/postgresql/*/bin"), reverse=True) + [os.path.dirname(shutil.which("initdb") or "")]:
        if folder and os.path.exists(os.path.join(folder, "postgres")):
            return folder
    return None


def account():
    """PostgreSQL refuses to run as root: somebody else then."""
    if os.geteuid() != 0:
        return {}
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return {"user": entry.pw_uid, "group": entry.pw_gid, "extra_groups": []}
    raise SystemExit("no account to run PostgreSQL as")


class Cluster:
    def __init__(self, fsync=False):
        self.folder = tempfile.mkdtemp(prefix="pr-pg-")
        self.process = None
        who = account()
        if who:
            os.chown(self.folder, who["user"], who["group"])
        data, bin_folder = os.path.join(self.folder, "data"), programs()
        subprocess.run([os.path.join(bin_folder, "initdb"), "-D", data, "-A", "trust", "-N", "-E", "UTF8", "--no-locale", "-U",
                        "printrouter"], check=True, stdout=subprocess.DEVNULL, cwd=self.folder, **who)
        self.process = subprocess.Popen([os.path.join(bin_folder, "postgres"), "-D", data, "-c", "listen_addresses=", "-c",
                                         "unix_socket_directories=" + self.folder, "-c", "max_connections=20", "-c",
                                         "fsync=" + ("on" if fsync else "off")],
                                        stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, cwd=self.folder, **who)
        # It says when it is there; the rest of its log is read so that it never waits for us.
        for line in self.process.stderr:
            if b"ready to accept connections" in line:
                break
        else:
            raise SystemExit("PostgreSQL does not start")
        self.uri = "postgresql:///postgres?host=%s&user=printrouter" % self.folder
        self.reader = threading.Thread(target=self.process.stderr.read, daemon=True)
        self.reader.start()

    def stop(self):
        if self.process:
            self.process.send_signal(signal.SIGINT)  # fast shutdown
            self.process.wait(20)
            self.reader.join(5)
            self.process.stderr.close()
        shutil.rmtree(self.folder, ignore_errors=True)


def Postgres(test):
    if programs() is None:
        return None
    cluster = Cluster()
    test.addCleanup(cluster.stop)
    return cluster


if __name__ == "__main__":
    if programs() is None:
        print("none", flush=True)
        sys.exit(0)
    CLUSTER = Cluster()
    print(CLUSTER.uri, flush=True)
    sys.stdin.read()
    CLUSTER.stop()
