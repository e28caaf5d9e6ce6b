# SPDX-License-Identifier: Apache-2.0
"""The mission, a named test a sentence: the real daemon, the real command line, simulated devices and a simulated server.

    House(test, devices={"lobby": {...}}, fallback={...}, server=True)
devices: id -> {"model": file or None, "ports": simulator arguments, "arguments": more of them, and fields of the device
entry}. The daemon runs as this account; the tests print by rlpr and lp-like clients that name a user."""

import json
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import unittest

from running import Device, Program, binary, client, source, wait_until

KYOCERA = {"model_file": "vendors/kyocera/devices/taskalfa-6052ci.json", "maker": "Kyocera", "model": "TASKalfa 6052ci",
           "ports": ["ipp:0:device-spooling:name=terminal", "raw:0:plain:name=raw"],
           "settings": {"terminal-present": True, "unknown-id-jobs": "permit", "release": "immediate"}}
LOBBY = {"model_file": "vendors/kyocera/devices/ecosys-fs-4100dn.json", "maker": "Kyocera", "model": "ECOSYS FS-4100DN",
         "ports": ["raw:0:plain:name=raw"], "settings": {"unknown-id-jobs": "permit"}}
GENERIC = {"model_file": None, "maker": "Noname", "model": "LP-1", "ports": ["raw:0:plain:name=raw"],
           "settings": {"unknown-id-jobs": "permit"}}


def but(device, **changes):
    return dict(device, **changes)


class House:
    def __init__(self, test, devices, server_works=False, **fallback):
        self.test = test
        self.folder = tempfile.mkdtemp(prefix="printrouter-mission-")
        test.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.socket = self.path("control.sock")
        self.server = Device(test, "--server", "--port", "ipp:0:name=ipp", "--no-snmp", "--count", "none")
        if not server_works:
            self.server.fault("refuse")
        self.described = devices
        self.devices = {}
        for name, device in devices.items():
            arguments = ["--no-snmp", "--count", "none", *device.get("arguments", ())]
            if device["model_file"]:
                arguments += ["--model", source(device["model_file"])]
            for port in device["ports"]:
                arguments += ["--port", port]
            self.devices[name] = Device(test, *arguments)
        self.configure(**fallback)
        self.daemon = Program(test, [binary("printrouterd"), "--config", self.path("printrouter.json"), "--state-dir",
                                     self.path("state"), "--socket", self.socket], ready=None)
        try:
            status = self.ask("status", "--wait-ready", "--timeout", "20")
        except AssertionError as problem:
            raise AssertionError("%s %s" % (problem, self.daemon.stderr())) from None
        self.ports = {listener["protocol"]: listener["port"] for listener in status["listeners"]}
        wait_until(lambda: (self.ask("status")["server"]["state"] == "up") == server_works, 20, "server state is known")

    def path(self, name):
        return os.path.join(self.folder, name)

    def configure(self, **fallback):
        rules = {"enabled": True, "target": {"group": "all"}, "contact": "the service desk", "untested": "allow"}
        rules.update(fallback)
        devices = []
        for name, device in self.described.items():
            ports = []
            for port in self.devices[name].ready["ports"]:
                entry = {"protocol": port["protocol"], "port": port["port"], "class": port["class"]}
                if port["protocol"] == "ipp":
                    entry["queue"] = "/" + port["queue"].lstrip("/")
                ports.append(entry)
            devices.append({"id": name, "name": device.get("name", name), "place": device.get("place", ""),
                            "address": "127.0.0.1", "maker": device["maker"], "model": device["model"], "ports": ports,
                            "settings": device["settings"]})
        library = os.path.join(os.path.dirname(os.path.abspath(binary("x"))), "..", "lib", "printrouter", "plugins")
        me = client(["id", "-un"], check=True).stdout.decode().strip()
        config = {"listeners": [{"protocol": protocol, "queue": "office"} for protocol in ("lpr", "ipp", "raw")],
                  "server": {"name": "print server", "protocol": "ipp", "host": "127.0.0.1",
                             "port": self.server.port("ipp"), "queue": "/ipp/print", "on_arrival": "hold",
                             "truncated": "discards"},
                  "profile": {"name": "mission", "printing": {"fallback": rules}}, "groups": {"all": list(self.devices)},
                  "devices": devices, "device_models": [source("vendors/kyocera/devices"), source("vendors/ricoh/devices")],
                  "plugins": {"folders": [os.path.abspath(library)]},
                  "identity": {"trusted_spoolers": sorted({"root", me}), "accept_asserted": True},
                  "timeouts": {"close_timeout": "3s"}, "health": {"probe_interval_down": "500ms"},
                  "log": {"file": self.path("log")}, "balances_file": self.path("balances.json")}
        with open(self.path("balances.json"), "w", encoding="utf-8") as file:
            json.dump({"currency": "EUR", "decimals": 2, "as_of": "2026-01-01T00:00:00Z", "balances": {}}, file)
        with open(self.path("new.json"), "w", encoding="utf-8") as file:
            json.dump(config, file)
        os.rename(self.path("new.json"), self.path("printrouter.json"))

    def reload(self, **fallback):
        self.configure(**fallback)
        self.ask("config", "reload")

    def run(self, *words):
        return client([binary("printrouter"), "--socket", self.socket, "--lang", "en", *[str(word) for word in words]])

    def ask(self, *words):
        done = self.run("--json", *words)
        if done.returncode != 0:
            raise AssertionError("printrouter %s: %d %s" % (words, done.returncode, done.stdout + done.stderr))
        return json.loads(done.stdout)

    def used(self, *pairs):
        with open(self.path("history.csv"), "w", encoding="utf-8") as file:
            file.writelines("%s,%s\n" % pair for pair in pairs)
        self.ask("history", "import", self.path("history.csv"))

    def print(self, title, user="anna", document=b"%!PS-Adobe-3.0\n%%Pages: 1\nshowpage\n%%EOF\n"):
        """Prints by rlpr; the job as it stands when it no longer moves."""
        sent = client(["rlpr", "-H127.0.0.1", "--port=%d" % self.ports["lpr"], "--no-bind", "-Poffice", "-U" + user,
                       "-J" + title], stdin=document)
        self.test.assertEqual(sent.returncode, 0, sent.stderr)
        return self.rest(title)

    def job(self, title):
        found = [job for job in self.ask("jobs", "--all") if job["title"] == title]
        return found[0] if found else None

    def rest(self, title, states=("completed", "held", "unknown", "canceled", "aborted")):
        return wait_until(lambda: [job for job in [self.job(title)] if job and job["state"] in states], 20,
                          "job %s in one of %s, not %s" % (title, states, self.job(title)))[0]

    def received(self, device):
        return [job for job in self.devices[device].jobs() if job["bytes"]]

    def watch(self):
        return Screen(self)


class Screen:
    """printrouter watch with a typing hand."""

    def __init__(self, house):
        self.process = subprocess.Popen([binary("printrouter"), "--socket", house.socket, "--lang", "en", "watch"],
                                        stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        house.test.addCleanup(self.close)
        self.lines = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line.decode(errors="replace").rstrip("\n"))

    def close(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(10)
        self._reader.join(2)
        self.process.stdin.close()
        self.process.stdout.close()

    def type(self, text):
        self.process.stdin.write(text.encode() + b"\n")
        self.process.stdin.flush()

    def wait(self, *words, since=0):
        def look():
            return any(all(word in line for word in words) for line in self.lines[since:])
        wait_until(look, 10, "watch shows %s: %s" % (words, self.lines[since:]))


def ids(reasons):
    return [reason["id"] for reason in reasons]


class Mission(unittest.TestCase):
    def test_jobs_come_by_ipp_lpr_and_raw_and_go_to_the_server(self):
        house = House(self, {"lobby": LOBBY}, server_works=True)
        document = b"%!PS-Adobe-3.0\n%%Pages: 1\nshowpage\n%%EOF\n"
        with open(house.path("page.ps"), "wb") as out:
            out.write(document)
        house.print("by lpr", document=document)
        client(["ipptool", "-f", house.path("page.ps"), "ipp://127.0.0.1:%d/ipp/print" % house.ports["ipp"],
                "print-job.test"], check=True)
        client(["nc", "-N", "127.0.0.1", str(house.ports["raw"])], stdin=document, check=True)
        jobs = wait_until(lambda: [job for job in [house.ask("jobs", "--all")] if len(job) == 3 and
                                   all(one["state"] == "completed" for one in job)], 20, "three jobs are through")[0]
        self.assertEqual({job["destination_kind"] for job in jobs}, {"server"})
        self.assertEqual(sorted(job["intake"].split(":")[0] for job in jobs), ["ipp", "lpr", "raw"])
        self.assertEqual([house.server.document(job["id"]) for job in house.server.jobs() if job["bytes"]], [document] * 3)
        self.assertEqual(house.received("lobby"), [])

    def test_fallback_is_on_or_off_per_profile(self):
        house = House(self, {"second": KYOCERA, "lobby": LOBBY}, enabled=False, target={"printer": "lobby"})
        self.assertEqual((house.print("off")["state"], ids(house.job("off")["reasons"])[0]),
                         ("held", "routing.fallback-disabled"))
        house.ask("cancel", house.job("off")["id"])
        house.reload(target={"printer": "lobby"})
        self.assertEqual(house.print("printer")["destination_id"], "lobby")
        house.reload(target={"group": "all"})
        house.used(("gina", "second"))
        self.assertEqual(house.print("group", "gina")["destination_id"], "second")
        house.reload(target={"printer": "lobby"}, release_condition="sufficient-balance")
        refused = house.print("no balance", "fred")
        self.assertEqual((refused["state"], ids(refused["reasons"])[0]), ("held", "routing.none-affordable"))
        house.ask("cancel", refused["id"])
        house.reload(target={"printer": "second"}, device_port={"protocol": "raw", "class": "plain", "port":
                                                               house.devices["second"].port("raw")})
        job = house.print("this port")
        self.assertEqual((job["destination_id"], job["port_class"]), ("second", "plain"))

    def test_one_used_printer_prints_by_itself_and_notifies(self):
        house = House(self, {"second": KYOCERA, "lobby": LOBBY})
        house.used(("anna", "lobby"))
        screen = house.watch()
        screen.wait("Server", "does not answer")
        job = house.print("letter")
        self.assertEqual((job["state"], job["destination_id"]), ("completed", "lobby"))
        self.assertEqual(len(house.received("lobby")), 1)
        screen.wait("letter", "lobby")
        self.assertEqual(house.ask("jobs", "--all")[0].get("question"), None)

    def test_several_used_printers_are_asked_with_a_filter(self):
        house = House(self, {"second": KYOCERA, "lobby": LOBBY, "unused": GENERIC})
        house.used(("ben", "second"), ("ben", "lobby"))
        screen = house.watch()
        job = house.print("letter", "ben")
        self.assertEqual((job["state"], ids(job["reasons"])[0]), ("held", "routing.several-used"))
        screen.wait("number = print there")
        listed = [line for line in screen.lines if line.strip()[:2] in ("1)", "2)", "3)")]
        self.assertEqual(len(listed), 2, listed)
        for word, left in (("/a3", "second"), ("/colour", "second"), ("/black", "lobby")):
            since = len(screen.lines)
            screen.type(word)
            screen.wait("number = print there", since=since)
            listed = [line for line in screen.lines[since:] if line.strip()[:2] in ("1)", "2)")]
            self.assertEqual([line.split()[1] for line in listed], [left], word)
        screen.type("1")
        self.assertEqual(house.rest("letter", ("completed",))["destination_id"], "lobby")
        for word, names in (("wide", ["second"]), ("color", ["second"]), ("mono", ["lobby"])):
            self.assertEqual([device["id"] for device in house.ask("devices", "--filter", word)], names, word)

    def test_fallback_off_is_an_error_the_user_sees_and_the_job_is_kept(self):
        house = House(self, {"lobby": LOBBY}, enabled=False)
        screen = house.watch()
        screen.wait("Server", "does not answer")
        job = house.print("letter")
        screen.wait("!! ", "letter", "switched off")
        screen.wait("->", "service desk")
        self.assertEqual(job["state"], "held")
        self.assertEqual(house.received("lobby"), [])
        house.server.clear_faults()
        self.assertEqual(house.rest("letter", ("completed",))["destination_kind"], "server")

    def test_kyocera_device_spooling_ports_are_preferred(self):
        house = House(self, {"second": KYOCERA}, target={"printer": "second"})
        job = house.print("letter")
        self.assertEqual((job["port_class"], job["counted_by"], job["may_count_twice"]), ("device-spooling", "device", False))
        self.assertEqual(house.received("second")[0]["port"], "terminal")
        ports = [port for candidate in house.ask("explain", job["id"])["candidates"] for port in candidate["ports"]]
        self.assertTrue(any("kyocera.device-spooling-recommended" in ids(port["reasons"]) for port in ports), ports)

    def test_kyocera_other_ports_work_but_may_count_twice(self):
        house = House(self, {"second": but(KYOCERA, ports=["raw:0:plain:name=raw"])}, target={"printer": "second"})
        job = house.print("letter")
        self.assertEqual((job["state"], job["port_class"], job["counted_by"], job["may_count_twice"]),
                         ("completed", "plain", "client", True))
        claims = [entry for entry in house.ask("ledger", "show") if entry["kind"] == "claim"]
        self.assertEqual(len(claims), 1, claims)
        self.assertEqual(claims[0]["content"]["may_count_twice"], True, claims)

    def test_kx_network_manager_needs_device_spooling_ports(self):
        house = House(self, {"plain": but(KYOCERA, ports=["raw:0:plain:name=raw"], arguments=["--network-manager"]),
                             "both": but(KYOCERA, arguments=["--network-manager"])},
                      target={"printer": "plain"}, integration="kx-driver-net-manager")
        job = house.print("letter")
        self.assertEqual(job["state"], "held")
        self.assertIn("Network Manager", job["reasons"][0]["en"])
        self.assertIn("kyocera.network-manager-needs-device-spooling", json.dumps(house.ask("explain", job["id"])))
        self.assertEqual(house.devices["plain"].jobs(), [])
        house.ask("cancel", job["id"])
        house.reload(target={"printer": "both"}, integration="kx-driver-net-manager")
        job = house.print("second letter")
        self.assertEqual((job["state"], job["port_class"]), ("completed", "device-spooling"))
        self.assertEqual([one["port"] for one in house.devices["both"].jobs()], ["terminal"])

    def test_devices_that_reject_unknown_sources_are_known_before_sending(self):
        reject = but(LOBBY, arguments=["--unknown-id", "reject"], settings={"unknown-id-jobs": "reject"})
        house = House(self, {"lobby": reject}, target={"printer": "lobby"})
        job = house.print("letter")
        self.assertEqual((job["state"], job["attempts"][1:]), ("held", []))
        self.assertIn("kyocera.unknown-id-rejected", json.dumps(house.ask("explain", job["id"])))
        self.assertEqual(house.devices["lobby"].jobs(), [])
        checked = json.loads(house.run("--json", "check", "fallback").stdout)
        self.assertEqual([device["verdict"] for device in checked["devices"]], ["refused"], checked)

    def test_a_device_that_rejects_is_noticed_and_said(self):
        # Nobody stated that the device rejects unknown users: its answer is all there is.
        house = House(self, {"second": but(KYOCERA, ports=["ipp:0:plain:name=ipp"],
                                           settings={"unknown-id-jobs": "permit", "terminal-present": False})},
                      target={"printer": "second"})
        house.devices["second"].fault("ipp-status", status="client-error-not-authenticated", message="who are you?")
        screen = house.watch()
        screen.wait("Server", "does not answer")
        job = house.print("letter")
        self.assertEqual((job["state"], job["outcome"]), ("held", "auth-required"))
        self.assertTrue(job["reasons"])
        screen.wait("letter", "second")
        self.assertEqual(house.ask("ledger", "verify")["ok"], True)

    def test_every_fallback_print_has_its_claim_once(self):
        house = House(self, {"second": KYOCERA, "lobby": LOBBY})
        house.used(("anna", "lobby"), ("gina", "second"))
        jobs = [house.print("letter %d" % number, user) for number, user in enumerate(("anna", "gina", "anna", "gina"))]
        for job in jobs:
            self.assertEqual(job["state"], "completed")
        claims = [entry["job_uuid"] for entry in house.ask("ledger", "show") if entry["kind"] == "claim"]
        self.assertEqual(sorted(claims), sorted(job["uuid"] for job in jobs))
        verified = house.ask("ledger", "verify")
        self.assertEqual((verified["ok"], verified["alarms"]), (True, []))

    def test_explain_names_the_rule_per_device_and_port(self):
        house = House(self, {"second": KYOCERA, "lobby": LOBBY, "board": but(LOBBY, settings={"unknown-id-jobs": "reject"})})
        house.used(("ben", "second"), ("ben", "lobby"))
        job = house.print("letter", "ben")
        decision = house.ask("explain", job["id"])
        found = {(candidate["device"], port["port"] if isinstance(port["port"], str) else port["port"]["protocol"]):
                 ids(port["reasons"]) for candidate in decision["candidates"] for port in candidate["ports"]}
        self.assertEqual(len(found), 4, found)
        self.assertTrue(all(found.values()), found)
        text = house.run("explain", job["id"]).stdout.decode()
        for word in ("second", "lobby", "board", "kyocera.device-spooling-recommended", "kyocera.may-count-twice",
                     "kyocera.unknown-id-rejected"):
            self.assertIn(word, text)


if __name__ == "__main__":
    sys.exit(unittest.main())
