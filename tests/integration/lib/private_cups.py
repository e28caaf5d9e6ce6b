# SPDX-License-Identifier: Apache-2.0
"""A CUPS scheduler of one's own: its files in a temporary folder, a Unix socket, and a free loopback port.

    cups = PrivateCups(self)
    cups.everywhere("queue", "ipp://localhost:%d/ipp/print" % port)   # lpadmin -m everywhere
    cups.queue("raw", "socket://127.0.0.1:%d" % port)                # no filters
    cups.client(["lp", "-d", "queue", "-o", "sides=two-sided-long-edge", path])
    cups.wait_idle("queue")

.port: TCP port of the scheduler itself, .uri(queue): as a target for IPP clients. .log(): its error log. It is ended
by its PID when the test ends. Runs as root (filters and backends then run as lp, as in a Debian system) and
unprivileged (then as that user)."""

import os
import shutil
import tempfile

from running import Program, client, held_port, wait_until

CUPSD_CONF = """
LogLevel debug2
PageLogFormat
MaxLogSize 0
Listen %(socket)s
Listen 127.0.0.1:%(port)d
Browsing No
DefaultShared Yes
WebInterface No
DefaultAuthType None
MaxJobs 0
<Location />
  Order allow,deny
  Allow all
</Location>
<Location /admin>
  Order allow,deny
  Allow all
</Location>
<Policy default>
  JobPrivateAccess all
  JobPrivateValues none
  SubscriptionPrivateAccess all
  SubscriptionPrivateValues none
  <Limit All>
    Order deny,allow
  </Limit>
</Policy>
%(extra)s
"""

CUPS_FILES_CONF = """
SystemGroup root
%(user)s
ServerRoot %(root)s/etc
ServerBin %(programs)s
DataDir /usr/share/cups
StateDir %(root)s/run
CacheDir %(root)s/cache
RequestRoot %(root)s/spool
TempDir %(root)s/spool/tmp
ErrorLog %(root)s/log/error_log
AccessLog %(root)s/log/access_log
PageLog %(root)s/log/page_log
DocumentRoot %(root)s/doc
FileDevice Yes
Sandboxing Relaxed
SyncOnClose No
"""


class PrivateCups:
    def __init__(self, test, extra=""):
        self.root = tempfile.mkdtemp(prefix="private-cups-")
        test.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        os.chmod(self.root, 0o755)
        for folder in ("etc/ppd", "etc/ssl", "run/certs", "cache", "spool/tmp", "log", "doc"):
            os.makedirs(os.path.join(self.root, folder))
        as_root = os.geteuid() == 0
        if as_root:
            shutil.chown(os.path.join(self.root, "spool"), "root", "lp")
            shutil.chown(os.path.join(self.root, "spool/tmp"), "root", "lp")
            shutil.chown(os.path.join(self.root, "cache"), "root", "lp")
            os.chmod(os.path.join(self.root, "spool"), 0o710)
            os.chmod(os.path.join(self.root, "spool/tmp"), 0o1770)
            os.chmod(os.path.join(self.root, "cache"), 0o775)
        self.socket = os.path.join(self.root, "run/cups.sock")
        self.port = held_port(test)
        values = {"programs": "/usr/lib/cups" if as_root else self._own_programs(), "root": self.root, "socket": self.socket, "port": self.port, "extra": extra,
                  "user": "User lp\nGroup lp" if as_root else ""}
        for name, text in (("cupsd.conf", CUPSD_CONF), ("cups-files.conf", CUPS_FILES_CONF)):
            with open(os.path.join(self.root, "etc", name), "w", encoding="utf-8") as out:
                out.write(text % values)
        self.environment = {"CUPS_SERVER": self.socket, "CUPS_STATEDIR": os.path.join(self.root, "run"),
                            "HOME": self.root}
        self.program = Program(test, ["/usr/sbin/cupsd", "-f", "-c", os.path.join(self.root, "etc/cupsd.conf"),
                                      "-s", os.path.join(self.root, "etc/cups-files.conf")], ready=None)
        wait_until(self._answers, 20, "cupsd answers; " + self.root)

    def _own_programs(self):
        """CUPS' programs for an account that is not root: Debian lets only root execute the lpd backend."""
        programs = os.path.join(self.root, "lib")
        os.makedirs(os.path.join(programs, "backend"))
        for name in os.listdir("/usr/lib/cups"):
            if name != "backend":
                os.symlink(os.path.join("/usr/lib/cups", name), os.path.join(programs, name))
        for name in ("ipp", "lpd", "socket"):
            shutil.copy("/usr/lib/cups/backend/" + name, os.path.join(programs, "backend", name))
            os.chmod(os.path.join(programs, "backend", name), 0o755)
        return programs

    def _answers(self):
        if self.program.returncode is not None:
            raise AssertionError("cupsd ended: %s %s" % (self.program.stderr(), self.log()[-2000:]))
        return client(["lpstat", "-r"], env=self.environment).stdout.find(b"is running") >= 0

    def log(self):
        try:
            with open(os.path.join(self.root, "log/error_log"), encoding="utf-8", errors="replace") as text:
                return text.read()
        except OSError:
            return ""

    def client(self, argv, stdin=b"", check=True, timeout=60):
        return client(argv, stdin=stdin, check=check, env=self.environment, timeout=timeout)

    def queue(self, name, uri, *options):
        self.client(["lpadmin", "-p", name, "-v", uri, "-E", *options])

    def everywhere(self, name, uri):
        self.client(["lpadmin", "-p", name, "-v", uri, "-m", "everywhere", "-E"])

    def uri(self, queue):
        return "ipp://localhost:%d/printers/%s" % (self.port, queue)

    def active_jobs(self, queue):
        return [line for line in self.client(["lpstat", "-o", queue]).stdout.decode().splitlines() if line.strip()]

    def wait_idle(self, queue, seconds=60):
        wait_until(lambda: not self.active_jobs(queue), seconds, "queue %s is empty" % queue)
