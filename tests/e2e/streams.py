# SPDX-License-Identifier: Apache-2.0
"""DNS messages on a TCP connection: two octets of length, then the message (RFC 1035 section 4.2.2)."""
import socket
import time

import dns.message


def framed(*queries: dns.message.Message) -> bytes:
    return b"".join(len(wire).to_bytes(2, "big") + wire for wire in (query.to_wire() for query in queries))


def receive(sock: socket.socket, timeout_sec: float = 5.0) -> dns.message.Message:
    """Raises EOFError when the server closes the connection instead, TimeoutError when it does nothing."""
    end = time.monotonic() + timeout_sec
    length = int.from_bytes(_exactly(sock, 2, end), "big")
    return dns.message.from_wire(_exactly(sock, length, end))


def _exactly(sock: socket.socket, size: int, end: float) -> bytes:
    got = b""
    while len(got) < size:
        sock.settimeout(max(0.001, end - time.monotonic()))
        try:
            part = sock.recv(size - len(got))
        except ConnectionResetError:
            part = b""
        if not part:
            raise EOFError
        got += part
    return got


def seconds_until_closed(sock: socket.socket, limit_sec: float) -> float | None:
    """None: not within the limit. An answer on the way does not matter."""
    begin = time.monotonic()
    try:
        while True:
            sock.settimeout(max(0.001, begin + limit_sec - time.monotonic()))
            if not sock.recv(65536):
                return time.monotonic() - begin
    except ConnectionError:
        return time.monotonic() - begin
    except TimeoutError:
        return None
