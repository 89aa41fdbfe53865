# SPDX-License-Identifier: Apache-2.0
"""In what two replies to one question differ."""
import collections
import dataclasses

import wire
from wire import AA, AD, CD, QR, RA, RD, TC, Z, Malformed, Record, Reply

EDE = 15
FLAGS = {"QR": QR, "AA": AA, "TC": TC, "RD": RD, "RA": RA, "Z": Z, "AD": AD, "CD": CD}


@dataclasses.dataclass(frozen=True)
class Difference:
    field: str
    ours: object
    theirs: object

    def __str__(self) -> str:
        return f"{self.field}: {self.ours} against {self.theirs}"


def sets(records: list[Record]) -> frozenset:
    return frozenset((r.owner, r.rdtype, r.rdclass, r.data) for r in records)


def shown(records) -> str:
    """For people; long data are cut."""
    return "{" + ", ".join(sorted(f"{owner[1:-1].decode('latin1')!r} {wire.type_name(rdtype)} {data[:40].hex()}"
                                  for owner, rdtype, _, data in records)) + "}"


def differences(ours: "Reply | Malformed | None", theirs: "Reply | Malformed | None") -> list[Difference]:
    """Empty when they say the same, TTLs aside."""
    if not isinstance(ours, Reply) or not isinstance(theirs, Reply):
        kinds = [type(x).__name__ if isinstance(x, Reply) else "silence" if x is None else f"malformed ({x})" for x in (ours, theirs)]
        return [] if kinds[0] == kinds[1] == "silence" else [Difference("answered", *kinds)]
    found = []

    def look(field: str, one, other, show=lambda value: value) -> None:
        if one != other:
            found.append(Difference(field, show(one), show(other)))

    look("opcode", ours.opcode, theirs.opcode)
    look("rcode", ours.rcode, theirs.rcode)
    for name, bit in FLAGS.items():
        look(name, ours.has(bit), theirs.has(bit))
    look("question", ours.question, theirs.question)
    if not ours.has(TC) and not theirs.has(TC):     # of a truncated reply nothing counts (RFC 2181 section 9)
        look("answer", sets(ours.answer), sets(theirs.answer), shown)
        look("soa", sets(_soa(ours)), sets(_soa(theirs)), shown)
        look("authority", sets(ours.authority) - sets(_soa(ours)), sets(theirs.authority) - sets(_soa(theirs)), shown)
        look("additional", sets(ours.sections[2]), sets(theirs.sections[2]), shown)
    look("edns", ours.edns_count, theirs.edns_count)
    if ours.edns and theirs.edns:
        look("edns version", ours.edns.version, theirs.edns.version)
        look("edns size", ours.edns.size, theirs.edns.size)
        look("edns do", ours.edns.do, theirs.edns.do)
        look("edns z", ours.edns.z, theirs.edns.z)
        # Extended errors may come with any answer (RFC 8914 section 3); each server has its own.
        look("edns options", set(ours.edns.options) - {EDE}, set(theirs.edns.options) - {EDE})
    return found


def ttl_faults(ours: "Reply | Malformed | None", truth: "Reply | Malformed | None", age_sec: float) -> list[Difference]:
    """TTLs of a set are equal (RFC 2181 section 5.2) and lie between what the authority gives and that minus the run's age."""
    if not isinstance(ours, Reply):
        return []
    records = ours.answer + ours.authority
    ttls = collections.defaultdict(set)
    for record in records:
        covered = record.data[:2] if record.rdtype == wire.RRSIG else b""
        ttls[record.owner, record.rdtype, covered].add(record.ttl)
    found = [Difference("ttl of a set", sorted(values), "one value") for values in ttls.values() if len(values) > 1]
    if isinstance(truth, Reply):
        given = {(r.owner, r.rdtype, r.data): r.ttl for r in truth.answer + truth.authority}
        # A negative answer's records live no longer than its SOA says (RFC 2308 section 5), nor than an hour (negative_ttl.max).
        least = min([*given.values(), 3600]) if _is_negative(truth) else None
        for record in records:
            most = given.get((record.owner, record.rdtype, record.data))
            if most is not None and not max(0, (most if least is None else least) - age_sec - 1) <= record.ttl <= most:
                found.append(Difference("ttl", record.ttl, f"{most} at the authority, at most {age_sec:.0f} s ago"))
    return found


def _soa(reply: Reply) -> list[Record]:
    return [r for r in reply.authority if r.rdtype == wire.SOA]


def _is_negative(reply: Reply) -> bool:
    """NXDOMAIN, NODATA, or a chain that leads nowhere."""
    wanted = int.from_bytes(reply.question[-4:-2], "big")
    return reply.rcode == 3 or bool(_soa(reply)) or all(r.rdtype != wanted for r in reply.answer)
