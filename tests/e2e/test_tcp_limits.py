# SPDX-License-Identifier: Apache-2.0
"""Limits of clients' TCP connections as the configuration sets them, each with its counter."""
import pathlib
import socket

import dns.message
import names
import netns
import pytest
import streams
from harness import Lab, eventually

CLIENTS = 50        # addresses that the lab's client namespace has


@pytest.fixture(scope="module")
def short():
    """Limits that a test reaches in a second or two."""
    lab = Lab("e2e-tcp", "--upstream", "scripted")
    try:
        lab.up()
        path = pathlib.Path(f"/run/sluice-lab/{lab.name}/sluice.yaml")
        limits = "{idle_timeout: 2s, query_timeout: 1s, max_connections_per_client: 20, max_in_flight: 50, max_queries_per_connection: 300}"
        path.write_text(path.read_text().replace("clients:\n", f"clients:\n  tcp: {limits}\n"))
        lab.verb("stop")
        lab.verb("start")
        yield lab
    finally:
        lab.down()


def _ends(lab) -> dict:
    return lab.stats()["tcp"]["connections"]


def _question(name: str) -> dns.message.Message:
    return dns.message.make_query(name, "A")


def _connected(lab, source: str | None = None) -> socket.socket:
    return netns.tcp_socket(lab.client, names.APPLIANCE4, source)


# RFC 7766 section 5: both transports have one cache and one upstream budget.
def test_what_tcp_learned_udp_knows(short):
    with _connected(short) as sock:
        sock.sendall(streams.framed(_question("shared-cache.test.example")))
        assert streams.receive(sock).answer
    assert short.ask("shared-cache.test.example").answer
    assert len(short.upstream_log("shared-cache")) == 1


# RFC 7766 section 6.2.3: an idle connection is closed after its time, not before.
def test_the_idle_timeout_is_the_configured_one(short):
    before = _ends(short)["end_idle"]
    with _connected(short) as quiet:
        seconds = streams.seconds_until_closed(quiet, 5.0)
    assert seconds is not None and 1.5 <= seconds <= 3.5
    assert _ends(short)["end_idle"] == before + 1


# RFC 7766 section 6.2.3, RFC 9210 section 6.2: octets alone keep nothing open.
def test_a_query_that_does_not_come_whole_is_given_up(short):
    before = _ends(short)["end_slow_query"]
    with _connected(short) as sock:
        sock.sendall(streams.framed(_question("half.test.example"))[:-1])
        seconds = streams.seconds_until_closed(sock, 5.0)
    assert seconds is not None and 0.8 <= seconds <= 2.5
    assert _ends(short)["end_slow_query"] == before + 1


# RFC 7766 section 6.2.2: no client takes the connections of all.
def test_a_client_is_held_to_its_share(short):
    before = _ends(short)["refused_client"]
    taken = [_connected(short, "10.77.0.101") for _ in range(20)]
    try:
        with _connected(short, "10.77.0.101") as more, _connected(short, "10.77.0.102") as other:
            assert streams.seconds_until_closed(more, 1.0) is not None
            other.sendall(streams.framed(_question("other-client.test.example")))
            assert streams.receive(other).answer
    finally:
        for sock in taken:
            sock.close()
    assert _ends(short)["refused_client"] == before + 1


# RFC 7766 section 6.2.1: queries beyond those that may wait are read later, and none is lost.
def test_more_queries_than_may_wait_are_all_answered(short):
    queries = [_question(f"delay-20.w{i}.test.example") for i in range(200)]
    with _connected(short) as sock:
        sock.sendall(streams.framed(*queries))
        assert {streams.receive(sock).id for _ in queries} == {query.id for query in queries}
    assert _ends(short)["paused"] > 0


def test_after_its_last_query_a_connection_is_answered_and_closed(short):
    query = _question("many.test.example")
    short.exchange(query)
    with _connected(short) as sock:
        sock.sendall(streams.framed(*[query] * 310))
        assert all(streams.receive(sock).answer for _ in range(300))
        assert streams.seconds_until_closed(sock, 1.0) is not None
    assert _ends(short)["end_query_limit"] == 1


# RFC 1035 section 4.2.2: a length that no message has.
@pytest.mark.parametrize("octets", [b"\0\0", b"\0\5hello"], ids=["zero", "shorter_than_a_header"])
def test_a_wrong_length_ends_the_connection(short, octets):
    with _connected(short) as sock:
        sock.sendall(octets)
        assert streams.seconds_until_closed(sock, 1.0) is not None


# RFC 4987: handshakes that are never finished wait in the kernel and nowhere else.
def test_half_open_connections_cost_us_nothing(short):
    before = _ends(short)["accepted"]
    short.exec("client", "nft", "add table inet half; add chain inet half in { type filter hook input priority 0; };"
               " add rule inet half in tcp sport 53 drop")
    opened = []
    try:
        for i in range(CLIENTS):
            with netns.inside(short.client):
                opened.append(socket.socket(socket.AF_INET, socket.SOCK_STREAM))
            opened[-1].setblocking(False)
            opened[-1].bind((f"10.77.0.{100 + i}", 0))
            opened[-1].connect_ex((names.APPLIANCE4, 53))
        assert eventually(lambda: short.exec("appliance", "ss", "-Htn", "state", "syn-recv").count("\n") >= CLIENTS)
        assert _ends(short)["accepted"] == before
        assert short.ask("half-open.test.example").answer
    finally:
        short.exec("client", "nft", "delete table inet half")
        for sock in opened:
            sock.close()


def test_every_connection_is_open_or_has_an_end(short):
    tcp = short.stats()["tcp"]
    ends = sum(value for name, value in tcp["connections"].items() if name.startswith("end_"))
    assert tcp["connections"]["accepted"] == ends + tcp["open"]
    assert short.stats()["conservation"]["tcp_queries"]["holds"]


def test_a_stop_ends_open_connections_and_leaves_nothing_behind(short):
    with _connected(short) as sock:
        sock.sendall(streams.framed(_question("before-stop.test.example"), _question("drop.stop.test.example")))
        assert streams.receive(sock).answer
        short.verb("stop")
        try:
            assert not any(word in short.log() for word in names.LEAK_WORDS)
        finally:
            short.verb("start")
