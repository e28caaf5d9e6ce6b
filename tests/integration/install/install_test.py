#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""Installed into a prefix of its own, everything works from there: programs, plugins, samples, SDK."""
import glob
import json
import os
import shutil
import subprocess
import tempfile
import unittest

from router import Router, upstream
from running import Device

BUILD = os.environ["PRINTROUTER_BUILD"]


class Install(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.prefix = tempfile.mkdtemp(prefix="printrouter-install-")
        os.chmod(cls.prefix, 0o755)
        cls.addClassCleanup(shutil.rmtree, cls.prefix)
        subprocess.run(["cmake", "--install", BUILD, "--prefix", cls.prefix], check=True, stdout=subprocess.DEVNULL)
        cls.addClassCleanup(os.environ.__setitem__, "PRINTROUTER_BIN", os.environ["PRINTROUTER_BIN"])
        os.environ["PRINTROUTER_BIN"] = cls.path("bin")

    @classmethod
    def path(cls, *words):
        return os.path.join(cls.prefix, *words)

    def run_program(self, *words):
        return subprocess.run(words, capture_output=True, text=True, timeout=60)

    def test_the_installed_plugins_are_good(self):
        done = self.run_program(self.path("bin", "printrouter-plugin-scan"), "--json", self.path("lib/printrouter/plugins"))
        plugins = json.loads(done.stdout)
        self.assertEqual(done.returncode, 0, plugins)
        self.assertLessEqual({"raw", "lpr", "ipp", "queue", "http", "generic", "kyocera", "ricoh"}, {p["id"] for p in plugins})

    def test_each_program_tells_its_usage(self):
        for program in ("printrouterd", "printrouter", "printrouter-server", "printrouter-plugin-scan", "printrouter-device"):
            with self.subTest(program):
                done = self.run_program(self.path("bin", program), "--help")
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertIn("--", done.stdout)

    def test_the_desktop_programs_need_no_server_database(self):
        for program in ("printrouterd", "printrouter"):
            needed = self.run_program("ldd", self.path("bin", program)).stdout
            self.assertIn("libc.so", needed)
            for library in ("libpq", "libmysql", "libmariadb", "libodbc", "libcups"):
                self.assertNotIn(library, needed, program)

    def test_the_sample_configurations_are_valid_where_they_lie(self):
        samples = sorted(glob.glob(self.path("share/printrouter/samples/configs/*.json")))
        self.assertTrue(samples)
        for sample in samples:
            with open(sample, encoding="utf-8") as file:
                if "listeners" not in json.load(file):
                    continue  # a part of a configuration
            with self.subTest(sample):
                program = "printrouter-server" if sample.endswith("/server.json") else "printrouterd"
                done = self.run_program(self.path("bin", program), "--check-config", "--config", sample)
                self.assertEqual(done.returncode, 0, done.stderr)

    def test_a_job_goes_through_the_installed_daemon(self):
        server = Device(self, "--server", "--port", "raw:0")
        port = server.ports["raw-1"]["port"]
        router = Router(self, server=upstream(server, "raw-1", probe={"protocol": "tcp", "host": "127.0.0.1", "port": port}))
        plugins = router.cli("plugins", "list")
        self.assertTrue(all(p["library"].startswith(self.prefix) for p in plugins), plugins)
        document = os.path.join(router.folder, "document.ps")
        with open(document, "w", encoding="utf-8") as file:
            file.write("%!PS\nshowpage\n")
        router.cli("print", document)
        self.assertEqual(router.wait_job()["state"], "completed")

    def test_the_installed_models_are_found(self):
        device = {"id": "d", "address": "127.0.0.1", "maker": "Kyocera", "model": "ECOSYS FS-4100DN",
                  "ports": [{"protocol": "raw", "port": 1, "class": "plain"}]}
        known = Router(self, devices=[device]).cli("devices")[0]
        self.assertIs(known["color"], False, known)

    def test_a_plugin_is_built_from_the_installed_sdk(self):
        sdk, build = self.path("share/printrouter/sdk"), self.path("template-build")
        configured = self.run_program("cmake", "-S", os.path.join(sdk, "template"), "-B", build, "-G", "Ninja",
                                      "-DPRINTROUTER_SDK=" + sdk)
        self.assertEqual(configured.returncode, 0, configured.stderr)
        built = self.run_program("cmake", "--build", build)
        self.assertEqual(built.returncode, 0, built.stdout)
        manifests = glob.glob(os.path.join(build, "**", "*.plugin.json"), recursive=True)
        self.assertEqual(len(manifests), 1)
        done = self.run_program(self.path("bin", "printrouter-plugin-scan"), *manifests)
        self.assertEqual(done.returncode, 0, done.stdout)


if __name__ == "__main__":
    unittest.main()
