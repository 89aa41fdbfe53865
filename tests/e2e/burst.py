# SPDX-License-Identifier: Apache-2.0
"""Many sockets that ask one question at once, each with its own ID and, when wanted, its own letter case."""
import random
import select
import time

import dns.message
import dns.name
import netns

CLIENTS = 50    # addresses that the lab's client namespace has; the sockets are spread over them


def mixed_case(name: str, seed: int) -> str:
    chance = random.Random(seed)
    return "".join(c.upper() if chance.random() < 0.5 else c.lower() for c in name)


def ask_at_once(namespace: str, server: str, name: str, sockets: int, vary_case: bool = False, timeout_sec: float = 5.0) -> dict:
    """Counts of answers, by what is right about them."""
    asked = {}
    for i in range(sockets):
        query = dns.message.make_query(mixed_case(name, i) if vary_case else name, "A")
        sock = netns.udp_socket(namespace, server, f"{'fd77::' if ':' in server else '10.77.0.'}{100 + i % CLIENTS}")
        sock.setblocking(False)
        asked[sock.fileno()] = (sock, query, query.to_wire())
    poll = select.epoll()
    for fd in asked:
        poll.register(fd, select.EPOLLIN)
    begin = time.monotonic()
    for sock, _, wire in asked.values():
        sock.send(wire)
    sent_sec = time.monotonic() - begin
    result = {"sent_sec": sent_sec, "answered": 0, "own_id": 0, "own_case": 0, "with_address": 0, "rcodes": {}}
    waiting = set(asked)
    while waiting and time.monotonic() - begin < timeout_sec:
        for fd, _ in poll.poll(0.1):
            sock, query, _ = asked[fd]
            _judge(dns.message.from_wire(sock.recv(65535)), query, result)
            waiting.discard(fd)
            poll.unregister(fd)
    result["seconds"] = time.monotonic() - begin
    for sock, _, _ in asked.values():
        sock.close()
    return result


def _judge(reply: dns.message.Message, query: dns.message.Message, result: dict) -> None:
    result["answered"] += 1
    result["own_id"] += reply.id == query.id
    result["own_case"] += reply.question[0].name.labels == query.question[0].name.labels
    result["with_address"] += bool(reply.answer)
    result["rcodes"][reply.rcode()] = result["rcodes"].get(reply.rcode(), 0) + 1
