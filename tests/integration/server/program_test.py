# SPDX-License-Identifier: Apache-2.0
"""printrouter-server as a program: configuration, command line, TLS, log, orderly end."""

import json
import os
import subprocess
import unittest
import urllib.request

from running import Program, binary, client, source, wait_until
from server_kit import Server, trusting_nobody


class ProgramTest(unittest.TestCase):
    def configured(self, text):
        server = Server(self)
        with open(server.config_file, "w", encoding="utf-8") as out:
            out.write(text if isinstance(text, str) else json.dumps(text))
        return server

    def run_it(self, server, *words, stdin=b""):
        return client([binary("printrouter-server"), "--config", server.config_file, *words], stdin=stdin)

    def test_a_bad_configuration_is_refused_with_place_and_expectation(self):
        for text, words in (('{\n  "listeners": [\n    { "address": "0.0.0.0" }]}', (":3:", "listeners[0].address", "certificate")),
                            ('{ "stat_dir": "x" }', (":1:", "stat_dir")), ('{ "limits": { "connections": 0 } }', ("limits.connections",)),
                            ('{ "job_retention": "1h" }', ("job_retention", "1d")), ('{ "user_codes": "all" }', ("user_codes", "assigned")),
                            ('{ "unknown_users": true }', ("unknown_users",)),
                            ('{', ("server.json:1",))):
            server = self.configured(text)
            for more in (["--check-config"], []):
                result = self.run_it(server, *more)
                said = result.stderr.decode()
                self.assertEqual(result.returncode, 2, said)
                for word in words:
                    self.assertIn(word, said)

    def test_the_sample_is_good(self):
        result = client([binary("printrouter-server"), "--config", source("samples/configs/server.json"), "--check-config"])
        self.assertEqual(result.returncode, 0, result.stderr)

    def test_a_database_that_is_not_there_is_named_without_its_password(self):
        server = self.configured({"state_dir": "state", "database": "postgresql://anna:geheim@127.0.0.1:1/db?connect_timeout=2"})
        result = self.run_it(server)
        self.assertEqual(result.returncode, 1)
        self.assertIn("127.0.0.1", result.stderr.decode())
        self.assertNotIn("geheim", result.stderr.decode())

    def test_sigterm_ends_it_in_order_and_the_log_is_json(self):
        server = Server(self).start()
        server.enrol()
        self.assertEqual(server.stop(), 0)
        lines = [json.loads(line) for line in server.program.stderr().splitlines()]
        self.assertEqual({"level", "text", "time"} - set(lines[0]), set())
        self.assertTrue(any("stopping" in line["text"] for line in lines))

    def test_tls(self):
        server = Server(self)
        subprocess.run(["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", os.path.join(server.folder, "key.pem"), "-out",
                        os.path.join(server.folder, "cert.pem"), "-days", "2", "-subj", "/CN=localhost"], check=True,
                       stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        with open(server.config_file, "w", encoding="utf-8") as out:
            json.dump({"state_dir": server.state, "listeners": [{"address": "0.0.0.0", "certificate": "cert.pem", "key": "key.pem"}]}, out)
        program = Program(self, [binary("printrouter-server"), "--config", server.config_file])
        port = program.ready["listeners"][0]["port"]
        self.assertTrue(program.ready["listeners"][0]["tls"])
        url = "https://127.0.0.1:%d" % port
        with urllib.request.urlopen(url + "/health/ready", context=trusting_nobody(), timeout=20) as answer:
            self.assertEqual(answer.status, 200)
        body = json.dumps({"token": client([binary("printrouter-server"), "--config", server.config_file, "token", "once"],
                                           check=True).stdout.decode().strip(), "host_name": "pc"}).encode()
        with urllib.request.urlopen(urllib.request.Request(url + "/api/v1/enrolments", body), context=trusting_nobody(), timeout=20) as answer:
            self.assertEqual(answer.status, 201)
        with self.assertRaises(OSError):
            urllib.request.urlopen("http://127.0.0.1:%d/health/live" % port, timeout=10)
        self.assertEqual(program.stop(), 0)

    def test_import_and_export(self):
        server = Server(self)
        table = os.path.join(server.folder, "printers.csv")
        with open(table, "w", encoding="utf-8") as out:
            out.write('id,name,address,ports\nlobby,"Lobby, east",lobby.example,raw:9100=plain;ipp:631/ipp/print=plain\nattic,,attic.example,lpr:515/lp\n')
        server.command("import", "printers", table)
        users = os.path.join(server.folder, "users.csv")
        with open(users, "w", encoding="utf-8") as out:
            out.write("id,name,groups,credit,code.kyocera-account-code\nanna,Anna,staff;lab,12.50,04711\n")
        server.command("import", "users", users)
        exported = json.loads(server.command("export", "printers"))
        self.assertEqual(exported["lobby"]["ports"], [{"protocol": "raw", "port": 9100, "class": "plain"},
                                                      {"protocol": "ipp", "port": 631, "queue": "/ipp/print", "class": "plain"}])
        text = server.command("export", "printers", "--format", "csv")
        with open(table, "w", encoding="utf-8") as out:
            out.write(text)
        server.command("import", "printers", table)
        self.assertEqual(json.loads(server.command("export", "printers")), exported)
        self.assertNotIn("04711", server.command("export", "users"))
        with open(table, "w", encoding="utf-8") as out:
            out.write("id,address,ports\nok,a.example,raw:9100\nbad,b.example,raw:99999\n")
        failed = self.run_it(server, "import", "printers", table)
        self.assertEqual(failed.returncode, 1)
        self.assertIn("printers.csv:3", failed.stderr.decode())
        self.assertNotIn("ok", json.loads(server.command("export", "printers")))
        self.assertEqual(self.run_it(server, "set", "administrator", "eve", "admin", stdin=b"short\n").returncode, 2)
        self.assertEqual(self.run_it(server, "set", "administrator", "eve", "admin", stdin=b"long enough\n").returncode, 0)
        server.start()
        self.assertEqual(server.request("POST", "/api/v1/sessions", {"name": "eve", "password": "long enough"})[0], 201)

    KINDS = {
        "profiles": {"lab": {"name": "2024", "printing": {"fallback": {"enabled": True, "target": {"group": "floor"}, "history_days": 30,
                     "held": {"max_age": "12h"}, "outage_ceiling": "5.00", "contact": "the \"desk\", 2nd floor",
                     "overrides": [{"model": "X", "integration": "none"}]}}}, "off": {}},
        "printers": {"lobby": {"address": "lobby.example", "name": "Lobby, east", "settings": {"terminal-present": False},
                               "ports": [{"protocol": "raw", "port": 9100, "class": "plain"}]},
                     "attic": {"address": "attic.example", "ports": [{"protocol": "ipp", "port": 631, "queue": "/ipp/print", "tls": True}]}},
        "groups": {"floor": {"members": ["lobby", "attic"]}, "none": {"members": []}},
        "users": {"anna": {"name": "Anna", "groups": ["staff", "lab"], "desktops": ["pc-1", "lab-*"]}, "ben": {}},
        "accounts": {"anna": {"credit": "-1.2500", "allowance": "2.0000", "allowance_pages": 20},
                     "ben": {"quota_pages": 100, "quota_money": "7.5000"},
                     "carl": {"quota_pages": 50, "quota_period": "week", "period_pages": 50, "quota_money": "5.0000",
                              "period_money": "5.0000"}},
    }

    def test_what_is_exported_comes_back_into_an_empty_server(self):
        for kind, entries in self.KINDS.items():
            for form in ("json", "csv"):
                with self.subTest(kind, form=form):
                    first, second = Server(self), Server(self)
                    for name, value in entries.items():
                        first.set(kind, name, value)
                    text = first.command("export", kind, "--format", form)
                    path = os.path.join(second.folder, "moved." + form)
                    with open(path, "w", encoding="utf-8") as out:
                        out.write(text)
                    self.assertEqual(second.command("import", kind, path), "%d %s imported\n" % (len(entries), kind))
                    self.assertEqual(second.command("export", kind, "--format", form), text)
                    self.assertEqual(json.loads(second.command("export", kind)), entries)

    def test_an_import_changes_of_an_account_what_it_names(self):
        server = Server(self)
        server.set("accounts", "anna", {"credit": "5", "quota_pages": 10, "allowance": "1"})
        table = os.path.join(server.folder, "users.csv")
        with open(table, "w", encoding="utf-8") as out:
            out.write("id,credit,quota_pages\nanna,7.5,\n")
        server.command("import", "users", table)
        self.assertEqual(json.loads(server.command("export", "accounts")),
                         {"anna": {"credit": "7.5000", "quota_pages": 10, "allowance": "1.0000"}})
        for text, field in (('{"credits": "5"}', "credits"), ('{"period_pages": 5}', "period_pages"),
                            ('{"quota_period": "day"}', "quota_period")):
            wrong = self.run_it(server, "set", "accounts", "anna", text)
            self.assertEqual(wrong.returncode, 1)
            self.assertIn(field, wrong.stderr.decode())
        # A period that is new to an account leaves it the quota it has.
        with open(table, "w", encoding="utf-8") as out:
            out.write("id,quota_period,period_pages,period_money\nanna,month,10,3\n")
        server.command("import", "users", table)
        self.assertEqual(json.loads(server.command("export", "accounts"))["anna"],
                         {"credit": "7.5000", "quota_pages": 10, "allowance": "1.0000", "quota_period": "month", "period_pages": 10,
                          "period_money": "3.0000", "quota_money": "3.0000"})
        with open(table, "w", encoding="utf-8") as out:
            out.write("id,quota_period\nben,month\n")
        wrong = self.run_it(server, "import", "users", table)
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("users.csv: ben: quota_period", wrong.stderr.decode())

    def test_what_the_command_line_writes_a_running_server_follows(self):
        server = Server(self).start()
        admin = server.administrator()
        server.set("printers", "lobby", {"address": "lobby.example"})
        wait_until(lambda: server.request("GET", "/api/v1/printers/lobby", token=admin, check=False)[0] == 200, what="the printer is known")


if __name__ == "__main__":
    unittest.main()
