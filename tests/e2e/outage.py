# SPDX-License-Identifier: Apache-2.0
"""An upstream that goes away for a while: its answers vanish on the wire, what it is asked is still counted."""
import contextlib
import dataclasses
import selectors
import socket
import time

import dns.edns
import dns.exception
import dns.message
import names
import netns
from harness import Lab, run

EDE = 15
STALE, STALE_NXDOMAIN, CACHED_ERROR, UNREACHABLE, NETWORK_ERROR = 3, 19, 13, 22, 23


@contextlib.contextmanager
def upstream_down(lab: Lab):
    """Drops what the resolver's end says from port 53, and nothing else: neighbours stay known."""
    enter = ("ip", "netns", "exec", f"{lab.name}-switch", "nft")
    run(*enter, "add table netdev outage")
    run(*enter, 'add chain netdev outage answers { type filter hook ingress device "to-resolver" priority 0; policy accept; }')
    for family in ("ip", "ip6"):
        for transport in ("udp", "tcp"):
            run(*enter, f"add rule netdev outage answers meta protocol {family} {transport} sport 53 drop")
    try:
        yield
    finally:
        run(*enter, "delete table netdev outage")


@dataclasses.dataclass
class Answer:
    name: str
    begin: float
    seconds: float | None = None    # None: nothing came
    reply: dns.message.Message | None = None

    @property
    def rcode(self) -> int | None:
        return None if self.reply is None else self.reply.rcode()

    @property
    def ttl(self) -> int | None:
        return self.reply.answer[0].ttl if self.reply is not None and self.reply.answer else None

    @property
    def errors(self) -> set[int]:
        """Extended errors (RFC 8914)."""
        return set() if self.reply is None else {option.code for option in self.reply.options if option.otype == EDE}

    def __str__(self) -> str:
        return f"{self.name}: rcode {self.rcode}, TTL {self.ttl}, EDE {sorted(self.errors)}, {self.seconds and round(self.seconds, 3)} s"


class Clients:
    """Asks without waiting for earlier answers; each question has its socket."""

    def __init__(self, lab: Lab, patience_sec: float = 8.0):
        self.lab, self.patience_sec = lab, patience_sec
        self.selector = selectors.DefaultSelector()
        self.open: dict[socket.socket, Answer] = {}
        self.done: list[Answer] = []

    def ask(self, name: str) -> Answer:
        sock = netns.udp_socket(self.lab.client, names.APPLIANCE4)
        sock.setblocking(False)
        answer = Answer(name, time.monotonic())
        sock.send(dns.message.make_query(name, "A", use_edns=0).to_wire())
        self.open[sock] = answer
        self.selector.register(sock, selectors.EVENT_READ, sock)
        return answer

    def wait(self, until: float) -> None:
        """Collects answers until then."""
        while (left := until - time.monotonic()) > 0:
            self._collect(left)

    def finish(self) -> list[Answer]:
        """Waits for all that were asked, as long as a client would."""
        while self.open:
            self._collect(0.1)
            old = [sock for sock, answer in self.open.items() if time.monotonic() - answer.begin > self.patience_sec]
            for sock in old:
                self._close(sock)
        return self.done

    def _collect(self, timeout: float) -> None:
        for key, _ in self.selector.select(timeout):
            sock: socket.socket = key.data
            answer = self.open[sock]
            answer.seconds = time.monotonic() - answer.begin
            answer.reply = dns.message.from_wire(sock.recv(65535))
            self._close(sock)

    def _close(self, sock: socket.socket) -> None:
        self.selector.unregister(sock)
        self.done.append(self.open.pop(sock))
        sock.close()


def recovery_seconds(lab: Lab, name_of, limit_sec: float) -> float | None:
    """How long until name_of(i), asked ten times a second, is answered NOERROR and not stale; None: not within the limit."""
    begin = time.monotonic()
    clients = Clients(lab)
    asked: list[Answer] = []
    while time.monotonic() - begin < limit_sec:
        asked.append(clients.ask(name_of(len(asked))))
        clients.wait(time.monotonic() + 0.1)
        good = [a.begin + a.seconds - begin for a in asked if a.seconds is not None and a.rcode == 0 and not a.errors]
        if good:
            return min(good)
    return None
