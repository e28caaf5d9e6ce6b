# SPDX-License-Identifier: Apache-2.0
"""The helper that the other tests stand on: start, listeners, one job to the server, kill and start again."""

import unittest

from router import Router, entry, upstream
from running import Device, Pages, client


class Helper(unittest.TestCase):
    def test_a_router_of_ones_own(self):
        server = Device(self, "--server", "--port", "raw:0", "--no-snmp")
        device = Device(self, "--port", "raw:0", "--no-snmp")
        router = Router(self, server=upstream(server, "raw-1", probe={"protocol": "tcp", "port": server.port("raw-1")}), devices=[entry("lobby", device, "raw-1")],
                        fallback={})
        self.assertEqual([door["protocol"] for door in router.listeners], ["ipp", "lpr", "raw"])
        self.assertTrue(all(door["port"] > 0 for door in router.listeners))
        client(["nc", "-N", "127.0.0.1", router.port("raw")], stdin=Pages(2), check=True)
        self.assertEqual(router.wait_job()["state"], "completed")
        self.assertEqual(server.document(server.wait_job()["id"]), Pages(2))
        router.kill()
        router.start()
        self.assertEqual([job["state"] for job in router.jobs()], ["completed"])
        self.assertEqual(router.stop(), 0)


if __name__ == "__main__":
    unittest.main()
