# SPDX-License-Identifier: Apache-2.0
"""The foreign print clients of the demo. Each hands in one document and is logged with its exit code: a JSON object a
line, which is all that the tally hears about them.

lp-everywhere, lp-lpd, lp-socket   lp through a private CUPS with three queues
lpr                                cups-bsd's lpr, through the same CUPS
rlpr                               RFC 1179 straight to the router
ipptool, ipptool-2                 IPP straight to the router: Print-Job; Create-Job and Send-Document
nc                                 bare bytes to the RAW port; nobody says whose they are"""

import json
import os
import shutil
import subprocess
import threading

import documents

PRINT_JOB = """{
  NAME "Print-Job"
  OPERATION Print-Job
  GROUP operation-attributes-tag
  ATTR charset attributes-charset utf-8
  ATTR language attributes-natural-language en
  ATTR uri printer-uri $uri
  ATTR name requesting-user-name "$who"
  ATTR name job-name "$title"
  ATTR mimeMediaType document-format $format
%(operation)s
  GROUP job-attributes-tag
  ATTR integer copies 1
  FILE $filename
  STATUS successful-ok
  STATUS successful-ok-ignored-or-substituted-attributes
}
"""
CREATE_JOB = """{
  NAME "Create-Job"
  OPERATION Create-Job
  GROUP operation-attributes-tag
  ATTR charset attributes-charset utf-8
  ATTR language attributes-natural-language en
  ATTR uri printer-uri $uri
  ATTR name requesting-user-name "$who"
  ATTR name job-name "$title"
  STATUS successful-ok
  EXPECT job-id
}
{
  NAME "Send-Document"
  OPERATION Send-Document
  GROUP operation-attributes-tag
  ATTR charset attributes-charset utf-8
  ATTR language attributes-natural-language en
  ATTR uri printer-uri $uri
  ATTR integer job-id $job-id
  ATTR name requesting-user-name "$who"
  ATTR mimeMediaType document-format $format
  ATTR boolean last-document true
  FILE $filename
  STATUS successful-ok
}
"""
# What each client can carry without losing the document's name on the way.
KINDS = {"lp-everywhere": ("pdf",), "lp-lpd": ("pdf", "ps"), "lp-socket": ("pjl-ps",), "lpr": ("pdf", "ps"),
         "rlpr": ("pxl", "pwg", "pcl", "ps", "pdf"), "ipptool": ("pcl", "pdf", "ps"), "ipptool-2": ("pdf", "ps"),
         "nc": ("pjl-ps",)}
SHOWN = {"lp-everywhere": "lp, driverless", "lp-lpd": "lp, lpd queue", "lp-socket": "lp, socket queue", "lpr": "lpr",
         "rlpr": "rlpr", "ipptool": "ipptool", "ipptool-2": "ipptool, two steps", "nc": "netcat"}


class Document:
    def __init__(self, number, seed, user, client, kind, subject, pages=1, size=0):
        self.marker = "PRD%dN%03d" % (seed, number)
        self.user, self.client, self.kind, self.subject = user, client, kind, subject
        self.title = "%s %s" % (subject, self.marker)
        self.pages, self.size = pages, size
        self.options = {}
        self.exit = None


class Clients:
    """cups: a private CUPS with the queues everywhere, lpd and socket. ports: protocol -> TCP port of the router."""

    def __init__(self, folder, cups, ports):
        self.folder, self.cups, self.ports = folder, cups, ports
        os.makedirs(folder, exist_ok=True)
        self.log_path = os.path.join(folder, "clients.jsonl")
        self._lock = threading.Lock()
        open(self.log_path, "w", encoding="utf-8").close()
        for name, text in (("print-job.test", PRINT_JOB % {"operation": ""}), ("create-job.test", CREATE_JOB)):
            with open(self.path(name), "w", encoding="utf-8") as file:
                file.write(text)

    def path(self, name):
        return os.path.join(self.folder, name)

    def hand_in(self, document):
        """Runs the client to its end. Returns True if it said that the document was accepted."""
        path = self.path("%s.%s" % (document.marker, documents.SUFFIX[document.kind]))
        with open(path, "wb") as file:
            file.write(documents.make(document.kind, document.marker, document.title, document.pages, document.size))
        os.chmod(path, 0o644)
        command, stdin = self._command(document, path)
        environment = dict(os.environ, **(self.cups.environment if self.cups else {}), LC_ALL="C.UTF-8")
        try:
            with open(stdin or os.devnull, "rb") as source:
                done = subprocess.run(command, stdin=source, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60,
                                      check=False, env=environment)
            document.exit, said = done.returncode, done.stdout.decode(errors="replace")
        except subprocess.TimeoutExpired:
            document.exit, said = 124, "no end within a minute"
        document.said = said[-300:]
        with self._lock, open(self.log_path, "a", encoding="utf-8") as log:
            log.write(json.dumps({"marker": document.marker, "client": document.client, "exit": document.exit,
                                  "said": document.said if document.exit else ""}) + "\n")
        return document.exit == 0

    def _command(self, document, path):
        client, user, title = document.client, document.user, document.title
        if client.startswith("lp-"):
            return ["lp", "-U", user, "-d", client[3:], "-t", title, *document.options.get("lp", ()), path], None
        if client == "lpr":
            return ["lpr", "-U", user, "-P", "lpd", "-T", title, path], None
        if client == "rlpr":
            return ["rlpr", "-H127.0.0.1", "--port=%d" % self.ports["lpr"], "--no-bind", "-Poffice", "-U" + user,
                    "-J" + title, path], None
        if client == "nc":
            return ["nc", "-N", "-w", "30", "127.0.0.1", str(self.ports["raw"])], path
        test = self.path("create-job.test" if client == "ipptool-2" else "print-job.test")
        if document.options.get("ipp"):
            test = self.path(document.marker + ".test")
            with open(test, "w", encoding="utf-8") as file:
                file.write(PRINT_JOB % document.options["ipp"])
        return ["ipptool", "-t", "-T", "40", "-d", "who=" + user, "-d", "title=" + title, "-d",
                "format=" + documents.MIME[document.kind], "-f", path,
                "ipp://localhost:%d/ipp/print" % self.ports["ipp"], test], None


def missing():
    """Programs that the demo needs and this machine lacks."""
    needed = ("cupsd", "lp", "lpr", "rlpr", "ipptool", "nc", "gs", "qpdf")
    return [name for name in needed if not shutil.which(name, path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")]
