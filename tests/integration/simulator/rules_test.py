# SPDX-License-Identifier: Apache-2.0
"""The rules of a device: who may print, on which port, with which code, and what then is counted on whom."""

import json
import socket
import unittest

from running import ControlError, Device, Pages, client, source, wait_until
from wire import lpr_print, pjl_job, raw_print, read_all, send_raw


def outcome(device):
    job = device.wait_job()
    return job["outcome"]


class AccountCodes(unittest.TestCase):
    def setUp(self):
        self.permit = Device(self, "--port", "raw:0", "--account", "00000001", "--account", "12")
        self.reject = Device(self, "--port", "raw:0", "--port", "lpr:0", "--port", "ipp:0", "--account", "00000001",
                             "--unknown-id", "reject", "--user-code", "777")

    def test_prescribe_code_is_counted(self):
        for text in (b'!R! ACNT "CODE", "00000001";EXIT;' + Pages(2),
                     pjl_job(Pages(2), b'!R! ACNT "CODE","00000001";EXIT;\r\n')):
            raw_print(self.permit.port("raw-1"), text)
        wait_until(lambda: self.permit.counters()["by_account"].get("00000001") == 4)
        self.assertEqual([job["outcome"] for job in self.permit.jobs()], ["printed", "printed"])
        self.assertEqual(self.permit.jobs()[0]["received"]["prescribe:ACNT CODE"], "00000001")

    def test_pjl_code_is_counted(self):
        raw_print(self.permit.port("raw-1"), pjl_job(Pages(1), b'@PJL SET KMACCOUNT="12"\r\n'))
        wait_until(lambda: self.permit.counters()["by_account"] == {"12": 1})

    def test_wrong_code_is_cancelled_even_where_unknown_jobs_are_permitted(self):
        raw_print(self.permit.port("raw-1"), b'!R! ACNT "CODE","99";EXIT;' + Pages(1))
        self.assertEqual(outcome(self.permit), "wrong-account-code")
        self.assertEqual(self.permit.counters()["life"], 0)

    def test_no_code_is_counted_on_other_or_rejected(self):
        raw_print(self.permit.port("raw-1"), Pages(1))
        self.assertEqual(outcome(self.permit), "printed")
        self.assertEqual(self.permit.counters()["by_account"], {"other": 1})
        raw_print(self.reject.port("raw-1"), Pages(1))
        self.assertEqual(outcome(self.reject), "unknown-id-rejected")
        self.assertEqual(self.reject.counters()["life"], 0)

    def test_user_code(self):
        raw_print(self.reject.port("raw-1"), pjl_job(Pages(1), b'@PJL SET USERCODE="777"\r\n'))
        self.assertEqual(outcome(self.reject), "printed")
        raw_print(self.reject.port("raw-1"), pjl_job(Pages(1), b'@PJL SET USERCODE="778"\r\n'))
        self.assertEqual(self.reject.wait_job(lambda job: job["id"] == 2 and job["outcome"])["outcome"],
                         "wrong-user-code")

    def test_ipp_says_why(self):
        path = self.reject.output + "/one.ps"
        with open(path, "wb") as file:
            file.write(Pages(1))
        said = client(["ipptool", "-tvf", path, self.reject.uri("ipp-1"), "print-job.test"]).stdout.decode()
        self.assertIn("client-error-account-info-needed", said)
        self.assertEqual(outcome(self.reject), "unknown-id-rejected")


class Terminals(unittest.TestCase):
    def test_identity_is_counted_by_the_device(self):
        device = Device(self, "--port", "raw:0:device-spooling", "--port", "lpr:0:device-spooling")
        raw_print(device.port("raw-1"), pjl_job(Pages(2), b'@PJL SET USERNAME="anna"\r\n'))
        lpr_print(device.port("lpr-1"), Pages(1), user="berta")
        wait_until(lambda: device.counters()["by_user"] == {"anna": 2, "berta": 1})
        self.assertEqual({job["counted_by"] for job in device.jobs()}, {"device"})

    def test_without_identity_it_is_an_authentication_error(self):
        device = Device(self, "--port", "raw:0:device-spooling", "--port", "lpr:0:device-spooling",
                        "--port", "ipp:0:device-spooling")
        with self.assertRaises(ConnectionResetError):
            read_all(send_raw(device.port("raw-1"), Pages(1)))
        with self.assertRaisesRegex(AssertionError, "control file refused"):
            lpr_print(device.port("lpr-1"), Pages(1), user=None)
        path = device.output + "/test"
        with open(path, "w", encoding="ascii") as file:
            file.write("{\nOPERATION Validate-Job\nGROUP operation-attributes-tag\nATTR charset attributes-charset utf-8"
                       "\nATTR language attributes-natural-language en\nATTR uri printer-uri $uri\n"
                       "STATUS client-error-not-authenticated\n}\n")
        client(["ipptool", "-t", device.uri("ipp-1"), path], check=True)
        wait_until(lambda: [job["outcome"] for job in device.jobs()] == ["authentication-error"] * 3)

    def test_network_manager_refuses_plain_jobs(self):
        device = Device(self, "--port", "raw:0", "--port", "raw:0:device-spooling", "--network-manager")
        job = pjl_job(Pages(1), b'@PJL SET USERNAME="anna"\r\n')
        raw_print(device.port("raw-1"), job)
        self.assertEqual(outcome(device), "authentication-error")
        raw_print(device.port("raw-2"), job)
        self.assertEqual(device.wait_job(lambda one: one["port"] == "raw-2" and one["outcome"])["outcome"], "printed")

    def test_released_at_the_device(self):
        device = Device(self, "--port", "ipp:0:device-spooling", "--port", "raw:0", "--release", "at-device")
        path = device.output + "/one.ps"
        with open(path, "wb") as file:
            file.write(Pages(1))
        for _ in range(2):
            client(["ipptool", "-tf", path, device.uri("ipp-1"), "print-job.test"], check=True)
        wait_until(lambda: [job["state"] for job in device.jobs()] == ["held", "held"])
        self.assertEqual(device.counters()["life"], 0)
        device.control("POST", "/jobs/1/release")
        device.control("POST", "/jobs/2/delete")
        wait_until(lambda: [job["outcome"] for job in device.jobs()] == ["printed", "deleted"])
        self.assertEqual(device.counters()["life"], 1)
        with self.assertRaises(ControlError):
            device.control("POST", "/jobs/2/release")

    def test_sleep_and_wake(self):
        device = Device(self, "--port", "raw:0:device-spooling", "--port", "raw:0", "--asleep", "--wake-ms", "50")
        with self.assertRaises(socket.timeout):
            socket.create_connection(("127.0.0.1", device.port("raw-1")), timeout=0.5).close()
        raw_print(device.port("raw-2"), b"plain ports answer\n")
        socket.create_connection(("127.0.0.1", device.ready["wake"]["port"]), timeout=5).close()
        wait_until(lambda: not device.control("GET", "/state")["asleep"])
        raw_print(device.port("raw-1"), pjl_job(Pages(1), b'@PJL SET USERNAME="anna"\r\n'))
        device.wait_job(lambda job: job["port"] == "raw-1" and job["outcome"] == "printed")
        device.control("POST", "/sleep")
        with self.assertRaises(socket.timeout):
            socket.create_connection(("127.0.0.1", device.port("raw-1")), timeout=0.5).close()


class ModelFile(unittest.TestCase):
    def test_a_kyocera_model(self):
        """Ports, languages, colour and the maker's own counter tables come from the file."""
        model = source("vendors/kyocera/devices/taskalfa-6052ci.json")
        device = Device(self, "--model", model, "--start-count", "70")
        self.assertEqual(sorted(device.ports), ["ipp-1", "lpr-1", "raw-1"])
        shown = client(["ipptool", "-tv", device.uri("ipp-1"), "get-printer-attributes.test"]).stdout.decode()
        self.assertIn("printer-make-and-model (textWithoutLanguage) = Kyocera TASKalfa 6052ci", shown)
        self.assertNotIn("application/vnd.hp-PCL", shown)
        raw_print(device.port("raw-1"), pjl_job(Pages(2), b"@PJL SET RENDERMODE=GRAYSCALE\r\n"))
        raw_print(device.port("raw-1"), pjl_job(Pages(3), b"@PJL SET RENDERMODE=COLOR\r\n"))
        wait_until(lambda: device.counters()["jobs"] == 2)
        with open(model, encoding="utf-8") as file:
            counters = json.load(file)["facts"]["counters"]["value"]
        for name, value in (("impressions-total", 75), ("printed-total", 75), ("printed-mono", 2), ("printed-color", 3)):
            said = client(["snmpget", "-v2c", "-cpublic", "-Oqv", "127.0.0.1:%d" % device.snmp_port,
                           counters[name]["oid"]], env={"MIBS": ""}, check=True).stdout
            self.assertEqual(int(said), value, name)


class Senders(unittest.TestCase):
    def test_refused_at_accept(self):
        device = Device(self, "--port", "raw:0", "--permit-sender", "192.0.2.1")
        with self.assertRaises(ConnectionError):
            read_all(send_raw(device.port("raw-1"), Pages(1)))
        self.assertEqual(device.jobs(), [])

    def test_accepted_and_dropped(self):
        device = Device(self, "--port", "lpr:0", "--permit-sender", "192.0.2.1", "--sender-mode", "drop")
        lpr_print(device.port("lpr-1"), Pages(1))
        self.assertEqual(outcome(device), "dropped")
        self.assertEqual(device.counters()["life"], 0)

    def test_permitted(self):
        device = Device(self, "--port", "raw:0", "--permit-sender", "127.0.0.1")
        raw_print(device.port("raw-1"), Pages(1))
        self.assertEqual(outcome(device), "printed")


class ServerQueue(unittest.TestCase):
    def test_holds_whatever_comes(self):
        server = Device(self, "--server", "--port", "raw:0", "--port", "lpr:0", "--port", "ipp:0")
        raw_print(server.port("raw-1"), Pages(1))
        lpr_print(server.port("lpr-1"), Pages(2), user=None)
        wait_until(lambda: [job["state"] for job in server.jobs()] == ["held", "held"])
        server.control("POST", "/jobs/2/release")
        job = server.wait_job(lambda one: one["id"] == 2 and one["state"] == "completed")
        self.assertEqual((job["pages"], job["counted_by"]), (2, "server"))

    def test_discards_what_breaks_off(self):
        server = Device(self, "--server", "--port", "lpr:0")
        server.fault("reset", after_bytes=10, jobs=1)
        with self.assertRaises(ConnectionError):
            lpr_print(server.port("lpr-1"), Pages(1))
        job = server.wait_job(lambda one: one["state"] == "aborted")
        self.assertEqual((job["outcome"], job["bytes"], job["complete"]), ("incomplete", 10, False))


if __name__ == "__main__":
    unittest.main()
