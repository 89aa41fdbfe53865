# SPDX-License-Identifier: Apache-2.0
"""Questions by the thousand from one seed: names, types, classes, opcodes, flags and EDNS in all their variants."""
import dataclasses
import random
import struct
from typing import Any

import wire
from wire import AA, AD, CD, QR, RD, TC, Z

TYPES = ["A", "AAAA", "NS", "CNAME", "SOA", "PTR", "MX", "TXT", "SRV", "NAPTR", "CAA", "SSHFP", "TLSA", "DS", "DNSKEY", "RRSIG",
         "NSEC", "NSEC3", "NSEC3PARAM", "SVCB", "HTTPS", "HINFO", "LOC", "RP", "URI", "DNAME", "TYPE65280", "TYPE65534", "TYPE777"]
CLASSES = {"CH": 3, "HS": 4, "NONE": 254, "ANY": 255, "CLASS65280": 65280}
SIZES = [0, 512, 513, 1220, 1232, 1400, 4096, 65535]
CHAINS = [f"c{n}" for n in range(1, 17)]
# What is in every signed zone, and a name that is not.
SIGNED = ["", "www", "ns", "mail", "alias", "any.wild", "deep.any.wild", "nowhere", "x.nowhere", "onlytxt", "ent"]


@dataclasses.dataclass(frozen=True)
class Edns:
    size: int = 1232
    version: int = 0
    z: int = 0                  # all 16 bits; DO is the highest
    options: tuple[tuple[int, bytes], ...] = ()
    copies: int = 1
    owner: bytes = b"\0"

    def to_wire(self) -> bytes:
        return wire.record(self.owner, wire.OPT, self.size, self.version << 16 | self.z, wire.options(list(self.options))) * self.copies

    @property
    def do(self) -> bool:
        return bool(self.z & 0x8000)


@dataclasses.dataclass(frozen=True)
class Question:
    number: int
    kind: str                   # what it is meant to try
    name: str
    rdtype: str = "A"
    rdclass: int = 1
    flags: int = RD
    opcode: int = 0
    edns: Edns | None = None
    count: int = 1              # QDCOUNT, with as many questions
    cut: int | None = None      # octets that are sent; None: all
    tail: bytes = b""           # octets behind the message
    tsig: bool = False          # signed with a key that no server has
    tcp: bool = False
    patience_sec: float = 10.0

    def question_wire(self) -> bytes:
        return wire.name_to_wire(self.name) + struct.pack("!2H", wire.type_number(self.rdtype), self.rdclass)

    def to_wire(self, query_id: int) -> bytes:
        additional = (self.edns.copies if self.edns else 0) + self.tsig
        head = struct.pack("!6H", query_id, self.flags | self.opcode << 11, self.count, 0, 0, additional)
        message = head + self.question_wire() * self.count + (self.edns.to_wire() if self.edns else b"")
        message += _tsig(query_id) if self.tsig else b""
        return message[:self.cut] + self.tail if self.cut is not None else message + self.tail

    @property
    def udp_room(self) -> int:
        return max(512, self.edns.size) if self.edns else 512

    def __str__(self) -> str:
        words = [self.name or ".", {1: "IN"}.get(self.rdclass, f"CLASS{self.rdclass}"), self.rdtype,
                 "+".join(n for n, bit in wire.FLAGS.items() if self.flags & bit) or "no flags"]
        if self.opcode:
            words.append(f"opcode {self.opcode}")
        if self.edns:
            words.append(f"EDNS{self.edns.version} size {self.edns.size} z {self.edns.z:#x} options "
                         f"{[(code, data.hex()) for code, data in self.edns.options]}"
                         + (f" x{self.edns.copies}" if self.edns.copies != 1 else ""))
        words += [f"QDCOUNT {self.count}"] * (self.count != 1) + [f"cut to {self.cut}"] * (self.cut is not None)
        words += [f"then {self.tail!r}"] * bool(self.tail) + ["with TSIG"] * self.tsig + ["by TCP"] * self.tcp
        return f"#{self.number} {self.kind}: " + " ".join(words)


def _tsig(query_id: int) -> bytes:
    """RFC 8945 section 4.2: algorithm, time, fudge, MAC, original ID, error, other."""
    data = wire.name_to_wire("hmac-sha256") + struct.pack("!HIHH", 0, 1_700_000_000, 300, 32) + b"m" * 32 + struct.pack("!3H", query_id, 0, 0)
    return wire.record(wire.name_to_wire("nobodys-key.example"), wire.TSIG, 255, 0, data)


class Generator:
    def __init__(self, seed: int, with_tcp: bool):
        self.chance, self.with_tcp, self.number = random.Random(seed), with_tcp, 0
        # Of a hundred questions, this number is of the kind.
        self.kinds = [(14, self._types), (10, self._existing), (12, self._missing), (7, self._nodata), (8, self._chains),
                      (4, self._dname), (6, self._wildcard), (5, self._truncated), (12, self._signed), (3, self._zero_ttl),
                      (6, self._edns_oddities), (3, self._flag_oddities), (2, self._classes), (1, self._opcodes), (2, self._no_recursion),
                      (2, self._any), (2, self._failures), (1, self._malformed),
                      (2, self._special_names), (1, self._with_tsig)]

    def make(self, count: int) -> list[Question]:
        weights = [weight for weight, _ in self.kinds]
        return [self._one(self.chance.choices(self.kinds, weights)[0][1]) for _ in range(count)]

    def _one(self, maker) -> Question:
        self.number += 1
        question: Question = maker()
        # The programmable resolver spoils datagrams, and dnsdist asks by TCP what it was asked by TCP.
        fits = question.cut is None and not question.tail and not question.name.lower().endswith("test.example")
        by_tcp = self.with_tcp and fits and self.chance.random() < 0.1
        return dataclasses.replace(question, number=self.number, kind=maker.__name__.strip("_").replace("_", " "), tcp=by_tcp)

    def _ask(self, name: str, rdtype: str = "A", **fields: Any) -> Question:
        if self.chance.random() < 0.3:
            name = self._mixed_case(name)
        if "edns" not in fields:
            fields["edns"] = self._usual_edns()
        if "flags" not in fields:
            fields["flags"] = self.chance.choices([RD, RD | CD, RD | AD, RD | AD | CD], [80, 7, 8, 5])[0]
        return Question(0, "", name, rdtype, **fields)

    def _mixed_case(self, name: str) -> str:
        return "".join(c.swapcase() if self.chance.random() < 0.5 else c for c in name)

    def _usual_edns(self) -> Edns | None:
        pick = self.chance.random()
        if pick < 0.3:
            return None
        return Edns(self.chance.choice(SIZES), z=0x8000 if self.chance.random() < 0.35 else 0)

    def _fresh(self) -> str:
        return f"q{self.chance.getrandbits(40):010x}"

    # Kinds

    def _types(self) -> Question:
        return self._ask(self.chance.choice(["rich.diff.example", "rich.diff.example", "diff.example", "www.mix.example"]),
                         self.chance.choice(TYPES))

    def _existing(self) -> Question:
        name = self.chance.choice(["www.diff.example", "only4.diff.example", "wide\\.dot.diff.example", "\\000nul.diff.example",
                                   "\\255\\254high.diff.example", "upper.diff.example",
                                   "a-label-of-sixty-three-octets-abcdefghijklmnopqrstuvwxyz-012345.diff.example",
                                   "a.b.c.d.e.f.g.h.i.j.k.l.m.n.o.p.q.r.s.t.u.v.w.x.y.z.diff.example", "53.0.77.10.in-addr.arpa"])
        return self._ask(name, "PTR" if name.endswith("arpa") else self.chance.choice(["A", "AAAA"]))

    def _missing(self) -> Question:
        zone = self.chance.choice(["diff.example", "nx.example", "x.www.diff.example", "empty.diff.example", "mix.example"])
        name = self._fresh() if self.chance.random() < 0.8 else "nowhere"
        return self._ask(f"{name}.{zone}", self.chance.choice(TYPES))

    def _nodata(self) -> Question:
        name, rdtypes = self.chance.choice([("onlytxt.diff.example", ["A", "AAAA", "MX"]), ("between.empty.diff.example", TYPES),
                                            ("empty.diff.example", TYPES), ("only4.diff.example", ["AAAA", "TXT", "TYPE999"]),
                                            (f"{self._fresh()}.wild.diff.example", ["SRV", "NS"])])
        return self._ask(name, self.chance.choice(rdtypes))

    def _chains(self) -> Question:
        name = self.chance.choice([*CHAINS, "tonowhere", "tonodata", "toother", "towild", "tobig", "tounserved", "self", "loopa",
                                   f"{self._fresh()}.alias", f"{self._fresh()}.lost", "casetarget"])
        return self._ask(f"{name}.diff.example", self.chance.choice(["A", "A", "AAAA", "TXT", "CNAME", "MX"]))

    def _dname(self) -> Question:
        name = self.chance.choice(["www.moved", "deep.er.moved", "alias.moved", "nowhere.moved", "moved", "www.away", "away",
                                   f"{self._fresh()}.moved", f"{'x' * 63}.{'y' * 63}.{'z' * 63}.{'w' * 39}.moved"])
        return self._ask(f"{name}.diff.example", self.chance.choice(["A", "AAAA", "DNAME", "CNAME", "TXT"]))

    def _wildcard(self) -> Question:
        return self._ask(f"{self._fresh()}.{self.chance.choice(['', 'a.', 'b.c.'])}wild.diff.example",
                         self.chance.choice(["A", "AAAA", "TXT", "MX"]))

    def _truncated(self) -> Question:
        return self._ask(f"{self.chance.choice(['t600', 't1300', 't3000', 't20000'])}.big.example", "TXT")

    def _signed(self) -> Question:
        zone = self.chance.choice(["signed.example", "signed3.example"])
        label = self.chance.choice([*SIGNED, self._fresh()])
        rdtypes = ["A", "AAAA", "TXT", "MX", "DS", "DNSKEY", "SOA", "NS", "RRSIG", "NSEC", "NSEC3", "NSEC3PARAM"]
        if self.chance.random() < 0.1:
            label, rdtypes = "sub", ["DS"]      # of a delegated name an authority answers this alone
        edns = Edns(self.chance.choice([1232, 1232, 4096, 512]), z=0x8000 if self.chance.random() < 0.75 else 0)
        return self._ask(f"{label}.{zone}" if label else zone, self.chance.choice(rdtypes), edns=edns)

    def _zero_ttl(self) -> Question:
        return self._ask(f"{self.chance.choice(['c', 'target', self._fresh()])}.zero.example", self.chance.choice(["A", "TXT"]))

    def _edns_oddities(self) -> Question:
        noise = bytes(self.chance.randrange(256) for _ in range(self.chance.randrange(1, 40)))
        edns = self.chance.choice([
            Edns(version=1), Edns(version=255), Edns(z=0x4000), Edns(z=0x7FFF), Edns(z=0xFFFF), Edns(copies=2), Edns(copies=3),
            Edns(options=((100, b""),)), Edns(options=((65001, noise),)), Edns(options=((65001, noise), (4, b"x"))),
            Edns(options=((10, noise[:1] * 8),)), Edns(options=((10, b"clientckserver-cookie-16"),)), Edns(options=((10, b"1234567"),)),
            Edns(options=((10, b"x" * 41),)), Edns(options=((3, b""),)), Edns(options=((12, b"\0" * 64),)), Edns(options=((11, b""),)),
            Edns(options=((8, b"\0\1\x18\0\xc0\0\2"),)), Edns(options=((8, b"\0\1\0\0"),)), Edns(owner=b"\1x\0"),
            Edns(options=((3, b""), (12, b"\0" * 16), (65001, b"abc")))])
        name = self.chance.choice(["www.diff.example", f"{self._fresh()}.wild.diff.example", f"{self._fresh()}.nx.example"])
        return self._ask(name, edns=edns)

    def _flag_oddities(self) -> Question:
        flags = RD | self.chance.choice([Z, Z | AD, Z | CD, AA, TC, 0x0005, AA | TC | Z | AD | CD | 0x0080])
        return self._ask(self.chance.choice(["www.diff.example", f"{self._fresh()}.wild.diff.example"]), flags=flags)

    def _classes(self) -> Question:
        name, rdtype = self.chance.choice([("version.bind", "TXT"), ("id.server", "TXT"), ("hostname.bind", "TXT"),
                                           ("www.diff.example", "A"), ("www.diff.example", "ANY")])
        return self._ask(name, rdtype, rdclass=self.chance.choice(list(CLASSES.values())))

    def _opcodes(self) -> Question:
        return self._ask("www.diff.example", self.chance.choice(["A", "SOA"]), opcode=self.chance.choice([1, 2, 3, 4, 5, 6, 7, 15]))

    def _no_recursion(self) -> Question:
        name = self.chance.choice(["www.diff.example", f"{self._fresh()}.wild.diff.example", f"{self._fresh()}.nx.example"])
        return self._ask(name, flags=self.chance.choice([0, CD, AD]))

    def _any(self) -> Question:
        name = self.chance.choice(["rich.diff.example", "www.diff.example", f"{self._fresh()}.nx.example", "c1.diff.example"])
        return self._ask(name, self.chance.choice(["ANY", "ANY", "ANY", "TYPE252", "TYPE251", "TYPE253", "TYPE254"]))

    def _failures(self) -> Question:
        """The server cannot load one zone, refuses names of no zone, and the programmable one misbehaves by name."""
        name = self.chance.choices([f"{self._fresh()}.broken.example", f"{self._fresh()}.unserved.example",
                                    f"{self._fresh()}.servfail.test.example", f"{self._fresh()}.refused.test.example",
                                    f"{self._fresh()}.nosoa.nxdomain.test.example", f"{self._fresh()}.nosoa.nodata.test.example",
                                    f"{self._fresh()}.drop-1.test.example", f"{self._fresh()}.late-bad.test.example",
                                    f"{self._fresh()}.truncate.test.example", f"{self._fresh()}.noedns.test.example",
                                    f"{self._fresh()}.drop.test.example"], [20, 20, 10, 10, 10, 10, 5, 5, 5, 5, 2])[0]
        return self._ask(name, self.chance.choice(["A", "AAAA"]), patience_sec=12.0)

    def _malformed(self) -> Question:
        plain: dict = {"edns": None, "flags": RD, "patience_sec": 3.0}
        return self.chance.choice([
            lambda: self._ask("www.diff.example", count=0, **plain), lambda: self._ask("www.diff.example", count=2, **plain),
            lambda: self._ask("www.diff.example", cut=12, **plain), lambda: self._ask("www.diff.example", cut=20, **plain),
            lambda: self._ask("www.diff.example", count=0, **dict(plain, edns=Edns(options=((10, b"x" * 8),)))),
            lambda: self._ask("www.diff.example", cut=5, **plain), lambda: self._ask("www.diff.example", tail=b"garbage", **plain),
            lambda: self._ask("www.diff.example", **dict(plain, flags=RD | QR)),
            lambda: self._ask("www.diff.example", edns=Edns(), flags=RD, cut=-3, patience_sec=3.0)])()

    def _special_names(self) -> Question:
        """RFC 6761, 7686, 6303: never for the server behind."""
        name = self.chance.choice(["localhost", "www.localhost", f"{self._fresh()}.invalid", f"{self._fresh()}.test", f"{self._fresh()}.onion",
                                   "1.0.0.127.in-addr.arpa", "4.2.0.192.in-addr.arpa", "9.254.169.in-addr.arpa", "1.2.0.0.in-addr.arpa",
                                   "1.100.51.198.in-addr.arpa", "255.255.255.255.in-addr.arpa", "8.b.d.0.1.0.0.2.ip6.arpa",
                                   "1." + "0." * 31 + "ip6.arpa", "d.f.ip6.arpa", "a.e.f.ip6.arpa"])
        return self._ask(name, self.chance.choice(["A", "AAAA", "TXT", "SOA", "NS"]) if "arpa" not in name else self.chance.choice(["PTR", "SOA", "NS"]))

    def _with_tsig(self) -> Question:
        return self._ask(self.chance.choice(["www.diff.example", f"{self._fresh()}.wild.diff.example"]), tsig=True)
