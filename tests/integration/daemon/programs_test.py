# SPDX-License-Identifier: Apache-2.0
"""printrouterd and printrouter as programs: exit codes, --json, --help, two languages, errors that name their place,
reload, clean stop, readiness. The exit codes are those that docs/man/printrouter.1 lists."""

import json
import os
import re
import signal
import socket
import tempfile
import unittest

from router import LISTENERS, Router, accounts, as_user, entry, upstream
from running import Device, Pages, binary, client, source, wait_until

OK, FAILED, USAGE, NOT_FOUND, NOT_PERMITTED, UNAVAILABLE, CONFLICT, FINDINGS = range(8)
COMMANDS = ("print", "jobs", "job", "explain", "release", "wait", "cancel", "retry", "settle", "watch", "devices", "status",
            "check fallback", "history import", "plugins list", "plugins inspect", "plugins check", "ledger show",
            "ledger verify", "ledger export", "config check", "config reload", "doctor")


class CommandLine(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.server = Device(cls, "--server", "--port", "ipp:0", "--no-snmp", "--count", "none")
        cls.device = Device(cls, "--port", "raw:0", "--no-snmp", "--count", "none")
        cls.router = Router(cls, server=upstream(cls.server, "ipp-1", formats=["application/postscript"]),
                            devices=[entry("lobby", cls.device, "raw-1", name="Lobby", place="ground floor")],
                            fallback={"target": {"printer": "lobby"}, "private": True})
        cls.router.wait_server("up")
        cls.done = cls.router.cli("print", "-", "--title", "done", "--format", "application/postscript", stdin=Pages(1))["id"]
        cls.router.wait_job(lambda job: job["id"] == cls.done)
        cls.server.fault("refuse")
        cls.router.wait_server("down")
        cls.held = cls.router.cli("print", "-", "--title", "held", "--format", "application/postscript", stdin=Pages(1))["id"]
        cls.router.wait_job(lambda job: job["id"] == cls.held and job["state"] == "held")

    addCleanup = classmethod(lambda cls, *words, **named: cls.addClassCleanup(*words, **named))

    def test_exit_codes_and_json(self):
        manifest = source_plugin()
        held, done = str(self.held), str(self.done)
        bad = os.path.join(self.router.folder, "bad.json")
        with open(bad, "w", encoding="utf-8") as out:
            out.write("{ nonsense")
        table = [  # words, exit code, type of the answer, members of it (of its first item, if a list)
            (["jobs"], OK, list, "id uuid user title state reasons destination port_class counted_by outcome evidence"),
            (["jobs", "--all"], OK, list, "id uuid user title state reasons destination port_class counted_by outcome evidence"),
            (["job", held], OK, dict, "id uuid user title state reasons attempts"),
            (["job", done], OK, dict, "id destination outcome grade"),
            (["job", "99999"], NOT_FOUND, dict, "error"),
            (["explain", held], OK, dict, "decision reasons candidates"),
            (["explain", "99999"], NOT_FOUND, dict, "error"),
            (["wait", held], OK, dict, "id state"),
            (["wait", done], CONFLICT, dict, "error"),
            (["retry", held], OK, dict, "id state"),
            (["retry", "99999"], NOT_FOUND, dict, "error"),
            (["release", held, "--to", "nowhere"], NOT_FOUND, dict, "error"),
            (["release", done, "--to", "lobby"], CONFLICT, dict, "error"),
            (["settle", held, "--printed"], CONFLICT, dict, "error"),
            (["cancel", done], CONFLICT, dict, "error"),
            (["devices"], OK, list, "id name place status color duplex wide"),
            (["devices", "--filter", "ground"], OK, list, "id"),
            (["devices", "--filter", "xyzzy"], OK, list, ""),
            (["status"], OK, dict, "version pid listeners server fallback jobs health"),
            (["status", "--wait-ready", "--timeout", "5"], OK, dict, "listeners"),
            (["check", "fallback"], OK, dict, "devices"),
            (["plugins", "list"], OK, list, "id version loaded names findings"),
            (["plugins", "inspect", manifest], OK, None, ""),
            (["plugins", "check", manifest], OK, None, ""),
            (["ledger", "show"], OK, list, ""),
            (["ledger", "export"], OK, list, ""),
            (["ledger", "verify"], OK, dict, "ok entries alarms"),
            (["config", "check", self.router.config_file], OK, dict, "file ok"),
            (["config", "check", bad], FINDINGS, dict, "file ok"),
            (["config", "reload"], OK, dict, "reloaded"),
            (["history", "import", "/nonexistent/file"], USAGE, dict, "error"),
            (["print", "/nonexistent/file"], USAGE, dict, "error"),
        ]
        for words, code, kind, members in table:
            with self.subTest(" ".join(words)):
                done_now = self.router.run("--json", *words)
                self.assertEqual(done_now.returncode, code, done_now.stdout + done_now.stderr)
                answer = json.loads(done_now.stdout)
                if kind is not None:
                    self.assertIsInstance(answer, kind)
                one = answer[0] if isinstance(answer, list) and answer else answer
                for member in members.split():
                    self.assertIn(member, one)
                plain = self.router.run(*words)
                self.assertTrue((plain.stdout + plain.stderr).strip() or kind is list)
                if code in (NOT_FOUND, CONFLICT, USAGE):
                    self.assertEqual(plain.stdout, "")
                    self.assertRegex(plain.stderr, "^printrouter: ")

    def test_wrong_arguments(self):
        for words in ((), ("nonsense",), ("job",), ("job", "seven"), ("settle", "1"), ("settle", "1", "--printed", "--reprint"),
                      ("release", "1"), ("print", "x", "--copies", "0"), ("print", "x", "--sides", "three"), ("--lang", "fr", "jobs")):
            with self.subTest(words=words):
                done = self.router.run(*words)
                self.assertEqual(done.returncode, USAGE)
                self.assertTrue(done.stderr.strip())

    def test_help_of_every_command(self):
        for command in COMMANDS:
            with self.subTest(command):
                done = self.router.run(*command.split(), "--help")
                self.assertEqual(done.returncode, OK)
                self.assertIn("Usage", done.stdout)
        self.assertRegex(self.router.run("--version").stdout, r"\d+\.\d+")

    def test_two_languages(self):
        held = str(self.held)
        for words, english, german in ((["jobs"], "held", "wartet"), (["job", held], "State|state", "Zustand|zustand"),
                                       (["explain", held], "private", "vertraulich|privat"),
                                       (["doctor"], "print server", "Druckserver"),
                                       (["status"], "listens", "lauscht"), (["devices"], "Colour", "Farbe")):
            with self.subTest(" ".join(words)):
                self.assertRegex(self.router.run("--lang", "en", *words).stdout, english)
                self.assertRegex(self.router.run("--lang", "de", *words).stdout, german)
                self.assertRegex(self.router.run(*words, env={"LC_ALL": "de_DE.UTF-8"}).stdout, german)

    def test_errors_in_two_languages(self):
        for words, english, german in ((["job", "99999"], "there is no job 99999", "gibt keinen Auftrag 99999"),
                                       (["settle", str(self.held), "--printed"], "only a job with unknown outcome", "unbekanntem Ausgang"),
                                       (["release", str(self.held), "--to", "nowhere"], "no device nowhere", "kein Gerät nowhere")):
            with self.subTest(" ".join(words)):
                self.assertIn(english, self.router.run("--lang", "en", *words).stderr)
                self.assertIn(german, self.router.run("--lang", "de", *words).stderr)

    def test_not_permitted(self):
        account, = accounts(1)
        for words in (["ledger", "show"], ["config", "reload"], ["check", "fallback", "--user", "root"]):
            with self.subTest(" ".join(words)):
                self.assertEqual(self.router.run(*words, user=account).returncode, NOT_PERMITTED)

    def test_nobody_answers(self):
        done = client([binary("printrouter"), "--socket", "/nonexistent/control.sock", "jobs"])
        self.assertEqual(done.returncode, UNAVAILABLE)
        self.assertIn(b"/nonexistent/control.sock", done.stderr)
        done = client([binary("printrouter"), "--socket", "/nonexistent/s", "status", "--wait-ready", "--timeout", "0"])
        self.assertEqual(done.returncode, UNAVAILABLE)

    def test_exit_codes_are_documented(self):
        with open(source("docs/man/printrouter.1"), encoding="utf-8") as page:
            text = page.read()
        for code in range(8):
            self.assertRegex(text, r"(?m)^\.B %d$" % code)
        for command in COMMANDS:
            self.assertIn(command.split()[0], text)


def source_plugin():
    return os.path.join(os.path.dirname(os.path.dirname(binary("printrouter"))), "lib", "printrouter", "plugins",
                        "raw.plugin.json")


class BadConfigurations(unittest.TestCase):
    """An error names the file, the line, the field, and what was expected; nothing is started."""

    def run_daemon(self, text, *more):
        folder = tempfile.mkdtemp(prefix="printrouter-config-")
        self.addCleanup(client, ["rm", "-rf", folder])
        path = os.path.join(folder, "desktop.json")
        with open(path, "w", encoding="utf-8") as out:
            out.write(text)
        done = client([binary("printrouterd"), "--config", path, "--state-dir", folder + "/state", *more])
        return path, done, os.path.exists(folder + "/state")

    def test_each_error_names_its_place(self):
        good = '"listeners": [{"protocol": "raw", "port": 0}]'
        for text, line, field, expected in (
                ('{\n"listeners": [\n{"protocol": "raw", "port": 70000}]}', 3, "listeners[0].port", "65535"),
                ('{\n%s,\n"serverr": {}}' % good, 3, "serverr", None),
                ('{\n%s,\n"profile": {"printing": {"fallback": {\n"enabled": "yes"}}}}' % good, 4, "profile.printing.fallback.enabled", "true"),
                ('{\n%s,\n"server": {"protocol": "ipp"}}' % good, 3, "server.host", None),
                ('{\n%s,\n\n"limits": {"job_size": "many"}}' % good, 4, "limits.job_size", None),
                ('{\n%s,\n' % good, None, None, None)):
            with self.subTest(text=text):
                for more in ((), ("--check-config",)):
                    path, done, touched = self.run_daemon(text, *more)
                    said = done.stderr.decode()
                    self.assertEqual(done.returncode, 1)
                    self.assertIn(path + (":%d" % line if line else ""), said)
                    if field:
                        self.assertIn(field, said)
                    if expected:
                        self.assertIn(expected, said)
                    self.assertFalse(touched)

    def test_start_errors_in_german(self):
        unknown = '{"listeners": [{"protocol": "raw", "port": 0}],\n"serverr": {}}'
        impossible = '{"listeners": [{"protocol": "smoke", "port": 0}]}'
        for text, english, german in ((unknown, "is not known here", "ist hier nicht bekannt"),
                                      (impossible, "no plugin is installed", "kein Plugin eingespielt")):
            with self.subTest(text=text):
                self.assertIn(english, self.run_daemon(text, "--lang", "en")[1].stderr.decode())
                self.assertIn(german, self.run_daemon(text, "--lang", "de")[1].stderr.decode())
                self.assertIn(german, self.run_daemon(text, "--check-config", "--lang", "de")[1].stderr.decode())
        said = client([binary("printrouterd"), "--config", "/nonexistent.json"], env={"LC_ALL": "de_DE.UTF-8"}).stderr.decode()
        self.assertIn("kann nicht gelesen werden", said)

    def test_check_config_of_a_good_one(self):
        path, done, touched = self.run_daemon('{"listeners": [{"protocol": "raw", "port": 0}]}', "--check-config")
        self.assertEqual((done.returncode, touched), (0, False), done.stderr)

    def test_arguments(self):
        self.assertNotEqual(client([binary("printrouterd")]).returncode, 0)
        self.assertEqual(client([binary("printrouterd"), "--help"]).returncode, 0)
        missing = client([binary("printrouterd"), "--config", "/nonexistent.json", "--state-dir", "/nonexistent"])
        self.assertEqual(missing.returncode, 1)
        self.assertIn(b"/nonexistent.json", missing.stderr)


class ServerNotHeardYet(unittest.TestCase):
    def test_status_does_not_say_that_it_takes_jobs(self):
        server = Device(self, "--server", "--port", "ipp:0", "--no-snmp", "--count", "none")
        server.fault("blackhole")
        router = Router(self, server=upstream(server, "ipp-1"), timeouts={"answer_timeout": "10m"})
        self.assertIn("server: not known yet whether it takes jobs", router.run("status").stdout)
        server.clear_faults()
        router.restart()
        wait_until(lambda: "server: takes jobs" in router.run("status").stdout, 20, "the server was heard")


class DaemonLife(unittest.TestCase):
    def router(self, **more):
        device = Device(self, "--port", "raw:0", "--no-snmp", "--count", "none")
        return Router(self, devices=[entry("lobby", device, "raw-1")], fallback={"target": {"printer": "lobby"}}, **more)

    def test_reload_whole_or_not_at_all(self):
        router = self.router()
        before = router.cli("status")
        self.assertEqual(before["fallback"]["profile"], "test")
        router.config["profile"]["name"] = "renamed"
        router.config["profile"]["printing"]["fallback"]["enabled"] = "perhaps"
        router.config["devices"][0]["place"] = "elsewhere"
        router.write_config()
        router.hang_up()
        wait_until(lambda: "not reloaded" in router.log(), 10, "the log says why")
        self.assertIn("profile.printing.fallback.enabled", router.log())
        now = router.cli("status")
        self.assertEqual((now["fallback"], now["listeners"]), (before["fallback"], before["listeners"]))
        self.assertEqual(router.cli("devices")[0]["place"], "")
        refused = router.run("config", "reload")
        self.assertEqual(refused.returncode, USAGE)
        self.assertIn("profile.printing.fallback.enabled", refused.stderr)
        self.assertIn("true oder false", router.run("--lang", "de", "config", "reload").stderr)
        router.config["profile"]["printing"]["fallback"]["enabled"] = True
        router.write_config()
        router.hang_up()
        wait_until(lambda: router.cli("status")["fallback"]["profile"] == "renamed", 10, "the new configuration rules")
        self.assertEqual(router.cli("devices")[0]["place"], "elsewhere")
        self.assertEqual(router.cli("status")["pid"], before["pid"])

    def test_doors_stay_while_it_runs(self):
        router = self.router()
        before = router.cli("status")
        router.config["listeners"].append({"protocol": "raw", "port": 0, "queue": "second"})
        router.config["profile"]["name"] = "renamed"
        router.write_config()
        refused = router.run("config", "reload")
        self.assertEqual(refused.returncode, CONFLICT)
        self.assertIn("listeners", refused.stderr)
        self.assertEqual(router.cli("status")["fallback"], before["fallback"])

    def test_clean_stop(self):
        for sign in (signal.SIGTERM, signal.SIGINT):
            router = self.router()
            os.kill(router.pid, sign)
            wait_until(lambda: router.program.returncode is not None, 5, "it has stopped")
            self.assertEqual(router.program.returncode, 0)
            self.assertEqual(router.run("jobs").returncode, UNAVAILABLE)

    def test_it_tells_systemd(self):
        folder = tempfile.mkdtemp(prefix="printrouter-notify-")
        self.addCleanup(client, ["rm", "-rf", folder])
        path = os.path.join(folder, "notify")
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as notify:
            notify.bind(path)
            notify.settimeout(10)
            router = self.router(environment={"NOTIFY_SOCKET": path})
            self.assertIn(b"READY=1", notify.recv(4096))
            router.hang_up()
            self.assertIn(b"RELOADING=1", notify.recv(4096))
            self.assertIn(b"READY=1", notify.recv(4096))
            router.stop()
            self.assertIn(b"STOPPING=1", notify.recv(4096))

    def test_unprivileged(self):
        account = accounts(1)[0]
        router = self.router(user=account)
        self.assertTrue(all(door["port"] > 0 for door in router.listeners))
        job = router.cli("print", "-", "--format", "application/postscript", stdin=Pages(1), user=account)
        self.assertEqual(router.wait_job(lambda now: now["id"] == job["id"])["user"], account)
        router.cli("config", "reload", user=account)  # its own account administers it
        self.assertEqual(router.stop(), 0)

    def test_one_daemon_a_state_folder(self):
        router = self.router()
        second = client([binary("printrouterd"), "--config", router.config_file, "--state-dir", router.state,
                         "--socket", router.folder + "/second.sock"])
        self.assertEqual(second.returncode, 1)
        self.assertIn(b"another printrouterd", second.stderr)
        german = client([binary("printrouterd"), "--config", router.config_file, "--state-dir", router.state, "--lang", "de"])
        self.assertIn("ein anderer printrouterd arbeitet schon", german.stderr.decode())
        self.assertIn("ein eigener Ordner", german.stderr.decode())
        self.assertEqual(router.run("jobs").returncode, OK)


if __name__ == "__main__":
    unittest.main()
