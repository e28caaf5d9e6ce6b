# SPDX-License-Identifier: Apache-2.0
"""A D-Bus and an avahi-daemon of one's own, on the loopback interface alone, for programs that insist on DNS-SD.

    dnssd = PrivateDnssd(self)
    printer = EvePrinter(self, dnssd, "-2")      # ippeveprinter; .uri, .port, .folder (spool), .text()
"""

import os
import shutil
import tempfile

from running import Program, client, held_port, wait_until

BUS = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <type>custom</type>
  <listen>unix:path=%s</listen>
  <auth>EXTERNAL</auth>
  <policy context="default">
    <allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/>
  </policy>
</busconfig>
"""

AVAHI = """[server]
allow-interfaces=lo
use-ipv4=yes
use-ipv6=no
disallow-other-stacks=no
[publish]
[rlimits]
"""


class PrivateDnssd:
    def __init__(self, test):
        self.folder = tempfile.mkdtemp(prefix="private-dnssd-")
        test.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        bus = os.path.join(self.folder, "bus")
        for name, text in (("bus.conf", BUS % bus), ("avahi.conf", AVAHI)):
            with open(os.path.join(self.folder, name), "w", encoding="utf-8") as out:
                out.write(text)
        Program(test, ["dbus-daemon", "--nofork", "--config-file=" + os.path.join(self.folder, "bus.conf")],
                ready=None)
        wait_until(lambda: os.path.exists(bus), 10, "a D-Bus socket")
        self.environment = {"DBUS_SYSTEM_BUS_ADDRESS": "unix:path=" + bus}
        self.avahi = Program(test, ["avahi-daemon", "--no-drop-root", "--no-chroot", "--no-rlimits", "-f",
                                    os.path.join(self.folder, "avahi.conf")], ready=None, env=self.environment)
        wait_until(lambda: "startup complete" in self.avahi.stderr(), 10, "avahi-daemon starts")


class EvePrinter:
    def __init__(self, test, dnssd, *options):
        self.folder = tempfile.mkdtemp(prefix="eve-printer-")
        test.addCleanup(shutil.rmtree, self.folder, ignore_errors=True)
        self.port = held_port(test)
        self.uri = "ipp://localhost:%d/ipp/print" % self.port
        self.program = Program(test, ["ippeveprinter", "-v", "-k", "-d", self.folder, "-n", "localhost", "-p",
                                      str(self.port), *options, "Test %d" % self.port],
                               ready=None, env=dict(dnssd.environment, HOME=self.folder))

        def answers():
            if self.program.returncode is not None:
                raise AssertionError("ippeveprinter ended: " + self.text())
            return client(["ipptool", "-q", self.uri, "get-printer-attributes.test"]).returncode == 0
        wait_until(answers, 15, "ippeveprinter answers")

    def text(self):
        return self.program.stderr()

    def documents(self):
        """Contents of the spool files that hold something."""
        found = []
        for name in sorted(os.listdir(self.folder)):
            path = os.path.join(self.folder, name)
            if os.path.isfile(path) and os.path.getsize(path):
                with open(path, "rb") as document:
                    found.append(document.read())
        return found
