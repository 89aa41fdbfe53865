# SPDX-License-Identifier: Apache-2.0
"""Sockets of this process inside another network namespace: a socket stays in the namespace it was made in."""
import contextlib
import ctypes
import os
import socket

_libc = ctypes.CDLL(None, use_errno=True)
_CLONE_NEWNET = 0x40000000


def _enter(fd: int) -> None:
    if _libc.setns(fd, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


@contextlib.contextmanager
def inside(namespace: str):
    home = os.open("/proc/thread-self/ns/net", os.O_RDONLY)
    there = os.open(f"/run/netns/{namespace}", os.O_RDONLY)
    try:
        _enter(there)
        yield
    finally:
        _enter(home)
        os.close(there)
        os.close(home)


def udp_socket(namespace: str, peer: str, source: str | None = None) -> socket.socket:
    """Connected to peer's port 53."""
    family = socket.AF_INET6 if ":" in peer else socket.AF_INET
    with inside(namespace):
        sock = socket.socket(family, socket.SOCK_DGRAM)
        if source is not None:
            sock.bind((source, 0))
        sock.connect((peer, 53))
    return sock


def tcp_socket(namespace: str, peer: str, source: str | None = None, timeout_sec: float = 5.0) -> socket.socket:
    """Connected to peer's port 53."""
    family = socket.AF_INET6 if ":" in peer else socket.AF_INET
    with inside(namespace):
        sock = socket.socket(family, socket.SOCK_STREAM)
    if source is not None:
        sock.bind((source, 0))
    sock.settimeout(timeout_sec)
    try:
        sock.connect((peer, 53))
    except OSError:
        sock.close()
        raise
    return sock


def frame_socket(namespace: str, interface: str) -> socket.socket:
    """Sends and receives whole Ethernet frames."""
    with inside(namespace):
        sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0003))
        sock.bind((interface, 0))
    return sock
