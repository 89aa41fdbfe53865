# SPDX-License-Identifier: Apache-2.0
"""The basic probes of RFC 8906 section 8: each gets the answer that is due, none gets silence."""
import dns.edns
import dns.flags
import dns.message
import dns.rcode
import names
import netns
import pytest

UNKNOWN_OPTION = dns.edns.GenericOption(100, b"")
NOERROR, NOTIMP, BADVERS = dns.rcode.NOERROR, dns.rcode.NOTIMP, dns.rcode.BADVERS


def _query(name: str = "mix.example", rdtype: str = "SOA", flags: int = 0, **edns) -> dns.message.Message:
    query = dns.message.make_query(name, rdtype, **({"use_edns": False} if not edns else edns))
    query.flags |= flags
    return query


# RFC 8906 section 8.1.1 and 8.1.2.
@pytest.mark.parametrize("rdtype", ["SOA", "A", "TYPE1000", "TYPE65400"])
def test_known_and_unknown_types_are_answered(lab, rdtype):
    for _ in range(2):
        reply = lab.exchange(_query(rdtype=rdtype))
        assert reply.rcode() == NOERROR and reply.edns == -1
        assert bool(reply.answer) == (rdtype == "SOA")


# RFC 8906 section 8.1.3: flags, also those without a meaning.
@pytest.mark.parametrize("flag", [0x0020, 0x0010, 0x0040, 0x0400, 0x0200, 0x0070], ids=["AD", "CD", "Z", "AA", "TC", "AD+CD+Z"])
def test_no_flag_keeps_a_question_from_being_answered(lab, flag):
    for _ in range(2):
        reply = lab.exchange(_query(flags=flag))
        assert reply.rcode() == NOERROR and reply.answer
        assert not reply.flags & 0x0040 and not reply.flags & dns.flags.AA and not reply.flags & dns.flags.TC
        assert bool(reply.flags & dns.flags.CD) == bool(flag & 0x0010)


def test_a_question_without_recursion_desired_gets_an_answer_too(lab):
    query = _query("unasked.bench.example", "A")
    query.flags &= ~dns.flags.RD
    assert lab.exchange(query).rcode() == dns.rcode.REFUSED


# RFC 8906 section 8.1.4. Octets, since the library knows no opcode but those in use.
@pytest.mark.parametrize("opcode", [1, 2, 3, 4, 5, 6, 15])
def test_opcodes_that_are_not_implemented_are_told_so(lab, opcode):
    wire = bytearray(_query().to_wire())
    wire[2] = opcode << 3
    with netns.udp_socket(lab.client, names.APPLIANCE4) as sock:
        sock.send(wire)
        sock.settimeout(5.0)
        reply = sock.recv(65535)
    assert reply[:2] == wire[:2] and reply[2] == 0x80 | opcode << 3 and reply[3] & 0x0F == NOTIMP


# RFC 8906 sections 8.2.1, 8.2.7 and 8.2.8.
@pytest.mark.parametrize("edns", [{"use_edns": 0}, {"use_edns": 0, "want_dnssec": True}, {"use_edns": 0, "payload": 512, "want_dnssec": True},
                                  {"use_edns": 0, "payload": 0}, {"use_edns": 0, "payload": 65535}])
def test_edns_is_answered_with_edns_and_do_with_do(lab, edns):
    reply = lab.exchange(_query(**edns))
    assert reply.rcode() == NOERROR and reply.answer and reply.edns == 0 and not reply.options
    assert bool(reply.ednsflags & dns.flags.DO) == edns.get("want_dnssec", False)


# RFC 8906 sections 8.2.2, 8.2.5, 8.2.6 and 8.2.9: BADVERS with version 0, without the flags and options of the question.
@pytest.mark.parametrize("edns", [{"use_edns": 1}, {"use_edns": 1, "ednsflags": 0x0040}, {"use_edns": 1, "options": [UNKNOWN_OPTION]},
                                  {"use_edns": 1, "want_dnssec": True}, {"use_edns": 255}])
def test_a_later_version_of_edns_is_told_which_one_is_spoken(lab, edns):
    query = dns.message.make_query("mix.example", "SOA")
    query.use_edns(edns["use_edns"], edns.get("ednsflags", 0) | (dns.flags.DO if "want_dnssec" in edns else 0), options=edns.get("options"))
    reply = lab.exchange(query)
    assert reply.rcode() == BADVERS and reply.edns == 0 and not reply.answer and not reply.options
    assert reply.ednsflags & 0x7FFF == 0


# RFC 8906 sections 8.2.3, 8.2.4 and 8.2.10: unknown options and flags are ignored and not given back.
@pytest.mark.parametrize("edns", [{"options": [UNKNOWN_OPTION]}, {"ednsflags": 0x0080}, {"ednsflags": 0x7FFF},
                                  {"options": [dns.edns.GenericOption(65001, b"x" * 100), dns.edns.GenericOption(9, b"")]},
                                  {"options": [dns.edns.GenericOption(12, b"\0" * 64), dns.edns.ECSOption("192.0.2.0", 24)]}])
def test_unknown_options_and_flags_of_edns_are_ignored(lab, edns):
    for _ in range(2):
        reply = lab.exchange(_query(use_edns=0, **edns))
        assert reply.rcode() == NOERROR and reply.answer
        assert reply.edns == 0 and not reply.options and reply.ednsflags & 0x7FFF == 0


# RFC 8906 section 8.2.10: options that are known, all at once.
def test_known_options_together_are_answered(lab):
    options = [dns.edns.GenericOption(3, b""), dns.edns.GenericOption(10, b"12345678"), dns.edns.ECSOption("192.0.2.0", 24)]
    reply = lab.exchange(_query(use_edns=0, options=options))
    assert reply.rcode() == NOERROR and reply.answer and reply.edns == 0
    assert {option.otype for option in reply.options} <= {3, 10}
