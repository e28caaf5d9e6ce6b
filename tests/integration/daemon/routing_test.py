# SPDX-License-Identifier: Apache-2.0
"""The routing table end to end: what a person gets when the server refuses, breaks off, or is away."""

import json
import os
import tempfile
import time
import unittest

from router import Router, Watch, accounts, entry, upstream
from running import Device, Pages, client, wait_until, source

PS = ["application/postscript", "application/pdf", "text/plain"]
BIG = b"%!PS-Adobe-3.0\n" + b"% filler filler filler filler filler filler filler filler\n" * 20000 + b"showpage\n"
# More than the kernel's buffers on both sides hold, so that a break is one before the last byte left.
HUGE = b"%!PS-Adobe-3.0\n" + b"% filler filler filler filler filler filler filler filler\n" * 250000 + b"showpage\n"
HELD = ("held", "unknown", "completed", "aborted", "canceled")


def send(router, document=None, *options, user=None):
    """`printrouter print`; returns the job as accepted."""
    return router.cli("print", "-", "--title", "letter", "--format", "application/postscript", *options, user=user,
                      stdin=document or Pages(1))


def settled(router, job, *states, seconds=20):
    return router.wait_job(lambda now: now["id"] == job["id"] and now["state"] in (states or HELD), seconds)


def ids(job):
    return [reason["id"] for reason in job["reasons"]]


class Base(unittest.TestCase):
    def server(self, *arguments):
        return Device(self, "--server", "--port", "ipp:0", "--port", "lpr:0", "--port", "raw:0", "--no-snmp", "--count",
                      "none", *arguments)

    def device(self, *arguments):
        if not any(word.startswith("--port") for word in arguments):
            arguments = ("--port", "raw:0", *arguments)
        return Device(self, "--no-snmp", "--count", "none", *arguments)

    def router(self, server, devices=(), fallback=None, port="ipp-1", facts=None, state="down", **more):
        router = Router(self, server=upstream(server, port, **dict({"formats": PS}, **(facts or {}))), devices=devices,
                        fallback=fallback, **more)
        router.wait_server(state)
        return router


class ServerRefuses(Base):
    def test_an_answer_is_an_error_and_never_fallback(self):
        for status in ("client-error-not-authorized", "client-error-document-format-not-supported",
                       "client-error-forbidden"):
            with self.subTest(status=status):
                server, device = self.server(), self.device()
                router = self.router(server, [entry("lobby", device, "raw-1")], {"target": {"printer": "lobby"}}, state="up")
                server.fault("ipp-status", status=status, message="credit used up")
                job = settled(router, send(router))
                self.assertEqual(job["state"], "held")
                self.assertIn(ids(job)[0], ("routing.server-refused", "routing.server-wants-login"))
                self.assertIn("credit used up", job["reasons"][0]["en"])
                self.assertEqual(device.jobs(), [])
                self.assertEqual(router.notifications()[-1]["kind"], "refused")
                server.clear_faults()
                router.cli("retry", job["id"])
                self.assertEqual(settled(router, job, "completed")["destination"], "server")

    def test_unavailable_is_down(self):
        server, device = self.server(), self.device()
        router = self.router(server, [entry("lobby", device, "raw-1")], {"target": {"printer": "lobby"}}, state="up")
        server.fault("http-status", status=503)
        job = settled(router, send(router), "completed")
        self.assertEqual((job["destination"], ids(job)[0]), ("lobby", "delivery.printed-on-fallback"))


class ServerBreaksOff(Base):
    def break_once(self, port, on_arrival, truncated):
        server, device = self.server("--on-arrival", on_arrival, "--truncated", truncated), self.device()
        facts = {"on_arrival": on_arrival, "truncated": truncated, "probe": {"protocol": "tcp", "port": server.port(port)}}
        router = self.router(server, [entry("lobby", device, "raw-1")], {"target": {"printer": "lobby"}}, port=port,
                             facts=facts, state="up")
        server.fault("reset", port=port, after_bytes=300000)
        job = settled(router, send(router, HUGE if truncated == "discards" else BIG), seconds=30)
        return server, device, router, job

    def test_discards_is_not_sent(self):
        # Nothing comes of what left, so the job goes on: to the server again while it answers, else to the device.
        for port in ("ipp-1",):
            with self.subTest(port=port):
                _, device, router, job = self.break_once(port, "print", "discards")
                self.assertEqual((job["state"], job["destination"]), ("completed", "lobby"), job["reasons"])
                self.assertTrue(all(a["outcome"]["kind"] == "not-sent" for a in job["attempts"][:-1]))
                self.assertEqual(len([record for record in device.jobs() if record["complete"]]), 1)

    def test_a_server_that_holds_is_left_at_once(self):
        for truncated in ("keeps", "prints"):
            with self.subTest(truncated=truncated):
                _, device, router, job = self.break_once("raw-1", "hold", truncated)
                self.assertEqual((job["state"], job["destination"]), ("completed", "lobby"), job["reasons"])
                self.assertEqual(job["attempts"][0]["outcome"]["kind"], "unknown")
                claims = [row for row in router.cli("ledger", "show") if row["kind"] == "claim"]
                self.assertIn("possible", str(claims[-1]["content"]))

    def test_a_server_that_prints_makes_it_unknown_and_a_person_settles(self):
        anna = accounts(1)[0]
        for truncated in ("keeps", "prints"):
            with self.subTest(truncated=truncated):
                _, device, router, job = self.break_once("raw-1", "print", truncated)
                self.assertEqual((job["state"], ids(job)[0]), ("unknown", "delivery.unknown"))
                self.assertEqual(device.jobs(), [])
                retried = router.run("retry", str(job["id"]))
                self.assertEqual(retried.returncode, 6)
                self.assertIn("settle %d" % job["id"], retried.stderr)
                foreign = router.run("settle", str(job["id"]), "--printed", user=anna)
                self.assertEqual(foreign.returncode, 3)
                router.kill()
                router.start()
                self.assertEqual(router.job(job["id"])["state"], "unknown")
                done = router.cli("settle", job["id"], "--printed", "1")
                self.assertEqual((done["state"], ids(done)), ("completed", ["people.settled-printed"]))
                self.assertEqual(router.run("settle", str(job["id"]), "--printed").returncode, 6)

    def test_settled_as_not_printed_it_waits_and_can_be_tried_again(self):
        server, device, router, job = self.break_once("raw-1", "print", "prints")
        server.clear_faults()
        self.assertEqual(router.cli("settle", job["id"], "--not-printed")["state"], "held")
        router.cli("retry", job["id"])
        self.assertEqual(settled(router, job, "completed")["state"], "completed")


class DeviceBreaksOff(Base):
    """An IPP device that prints what broke off lists it as completed, like any whole job: only the size tells."""

    def broken(self, document, *arguments, settings=None, **fault):
        server, device = self.server(), self.device("--port", "ipp:0", *arguments)
        server.fault("refuse")
        router = self.router(server, [entry("lobby", device, "ipp-1", settings=settings or {})],
                             {"target": {"printer": "lobby"}})
        device.fault(port="ipp-1", jobs=1, **fault)
        job = send(router, document)
        return device, router, job

    def test_completed_but_smaller_than_what_was_sent_stays_unknown(self):
        device, router, job = self.broken(HUGE, kind="reset", after_bytes=300000)
        wait_until(lambda: ids(router.job(job["id"])) == ["delivery.perhaps-in-part"], 20, "the device's answer")
        job = router.job(job["id"])
        self.assertEqual(job["state"], "unknown")
        self.assertIn("293 KiB", job["reasons"][0]["en"])
        self.assertIn("293 KiB", job["reasons"][0]["de"])
        record = device.wait_job()
        self.assertEqual((record["outcome"], record["complete"]), ("printed-partial", False))
        self.assertEqual(len(device.jobs()), 1)
        self.assertEqual(router.notifications()[-1]["kind"], "unknown")
        self.assertEqual(router.cli("settle", job["id"], "--printed", "1")["state"], "completed")

    def test_a_device_that_discards_is_asked_again(self):
        device, router, job = self.broken(HUGE, "--truncated", "discards", settings={"truncated": "discards"},
                                          kind="reset", after_bytes=300000)
        job = settled(router, job, "held")  # the one printer did not take it: nothing can come of what left
        self.assertEqual(job["attempts"][-1]["outcome"]["kind"], "not-sent")
        self.assertEqual([record["outcome"] for record in device.jobs()], ["incomplete"])
        router.cli("release", job["id"], "--to", "lobby")
        self.assertEqual(settled(router, job, "completed")["destination"], "lobby")
        self.assertEqual([record["complete"] for record in device.jobs()], [False, True])

    def test_a_raw_device_that_answers_pjl_says_what_it_printed(self):
        model = source("vendors/kyocera/devices/ecosys-fs-4100dn.json")
        server, device = self.server(), Device(self, "--port", "raw:0", "--no-snmp", "--model", model)
        server.fault("refuse")
        router = self.router(server, [entry("copier", device, "raw-1", maker="Kyocera", model="ECOSYS FS-4100DN")],
                             {"target": {"printer": "copier"}}, device_models=[source("vendors/kyocera/devices")])
        job = settled(router, send(router, Pages(3)), "completed")
        self.assertEqual((job["grade"], job["attempts"][-1]["outcome"]["impressions"]), ("confirmed", 3))
        self.assertEqual(device.wait_job()["pages"], 3)

    def test_completed_and_whole_is_delivered(self):
        device, router, job = self.broken(BIG, kind="swallow-ack")
        device.wait_job()
        device.clear_faults()
        job = settled(router, job, "completed")
        self.assertEqual(job["attempts"][-1]["outcome"]["reason"], "found-in-job-list")
        self.assertEqual(len(device.jobs()), 1)


class ServerKeepsACopy(Base):
    """A server that holds jobs took one whole, and nobody heard it say so. It is printed elsewhere at once; when the server
    is back its copy is cancelled by the job's uuid, or the user is told."""

    def taken_unheard(self, port, fallback=True):
        server, device = self.server("--on-arrival", "hold", "--truncated", "keeps"), self.device()
        router = self.router(server, [entry("lobby", device, "raw-1")], {"target": {"printer": "lobby"}} if fallback else None,
                             port=port, facts={"on_arrival": "hold", "truncated": "keeps"}, state="up")
        swallowed = server.fault("swallow-ack", port=port, jobs=1)
        job = send(router)
        server.wait_job(lambda record: record["state"] == "held")
        server.fault("refuse", port=port)
        server.control("DELETE", "/faults/%d" % swallowed)
        return server, device, router, settled(router, job, "completed" if fallback else "held")

    def told(self, router, reason):
        wait_until(lambda: [n for n in router.notifications() if n["id"] == reason], 10, "it is told: " + reason)

    def test_it_is_cancelled_by_its_uuid(self):
        for restarted in (False, True):
            with self.subTest(restarted=restarted):
                server, device, router, job = self.taken_unheard("ipp-1")
                self.assertEqual((job["destination"], ids(job)), ("lobby", ["delivery.printed-on-fallback",
                                                                           "routing.server-copy-possible"]))
                if restarted:
                    router.kill()
                    router.start()
                self.assertEqual([record["state"] for record in server.jobs()], ["held"])
                server.clear_faults()
                self.assertEqual(server.wait_job(lambda record: record["state"] == "cancelled")["uuid"], job["uuid"])
                self.told(router, "delivery.server-copy-gone")
                self.assertIn("delivery.server-copy-gone", ids(router.job(job["id"])))
                self.assertIn("void", [row["kind"] for row in router.cli("ledger", "show")])
                self.assertEqual((len(server.jobs()), len(device.jobs())), (1, 1))
                router.restart()
                router.wait_server("up")
                self.assertEqual(len(ids(router.job(job["id"]))), 3)  # asked and told once

    def test_the_user_is_told_where_it_cannot_be_cancelled(self):
        server, device, router, job = self.taken_unheard("lpr-1")
        self.assertEqual(job["destination"], "lobby")
        server.clear_faults()
        self.told(router, "delivery.server-copy-left")
        self.assertEqual([record["state"] for record in server.jobs()], ["held"])
        self.assertEqual(len(device.jobs()), 1)

    def test_printed_nowhere_it_is_found_at_the_server(self):
        server, device, router, job = self.taken_unheard("ipp-1", fallback=False)
        self.assertEqual(ids(job)[0], "routing.fallback-disabled")
        server.clear_faults()
        job = settled(router, job, "completed")
        self.assertEqual((job["destination"], job["attempts"][-1]["outcome"]["reason"]), ("server", "found-in-job-list"))
        self.assertEqual([record["state"] for record in server.jobs()], ["held"])


class ServerAway(Base):
    def away(self, *devices, fallback=None, **more):
        server = self.server()
        server.fault("refuse")
        return server, self.router(server, devices, fallback, **more)

    def test_forbidden(self):
        server, router = self.away()
        job = settled(router, send(router))
        self.assertEqual((job["state"], ids(job)[0]), ("held", "routing.fallback-disabled"))
        self.assertTrue(job["reasons"][0]["remedy_en"] and job["reasons"][0]["remedy_de"])
        server.clear_faults()
        self.assertEqual(settled(router, job, "completed")["destination"], "server")

    def test_private_job_is_held_and_goes_to_the_server(self):
        device = self.device()
        server, router = self.away(entry("lobby", device, "raw-1"), fallback={"target": {"printer": "lobby"}})
        job = settled(router, send(router, b"\x1b%-12345X@PJL\r\n@PJL SET HOLD=ON\r\n@PJL ENTER LANGUAGE=POSTSCRIPT\r\n" +
                                   Pages(1) + b"\x1b%-12345X"))
        self.assertEqual((job["state"], ids(job)[0], job["private"]), ("held", "routing.private-held", True))
        self.assertEqual(device.jobs(), [])
        server.clear_faults()
        self.assertEqual(settled(router, job, "completed")["destination"], "server")

    def test_single_printer_without_asking_and_history_by_delivery(self):
        first, second = self.device(), self.device()
        anna = accounts(1)[0]
        _, router = self.away(entry("lobby", first, "raw-1"), entry("attic", second, "raw-1"), fallback={})
        asked = settled(router, send(router, user=anna), "held")
        self.assertEqual(ids(asked)[0], "routing.none-used")
        router.cli("release", asked["id"], "--to", "attic", user=anna)
        settled(router, asked, "completed")
        again = settled(router, send(router, user=anna), "completed")  # the one that was used: no question
        self.assertEqual(again["destination"], "attic")
        router.restart()
        router.wait_server("down")
        self.assertEqual(settled(router, send(router, user=anna), "completed")["destination"], "attic")
        self.assertEqual(first.jobs(), [])

    def test_known_from_imported_history_alone(self):
        anna = accounts(1)[0]
        first, second = self.device(), self.device()
        _, router = self.away(entry("lobby", first, "raw-1"), entry("attic", second, "raw-1"), fallback={})
        done = router.run("history", "import", "/dev/stdin", stdin=("user,device,last_used\n%s,attic,2026-11-01\n" % anna).encode())
        self.assertEqual(done.returncode, 0, done.stderr)
        job = settled(router, send(router, user=anna))
        self.assertEqual((job["state"], job["destination"]), ("completed", "attic"), job["reasons"])
        self.assertEqual(router.questions(), [])

    def test_device_did_not_take_it_the_rest_is_asked(self):
        anna = accounts(1)[0]
        first, second = self.device(), self.device()
        _, router = self.away(entry("lobby", first, "raw-1"), entry("attic", second, "raw-1"), fallback={})
        first.fault("refuse")
        job = settled(router, send(router, user=anna), "held")
        router.run("release", str(job["id"]), "--to", "lobby", user=anna)
        question = wait_until(lambda: [q for q in router.questions(user=anna) if
                                       [c["device"] for c in q["choices"]] == ["attic"]], 15, "a question about the rest")[0]
        self.assertEqual(ids(router.job(job["id"])) [0], "routing.device-did-not-take")
        status, _ = router.http("POST", "/v1/questions/%s/answer" % question["id"], {"device": "attic"}, user=anna)
        self.assertEqual(status, 200)
        self.assertEqual(settled(router, job, "completed")["destination"], "attic")

    def test_a_dead_device_delays_nobody(self):
        anna, ben = accounts(2)
        dead, alive = self.device(), self.device()
        dead.fault("blackhole")
        _, router = self.away(entry("lobby", dead, "raw-1"), entry("attic", alive, "raw-1"), fallback={},
                              timeouts={name: "10m" for name in ("answer_timeout", "progress_timeout", "close_timeout")})
        router.run("history", "import", "/dev/stdin",
                   stdin=("user,device,last_used\n%s,lobby,2026-11-01\n%s,attic,2026-11-01\n" % (anna, ben)).encode())
        stuck = [send(router, user=anna) for _ in range(3)]
        for _ in range(3):
            settled(router, send(router, user=ben), "completed")
        self.assertEqual(len(alive.jobs()), 3)
        self.assertEqual(router.job(stuck[0]["id"])["state"], "sending", "the dead device still has all the time it may take")

    def test_server_back_withdraws_the_question(self):
        anna = accounts(1)[0]
        server, router = self.away(entry("lobby", self.device(), "raw-1"), entry("attic", self.device(), "raw-1"), fallback={})
        job = send(router, user=anna)
        question = router.wait_question(job["id"], user=anna)
        server.clear_faults()
        self.assertEqual(settled(router, job, "completed")["destination"], "server")
        status, closed = router.http("GET", "/v1/questions/" + question["id"], user=anna)
        self.assertEqual((status, closed["state"]), (200, "withdrawn"))
        status, _ = router.http("POST", "/v1/questions/%s/answer" % question["id"], {"device": "lobby"}, user=anna)
        self.assertEqual(status, 409)

    def test_balance_decides_with_figures(self):
        anna = accounts(1)[0]
        device = self.device()
        server = self.server()
        server.fault("refuse")
        folder = tempfile.mkdtemp(prefix="printrouter-money-")
        self.addCleanup(client, ["rm", "-rf", folder])
        for name, content in (("balances.json", {"currency": "EUR", "decimals": 2, "as_of": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
                                                 "balances": {anna: {"credit": 1}}}),
                              ("prices.json", {"currency": "EUR", "decimals": 2, "lists": {"default": {"mono": 5, "color": 20}}})):
            with open(os.path.join(folder, name), "w", encoding="utf-8") as out:
                json.dump(content, out)
        router = self.router(server, [entry("lobby", device, "raw-1")],
                             {"target": {"printer": "lobby"}, "release_condition": "sufficient-balance"},
                             balances_file=folder + "/balances.json", prices_file=folder + "/prices.json")
        job = settled(router, send(router, user=anna), "held")
        self.assertEqual(ids(job)[0], "routing.none-affordable")
        self.assertEqual(device.jobs(), [])


class Offline(Router):
    """A daemon on a machine whose only interface is loopback."""

    def argv(self, *more):
        up = ("import fcntl, os, socket, struct, sys; "
              "fcntl.ioctl(socket.socket(), 0x8914, struct.pack('16sh14x', b'lo', 1)); "  # SIOCSIFFLAGS, IFF_UP
              "os.execv(sys.argv[1], sys.argv[1:])")
        return ["unshare", "--net", "--", "/usr/bin/python3", "-I", "-c", up, *super().argv(*more)]

    def plug_in(self):
        inside = ["nsenter", "--net", "--target", str(self.pid), "--", "ip"]
        client([*inside, "link", "add", "plug", "type", "veth", "peer", "name", "wall"], check=True)
        client([*inside, "address", "add", "192.0.2.7/24", "dev", "plug"], check=True)
        for end in ("plug", "wall"):
            client([*inside, "link", "set", end, "up"], check=True)


class NoNetwork(unittest.TestCase):
    def test_it_says_which_of_the_two_and_the_job_waits(self):
        if os.geteuid() != 0 or client(["unshare", "--net", "true"]).returncode != 0:
            raise unittest.SkipTest("needs a network namespace of its own")
        device = {"id": "lobby", "address": "192.0.2.1", "ports": [{"protocol": "raw", "port": 9100, "class": "plain"}],
                  "settings": {"unknown-id-jobs": "permit", "terminal-present": False}}
        router = Offline(self, server={"name": "server", "protocol": "ipp", "host": "192.0.2.2", "formats": PS},
                         devices=[device], fallback={"target": {"printer": "lobby"}})
        router.wait_server("down")
        job = settled(router, send(router), "held")
        self.assertEqual(ids(job)[0], "routing.no-network")
        router.plug_in()
        wait_until(lambda: ids(router.job(job["id"]))[0] == "routing.devices-silent", 30, "there is a network, and nobody on it")
        self.assertEqual(router.job(job["id"])["state"], "held")


class OwnNames(Router):
    """A daemon with a hosts file of its own, and a name server that nobody is."""

    def write_config(self, text=None):
        for name, content in (("hosts", "127.0.0.1 localhost lobby.test\n"), ("resolv.conf", "nameserver 192.0.2.53\n")):
            with open(os.path.join(self.folder, name), "w", encoding="ascii") as out:
                out.write(content)
        super().write_config(text)

    def argv(self, *more):
        mount = ("import os, subprocess, sys\n"
                 "for name in ('hosts', 'resolv.conf'):\n"
                 "    subprocess.run(['mount', '--bind', os.path.join(sys.argv[1], name), '/etc/' + name], check=True)\n"
                 "os.execv(sys.argv[2], sys.argv[2:])")
        return ["unshare", "--mount", "--", "/usr/bin/python3", "-I", "-c", mount, self.folder, *super().argv(*more)]

    def forget(self):
        with open(os.path.join(self.folder, "hosts"), "w", encoding="ascii") as out:
            out.write("127.0.0.1 localhost\n")


class NameServiceOut(unittest.TestCase):
    def test_a_printer_is_reached_at_the_last_known_address_of_its_name(self):
        if os.geteuid() != 0 or client(["unshare", "--mount", "--", "mount", "--bind", "/etc/hosts", "/etc/hosts"]).returncode != 0:
            raise unittest.SkipTest("needs a mount namespace of its own")
        device = Device(self, "--port", "raw:0")
        router = OwnNames(self, server={"name": "server", "protocol": "ipp", "host": "server.test", "formats": PS},
                          devices=[entry("lobby", device, "raw-1", address="lobby.test",
                                         settings={"snmp.version": "v2c", "snmp.port": device.snmp_port})],
                          fallback={"target": {"printer": "lobby"}})
        settled(router, send(router), "completed")
        router.forget()
        settled(router, send(router), "completed")
        self.assertEqual(len(device.jobs()), 2)
        self.assertIn("lobby.test: nobody answers for this name; its last known address is used", router.log())
        self.assertNotIn("counters:", router.log(), "they are asked at that address as well")


class KyoceraPorts(Base):
    def kyocera(self, device, *ports, settings=None, **more):
        return entry("copier", device, *ports, maker="Kyocera", model="TASKalfa 6052ci", settings=settings or {}, **more)

    def away(self, device, *ports, settings=None, fallback=None, **more):
        server = self.server()
        server.fault("refuse")
        return server, self.router(server, [self.kyocera(device, *ports, settings=settings)],
                                   dict({"target": {"printer": "copier"}}, **(fallback or {})),
                                   device_models=[source("vendors/kyocera/devices")], **more)

    def test_network_manager_refuses_a_plain_port_before_a_byte(self):
        device = self.device("--port", "raw:0", "--network-manager")
        server = self.server()
        server.fault("refuse")
        # The configuration check says so too; at run time the copier has both, and the plain one is never tried.
        device2 = self.device("--port", "raw:0", "--port", "ipp:0:device-spooling:name=terminal", "--network-manager")
        device2.fault("refuse", port="terminal")
        router = self.router(server, [self.kyocera(device2, "raw-1", "terminal", settings={"terminal-present": True})],
                             {"target": {"printer": "copier"}, "integration": "kx-driver-net-manager"},
                             device_models=[source("vendors/kyocera/devices")], health={"device_interval": "1d", "check_interval": "1d",
                                                                                         "probe_interval_down": "300ms"})
        job = settled(router, send(router), "held")
        told = router.run("explain", str(job["id"])).stdout
        self.assertIn("Network Manager", told)
        self.assertEqual([record for record in device2.jobs() if record["port"] == "raw-1"], [])
        self.assertEqual(device.jobs(), [])

    def test_unknown_id_reject_refuses_up_front(self):
        device = self.device("--port", "raw:0", "--unknown-id", "reject")
        _, router = self.away(device, "raw-1", settings={"unknown-id-jobs": "reject"})
        job = settled(router, send(router), "held")
        self.assertEqual(ids(job)[0], "routing.none-permitted")
        self.assertEqual(device.jobs(), [])
        # Who insists hears the maker's rule, in either language.
        for language in ("en", "de"):
            said = router.run("--lang", language, "release", str(job["id"]), "--to", "copier")
            self.assertEqual(said.returncode, 6, said.stdout)
            explained = router.http("GET", "/v1/jobs/%d/explain" % job["id"])[1]["decision"]["candidates"][0]
            rules = [reason[language] for port in explained["ports"] for reason in port["reasons"] if reason["severity"] == "refusal"]
            self.assertIn(rules[0], said.stderr)
        status, refused = router.http("POST", "/v1/jobs/%d/release" % job["id"], {"device": "copier"})
        self.assertEqual((status, refused["error"]["id"]), (409, "kyocera.unknown-id-rejected"))

    def test_device_spooling_comes_first_and_the_user_is_told_to_log_in_there(self):
        anna = accounts(1)[0]
        device = self.device("--port", "raw:0", "--port", "ipp:0:device-spooling:name=terminal", "--release", "at-device")
        _, router = self.away(device, "raw-1", "terminal", settings={"terminal-present": True, "release": "at-device"})
        watch = Watch(self, router, user=anna)
        job = settled(router, send(router, user=anna), "completed")
        self.assertEqual((job["port_class"], job["counted_by"]), ("device-spooling", "device"))
        self.assertEqual(ids(job)[0], "delivery.waits-at-device")
        watch.wait_line("log in")
        held = device.wait_job()
        self.assertEqual((held["state"], held["user"]), ("held", anna))

    def test_a_sleeping_port_is_woken(self):
        device = self.device("--port", "raw:0", "--port", "ipp:0:device-spooling:name=terminal", "--asleep", "--wake-ms", "300",
                             "--release", "immediate")
        wake = device.ready["wake"]
        _, router = self.away(device, "terminal", settings={"terminal-present": True, "wake-port": wake["port"],
                                                            "wake-wait-ms": 600, "release": "immediate", "asleep": True})
        job = settled(router, send(router), "completed", seconds=30)
        self.assertEqual(job["port_class"], "device-spooling")
        self.assertFalse(device.control("GET", "/state")["asleep"])

    def test_check_fallback_says_what_would_happen(self):
        device = self.device("--port", "raw:0", "--port", "ipp:0:device-spooling:name=terminal")
        _, router = self.away(device, "raw-1", "terminal", settings={"terminal-present": True, "release": "immediate"})
        check = router.cli("check", "fallback")
        self.assertEqual([d["device"] for d in check["devices"]][:1], ["copier"])
        self.assertEqual(check["devices"][0]["verdict"], "usable")
        self.assertIn("check", router.cli("status"))
        device.stop()
        self.assertEqual(router.run("check", "fallback").returncode, 7)


if __name__ == "__main__":
    unittest.main()
