#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Asks ADDRESS for NAME's A record until it answers: probe.py ADDRESS NAME TIMEOUT_SEC [PID]. Prints the seconds it took.

Exit status: 0 answered, 1 not within the time, 2 the process PID ended.
"""
import os
import socket
import struct
import sys
import time


def question(name: str, query_id: int) -> bytes:
    labels = b"".join(bytes([len(label)]) + label.encode() for label in name.rstrip(".").split("."))
    return struct.pack("!6H", query_id, 0x0100, 1, 0, 0, 0) + labels + b"\0" + struct.pack("!2H", 1, 1)


def answers(address: str, name: str, wait_sec: float) -> bool:
    """A new socket each time: a flow that was hashed to a dead queue must not decide."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    query_id = int.from_bytes(os.urandom(2), "big")
    with socket.socket(family, socket.SOCK_DGRAM) as sock:
        sock.settimeout(wait_sec)
        try:
            sock.connect((address, 53))
            sock.send(question(name, query_id))
            reply = sock.recv(4096)
        except OSError:
            return False
    return len(reply) >= 12 and reply[:2] == query_id.to_bytes(2, "big") and reply[3] & 0x0F == 0


def main() -> int:
    address, name, timeout_sec = sys.argv[1], sys.argv[2], float(sys.argv[3])
    pid = int(sys.argv[4]) if len(sys.argv) > 4 else None
    begin = time.monotonic()
    while time.monotonic() - begin < timeout_sec:
        if answers(address, name, 0.05):
            print(f"{time.monotonic() - begin:.3f}")
            return 0
        if pid is not None and _is_gone(pid):
            return 2
        time.sleep(0.02)
    return 1


def _is_gone(pid: int) -> bool:
    try:
        with open(f"/proc/{pid}/stat", encoding="ascii", errors="replace") as stat:
            return stat.read().rpartition(")")[2].split()[0] in "ZX"
    except (FileNotFoundError, ProcessLookupError):
        return True


if __name__ == "__main__":
    sys.exit(main())
