# SPDX-License-Identifier: Apache-2.0
"""Upstream TCP: truncated answers are fetched whole, and every segment is paid from the budget."""
import concurrent.futures
import re

import dns.flags
import dns.message
import dns.rcode
import names
from harness import eventually

GOOD = "192.0.2.1"


def _ways(lab, word: str) -> list[str]:
    return [line["proto"] for line in lab.upstream_log(word)]


def _paid(lab) -> int:
    """Packets upstream as the appliance counts them."""
    return lab.figure("egress.sent") + lab.figure("egress_role.foreign_sent")


# RFC 7766 section 5: the answer to TC is TCP.
def test_a_truncated_answer_is_fetched_over_tcp(scripted_lab):
    reply = scripted_lab.ask("cut.truncate.test.example")
    assert not reply.flags & dns.flags.TC and reply.answer[0][0].to_text() == GOOD
    assert _ways(scripted_lab, "cut.truncate") == ["udp", "tcp"]


def test_what_came_over_tcp_is_kept(scripted_lab):
    for _ in range(3):
        assert scripted_lab.ask("kept.truncate.test.example").answer
    assert _ways(scripted_lab, "kept.truncate") == ["udp", "tcp"]


def test_an_answer_above_1232_octets_is_whole_in_the_cache_and_cut_for_a_datagram(scripted_lab):
    name = "large.size-3000.truncate.test.example"
    query = dns.message.make_query(name, "TXT", use_edns=0, payload=4096)
    reply = scripted_lab.exchange(query)
    assert reply.flags & dns.flags.TC and not reply.answer
    assert _ways(scripted_lab, "large.size-3000") == ["udp", "tcp"]
    assert re.search("[0-9]", scripted_lab.ctl("cache", "lookup", name, "TXT"))


# RFC 7766 section 6.2.2: few connections, used again.
def test_questions_share_warm_connections(scripted_lab):
    for i in range(20):
        assert scripted_lab.ask(f"warm{i}.truncate.test.example").answer
    lines = [line for line in scripted_lab.upstream_log("warm") if line["proto"] == "tcp"]
    assert len(lines) == 20 and len({line["port"] for line in lines}) <= 2


def test_many_at_once_are_pipelined_and_all_answered(scripted_lab):
    with concurrent.futures.ThreadPoolExecutor(40) as pool:
        replies = list(pool.map(lambda i: scripted_lab.ask(f"crowd{i}.truncate.test.example"), range(40)))
    assert all(reply.answer and not reply.flags & dns.flags.TC for reply in replies)


def _connections_are_closed(lab) -> bool:
    """Neither end has one, and no segment of one is still to come."""
    return not lab.exec("resolver", "ss", "-Htn", "state", "connected", "exclude", "time-wait", "sport = :53").strip()


# Every SYN, ACK, data segment and FIN.
def test_every_segment_costs_a_token(scripted_lab):
    assert eventually(lambda: _connections_are_closed(scripted_lab), timeout_sec=60), "an older connection stays open"
    before, seen = _paid(scripted_lab), scripted_lab.counters()["seen"]
    for i in range(5):
        assert scripted_lab.ask(f"paid{i}.truncate.test.example").answer
    assert eventually(lambda: _connections_are_closed(scripted_lab), timeout_sec=60), "the connection stays open"
    paid, seen = _paid(scripted_lab) - before, scripted_lab.counters()["seen"] - seen
    assert seen <= paid <= seen + 2, (paid, seen)
    assert paid >= 5 + 2 + 5 + 1, "five datagrams, a handshake, five questions, an end"


def test_the_cost_of_a_question_is_counted(scripted_lab):
    before = scripted_lab.figure("egress.cost_1")
    assert scripted_lab.ask("cheap.test.example").answer
    assert scripted_lab.figure("egress.cost_1") == before + 1
    dear = scripted_lab.figure("egress.cost_2") + scripted_lab.figure("egress.cost_3") + scripted_lab.figure("egress.cost_4_to_8")
    assert scripted_lab.ask("dear.truncate.test.example").answer
    assert scripted_lab.figure("egress.cost_2") + scripted_lab.figure("egress.cost_3") + scripted_lab.figure("egress.cost_4_to_8") == dear + 1


def test_a_server_that_refuses_tcp_leaves_the_clients_with_the_truncation(lab):
    rules = ("add table inet notcp; add chain inet notcp in { type filter hook input priority 0; }; "
             "add rule inet notcp in tcp dport 53 reject with tcp reset")
    query = dns.message.make_query("t3000.big.example", "TXT", use_edns=0, payload=1232)
    lab.exec("resolver", "nft", rules)
    try:
        reply = lab.exchange(query)
        assert reply.rcode() == dns.rcode.NOERROR and reply.flags & dns.flags.TC
        assert lab.figure("egress.tcp_failed") >= 1
    finally:
        lab.exec("resolver", "nft", "delete table inet notcp")
    replied = lab.figure("egress.tcp_replied")
    lab.exchange(query)
    assert eventually(lambda: lab.figure("egress.tcp_replied") == replied + 1)


def test_a_client_over_ipv6_gets_what_came_over_tcp(scripted_lab):
    assert scripted_lab.ask("six.truncate.test.example", server=names.APPLIANCE6).answer
