# SPDX-License-Identifier: Apache-2.0
"""DNS over TCP for clients (RFC 7766): many questions on a connection, many connections, and clients that do harm by patience."""
import contextlib
import re
import resource
import socket
import time

import dns.flags
import dns.message
import dns.rcode
import names
import netns
import pytest
import streams
from harness import PMD, Lab, eventually

SERVERS = [names.APPLIANCE4, names.APPLIANCE6]

# What the configuration says when it says nothing.
IDLE_SEC, QUERY_SEC, PER_CLIENT = 10.0, 3.0, 100


def _query(name: str, rdtype: str = "A", **options) -> dns.message.Message:
    return dns.message.make_query(name, rdtype, **options)


def _connected(lab: Lab, server: str = names.APPLIANCE4, source: str | None = None) -> socket.socket:
    return netns.tcp_socket(lab.client, server, source)


def _established(lab: Lab) -> int:
    """At the appliance's side, where the kernel's TCP is."""
    return len(lab.exec("appliance", "ss", "-Htn", "state", "established", "sport", "=", ":53").splitlines())


def _ask(sock: socket.socket, query: dns.message.Message) -> dns.message.Message:
    sock.sendall(streams.framed(query))
    reply = streams.receive(sock)
    assert query.is_response(reply)
    return reply


def _records(message: dns.message.Message) -> set:
    return {(rrset.name, rrset.rdtype, rdata) for rrset in message.answer for rdata in rrset}


@pytest.mark.parametrize("server", SERVERS)
def test_kdig_is_answered_over_tcp(lab, server):
    for _ in range(2):
        out = lab.exec("client", "kdig", "+tcp", f"@{server}", "www.mix.example", "A")
        assert "status: NOERROR" in out and "192.0.2.84" in out and "(TCP)" in out


@pytest.mark.parametrize("server", SERVERS)
def test_the_answer_over_tcp_is_the_one_over_udp(lab, server):
    for name, rdtype in (("www.mix.example", "A"), ("no-such.nx.example", "A"), ("eight.cname.example", "A"), ("onlytxt.nx.example", "MX")):
        with _connected(lab, server) as sock:
            stream, datagram = _ask(sock, _query(name, rdtype)), lab.ask(name, rdtype, server=server)
        assert stream.rcode() == datagram.rcode() and stream.flags == datagram.flags
        assert _records(stream) == _records(datagram)


# RFC 1035 section 4.2.1, RFC 7766 section 5: what was truncated over UDP comes whole over TCP.
def test_a_truncated_answer_comes_whole_over_tcp(lab):
    for name, records in (("t1300", 6), ("t3000", 12)):
        query = _query(f"{name}.big.example", "TXT")
        assert lab.exchange(query).flags & dns.flags.TC
        with _connected(lab) as sock:
            reply = _ask(sock, query)
        assert not reply.flags & dns.flags.TC and len(reply.answer[0]) >= records


# RFC 7766 section 6.2.1: one connection, many questions, one after the other.
def test_a_connection_serves_one_question_after_the_other(lab):
    with _connected(lab) as sock:
        for i in range(50):
            assert _ask(sock, _query(f"turn{i}.bench.example")).answer


# RFC 7766 section 6.2.1.1 and 7: pipelined questions are worked on at once, and answered when they are ready.
def test_a_hundred_pipelined_questions_are_answered_and_the_slow_one_holds_nobody_up(scripted_lab):
    slow = _query("first.delay-1500.test.example")
    fast = [_query(f"fast{i}.test.example") for i in range(99)]
    for query_id, query in enumerate([slow, *fast]):  # IDs drawn at random meet now and then
        query.id = query_id
    begin = time.monotonic()
    with _connected(scripted_lab) as sock:
        sock.sendall(streams.framed(slow, *fast))
        replies = [streams.receive(sock) for _ in range(99)]
        assert time.monotonic() - begin < 1.4
        assert {reply.id for reply in replies} == {query.id for query in fast}
        last = streams.receive(sock)
        assert slow.is_response(last) and last.answer and time.monotonic() - begin >= 1.4
    by_id = {query.id: query for query in fast}
    assert all(by_id[reply.id].is_response(reply) and reply.answer for reply in replies)


# RFC 7766 section 8: TCP knows no message boundaries.
def test_questions_may_come_in_pieces_and_several_at_once(lab):
    queries = [_query(f"piece{i}.bench.example") for i in range(5)]
    octets = streams.framed(*queries)
    with _connected(lab) as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        for at in range(0, len(octets), 7):
            sock.sendall(octets[at:at + 7])
            time.sleep(0.005)
        assert {streams.receive(sock).id for _ in queries} == {query.id for query in queries}


def test_a_client_that_has_said_all_still_gets_its_answer(scripted_lab):
    with _connected(scripted_lab) as sock:
        sock.sendall(streams.framed(_query("last-word.delay-300.test.example")))
        sock.shutdown(socket.SHUT_WR)
        assert streams.receive(sock).answer


@pytest.mark.parametrize("octets", [b"\0\0", b"\0\5hello", b"\0\x0c" + b"\0" * 12, b"\xff\xff" + b"x" * 100],
                         ids=["nothing", "five_octets", "zeros", "a_promise"])
def test_what_is_no_question_harms_nobody_else(lab, octets):
    with _connected(lab) as bad, _connected(lab) as good:
        bad.sendall(octets)
        assert _ask(good, _query("unharmed.bench.example")).answer


# RFC 7766 section 6.2.3, RFC 9210 section 4.3.
def test_an_idle_connection_is_closed_and_a_busy_one_is_not(lab):
    with _connected(lab) as idle, _connected(lab) as busy:
        begin = time.monotonic()
        while time.monotonic() - begin < IDLE_SEC - 1:
            assert _ask(busy, _query("busy.bench.example")).answer
            time.sleep(0.5)
        seconds = streams.seconds_until_closed(idle, 4.0)
        assert seconds is not None and IDLE_SEC - 1 <= time.monotonic() - begin <= IDLE_SEC + 2
        assert _ask(busy, _query("busy.bench.example")).answer


# RFC 7766 section 10: an octet a second does not keep a connection.
def test_a_client_that_writes_an_octet_a_second_is_closed(lab):
    octets = streams.framed(_query("slowly.bench.example"))
    begin = time.monotonic()
    with _connected(lab) as slow, _connected(lab) as other:
        closed = False
        for octet in octets:
            try:
                slow.sendall(bytes([octet]))
            except OSError:
                closed = True
            if closed or streams.seconds_until_closed(slow, 1.0) is not None:
                break
        seconds = time.monotonic() - begin
        assert QUERY_SEC - 1 <= seconds <= QUERY_SEC + 3
        assert _ask(other, _query("quickly.bench.example")).answer


def test_a_client_that_does_not_read_is_closed_and_others_are_served(lab):
    query = _query("t3000.big.example", "TXT")
    lab.exchange(query)
    with _connected(lab) as deaf, _connected(lab) as other:
        deaf.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        deaf.setblocking(False)
        batch, sent = streams.framed(*[query] * 200), 0
        with contextlib.suppress(OSError):
            for _ in range(100):
                sent += deaf.send(batch)
                time.sleep(0.005)
        assert _ask(other, _query("hearing.bench.example")).answer
        assert lab.ask("hearing.bench.example").answer


@contextlib.contextmanager
def _vanished(lab: Lab):
    """Nothing that clients send over TCP arrives any more: their ends are gone without a word."""
    rules = "table inet vanished { chain out { type filter hook output priority 0; tcp dport 53 drop; }; }"
    lab.exec("client", "nft", rules)
    try:
        yield
    finally:
        lab.exec("client", "nft", "delete table inet vanished")


def test_connections_whose_clients_vanished_are_given_up(lab):
    socks = [_connected(lab) for _ in range(20)]
    try:
        for sock in socks:
            assert _ask(sock, _query("vanishing.bench.example")).answer
        assert _established(lab) >= 20
        with _vanished(lab):
            assert eventually(lambda: _established(lab) == 0, IDLE_SEC + 5)
            assert lab.ask("still.bench.example").answer
    finally:
        for sock in socks:
            sock.close()


# RFC 7766 section 6.2.2.
def test_a_client_over_its_limit_is_refused_and_others_are_served(lab):
    eventually(lambda: _established(lab) == 0, IDLE_SEC + 5)
    greedy = [_connected(lab, source="10.77.0.120") for _ in range(PER_CLIENT)]
    try:
        assert _ask(greedy[-1], _query("within.bench.example")).answer
        with pytest.raises((EOFError, OSError)), _connected(lab, source="10.77.0.120") as over:
            over.sendall(streams.framed(_query("over.bench.example")))
            streams.receive(over)
        with _connected(lab, source="10.77.0.121") as other:
            assert _ask(other, _query("other.bench.example")).answer
        greedy.pop().close()
        assert eventually(lambda: _is_served(lab, "10.77.0.120"))
    finally:
        for sock in greedy:
            sock.close()


def _is_served(lab: Lab, source: str) -> bool:
    try:
        with _connected(lab, source=source) as sock:
            return bool(_ask(sock, _query("again.bench.example")).answer)
    except (EOFError, OSError):
        return False


PATIENT = """\
port: {{profile: {pmd}, device: sluice0, addresses: [10.77.0.53/24, "fd77::53/64"]}}
lcores: {{workers: [0], egress: 0, control: 0}}
uplinks: [{{name: vpc, servers: [10.77.0.2]}}]
clients:
  allow: [10.77.0.0/24, "fd77::/64"]
  tcp: {{idle_timeout: 2m, max_connections: 12000}}
control: {{socket: /run/sluice-lab/{name}/control.sock}}
"""


@pytest.fixture
def patient_lab(tmp_path):
    """Connections may be idle for longer than it takes to open ten thousand of them on a busy machine."""
    config = tmp_path / "sluice.yaml"
    config.write_text(PATIENT.format(pmd=PMD, name="e2e-patient"))
    lab = Lab("e2e-patient", "--config", str(config))
    try:
        yield lab.up()
    finally:
        lab.down()


def test_ten_thousand_idle_connections_do_not_disturb_udp(patient_lab, tmp_path):
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    questions = tmp_path / "names"
    questions.write_text("".join(f"n{i}.bench.example A\n" for i in range(500)))
    load = ("dnsperf", "-s", names.APPLIANCE4, "-d", str(questions), "-Q", "2000", "-c", "20", "-T", "1")
    patient_lab.exec("client", *load, "-n", "1")
    sources = [f"{net}{host}" for net in ("10.77.0.", "fd77::") for host in range(100, 150)]
    perf = patient_lab.popen("client", *load, "-l", "15")
    socks = []
    try:
        for i in range(10_000):
            source = sources[i % len(sources)]
            socks.append(_connected(patient_lab, SERVERS[":" in source], source))
        assert _established(patient_lab) == 10_000
        assert _ask(socks[5000], _query("n1.bench.example")).answer
        out, _ = perf.communicate(timeout=60)
        assert re.search(r"Queries lost:\s+0 ", out) and re.search(r"NOERROR \d+ \(100\.00%\)", out), out
        assert _established(patient_lab) == 10_000
    finally:
        perf.kill()
        for sock in socks:
            sock.close()


# RFC 1035 section 4.2.2: a message over TCP may have 65,535 octets.
def test_an_answer_of_nearly_64_kib_comes_over_tcp(scripted_lab):
    query = _query("huge.truncate.size-64000.test.example", "TXT")
    for _ in range(2):
        with _connected(scripted_lab) as sock:
            reply = _ask(sock, query)
        assert reply.rcode() == dns.rcode.NOERROR and len(reply.to_wire(max_size=65535)) > 60_000
    assert len(scripted_lab.upstream_log("huge.")) == 2     # one by UDP, one by TCP; then the cache


# RFC 7766 section 6.2.1.1: a client that went away costs nothing, and no other client gets its answer.
def test_an_answer_for_a_client_that_closed_goes_to_no_client(scripted_lab):
    with _connected(scripted_lab) as gone:
        gone.sendall(streams.framed(_query("abandoned.delay-500.test.example")))
    with _connected(scripted_lab) as stays:
        mine = _query("mine.delay-700.test.example")
        stays.sendall(streams.framed(mine))
        assert mine.is_response(streams.receive(stays))
        with pytest.raises(TimeoutError):
            streams.receive(stays, timeout_sec=0.3)
