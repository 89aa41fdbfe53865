#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""A resolver that misbehaves as the name asked for says, for what nsd cannot do.

Labels of the name, in any order and combination, left of 'test.example' (or any other zone):

  delay-MS        answer after MS milliseconds          drop-N         ignore the first N queries of this name
  drop            never answer                          drop-udp       answer over TCP only
  truncate        TC and no records over UDP            malformed      cut in the middle of the answer record
  short           5 octets of a header                  garbage        random octets behind the right header
  wrong-id        ID + 1                                wrong-question another name in the question
  wrong-port      from another port                     no-question    QDCOUNT 0
  wrong-case      letter case of the question turned    is-query       QR bit clear
  late-bad        (UDP) a wrong ID, then the good one   twice          the same answer twice
  bad-then-good   malformed, 50 ms later the good one   bad-N          malformed for the first N queries only
  slow-N-MS       delay by MS for the first N queries only
  servfail refused formerr notimp nxdomain              nosoa          NXDOMAIN/NODATA without SOA
  nodata          NOERROR without records               soamin-N       SOA minimum N (with nxdomain, nodata)
  ttl-N           TTL N (default 300)                   ttls-N-M       two records with TTLs N and M
  size-N          TXT records of about N octets         cname          a CNAME before the address
  noedns          no OPT though the query had one       count          the address tells how often it was asked
  private         an address of a private network

Every query received is one JSON line in the log: time, src, port, proto, id, qname (as spelled), qtype, size, edns.
"""
import argparse
import asyncio
import functools
import json
import os
import random
import re
import signal
import sys
import time

import dns.exception
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rdatatype
import dns.rrset

RCODES = {"servfail": dns.rcode.SERVFAIL, "refused": dns.rcode.REFUSED, "formerr": dns.rcode.FORMERR,
          "notimp": dns.rcode.NOTIMP, "nxdomain": dns.rcode.NXDOMAIN}
ADDRESSES = {"A": "192.0.2.1", "AAAA": "2001:db8::1"}
PRIVATE = {"A": "10.1.2.3", "AAAA": "fd00::1"}


class Orders:
    """What the labels of one name ask for."""

    def __init__(self, qname: dns.name.Name):
        self.words: dict[str, list[int]] = {}
        for label in qname.labels:
            text = label.decode("ascii", "replace").lower()
            word, numbers = re.fullmatch(r"(.*?)((?:-\d+)*)", text).groups()
            self.words[word] = [int(n) for n in numbers.split("-")[1:]]

    def __contains__(self, word: str) -> bool:
        return word in self.words

    def number(self, word: str, default: int, index: int = 0) -> int:
        numbers = self.words.get(word, [])
        return numbers[index] if len(numbers) > index else default


def build_answer(query: dns.message.Message, orders: Orders, asked: int) -> dns.message.Message:
    reply = dns.message.make_response(query, recursion_available=True)
    question = query.question[0]
    reply.set_rcode(next((rcode for word, rcode in RCODES.items() if word in orders), dns.rcode.NOERROR))
    if "noedns" in orders:
        reply.use_edns(False)
    if reply.rcode() == dns.rcode.NXDOMAIN or "nodata" in orders:
        if "nosoa" not in orders:
            reply.authority.append(_soa(question.name, orders))
    elif reply.rcode() == dns.rcode.NOERROR:
        reply.answer.extend(_records(question, orders, asked))
    return reply


def _soa(qname: dns.name.Name, orders: Orders) -> dns.rrset.RRset:
    zone = dns.name.Name(qname.labels[-3:])
    minimum = orders.number("soamin", 5)
    return dns.rrset.from_text(zone, orders.number("ttl", 300), "IN", "SOA", f"ns.{zone} hostmaster.{zone} 1 2 3 4 {minimum}")


def _records(question: dns.rrset.RRset, orders: Orders, asked: int) -> list[dns.rrset.RRset]:
    rdtype = dns.rdatatype.to_text(question.rdtype)
    ttl = orders.number("ttl", 300)
    owner, found = question.name, []
    if "cname" in orders:
        target = dns.name.from_text("target.test.example.")
        found.append(dns.rrset.from_text(owner, ttl, "IN", "CNAME", target.to_text()))
        owner = target
    if "ttls" in orders and rdtype in ADDRESSES:    # two owners, since one set has one TTL
        alias = dns.name.from_text("alias.test.example.")
        found.append(dns.rrset.from_text(owner, orders.number("ttls", 300), "IN", "CNAME", alias.to_text()))
        owner, ttl = alias, orders.number("ttls", 300, 1)
    if rdtype in ADDRESSES:
        addresses = PRIVATE if "private" in orders else ADDRESSES
        address = f"192.0.2.{asked % 256}" if "count" in orders and rdtype == "A" else addresses[rdtype]
        found.append(dns.rrset.from_text(owner, ttl, "IN", rdtype, address))
    elif rdtype == "TXT":
        texts = [f'"{i:03d}{"x" * 197}"' for i in range(max(1, orders.number("size", 200) // 212))]
        found.append(dns.rrset.from_text(owner, ttl, "IN", "TXT", *texts))
    return found


def spoil(wire: bytes, query: dns.message.Message, orders: Orders, proto: str) -> bytes:
    """The octets to send, when the labels ask for wrong ones."""
    question_end = 12 + len(query.question[0].name.to_wire()) + 4
    if "short" in orders:
        return wire[:5]
    if "truncate" in orders and proto == "udp":
        return wire[:2] + bytes([wire[2] | 0x02]) + wire[3:6] + b"\0" * 6 + wire[12:question_end]
    if "malformed" in orders or "bad-then-good" in orders:
        return wire[:question_end + 7]
    if "garbage" in orders:
        return wire[:12] + os.urandom(40)
    if "wrong-id" in orders or "late-bad" in orders and proto == "udp":
        return ((int.from_bytes(wire[:2], "big") + 1) & 0xFFFF).to_bytes(2, "big") + wire[2:]
    if "wrong-question" in orders:
        return wire[:13] + bytes([wire[13] ^ 0x01]) + wire[14:]
    if "wrong-case" in orders:
        turned = bytes(b ^ 0x20 if chr(b).isalpha() else b for b in wire[12:question_end - 4])
        return wire[:12] + turned + wire[question_end - 4:]
    if "no-question" in orders:
        return wire[:4] + b"\0\0" + wire[6:12] + wire[question_end:]
    if "is-query" in orders:
        return wire[:2] + bytes([wire[2] & 0x7F]) + wire[3:]
    return wire


class Resolver:
    def __init__(self, log):
        self.log = log
        self.asked: dict[tuple, int] = {}

    def receive(self, data: bytes, source, proto: str) -> tuple[float, list[bytes], "Orders | None"]:
        """Seconds to wait, what to send (maybe nothing), and the orders of the name."""
        line = {"time": time.time(), "src": source[0], "port": source[1], "proto": proto, "size": len(data)}
        try:
            query = dns.message.from_wire(data)
            question = query.question[0]
        except (dns.exception.DNSException, IndexError) as error:
            self._write({**line, "error": str(error) or type(error).__name__})
            return 0.0, [], None
        self._write({**line, "id": query.id, "qname": question.name.to_text(), "qtype": dns.rdatatype.to_text(question.rdtype),
                     "edns": query.payload if query.edns >= 0 else None, "flags": dns.flags.to_text(query.flags)})
        key = (question.name, question.rdtype)
        asked = self.asked[key] = self.asked.get(key, 0) + 1
        orders = Orders(question.name)
        if "drop" in orders and asked <= orders.number("drop", sys.maxsize) or "drop-udp" in orders and proto == "udp":
            return 0.0, [], orders
        delay_ms = orders.number("delay", 0)
        if "slow" in orders and asked <= orders.number("slow", 1):
            delay_ms = orders.number("slow", 0, 1)
        good = build_answer(query, orders, asked).to_wire(max_size=65535)
        if "bad" in orders and asked <= orders.number("bad", 1):
            orders.words["malformed"] = []
        first = spoil(good, query, orders, proto)
        later = [good] if "late-bad" in orders or "bad-then-good" in orders or "twice" in orders else []
        return delay_ms / 1000, [first, *later], orders

    def _write(self, line: dict) -> None:
        self.log.write(json.dumps(line) + "\n")
        self.log.flush()


class Udp(asyncio.DatagramProtocol):
    def __init__(self, resolver: Resolver, stray):
        self.resolver, self.stray = resolver, stray

    def connection_made(self, transport):
        self.transport = transport

    def datagram_received(self, data, addr):
        delay, replies, orders = self.resolver.receive(data, addr, "udp")
        sender = self.stray if orders is not None and "wrong-port" in orders else self.transport
        for position, reply in enumerate(replies):
            wait = delay + 0.05 * position
            if wait > 0:
                asyncio.get_running_loop().call_later(wait, sender.sendto, reply, addr)
            else:
                sender.sendto(reply, addr)


async def serve_tcp(resolver: Resolver, reader, writer):
    try:
        while True:
            data = await reader.readexactly(int.from_bytes(await reader.readexactly(2), "big"))
            delay, replies, _ = resolver.receive(data, writer.get_extra_info("peername"), "tcp")
            await asyncio.sleep(delay)
            for reply in replies[:1]:
                writer.write(len(reply).to_bytes(2, "big") + reply)
            await writer.drain()
    except (asyncio.IncompleteReadError, ConnectionError):
        pass
    finally:
        writer.close()


async def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--listen", action="append", required=True, metavar="ADDRESS")
    parser.add_argument("--port", type=int, default=53)
    parser.add_argument("--log", required=True, metavar="FILE")
    args = parser.parse_args()
    random.seed()
    loop = asyncio.get_running_loop()
    with open(args.log, "a", encoding="utf-8") as log:
        resolver = Resolver(log)
        for address in args.listen:
            stray, _ = await loop.create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=(address, 0))
            await loop.create_datagram_endpoint(functools.partial(Udp, resolver, stray), local_addr=(address, args.port))
            await asyncio.start_server(lambda r, w: serve_tcp(resolver, r, w), address, args.port)
        ended = asyncio.Event()
        loop.add_signal_handler(signal.SIGTERM, ended.set)
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(main())
