# SPDX-License-Identifier: Apache-2.0
"""printrouter-server with a store of its own: port 0, a temporary state folder, ended by its PID.

    server = ManagementServer(self, **config)          # .port, .entry(**facts): the configuration's "server"
    ManagementServer(self, tls=(certificate, key))     # PEM files: it listens with TLS
    server.set("printers", "lobby", {...})             # before .start()
    server.start(); server.stop(); server.restart()    # the same port after the first start
    server.token()                                     # a one-time enrolment token (before .start(), or stopped)
    server.query("SELECT ...")                         # rows of its SQLite store, read-only
    with server.writing() as store: ...                # changes to it, while the server is stopped
"""

import contextlib
import json
import os
import shutil
import sqlite3
import tempfile

from running import Program, binary, client


class ManagementServer:
    def __init__(self, test, tls=None, **config):
        self.test = test
        self.tls = tls
        self.more = config
        self.environment = {}  # variables of the server and of its commands, from the next one on
        self.folder = tempfile.mkdtemp(prefix="printrouter-server-")
        test.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.state = os.path.join(self.folder, "state")
        self.config_file = os.path.join(self.folder, "server.json")
        self.port = 0
        self.program = None
        self.write()

    def write(self):
        with open(self.config_file, "w", encoding="utf-8") as out:
            door = {"address": "127.0.0.1", "port": self.port}
            if self.tls:
                door["certificate"], door["key"] = self.tls
            json.dump(dict({"state_dir": self.state, "listeners": [door]}, **self.more), out)

    def command(self, *words):
        return client([binary("printrouter-server"), "--config", self.config_file, *words], check=True, env=self.environment).stdout.decode()

    def set(self, kind, name, value):
        self.command("set", kind, name, json.dumps(value))

    def token(self):
        return self.command("token", "once").strip()

    def start(self):
        self.program = Program(self.test, [binary("printrouter-server"), "--config", self.config_file], env=self.environment)
        self.port = self.program.ready["listeners"][0]["port"]
        self.write()
        return self

    def stop(self):
        return self.program.stop()

    def kill(self):
        return self.program.kill()

    def entry(self, **facts):
        more = {"tls": True} if self.tls else {}
        return dict({"name": "server", "plugin": "http", "host": "127.0.0.1", "port": self.port}, **more, **facts)

    @contextlib.contextmanager
    def writing(self):
        """Its SQLite store, to be changed while it is stopped."""
        store = sqlite3.connect(os.path.join(self.state, "server.db"))
        try:
            with store:
                yield store
        finally:
            store.close()

    def query(self, sql, *values):
        store = sqlite3.connect("file:%s?mode=ro" % os.path.join(self.state, "server.db"), uri=True)
        try:
            return store.execute(sql, values).fetchall()
        finally:
            store.close()
