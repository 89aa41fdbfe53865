# SPDX-License-Identifier: Apache-2.0
"""What clients get: real tools over both address families, aged TTLs, their own ID and letter case."""
import re
import time

import dns.flags
import dns.message
import dns.rcode
import names
import pytest

SERVERS = [names.APPLIANCE4, names.APPLIANCE6]


@pytest.mark.parametrize("server", SERVERS)
def test_dig_gets_an_answer(lab, server):
    out = lab.exec("client", "dig", f"@{server}", "www.mix.example", "A")
    assert "status: NOERROR" in out and "192.0.2.84" in out and "192.0.2.85" in out


@pytest.mark.parametrize("server", SERVERS)
def test_kdig_gets_an_answer(lab, server):
    out = lab.exec("client", "kdig", f"@{server}", "www.mix.example", "AAAA")
    assert "status: NOERROR" in out and "2001:db8::84" in out


@pytest.mark.parametrize("rdtype", ["A", "AAAA", "MX", "TXT", "CAA", "NS", "SOA", "HTTPS", "SRV", "NAPTR", "SSHFP", "PTR", "DNAME"])
def test_every_record_type_comes_through_as_the_resolver_gave_it(lab, rdtype):
    owner = {"A": "www", "AAAA": "www", "HTTPS": "www", "SRV": "_dns._udp", "NAPTR": "naptr", "SSHFP": "ssh", "DNAME": "sub"}
    name = "53.0.77.10.in-addr.arpa" if rdtype == "PTR" else f"{owner.get(rdtype, '')}.mix.example".lstrip(".")
    for _ in range(2):      # from the resolver, then from the cache
        reply = lab.ask(name, rdtype)
        assert reply.rcode() == dns.rcode.NOERROR and reply.answer
        assert set(reply.answer[0]) == set(lab.ask(name, rdtype, server=names.RESOLVER4).answer[0])


def test_a_second_question_costs_no_packet(lab):
    lab.ask("once.bench.example")
    before = lab.counters()["seen"]
    for _ in range(20):
        assert lab.ask("once.bench.example").answer
    assert lab.counters()["seen"] == before


def test_the_ttl_ages_in_the_cache_and_the_name_is_asked_again_when_it_is_over(lab):
    assert lab.ask("aging.ttl5.example").answer[0].ttl == 5
    time.sleep(2.1)
    assert lab.ask("aging.ttl5.example").answer[0].ttl in (2, 3)
    time.sleep(3.5)
    lab.ask("aging.ttl5.example")           # may be the expired answer, which sends for a new one
    time.sleep(0.5)
    assert lab.ask("aging.ttl5.example").answer[0].ttl in (4, 5)


def test_an_answer_with_ttl_0_is_passed_on_and_not_kept(lab):
    before = lab.counters()["seen"]
    for _ in range(3):
        reply = lab.ask("fleeting.ttl0.example")
        assert reply.answer and reply.answer[0].ttl == 0
    assert lab.counters()["seen"] == before + 3


def test_each_client_gets_its_own_letter_case_back_and_one_packet_goes_upstream(lab):
    before = lab.counters()["seen"]
    for spelling in ("casing.bench.example.", "CaSiNg.BeNcH.eXaMpLe.", "CASING.BENCH.EXAMPLE."):
        reply = lab.ask(spelling)
        assert reply.question[0].name.to_text() == spelling
        assert reply.answer[0].name.to_text() == spelling
    assert lab.counters()["seen"] == before + 1


def test_a_name_that_does_not_exist_is_remembered_as_long_as_its_soa_minimum_says(lab):
    before = lab.counters()["seen"]
    for _ in range(5):
        reply = lab.ask("no-such.nx.example")
        assert reply.rcode() == dns.rcode.NXDOMAIN and not reply.answer
        assert reply.authority[0].ttl <= 5
    assert lab.counters()["seen"] == before + 1


def test_a_name_without_the_type_is_remembered_as_nodata(lab):
    before = lab.counters()["seen"]
    for _ in range(3):
        reply = lab.ask("onlytxt.nx.example", "A")
        assert reply.rcode() == dns.rcode.NOERROR and not reply.answer and reply.authority
    assert lab.counters()["seen"] == before + 1


@pytest.mark.parametrize("name, links", [("one", 1), ("three", 3), ("eight", 8)])
def test_a_chain_of_cnames_comes_whole(lab, name, links):
    for _ in range(2):
        reply = lab.ask(f"{name}.cname.example")
        assert len(reply.answer) == links + 1
        assert reply.answer[-1][0].to_text() == "192.0.2.82"


def test_the_smallest_ttl_of_a_chain_decides_how_long_it_is_kept(lab):
    assert lab.ask("short.cname.example").answer
    before = lab.counters()["seen"]
    time.sleep(5.6)
    lab.ask("short.cname.example")
    time.sleep(0.5)
    assert lab.counters()["seen"] == before + 1


@pytest.mark.parametrize("name, size", [("t600", 512), ("t1300", 1232)])
def test_what_does_not_fit_the_clients_buffer_comes_truncated(lab, name, size):
    query = dns.message.make_query(f"{name}.big.example", "TXT", use_edns=size > 512, payload=size)
    for _ in range(2):
        reply = lab.exchange(query)
        assert reply.flags & dns.flags.TC and len(reply.to_wire()) <= size


def test_a_client_that_takes_more_gets_the_whole_answer(lab):
    query = dns.message.make_query("t600.big.example", "TXT", use_edns=0, payload=1232)
    for _ in range(2):
        reply = lab.exchange(query)
        assert not reply.flags & dns.flags.TC and len(reply.answer[0]) == 4


def test_a_client_without_edns_gets_none_back(lab):
    for _ in range(2):
        assert lab.exchange(dns.message.make_query("plain.bench.example", "A", use_edns=False)).edns == -1


def test_a_client_with_edns_gets_its_own_version_0_back(lab):
    for payload in (512, 1232, 4096):
        reply = lab.exchange(dns.message.make_query("edns.bench.example", "A", use_edns=0, payload=payload))
        assert reply.edns == 0 and not reply.options


def test_the_flags_say_recursion_available_and_not_authoritative(lab):
    for _ in range(2):
        flags = lab.ask("flags.bench.example").flags
        assert flags & dns.flags.RA and flags & dns.flags.RD and flags & dns.flags.QR
    assert not flags & dns.flags.AA


@pytest.mark.parametrize("server", SERVERS)
def test_every_client_address_is_served(lab, server):
    prefix = "fd77::" if ":" in server else "10.77.0."
    for host in (100, 117, 149):
        out = lab.exec("client", "dig", "+short", "-b", f"{prefix}{host}", f"@{server}", "www.mix.example")
        assert "192.0.2.84" in out


def test_five_thousand_names_at_twenty_thousand_a_second_are_all_answered(lab, tmp_path):
    questions = tmp_path / "names"
    questions.write_text("".join(f"n{i}.bench.example A\n" for i in range(5000)))
    lab.exec("client", "dnsperf", "-s", names.APPLIANCE4, "-d", str(questions), "-n", "1", "-Q", "1000", "-c", "20", "-T", "1")
    out = lab.exec("client", "dnsperf", "-s", names.APPLIANCE4, "-d", str(questions), "-l", "5", "-Q", "20000", "-c", "20",
                   "-T", "1", "-q", "5000")
    assert re.search(r"Response codes:\s+NOERROR \d+ \(100\.00%\)", out), out
    assert re.search(r"Queries lost:\s+0 ", out), out
    assert lab.counters()["policed"] == 0
