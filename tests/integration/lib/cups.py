# SPDX-License-Identifier: Apache-2.0
"""A private CUPS, as Debian packages it, for a test: own folders, own Unix socket, no network, no fixed port.

    cups = Cups(test)                                    # started, ended with the test
    cups.add_queue("office", "ipp://127.0.0.1:40001/ipp/print")            # driverless: lpadmin -m everywhere
    cups.add_queue("plain", "socket://127.0.0.1:40002", model="raw")       # bytes as they are; also lpd://
    job = cups.lp("office", "/path/file.pdf", "-n", "3", "-o", "sides=two-sided-long-edge")   # "office-1"
    cups.client(["lpstat", "-o"])                        # any client program, pointed at this CUPS
    cups.wait_completed(job)                             # seconds=30
    cups.errors()                                        # error_log

user=: run lp and friends as another account (needs root). Needs cupsd (packages cups, cups-client, cups-filters).
"""

import os
import pwd
import re
import shutil
import tempfile

from running import Program, client, wait_until


class Cups:
    def __init__(self, test, debug=False):
        self._test = test
        self.root = tempfile.mkdtemp(prefix="printrouter-cups-")
        test.addCleanup(shutil.rmtree, self.root, ignore_errors=True)
        os.chmod(self.root, 0o755)
        for name in ("etc", "etc/ppd", "run", "run/certs", "cache", "spool", "spool/tmp", "log"):
            os.makedirs(self.path(name), exist_ok=True)
        if os.getuid() == 0:
            account = pwd.getpwnam("lp")
            for name in ("spool", "spool/tmp", "cache"):
                os.chown(self.path(name), 0, account.pw_gid)
                os.chmod(self.path(name), 0o1770 if name == "spool/tmp" else 0o770)
        self.socket = self.path("run/cups.sock")
        with open(self.path("etc/cups-files.conf"), "w", encoding="ascii") as file:
            file.write("\n".join(("ServerRoot " + self.path("etc"), "StateDir " + self.path("run"),
                                  "CacheDir " + self.path("cache"), "RequestRoot " + self.path("spool"),
                                  "TempDir " + self.path("spool/tmp"), "ErrorLog " + self.path("log/error_log"),
                                  "AccessLog " + self.path("log/access_log"), "PageLog " + self.path("log/page_log"),
                                  "ServerBin /usr/lib/cups", "DataDir /usr/share/cups", "SystemGroup root", "")))
        with open(self.path("etc/cupsd.conf"), "w", encoding="ascii") as file:
            file.write("LogLevel %s\nListen %s\nBrowsing Off\nDefaultAuthType None\nWebInterface No\n"
                       "DirtyCleanInterval 0\nJobRetryInterval 1\nErrorPolicy retry-current-job\nMaxLogSize 0\n"
                       "PreserveJobHistory Yes\nPreserveJobFiles Yes\nIdleExitTimeout 0\n"
                       "<Location />\nOrder allow,deny\nAllow all\n</Location>\n"
                       "<Location /admin>\nOrder allow,deny\nAllow all\n</Location>\n"
                       "<Policy default>\nJobPrivateAccess all\nJobPrivateValues none\nSubscriptionPrivateAccess all\n"
                       "SubscriptionPrivateValues none\n<Limit All>\nOrder allow,deny\nAllow all\n</Limit>\n</Policy>\n"
                       % ("debug" if debug else "info", self.socket))
        self.program = Program(test, [shutil.which("cupsd") or "/usr/sbin/cupsd", "-f", "-c",
                                      self.path("etc/cupsd.conf"), "-s", self.path("etc/cups-files.conf")], ready=None)
        wait_until(lambda: client(["lpstat", "-r"], env=self.environment()).stdout.startswith(b"scheduler is running"),
                   20, "cupsd answers")

    def path(self, name):
        return os.path.join(self.root, name)

    def environment(self):
        return {"CUPS_SERVER": self.socket, "LC_ALL": "C.UTF-8"}

    def client(self, argv, stdin=b"", timeout=60, check=True, user=None):
        if user is not None:
            argv = ["setpriv", "--reuid", user, "--regid", str(pwd.getpwnam(user).pw_gid), "--clear-groups", "--"] + \
                list(argv)
        return client(argv, stdin=stdin, timeout=timeout, check=check, env=self.environment())

    def add_queue(self, name, uri, model="everywhere", *options):
        self.client(["lpadmin", "-p", name, "-E", "-v", uri, "-m", model, *options])

    def lp(self, queue, path, *options, user=None, stdin=b""):
        files = [] if path is None else [path]
        said = self.client(["lp", "-d", queue, *options, *files], stdin=stdin, user=user).stdout.decode()
        return re.search(r"request id is (\S+)", said).group(1)

    def completed(self, job):
        listed = self.client(["lpstat", "-W", "completed", "-o"]).stdout.decode()
        return any(line.split()[:1] == [job] for line in listed.splitlines())

    def wait_completed(self, job, seconds=30):
        try:
            wait_until(lambda: self.completed(job), seconds, job + " is completed in CUPS")
        except AssertionError as problem:
            raise AssertionError("%s\n%s" % (problem, self.errors()[-3000:])) from None

    def errors(self):
        with open(self.path("log/error_log"), encoding="utf-8", errors="replace") as file:
            return file.read()

    def stop(self):
        return self.program.stop()
