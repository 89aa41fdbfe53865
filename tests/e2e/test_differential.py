# SPDX-License-Identifier: Apache-2.0
"""Says what Unbound and dnsdist say: the short form of tests/differential/run. And what that would find."""
import pathlib
import sys

import dns.flags
import dns.message
import dns.rrset
import harness
import pytest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "differential"))

import comparing  # noqa: E402
import wire  # noqa: E402
from comparison import compare  # noqa: E402

QUESTIONS, SEED = 1500, 8906


def test_fifteen_hundred_questions_are_answered_as_by_unbound_and_dnsdist():
    tally = compare(QUESTIONS, SEED, harness.PMD)
    if tally.disagreements:
        pytest.fail("\n".join(tally.lines(QUESTIONS, SEED)), pytrace=False)
    assert all(tally.compared[peer] == 2 * QUESTIONS for peer in ("unbound", "dnsdist"))


def _reply() -> dns.message.Message:
    reply = dns.message.make_response(dns.message.make_query("www.example.", "A", use_edns=0, id=1), recursion_available=True)
    reply.answer.append(dns.rrset.from_text("www.example.", 60, "IN", "A", "192.0.2.1", "192.0.2.2"))
    reply.authority.append(dns.rrset.from_text("example.", 60, "IN", "SOA", "ns. host. 1 2 3 4 5"))
    return reply


def _set(field: str, value):
    return lambda reply: setattr(reply, field, value)


@pytest.mark.parametrize("field, change", [
    ("rcode", lambda r: r.set_rcode(2)), ("AA", lambda r: _set("flags", r.flags | dns.flags.AA)(r)),
    ("RA", lambda r: _set("flags", r.flags & ~dns.flags.RA)(r)), ("AD", lambda r: _set("flags", r.flags | dns.flags.AD)(r)),
    ("TC", lambda r: _set("flags", r.flags | dns.flags.TC)(r)), ("answer", lambda r: r.answer[0].pop()), ("soa", lambda r: r.authority.clear()),
    ("edns", lambda r: r.use_edns(False)), ("edns size", lambda r: r.use_edns(0, payload=512)), ("edns do", lambda r: r.want_dnssec(True)),
    ("additional", lambda r: r.additional.append(r.answer[0])), ("authority", lambda r: r.authority.append(r.answer[0]))])
def test_the_comparison_finds_every_difference(field, change):
    good, other = _reply(), _reply()
    change(other)
    found = comparing.differences(wire.read(good.to_wire()), wire.read(other.to_wire()))
    assert field in {difference.field for difference in found}


def test_the_comparison_finds_nothing_in_another_order_of_records_and_another_letter_case():
    shuffled = dns.message.from_text(_reply().to_text())
    shuffled.answer[0] = dns.rrset.from_text("WWW.example.", 60, "IN", "A", "192.0.2.2", "192.0.2.1")
    assert not comparing.differences(wire.read(_reply().to_wire()), wire.read(shuffled.to_wire()))


@pytest.mark.parametrize("ttl, age_sec, is_right", [(60, 0, True), (61, 0, False), (50, 10, True), (50, 5, False), (0, 100, True)])
def test_the_comparison_knows_how_old_an_answer_may_be(ttl, age_sec, is_right):
    aged = _reply()
    aged.answer[0].ttl = aged.authority[0].ttl = ttl
    faults = comparing.ttl_faults(wire.read(aged.to_wire()), wire.read(_reply().to_wire()), age_sec)
    assert (not faults) == is_right
