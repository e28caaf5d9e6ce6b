# SPDX-License-Identifier: Apache-2.0
"""RawSink(test): a RAW printer that keeps what each connection brings. .port, .uri (for CUPS), .documents."""

import socket
import threading


class RawSink:
    def __init__(self, test):
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = self._listener.getsockname()[1]
        self.uri = "socket://127.0.0.1:%d" % self.port
        self.documents = []
        threading.Thread(target=self._serve, daemon=True).start()
        test.addCleanup(self._listener.close)

    def _serve(self):
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            with connection:
                data = b"".join(iter(lambda: connection.recv(65536), b""))
            if data:
                self.documents.append(data)
