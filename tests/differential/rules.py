# SPDX-License-Identifier: Apache-2.0
"""The differences that are meant. Whatever no rule covers is a disagreement.

A rule names the fields that it covers and what must hold of the question and of the replies; where Sluice is to be right
against a peer, it must say what the authority says.
"""
import dataclasses
from typing import Callable

import wire
from asking import Outcome
from comparing import Difference, sets
from servers import AUTHORITY, DNSDIST, PEERS, SLUICE, UNBOUND
from wire import CD, RD, TC, Reply

FORMERR, SERVFAIL, NXDOMAIN, NOTIMP, REFUSED, NOTAUTH = 1, 2, 3, 4, 5, 9
TRUTH = "the truth"
SECTIONS = "answer soa authority additional"
EDNS = "edns,edns size,edns do,edns z,edns options,edns version"


@dataclasses.dataclass(frozen=True)
class Rule:
    name: str
    peers: tuple[str, ...]
    fields: frozenset[str]      # which differences it covers
    holds: Callable[[Outcome, str], bool]
    reason: str


def _fields(words: str, more: str = "") -> frozenset[str]:
    return frozenset([*words.split(), *filter(None, more.split(","))])


def _rcode(outcome: Outcome, server: str) -> int | None:
    said = outcome.said[server]
    return said.rcode if isinstance(said, Reply) else None


def _as_the_authority(outcome: Outcome) -> bool:
    ours, truth = outcome.said[SLUICE], outcome.said[AUTHORITY]
    return (isinstance(ours, Reply) and isinstance(truth, Reply) and ours.rcode == truth.rcode
            and (ours.has(TC) or truth.has(TC) or all(sets(a) == sets(b) for a, b in zip(ours.sections, truth.sections))))


def _passes_on_flags(outcome: Outcome, peer: str) -> bool:
    theirs, truth = outcome.said[peer], outcome.said[AUTHORITY]
    return isinstance(theirs, Reply) and isinstance(truth, Reply) and theirs.flags | RD | CD == truth.flags | RD | CD


def _is_scripted(outcome: Outcome) -> bool:
    return outcome.question.name.lower().endswith(".test.example")


def _first_label(outcome: Outcome) -> str:
    """In a zone of two labels."""
    return ["", "", *outcome.question.name.lower().split(".")][-3]


def _long_or_endless_chain(outcome: Outcome, _peer: str) -> bool:
    """In diff.example: more than eleven links, a loop, or a target that the authority does not serve."""
    return (_first_label(outcome) in {"c12", "c13", "c14", "c15", "c16", "self", "loopa", "loopb", "tounserved"}
            and _as_the_authority(outcome))


def _cookie_lengths(outcome: Outcome) -> list[int]:
    edns = outcome.question.edns
    return [len(data) for code, data in (edns.options if edns else ()) if code == 10]


def _is_refusal_of_any(outcome: Outcome) -> bool:
    ours = outcome.said[SLUICE]
    return isinstance(ours, Reply) and [r.data for r in ours.answer] == [b"\x07RFC8482\x00"]


def _asked_options(outcome: Outcome) -> set[int]:
    edns = outcome.question.edns
    return {code for code, _ in edns.options} & ({3, 10, 11} if outcome.question.tcp else {3, 10}) if edns else set()


def _more_options(outcome: Outcome, peer: str) -> set[int]:
    """What Sluice gave and the peer did not."""
    ours, theirs = outcome.said[SLUICE], outcome.said[peer]
    given = [set(x.edns.options) if isinstance(x, Reply) and x.edns else set() for x in (ours, theirs)]
    return given[0] - given[1] - {15}


def _number(outcome: Outcome) -> int:
    return wire.type_number(outcome.question.rdtype)


def _is_special(outcome: Outcome) -> bool:
    return outcome.question.kind == "special names"


def _owners(outcome: Outcome, server: str) -> list:
    """Which record sets stand where, whatever is in them; SOA and NS alone may differ within."""
    sections = getattr(outcome.said[server], "sections", ((), ()))
    return [{(r.owner, r.rdtype, b"" if r.rdtype in (wire.SOA, 2) else r.data) for r in section} for section in sections[:2]]


def _is_odd(outcome: Outcome) -> bool:
    """What nsd refuses, or answers with a bare header that dnsdist may not pass on."""
    asked = outcome.question
    return bool(asked.opcode or asked.rdclass != 1 or asked.flags & 0xF or 251 <= _number(outcome) <= 254 or _is_broken(outcome)
                or _has_broken_edns(outcome))


def _is_broken(outcome: Outcome) -> bool:
    """Not in the form that the RFCs ask for; Sluice answers FORMERR, or nothing when there is hardly a header."""
    asked = outcome.question
    return bool(asked.count != 1 or asked.cut is not None or asked.tail)


def _has_broken_edns(outcome: Outcome) -> bool:
    edns = outcome.question.edns
    return edns is not None and (edns.copies > 1 or edns.owner != b"\0")


RULES: list[Rule] = [
    Rule("AA and RA of the authority", (DNSDIST,), _fields("AA RA"),
         lambda o, peer: _passes_on_flags(o, peer) or _is_scripted(o),
         "A cache is not authoritative and offers recursion (RFC 1035 4.1.1); dnsdist passes on the flags of the server behind it."),
    Rule("EDNS of a server behind", (DNSDIST,), _fields("", "edns,edns size,edns do"), lambda o, _: _is_scripted(o),
         "EDNS is hop by hop (RFC 6891 6.2.6); dnsdist passes on that of the scripted resolver: 8192 octets, no DO, or none at all."),
    Rule("a chain that Unbound does not follow to its end", (UNBOUND,), _fields(f"rcode {SECTIONS}"), _long_or_endless_chain,
         "Sluice passes on what the recursive server behind it answers; Unbound follows the chain itself, for eleven links."),
    Rule("a CNAME loop is cached for one second", (TRUTH,), _fields("ttl"),
         lambda o, _: _first_label(o) in {"self", "loopa", "loopb"} and _as_the_authority(o),
         "An answer that ends in a loop is a failure (RFC 9520 3.2): no TTL longer than cache.servfail_ttl."),
    Rule("REFUSED passed on", (UNBOUND,), _fields("rcode"),
         lambda o, peer: _rcode(o, SLUICE) == REFUSED == _rcode(o, AUTHORITY) and _rcode(o, peer) == SERVFAIL,
         "Both report the failure; the upstream's own rcode is more precise."),
    Rule("other opcodes", (UNBOUND,), _fields("question RA AD CD rcode", EDNS), lambda o, _: o.question.opcode != 0 and _rcode(o, SLUICE) == NOTIMP,
         "NOTIMP, with ID and opcode, without the rest of a message of unknown form. Unbound echoes all, and refuses NOTIFY."),
    Rule("TC in a question", (UNBOUND,), _fields(f"rcode AA RA Z AD CD {SECTIONS}", "edns size"),
         lambda o, peer: bool(o.question.flags & TC) and _rcode(o, peer) == FORMERR and _as_the_authority(o),
         "No flag is a reason not to answer (RFC 5625 4.1); Unbound treats TC in a question as an error."),
    Rule("malformed cookies", PEERS, _fields(f"rcode RA AD CD {SECTIONS}", "edns size,edns do"),
         lambda o, _: _rcode(o, SLUICE) == FORMERR and any(n != 8 and not 16 <= n <= 40 for n in _cookie_lengths(o)),
         "FORMERR (RFC 7873 5.2.2); Unbound 1.17 and NSD without cookies ignore them."),
    Rule("obsolete and transfer types", (UNBOUND,), _fields(f"rcode RA AD {SECTIONS}", "edns size"),
         lambda o, peer: 251 <= _number(o) <= 254 and _rcode(o, peer) in (FORMERR, REFUSED, NOTIMP),
         "Transfers are refused, MAILA and MAILB are ordinary types (RFC 3597); Unbound treats them all as errors."),
    Rule("types at the owner of a CNAME", (UNBOUND,), _fields(f"TC {SECTIONS}"),
         lambda o, _: o.question.rdtype in ("NSEC", "NSEC3", "RRSIG") and _as_the_authority(o),
         "NSEC and RRSIG exist at the owner of a CNAME (RFC 4034 4, 3); Unbound answers with a cached CNAME."),
    Rule("the SOA with a DNAME", (UNBOUND,), _fields("soa"), lambda o, _: o.question.rdtype == "DNAME" and _as_the_authority(o),
         "NODATA at the end of a DNAME has its SOA (RFC 2308 2.2); Unbound drops it when DNAME itself is asked for."),
    Rule("no recursion, nothing cached", PEERS, _fields(f"rcode RD AD {SECTIONS}"),
         lambda o, _: not o.question.flags & RD and (_rcode(o, SLUICE) == REFUSED or _as_the_authority(o)),
         "Without RD the cache alone answers, else REFUSED (RFC 8499: not recursive); dnsdist asks, Unbound gives a referral or SERVFAIL "
         "and sets RD."),
    Rule("no recursion, then cached", ("itself",), _fields(f"rcode {SECTIONS}"),
         lambda o, _: not o.question.flags & RD and _as_the_authority(o), "Another question had cached the answer in between."),
    Rule("other classes", PEERS, _fields(f"rcode question RA AD answered {SECTIONS}", EDNS),
         lambda o, _: o.question.rdclass != 1 and _rcode(o, SLUICE) == REFUSED,
         "REFUSED, with the question: a cache of class IN (RFC 1034 4.3.2 leaves it to the server); Unbound answers ANY from IN, nsd CH."),
    Rule("obsolete and transfer types, as nsd", (DNSDIST,), _fields("rcode"), lambda o, _: 251 <= _number(o) <= 252 and _rcode(o, SLUICE) == REFUSED,
         "Transfers are REFUSED; nsd answers NOTAUTH or NOTIMP."),
    Rule("ANY", PEERS, _fields(f"rcode TC {SECTIONS}"), lambda o, _: o.question.rdtype == "ANY" and _is_refusal_of_any(o),
         "One HINFO record with RFC8482 (RFC 8482 4.2), so that ANY costs no packet; the others return some or all record sets."),
    Rule("options that were asked for", PEERS, _fields("", "edns options"), lambda o, peer: _more_options(o, peer) <= _asked_options(o),
         "COOKIE and NSID are sent to clients that ask (RFC 7873 5.2, 5001 2.1), over TCP also the keepalive (RFC 7828 3.3.2); Debian's Unbound and "
         "dnsdist have none set."),
    Rule("signed with an unknown key", (UNBOUND,), _fields(f"rcode question answered RA AD CD {SECTIONS}", EDNS),
         lambda o, _: o.question.tsig and _rcode(o, SLUICE) == NOTAUTH,
         "A signed message and its reply pass unchanged (RFC 5625 4.5, RFC 8945 5.3): NOTAUTH; Unbound treats it as an error "
         "and echoes all of it."),
    Rule("the ID in a signature", ("itself",), _fields("additional"), lambda o, _: o.question.tsig and _rcode(o, SLUICE) == NOTAUTH,
         "TSIG repeats the ID of its message (RFC 8945 4.2), which differs each time."),
    Rule("a cookie alone", PEERS, _fields(f"answered rcode RA AD CD {SECTIONS}", EDNS),
         lambda o, _: o.question.count == 0 and 10 in _asked_options(o) and _rcode(o, SLUICE) == 0,
         "A query without a question asks for a cookie (RFC 7873 5.4)."),
    Rule("unusual messages through dnsdist", (DNSDIST,), _fields(f"answered rcode question RA AD CD TC {SECTIONS}", EDNS),
         lambda o, _: _is_odd(o), "What nsd refuses with a bare header passes dnsdist unchanged, broken, or not at all."),
    Rule("broken questions", (UNBOUND,), _fields(f"answered rcode question RA AD CD {SECTIONS}", EDNS),
         lambda o, _: _is_broken(o) and (_rcode(o, SLUICE) == FORMERR or o.said[SLUICE] is None and len(o.question.to_wire(0)) <= 12),
         "FORMERR (RFC 1035 4.1.1, RFC 9619), silence for a bare header; Unbound ignores octets after the message and echoes broken messages."),
    Rule("broken EDNS", (UNBOUND,), _fields("RA AD CD edns"),
         lambda o, peer: _has_broken_edns(o) and _rcode(o, SLUICE) == FORMERR == _rcode(o, peer),
         "FORMERR from both (RFC 6891 6.1.1); Unbound echoes the whole message."),
    Rule("special names asked upstream", (DNSDIST,), _fields(f"rcode AA RA {SECTIONS}"),
         lambda o, peer: _is_special(o) and _rcode(o, peer) == REFUSED == _rcode(o, AUTHORITY),
         "localhost, invalid, test, onion and the empty reverse zones are answered here (RFC 6761 6, 6303 4, 7686 2); dnsdist forwards them."),
    Rule("the SOA of an empty zone", (UNBOUND,), _fields("soa answer"),
         lambda o, peer: _is_special(o) and _rcode(o, SLUICE) == _rcode(o, peer) and _owners(o, SLUICE) == _owners(o, peer),
         "The zone itself is MNAME and its only name server (RFC 6303 3); Unbound answers localhost."),
    Rule("SOA and NS below localhost", (UNBOUND,), _fields("soa answer"),
         lambda o, peer: o.question.name.lower() == "www.localhost" and o.question.rdtype in ("SOA", "NS") and _rcode(o, SLUICE) == 0,
         "Names below localhost have addresses and nothing else (RFC 6761 6.3); Unbound gives each of them the zone's SOA and NS."),
    Rule("errors that Unbound does not answer", (UNBOUND,), _fields("answered"),
         lambda o, peer: o.said[peer] is None and isinstance(o.said[SLUICE], Reply) and (_is_odd(o) or bool(o.question.flags & TC)),
         "Every question gets an answer (RFC 8906 3); a few that Unbound treats as errors get none when it is busy."),
    Rule("truncated upstream", (DNSDIST,), _fields("TC"),
         lambda o, _: ".truncate." in o.question.name.lower() and _rcode(o, SLUICE) == 0,
         "A truncated reply is fetched over TCP (RFC 2181 9); dnsdist leaves that to its clients."),
    Rule("a datagram that was lost", (DNSDIST,), _fields("answered"),
         lambda o, peer: ".drop-1." in o.question.name.lower() and o.said[peer] is None,
         "A lost datagram is sent again (RFC 1035 4.2.1); dnsdist leaves that to its clients."),
    Rule("an upstream that never answers", (DNSDIST, UNBOUND), _fields("answered"),
         lambda o, peer: ".drop." in o.question.name.lower() and _rcode(o, SLUICE) == SERVFAIL and o.said[peer] is None,
         "SERVFAIL at the client timeout, so that the client need not guess (RFC 8914 4.23); dnsdist does not answer, Unbound tries for longer."),
]


def covering(outcome: Outcome, peer: str, difference: Difference) -> Rule | None:
    for rule in RULES:
        if peer in rule.peers and difference.field in rule.fields and rule.holds(outcome, peer):
            return rule
    return None
