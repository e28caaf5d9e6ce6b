# SPDX-License-Identifier: Apache-2.0
"""Programs that expect a connection as standard input and output (cups-lpd, p910nd -d):

    lpd = Inetd(self, ["/usr/lib/cups/daemon/cups-lpd", "-n"], cups.environment)
    lpd.port
"""

import os
import socket
import subprocess
import threading


class Inetd:
    """Runs a program for each connection, with the connection as its standard input and output."""

    def __init__(self, test, argv, env):
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        self.argv, self.env, self.children = argv, dict(os.environ, **env), []
        thread = threading.Thread(target=self._serve, daemon=True)
        thread.start()
        test.addCleanup(self._close)

    def _serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            with connection:
                self.children.append(subprocess.Popen(self.argv, stdin=connection, stdout=connection,
                                                      stderr=subprocess.DEVNULL, env=self.env))

    def _close(self):
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        for child in self.children:
            child.wait(20)
