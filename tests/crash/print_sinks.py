# SPDX-License-Identifier: Apache-2.0
"""Print servers that count: what reached them, whole or in part, told from the bytes alone.

RawSink(), LprSink(), IppSink(): listen on a free loopback port. .port, .open()/.close() (refuses connections while
closed, on the same port), .arrivals() -> {document name: (whole copies, partial copies)}. Documents are made by
document(name, size); they carry their name and their length, so a sink needs to know nothing else."""

import os
import re
import socket
import socketserver
import struct
import sys
import threading

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "integration", "lib"))
from running import HeldPort  # noqa: E402

MARK = re.compile(rb"%%MARK:([A-Za-z0-9-]+):(\d+)\n")


def document(name, size):
    head = b"%!PS-Adobe-3.0\n%%MARK:" + name.encode() + b":%d\n" % size
    tail = b"%%END:" + name.encode() + b"\nshowpage\n"
    fill = b"% the quick brown fox jumps over the lazy dog\n"
    body = fill * (max(0, size - len(head) - len(tail)) // len(fill))
    return head + body + b"%" * max(0, size - len(head) - len(tail) - len(body) - 1) + b"\n" + tail


class Tally:
    def __init__(self):
        self.lock = threading.Lock()
        self.found = {}

    def take(self, data, partial_counts=True):
        """Notes the document in these bytes; returns its name, None if there is none."""
        match = MARK.search(data)
        if not match:
            return None
        name = match.group(1).decode()
        whole = document(name, int(match.group(2))) in data
        with self.lock:
            copies = self.found.setdefault(name, [0, 0])
            if whole:
                copies[0] += 1
            elif partial_counts:
                copies[1] += 1
        return name


class Sink:
    def __init__(self):
        self.tally = Tally()
        self.held = HeldPort()  # while the sink is closed a connection is refused, not another program's
        self.port = self.held.number
        self.listener = None
        self.open()

    def open(self):
        if self.listener is not None:
            return
        sink = self

        class Handler(socketserver.BaseRequestHandler):
            def handle(self):
                self.request.settimeout(20)
                try:
                    sink.serve(self.request)
                except (OSError, EOFError, ValueError):
                    pass  # the peer was killed: what came is in the tally

        class Listener(socketserver.ThreadingTCPServer):
            allow_reuse_address = True
            daemon_threads = True
            request_queue_size = 128

        self.listener = Listener(("127.0.0.1", self.port), Handler)
        threading.Thread(target=self.listener.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self):
        if self.listener is not None:
            self.listener.shutdown()
            self.listener.server_close()
            self.listener = None

    def arrivals(self):
        with self.tally.lock:
            return {name: tuple(copies) for name, copies in self.tally.found.items()}


class Buffered:
    """A connection read in lines and counts; keeps what it has seen."""

    def __init__(self, connection):
        self.connection = connection
        self.data = b""

    def more(self):
        piece = self.connection.recv(65536)
        if not piece:
            raise EOFError
        self.data += piece

    def line(self, end=b"\n"):
        while end not in self.data:
            self.more()
        line, self.data = self.data.split(end, 1)
        return line

    def take(self, count):
        while len(self.data) < count:
            self.more()
        out, self.data = self.data[:count], self.data[count:]
        return out


class RawSink(Sink):
    """Prints what comes until the end, then closes: the only receipt there is. reset_every=n: every n-th connection is
    reset instead although all was printed; the names of those documents are in .reset."""

    def __init__(self, reset_every=0):
        self.reset_every = reset_every
        self.reset = set()
        self.served = 0
        super().__init__()

    def serve(self, connection):
        data = b""
        try:
            while True:
                piece = connection.recv(65536)
                if not piece:
                    break
                data += piece
        finally:
            name = self.tally.take(data)
        self.served += name is not None
        if self.reset_every and name and self.served % self.reset_every == 0:
            self.reset.add(name)
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()


class LprSink(Sink):
    """RFC 1179, receiving only."""

    def serve(self, connection):
        peer = Buffered(connection)
        command = peer.line()
        if command[:1] != b"\x02":
            connection.sendall(b"\n")  # a queue listing, empty
            return
        connection.sendall(b"\0")
        while True:
            try:
                line = peer.line()
            except EOFError:
                return
            kind, size = line[:1], int(line[1:].split(b" ")[0])
            connection.sendall(b"\0")
            try:
                data = peer.take(size) if size else self.until_end(peer)
                if size:
                    peer.take(1)
            except (EOFError, OSError):
                if kind == b"\x03":
                    self.tally.take(peer.data)
                raise
            if kind == b"\x03":
                self.tally.take(data)
            connection.sendall(b"\0")

    @staticmethod
    def until_end(peer):
        try:
            while True:
                peer.more()
        except EOFError:
            return peer.data


class IppSink(Sink):
    """Enough of IPP/2.0 for a sender that asks before and after; keeps jobs and lists them. Discards truncated jobs."""

    def __init__(self):
        self.jobs = []  # (uuid, name, bytes of the document)
        self.jobs_lock = threading.Lock()
        super().__init__()

    def serve(self, connection):
        peer = Buffered(connection)
        while True:
            try:
                head = peer.line(b"\r\n\r\n").decode("latin-1").lower()
            except EOFError:
                return
            if "expect: 100-continue" in head:
                connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
            length = re.search(r"content-length: *(\d+)", head)
            body = peer.take(int(length.group(1))) if length else self.chunks(peer)
            answer = self.answer(body)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Type: application/ipp\r\nContent-Length: %d\r\n\r\n" %
                               len(answer) + answer)

    @staticmethod
    def chunks(peer):
        out = b""
        while True:
            size = int(peer.line(b"\r\n").split(b";")[0], 16)
            if size == 0:
                peer.line(b"\r\n")
                return out
            out += peer.take(size)
            peer.take(2)

    @staticmethod
    def parse(body):
        """(version, operation, request id, {name: first value}); found[""] is what follows the attributes."""
        version, operation, request = struct.unpack(">HHI", body[:8])
        found, at, name = {}, 8, ""
        while at < len(body) and body[at] != 3:
            tag = body[at]
            at += 1
            if tag < 0x10:
                continue
            size = struct.unpack(">H", body[at:at + 2])[0]
            if size:
                name = body[at + 2:at + 2 + size].decode("latin-1")
            at += 2 + size
            size = struct.unpack(">H", body[at:at + 2])[0]
            found.setdefault(name, body[at + 2:at + 2 + size])
            at += 2 + size
        found[""] = body[at + 1:]
        return version, operation, request, found

    @staticmethod
    def value(tag, name, value):
        raw = value if isinstance(value, bytes) else value.encode() if isinstance(value, str) else struct.pack(">i", value)
        return struct.pack(">BH", tag, len(name)) + name.encode() + struct.pack(">H", len(raw)) + raw

    def job_group(self, number, state=9):
        uuid, name, size = self.jobs[number - 1]
        return b"\x02" + self.value(0x21, "job-id", number) + \
            self.value(0x45, "job-uri", "ipp://127.0.0.1:%d/jobs/%d" % (self.port, number)) + \
            self.value(0x45, "job-uuid", uuid) + self.value(0x42, "job-name", name) + \
            self.value(0x23, "job-state", state) + self.value(0x44, "job-state-reasons", "none") + \
            self.value(0x21, "job-impressions-completed", 1) + self.value(0x21, "job-k-octets", (size + 1023) // 1024)

    def answer(self, body):
        version, operation, request, found = self.parse(body)
        status, groups = 0, b""
        with self.jobs_lock:
            if operation == 0x0002:  # Print-Job
                self.tally.take(body)
                self.jobs.append((found.get("job-uuid", b"urn:uuid:none"), found.get("job-name", b""), len(found[""])))
                # Every other job is still being printed when it is answered.
                groups = self.job_group(len(self.jobs), 9 if len(self.jobs) % 2 else 5)
            elif operation == 0x000A:  # Get-Jobs
                groups = b"".join(self.job_group(i + 1) for i in range(len(self.jobs)))
            elif operation == 0x0009:  # Get-Job-Attributes
                number = struct.unpack(">i", found.get("job-id", b"\0\0\0\0"))[0]
                if 1 <= number <= len(self.jobs):
                    groups = self.job_group(number)
                else:
                    status = 0x0406
            elif operation == 0x000B:  # Get-Printer-Attributes
                groups = self.printer()
            elif operation != 0x0004:  # but for Validate-Job
                status = 0x0501
        return struct.pack(">HHI", version, status, request) + b"\x01" + \
            self.value(0x47, "attributes-charset", "utf-8") + \
            self.value(0x48, "attributes-natural-language", "en") + groups + b"\x03"

    def printer(self):
        operations = b"".join(self.value(0x23, "operations-supported" if i == 0 else "", op)
                              for i, op in enumerate((2, 4, 9, 10, 11)))
        return b"\x04" + self.value(0x45, "printer-uri-supported", "ipp://127.0.0.1:%d/ipp/print" % self.port) + \
            self.value(0x23, "printer-state", 3) + self.value(0x44, "printer-state-reasons", "none") + \
            self.value(0x22, "printer-is-accepting-jobs", b"\x01") + operations + \
            self.value(0x44, "ipp-versions-supported", "2.0") + \
            self.value(0x49, "document-format-supported", "application/octet-stream") + \
            self.value(0x49, "", "application/postscript")
