# SPDX-License-Identifier: Apache-2.0
"""Asks several servers the same questions at the same time, each question twice, a bounded number at once."""
import collections
import dataclasses
import heapq
import selectors
import socket
import sys
import time
from typing import Callable

from questions import Question
from servers import ADDRESSES, ROOT
from wire import Malformed, Reply, read

sys.path.insert(0, str(ROOT / "tests/e2e"))
import netns  # noqa: E402

AT_ONCE = 128
_SO_RCVBUFFORCE = 33        # not in the module
PASSES = 2      # the second finds what the first left in the caches


@dataclasses.dataclass
class Outcome:
    """What each server said to one question, the first or the second time: a Reply, why it is none, or None for silence."""
    question: Question
    ask: int
    said: dict[str, "Reply | Malformed | None"] = dataclasses.field(default_factory=dict)
    age_sec: float = 0.0        # since the run began: nothing in a cache is older


def socket_of(entry: selectors.SelectorKey) -> socket.socket:
    """Only sockets are registered here."""
    assert isinstance(entry.fileobj, socket.socket)
    return entry.fileobj


class Asker:
    def __init__(self, namespace: str, on_done: Callable[[Outcome], None]):
        self.namespace, self.on_done = namespace, on_done
        self.selector = selectors.DefaultSelector()
        self.sockets = {}
        for server, address in ADDRESSES.items():
            sock = netns.udp_socket(namespace, address)
            sock.setblocking(False)
            sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 8 << 20)
            self.selector.register(sock, selectors.EVENT_READ, ("udp", server, None))
            self.sockets[server] = sock
        self.waiting: dict[tuple[str, int], Outcome] = {}
        self.deadlines: list[tuple[float, int, str, int]] = []
        self.open_sockets: dict[tuple[str, int], socket.socket] = {}
        self.next_id = 1
        self.begin = time.monotonic()

    def run(self, questions: list[Question]) -> None:
        todo = collections.deque(questions)
        self.active = 0
        while todo or self.active:
            while todo and self.active < AT_ONCE:
                self.active += 1
                self._start(Outcome(todo.popleft(), 1))
            self._step()

    def _start(self, outcome: Outcome) -> None:
        self.next_id = self.next_id % 0xFFFF + 1
        message = outcome.question.to_wire(self.next_id)
        deadline = time.monotonic() + outcome.question.patience_sec
        for server, sock in self.sockets.items():
            key = (server, self.next_id)
            self.waiting[key] = outcome
            heapq.heappush(self.deadlines, (deadline, outcome.question.number, *key))
            if outcome.question.tcp:
                self._connect(key, message)
            else:
                sock.send(message)

    def _connect(self, key: tuple[str, int], message: bytes) -> None:
        with netns.inside(self.namespace):
            sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        sock.setblocking(False)
        sock.connect_ex((ADDRESSES[key[0]], 53))
        self.open_sockets[key] = sock
        self.selector.register(sock, selectors.EVENT_WRITE, ("tcp", *key, len(message).to_bytes(2, "big") + message, bytearray()))

    def _step(self) -> None:
        timeout = max(0.0, self.deadlines[0][0] - time.monotonic()) if self.deadlines else 0.05
        for entry, _ in self.selector.select(min(timeout, 0.2)):
            if entry.data[0] == "udp":
                self._receive(socket_of(entry), entry.data[1])
            else:
                self._on_stream(entry)
        now = time.monotonic()
        while self.deadlines and self.deadlines[0][0] <= now:
            _, number, server, query_id = heapq.heappop(self.deadlines)
            outcome = self.waiting.get((server, query_id))
            if outcome is not None and outcome.question.number == number:
                self._said((server, query_id), None)

    def _receive(self, sock: socket.socket, server: str) -> None:
        for _ in range(64):
            try:
                message = sock.recv(65535)
            except (BlockingIOError, ConnectionRefusedError):
                return
            key = (server, int.from_bytes(message[:2], "big"))
            if key in self.waiting:
                self._said(key, message)

    def _on_stream(self, entry: selectors.SelectorKey) -> None:
        _, server, query_id, to_send, got = entry.data
        key, sock = (server, query_id), socket_of(entry)
        try:
            if to_send:
                sock.send(to_send)
                self.selector.modify(sock, selectors.EVENT_READ, ("tcp", server, query_id, b"", got))
                return
            part = sock.recv(65537)
            got += part
            if len(got) >= 2 and len(got) >= 2 + int.from_bytes(got[:2], "big"):
                self._said(key, bytes(got[2:]))
            elif not part:
                self._said(key, None)
        except OSError:
            self._said(key, None)

    def _said(self, key: tuple[str, int], message: bytes | None) -> None:
        outcome = self.waiting.pop(key)
        if (sock := self.open_sockets.pop(key, None)) is not None:
            self.selector.unregister(sock)
            sock.close()
        try:
            outcome.said[key[0]] = None if message is None else read(message)
        except Malformed as fault:
            outcome.said[key[0]] = fault
        if len(outcome.said) == len(ADDRESSES):
            outcome.age_sec = time.monotonic() - self.begin
            self.on_done(outcome)
            if outcome.ask < PASSES:
                self._start(Outcome(outcome.question, outcome.ask + 1))
            else:
                self.active -= 1
