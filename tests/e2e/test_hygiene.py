# SPDX-License-Identifier: Apache-2.0
"""What is not a good question: pings, wrong checksums, short, looping and random packets."""
import os
import random
import socket
import struct
from typing import Callable

import dns.message
import dns.rcode
import names
import netns
import pytest
from frames import ipv4_udp, ipv6_udp, with_bad_ip_checksum, with_bad_udp_checksum
from harness import eventually

MUTATIONS = int(os.environ.get("SLUICE_E2E_MUTATIONS", "20000"))
BATCH = 5000
KNOWN = ("www.mix.example", "eight.cname.example", "mutated.bench.example")


@pytest.mark.parametrize("server", [names.APPLIANCE4, names.APPLIANCE6])
def test_ping_is_answered(lab, server):
    assert " 0% packet loss" in lab.exec("client", "ping", "-c", "5", "-i", "0.05", "-W", "1", server)


def test_large_pings_are_answered(lab):
    assert " 0% packet loss" in lab.exec("client", "ping", "-c", "3", "-i", "0.05", "-W", "1", "-s", "1400", names.APPLIANCE4)


@pytest.mark.parametrize("server", [names.APPLIANCE4, names.APPLIANCE6])
def test_neighbours_find_the_appliance_after_a_flush(lab, server):
    lab.exec("client", "ip", "neigh", "flush", "to", server, check=False)
    assert lab.ask("www.mix.example", server=server).answer
    assert names.APPLIANCE_MAC in lab.exec("client", "ip", "neigh", "show", server)


def _send(lab, frames: list[bytes]) -> None:
    with netns.frame_socket(lab.client, "eth0") as sock:
        for frame in frames:
            sock.send(frame)


def _question(name: str) -> bytes:
    return dns.message.make_query(name, "A").to_wire()


BUILDERS: tuple[Callable[[bytes], bytes], ...] = (ipv4_udp, ipv6_udp)


@pytest.mark.parametrize("build, spoil, figure", [
    (ipv4_udp, with_bad_udp_checksum, names.BAD_UDP_CHECKSUM),
    (ipv6_udp, with_bad_udp_checksum, names.BAD_UDP_CHECKSUM),
    (ipv4_udp, with_bad_ip_checksum, names.BAD_IP_CHECKSUM),
], ids=["udp_over_ipv4", "udp_over_ipv6", "ipv4_header"])
def test_packets_with_a_wrong_checksum_are_counted_and_nothing_else(lab, build, spoil, figure):
    before, seen = lab.figure(figure), lab.counters()["seen"]
    _send(lab, [spoil(build(_question(f"spoiled{i}.bench.example"))) for i in range(100)])
    assert eventually(lambda: lab.figure(figure) == before + 100), (before, lab.figure(figure))
    assert lab.counters()["seen"] == seen


def test_a_good_frame_of_our_own_making_is_answered(lab):
    """Else the tests above would prove nothing."""
    before = lab.figure(names.QUERIES)
    _send(lab, [ipv4_udp(_question("crafted.bench.example")), ipv6_udp(_question("crafted.bench.example"))])
    assert eventually(lambda: lab.figure(names.QUERIES) == before + 2)


@pytest.mark.parametrize("payload", [b"", b"\0", b"\x12\x34\x01\x00\x00", _question("x.bench.example")[:12],
                                     _question("x.bench.example")[:17]], ids=["empty", "one", "five", "header", "cut"])
def test_short_messages_do_not_go_upstream(lab, payload):
    seen = lab.counters()["seen"]
    with netns.udp_socket(lab.client, names.APPLIANCE4) as sock:
        sock.send(payload)
    assert lab.ask("www.mix.example").answer
    assert lab.counters()["seen"] == seen


def test_a_name_that_points_at_itself_is_refused(lab):
    seen = lab.counters()["seen"]
    header = struct.pack("!6H", 7, 0x0100, 1, 0, 0, 0)
    for name in (b"\xc0\x0c", b"\xc0\x0e\xc0\x0c", b"\x01a\xc0\x0c"):
        with netns.udp_socket(lab.client, names.APPLIANCE4) as sock:
            sock.send(header + name + struct.pack("!2H", 1, 1))
            sock.settimeout(2.0)
            reply = sock.recv(512)
            assert reply[:2] == header[:2] and reply[3] & 0x0F == dns.rcode.FORMERR
    assert lab.counters()["seen"] == seen


def _mutated(chance: random.Random, frame: bytes) -> bytes:
    """A few octets changed anywhere behind the addresses, which the bridge judges, then maybe cut."""
    changed = bytearray(frame)
    for _ in range(chance.randrange(1, 8)):
        changed[chance.randrange(12, len(changed))] = chance.randrange(256)
    return bytes(changed[:chance.randrange(14, len(changed) + 1)] if chance.random() < 0.3 else changed)


def test_mutated_packets_change_no_answer_and_are_all_counted(lab):
    """Random damage to good packets; set SLUICE_E2E_MUTATIONS for a long run under ASan."""
    known = [lab.ask(name).answer for name in KNOWN]
    chance = random.Random(2026)
    originals = [build(_question(f"r{i}.bench.example")) for i in range(50) for build in BUILDERS]
    before, sent = lab.figure(names.RECEIVED), 0
    with netns.frame_socket(lab.client, "eth0") as sock:
        while sent < MUTATIONS:
            for _ in range(min(BATCH, MUTATIONS - sent)):
                sock.send(_mutated(chance, originals[chance.randrange(len(originals))]))
                sent += 1
            # The port must not overflow: what it loses would prove nothing.
            assert eventually(lambda: lab.figure(names.RECEIVED) - before >= 0.98 * sent), (sent, lab.figure(names.RECEIVED) - before)
    # Equal but for TTLs: a damaged reply was not taken for one of these names.
    assert [lab.ask(name).answer for name in KNOWN] == known
    assert [lab.ask(name, server=names.APPLIANCE6).answer for name in KNOWN] == known
    assert lab.counters()["policed"] == 0
    stats = lab.stats()
    assert stats["queries"]["total"] == sum(stats["queries"]["outcomes"].values())


def test_fragments_from_and_to_port_53_are_dropped_and_counted(lab):
    before = lab.figure(names.FRAGMENTS)
    frame = bytearray(ipv4_udp(_question("part.bench.example"), more_fragments=True))
    _send(lab, [bytes(frame)] * 10)
    assert eventually(lambda: lab.figure(names.FRAGMENTS) == before + 10)


def test_a_response_sent_to_port_53_is_not_answered(lab):
    reply = dns.message.make_response(dns.message.make_query("mirror.bench.example", "A")).to_wire()
    with netns.udp_socket(lab.client, names.APPLIANCE4) as sock:
        sock.send(reply)
        sock.settimeout(0.3)
        with pytest.raises((TimeoutError, socket.timeout)):
            sock.recv(512)


def test_every_query_has_exactly_one_fate_and_every_packet_is_accounted_for(lab):
    stats = lab.stats()
    assert stats["queries"]["total"] == sum(stats["queries"]["outcomes"].values())
    assert stats["flows"]["rx_pkts"] == (stats["queries"]["total"] + stats["flows"]["responses"] + stats["flows"]["punted"]
                                         + sum(stats["frame_drops"].values()))
    assert all(law["holds"] for law in stats["conservation"].values()), stats["conservation"]
