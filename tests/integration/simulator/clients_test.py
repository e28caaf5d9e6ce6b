# SPDX-License-Identifier: Apache-2.0
"""The simulator against other people's print clients: what it says it received must be what they sent."""

import hashlib
import os
import re
import unittest

from running import Device, Pages, client, source, wait_until
from wire import lpr_print, raw_print

LIFE_COUNT = "1.3.6.1.2.1.43.10.2.1.4.1.1"


def ended(job):
    return job["state"] in ("completed", "cancelled", "aborted")


class Clients(unittest.TestCase):
    def test_netcat(self):
        device = Device(self, "--port", "raw:0")
        client(["nc", "-N", "127.0.0.1", device.port("raw-1")], stdin=Pages(3), check=True)
        job = device.wait_job()
        self.assertEqual((job["pages"], job["pages_source"], job["outcome"]), (3, "ghostscript", "printed"))
        self.assertTrue(job["complete"])
        self.assertEqual(job["sha256"], hashlib.sha256(Pages(3)).hexdigest())
        self.assertEqual(device.document(job["id"]), Pages(3))

    def test_rlpr(self):
        device = Device(self, "--port", "lpr:0:queue=office")
        sent = client(["rlpr", "-H127.0.0.1", "--port=%d" % device.port("lpr-1"), "--no-bind", "-Poffice", "-JReport"],
                      stdin=Pages(2))
        self.assertEqual(sent.returncode, 0, sent.stderr)
        job = device.wait_job()
        self.assertEqual((job["pages"], job["title"], job["queue"], job["outcome"]), (2, "Report", "office", "printed"))
        self.assertNotEqual(job["user"], "")

    def test_ipptool(self):
        device = Device(self, "--port", "ipp:0")
        path = device.output + "/document.pdf"
        with open(path, "wb") as file:
            file.write(Pages(2, "pdf"))
        for suite in ("print-job.test", "print-job-gzip.test", "print-job-deflate.test", "validate-job.test",
                      "create-job.test", "get-jobs.test", "get-printer-attributes.test"):
            result = client(["ipptool", "-tf", path, device.uri("ipp-1"), suite])
            self.assertEqual(result.returncode, 0, suite + "\n" + result.stdout.decode() + result.stderr.decode())
        jobs = [job for job in device.jobs() if job["bytes"] > 0]
        wait_until(lambda: all(ended(job) for job in device.jobs() if job["bytes"] > 0))
        self.assertGreaterEqual(len(jobs), 3)
        for job in device.jobs():
            if job["bytes"] > 0:
                self.assertEqual((job["pages"], job["pages_source"]), (2, "qpdf"))

    def test_ipps(self):
        device = Device(self, "--port", "ipps:0")
        path = device.output + "/document.pdf"
        with open(path, "wb") as file:
            file.write(Pages(1, "pdf"))
        client(["ipptool", "-tf", path, device.uri("ipps-1"), "print-job.test"], check=True)
        self.assertEqual(device.wait_job()["outcome"], "printed")

    def test_snmpget_sees_the_pages(self):
        device = Device(self, "--port", "raw:0", "--start-count", "1000", "--counter",
                        "printed-total=1.3.6.1.4.1.1347.42.3.1.1.1.1.1")
        client(["nc", "-N", "127.0.0.1", device.port("raw-1")], stdin=Pages(4), check=True)
        device.wait_job()
        for oid in (LIFE_COUNT, "1.3.6.1.4.1.1347.42.3.1.1.1.1.1"):
            shown = client(["snmpget", "-v2c", "-cpublic", "-Oqv", "127.0.0.1:%d" % device.snmp_port, oid],
                           env={"MIBS": ""}, check=True)
            self.assertEqual(shown.stdout.decode().strip(), "1004")


class Independence(unittest.TestCase):
    def test_no_code_of_ours_is_in_it(self):
        folder = source("samples/device-simulator")
        names = os.listdir(folder)
        for name in names:
            if name.endswith((".cpp", ".hpp")):
                with open(os.path.join(folder, name), encoding="utf-8") as file:
                    text = file.read()
                for included in re.findall(r'#include "([^"]+)"', text):
                    self.assertIn(included, names, name)
                self.assertNotIn("#include <printrouter", text, name)
        with open(os.path.join(folder, "CMakeLists.txt"), encoding="utf-8") as file:
            self.assertNotRegex(file.read(), r"pr_|core/[a-z]")


class Ticket(unittest.TestCase):
    """Three duplex copies of three pages are six sheets, however they are asked for."""

    def check(self, job):
        self.assertEqual((job["copies"], job["sides"], job["pages"], job["sheets"], job["impressions"]),
                         (3, "two-sided-long-edge", 3, 6, 9))

    def test_pjl(self):
        device = Device(self, "--port", "raw:0")
        data = (b"\x1b%-12345X@PJL JOB NAME=\"Sheets\"\r\n@PJL SET COPIES=3\r\n@PJL SET DUPLEX=ON\r\n"
                b"@PJL SET BINDING=LONGEDGE\r\n@PJL ENTER LANGUAGE=PDF\r\n" + Pages(3, "pdf") +
                b"\x1b%-12345X@PJL EOJ\r\n\x1b%-12345X")
        raw_print(device.port("raw-1"), data)
        job = device.wait_job()
        self.check(job)
        self.assertEqual(job["title"], "Sheets")
        self.assertEqual(device.counters()["sheets"], 6)

    def test_ipp(self):
        device = Device(self, "--port", "ipp:0")
        path = device.output + "/document.pdf"
        with open(path, "wb") as file:
            file.write(Pages(3, "pdf"))
        test = device.output + "/ticket.test"
        with open(test, "w", encoding="ascii") as file:
            file.write('{\nOPERATION Print-Job\nGROUP operation-attributes-tag\nATTR charset attributes-charset utf-8\n'
                       'ATTR language attributes-natural-language en\nATTR uri printer-uri $uri\n'
                       'ATTR name requesting-user-name anna\nATTR name job-name "three copies"\n'
                       'GROUP job-attributes-tag\nATTR integer copies 3\n'
                       'ATTR keyword sides two-sided-long-edge\nFILE $filename\nSTATUS successful-ok\n}\n')
        client(["ipptool", "-tf", path, device.uri("ipp-1"), test], check=True)
        job = device.wait_job(lambda job: job.get("title") == "three copies" and ended(job))
        self.check(job)
        self.assertEqual(job["user"], "anna")

    def test_lpr_repeats(self):
        device = Device(self, "--port", "lpr:0")
        text = (b"\x1b%-12345X@PJL SET DUPLEX=ON\r\n@PJL ENTER LANGUAGE=POSTSCRIPT\r\n" + Pages(3) + b"\x1b%-12345X")
        lpr_print(device.port("lpr-1"), text, copies=3)
        self.check(device.wait_job())


if __name__ == "__main__":
    unittest.main()
