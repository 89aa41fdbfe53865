# SPDX-License-Identifier: Apache-2.0
"""A resolver that misbehaves: what is wrong is ignored, what is lost is asked again, at most three times."""
import time

import dns.rcode
import pytest
from harness import eventually

GOOD = "192.0.2.1"


def test_a_reply_with_a_wrong_id_before_the_good_one_moves_the_question_to_tcp(scripted_lab):
    reply = scripted_lab.ask("first.late-bad.test.example")
    assert reply.rcode() == dns.rcode.NOERROR and reply.answer[0][0].to_text() == GOOD
    assert [line["proto"] for line in scripted_lab.upstream_log("first.")] == ["udp", "tcp"]


def test_after_a_malformed_reply_the_question_is_asked_once_more(scripted_lab):
    reply = scripted_lab.ask("second.bad-1.test.example")
    assert reply.rcode() == dns.rcode.NOERROR and reply.answer[0][0].to_text() == GOOD


@pytest.mark.parametrize("word", ["wrong-id", "wrong-question", "wrong-port", "no-question", "is-query", "short", "drop"])
def test_a_resolver_that_never_answers_right_gives_servfail_and_costs_three_packets(scripted_lab, word):
    reply = scripted_lab.ask(f"never.{word}.test.example", timeout=10.0)
    assert reply.rcode() == dns.rcode.SERVFAIL and not reply.answer
    time.sleep(0.5)
    ways = [line["proto"] for line in scripted_lab.upstream_log(f"never.{word}.")]
    assert 1 <= ways.count("udp") <= 3 and ways.count("tcp") <= 1


def test_a_lost_packet_is_sent_again(scripted_lab):
    reply = scripted_lab.ask("lossy.drop-1.test.example", timeout=10.0)
    assert reply.rcode() == dns.rcode.NOERROR and reply.answer[0][0].to_text() == GOOD
    assert len(scripted_lab.upstream_log("lossy")) == 2


def test_a_retransmission_keeps_port_and_id_so_that_a_guess_has_one_target(scripted_lab):
    scripted_lab.ask("ports.drop-2.test.example", timeout=10.0)
    sent = scripted_lab.upstream_log("ports.")
    assert len(sent) == 3
    assert len({(line["port"], line["id"]) for line in sent}) == 1


@pytest.mark.parametrize("word, rcode", [("servfail", dns.rcode.SERVFAIL), ("refused", dns.rcode.REFUSED),
                                         ("nxdomain", dns.rcode.NXDOMAIN)])
def test_what_the_resolver_says_reaches_the_client(scripted_lab, word, rcode):
    assert scripted_lab.ask(f"says.{word}.test.example", timeout=10.0).rcode() == rcode


def test_a_failure_is_remembered_for_its_second(scripted_lab):
    for _ in range(10):
        assert scripted_lab.ask("failing.servfail.test.example", timeout=10.0).rcode() == dns.rcode.SERVFAIL
    assert len(scripted_lab.upstream_log("failing.")) <= 3


def test_a_negative_answer_without_soa_is_not_kept(scripted_lab):
    for _ in range(3):
        assert scripted_lab.ask("bare.nxdomain.nosoa.test.example").rcode() == dns.rcode.NXDOMAIN
    assert len(scripted_lab.upstream_log("bare.")) == 3


def test_the_second_of_two_equal_replies_is_counted_as_late_and_ignored(scripted_lab):
    late = scripted_lab.figure("egress.reply_late")
    answer = scripted_lab.ask("echoing.twice.test.example").answer
    assert answer and eventually(lambda: scripted_lab.figure("egress.reply_late") == late + 1)
    assert scripted_lab.ask("echoing.twice.test.example").answer == answer, "the cached answer is still the first one"
    assert len(scripted_lab.upstream_log("echoing.twice")) == 1


def test_source_ports_are_spread(scripted_lab):
    for i in range(300):
        scripted_lab.ask(f"spread{i}.test.example")
    ports = [line["port"] for line in scripted_lab.upstream_log("spread")]
    assert len(ports) == 300 and len(set(ports)) > 250 and max(ports) - min(ports) > 20000


def test_edns_goes_upstream_with_1232_octets(scripted_lab):
    scripted_lab.ask("plain-client.test.example", use_edns=False)
    assert scripted_lab.upstream_log("plain-client")[0]["edns"] == 1232


def test_a_slow_answer_still_reaches_the_client_that_waits(scripted_lab):
    begin = time.monotonic()
    reply = scripted_lab.ask("tardy.delay-300.test.example")
    assert reply.answer and 0.29 < time.monotonic() - begin < 1.0
