# SPDX-License-Identifier: Apache-2.0
"""A door between an IPP client and the daemon that shuts at a chosen moment.

    gate = Gate(test, router.port("ipp"))
    cups.add_queue("office", "ipp://localhost:%d/ipp/print" % gate.port)
    gate.shut_after(CREATE_JOB, router.kill)   # runs when the answer is here and before the client has it
    gate.shut_within(SEND_DOCUMENT, 20000, router.kill)   # or: when so many bytes of the request have passed
    gate.shut.wait(20)
    gate.open(router.port("ipp"))              # the restarted daemon's port; the gate keeps its own

After the answer has gone to the client its connection is closed. keep_listening=True: whoever comes meanwhile waits
until the gate opens again, as with socket activation; False: connections are refused.
"""

import re
import socket
import threading

from running import held_port

CREATE_JOB = 0x0005
SEND_DOCUMENT = 0x0006


class Gate:
    def __init__(self, test, target):
        self.target = target
        self.shut = threading.Event()
        self._operation = None
        self._action = None
        self._keep_listening = False
        self._within = 0
        self._lock = threading.Lock()
        self._opened = threading.Event()
        self._opened.set()
        self.port = held_port(test)
        self._listener = self._listen(self.port)
        self._ended = False
        threading.Thread(target=self._accept, daemon=True).start()
        test.addCleanup(self._end)

    @staticmethod
    def _listen(port):
        listener = socket.socket()
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        listener.listen(16)
        return listener

    def _end(self):
        self._ended = True
        self._opened.set()
        try:
            self._listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass  # not listening at the moment
        self._listener.close()

    def shut_after(self, operation, action, keep_listening=False):
        with self._lock:
            self._operation, self._action, self._keep_listening = operation, action, keep_listening

    def shut_within(self, operation, size, action):
        with self._lock:
            self._operation, self._action, self._within = operation, action, size

    def open(self, target):
        self.target = target
        if not self._keep_listening:
            self._listener = self._listen(self.port)
        self._opened.set()

    def _accept(self):
        while not self._ended:
            self._opened.wait()
            listener = self._listener
            try:
                client, _ = listener.accept()
            except OSError:
                if self._ended:
                    return
                continue
            self._opened.wait()
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client):
        try:
            server = socket.create_connection(("127.0.0.1", self.target))
        except OSError:
            client.close()
            return
        seen = {"watched": False, "cut": False}
        threading.Thread(target=self._to_server, args=(client, server, seen), daemon=True).start()
        self._to_client(client, server, seen)

    def _to_server(self, client, server, seen):
        head, passed = b"", None
        try:
            while True:
                data = client.recv(65536)
                if not data or seen["cut"]:
                    break
                with self._lock:
                    operation, within = self._operation, self._within
                if operation is not None and passed is None:
                    head = head[-4096:] + data
                    # The request's head, then version 2.0 and the operation (RFC 8010 section 3.1), perhaps in a chunk.
                    found = re.search(b"\r\n\r\n(?:[0-9a-fA-F]+\r\n)?\x02\x00" +
                                      re.escape(operation.to_bytes(2, "big")), head)
                    passed = 0 if found else None
                    seen["watched"] = found is not None and not within
                server.sendall(data)
                passed = passed + len(data) if passed is not None else None
                if operation is not None and within and passed is not None and passed >= within:
                    self._shut(seen)
                    break
            if seen["cut"]:
                client.shutdown(socket.SHUT_RDWR)
            server.shutdown(socket.SHUT_WR)
        except OSError:
            pass  # the other direction ends it

    def _to_client(self, client, server, seen):
        answer = b""
        try:
            while True:
                data = server.recv(65536)
                if not data:
                    break
                if seen["watched"]:
                    answer += data
                    if answer.startswith(b"HTTP/1.1 100"):  # the go-ahead is no answer
                        go_ahead, end, answer = answer.partition(b"\r\n\r\n")
                        client.sendall(go_ahead + end)
                    if not self._whole(answer):
                        continue
                    data = answer
                    if self._shut(seen):
                        client.sendall(data)
                        break
                client.sendall(data)
        except OSError:
            pass  # one side is gone: so is the other
        client.close()
        server.close()

    @staticmethod
    def _whole(answer):
        head, end, body = answer.partition(b"\r\n\r\n")
        for line in head.split(b"\r\n"):
            if end and line.lower().startswith(b"content-length:"):
                return len(body) >= int(line.split(b":")[1])
        return bool(end) and answer.endswith(b"0\r\n\r\n")

    def _shut(self, seen):
        with self._lock:
            action, self._action, self._operation = self._action, None, None
        if action is None:
            return False
        seen["cut"] = True
        self._opened.clear()
        if not self._keep_listening:
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        action()
        self.shut.set()
        return True
