# SPDX-License-Identifier: Apache-2.0
"""Print protocols by hand, for what no client does: breaking off, odd orders, PJL with a particular line.

send_raw(port, data, half_close=True) -> connected socket; read_all(socket) -> bytes until the peer's end (closes).
raw_print(port, data) -> what the peer answered. pjl_job(document, *lines) -> document wrapped in PJL.
lpr_print(port, data, user="anna", title="job", queue="lp", host="desk", copies=1, data_first=False, size=None, timeout=10)
AssertionError "<stage> refused" on a non-zero octet, ConnectionError if the peer breaks off.
"""

import socket


def send_raw(port, data, half_close=True, timeout=10):
    connection = socket.create_connection(("127.0.0.1", port), timeout=timeout)
    try:
        connection.sendall(data)
        if half_close:
            connection.shutdown(socket.SHUT_WR)
    except OSError:
        connection.close()
        raise
    return connection


def read_all(connection):
    data = b""
    with connection:
        while True:
            piece = connection.recv(65536)
            if not piece:
                return data
            data += piece


def raw_print(port, data):
    return read_all(send_raw(port, data))


def pjl_job(document, *lines, language=b"POSTSCRIPT"):
    return (b"\x1b%-12345X@PJL\r\n" + b"".join(lines) + b"@PJL ENTER LANGUAGE=" + language + b"\r\n" + document +
            b"\x1b%-12345X@PJL EOJ\r\n\x1b%-12345X")


def _expect(connection, stage):
    octet = connection.recv(1)
    if octet == b"":
        raise ConnectionError("%s: the peer broke off" % stage)
    if octet != b"\0":
        raise AssertionError("%s refused (%d)" % (stage, octet[0]))


def lpr_print(port, data, user="anna", title="job", queue="lp", host="desk", copies=1, data_first=False, size=None,
              number=1, timeout=10):
    name = b"A%03d%s" % (number, host.encode())
    control = b"H" + host.encode() + b"\n"
    if user is not None:
        control += b"P" + user.encode() + b"\n"
    control += b"J" + title.encode() + b"\n" + (b"ldf" + name + b"\n") * copies + b"Udf" + name + b"\nN" + \
        title.encode() + b"\n"
    with socket.create_connection(("127.0.0.1", port), timeout=timeout) as connection:
        connection.sendall(b"\x02" + queue.encode() + b"\n")
        _expect(connection, "queue")

        def send_control():
            connection.sendall(b"\x02%d cf%s\n" % (len(control), name))
            _expect(connection, "control file announcement")
            connection.sendall(control + b"\0")
            _expect(connection, "control file")

        def send_data():
            connection.sendall(b"\x03%d df%s\n" % (len(data) if size is None else size, name))
            _expect(connection, "data file announcement")
            connection.sendall(data)
            if size == 0:
                connection.shutdown(socket.SHUT_WR)
            else:
                connection.sendall(b"\0")
            _expect(connection, "data file")

        for step in ((send_data, send_control) if data_first else (send_control, send_data)):
            step()
