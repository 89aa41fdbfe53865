# SPDX-License-Identifier: Apache-2.0
"""DNS messages as octets: built as spelled, wrong ones too, and read into what can be compared."""
import dataclasses
import functools
import struct

TYPES = {"A": 1, "NS": 2, "CNAME": 5, "SOA": 6, "PTR": 12, "HINFO": 13, "MX": 15, "TXT": 16, "RP": 17, "AAAA": 28, "LOC": 29,
         "SRV": 33, "NAPTR": 35, "DNAME": 39, "DS": 43, "SSHFP": 44, "RRSIG": 46, "NSEC": 47, "DNSKEY": 48, "NSEC3": 50,
         "NSEC3PARAM": 51, "TLSA": 52, "SVCB": 64, "HTTPS": 65, "ANY": 255, "URI": 256, "CAA": 257}
TYPE_NAMES = {number: name for name, number in TYPES.items()}
OPT, TSIG, SOA, RRSIG, CNAME = 41, 250, 6, 46, 5
OPTION_NAMES = {3: "NSID", 8: "ECS", 10: "COOKIE", 11: "KEEPALIVE", 12: "PADDING", 15: "EDE"}
QR, AA, TC, RD, RA, Z, AD, CD = 0x8000, 0x0400, 0x0200, 0x0100, 0x0080, 0x0040, 0x0020, 0x0010
FLAGS = {"QR": QR, "AA": AA, "TC": TC, "RD": RD, "RA": RA, "Z": Z, "AD": AD, "CD": CD}

# How many octets stand before the names in the data, and how many names; only these types may be compressed or are
# compared without regard to letter case (RFC 3597 section 4, RFC 4034 section 6.2).
_NAMES_IN_DATA = {2: (0, 1), 5: (0, 1), 6: (0, 2), 12: (0, 1), 15: (2, 1), 17: (0, 2), 33: (6, 1), 39: (0, 1)}


class Malformed(Exception):
    """What a server must never send."""


def type_number(name: str) -> int:
    return TYPES[name] if name in TYPES else int(name.removeprefix("TYPE"))


def type_name(number: int) -> str:
    return TYPE_NAMES.get(number, f"TYPE{number}")


@functools.lru_cache(4096)
def name_to_wire(name: str) -> bytes:
    """Labels are parted by dots; \\DDD and \\c as in zone files."""
    labels, label, i = [], bytearray(), 0
    while i < len(name):
        char = name[i]
        if char == "\\" and name[i + 1:i + 4].isdigit():
            label.append(int(name[i + 1:i + 4]))
            i += 4
        elif char == "\\":
            label.append(ord(name[i + 1]))
            i += 2
        else:
            if char == ".":
                labels.append(bytes(label))
                label = bytearray()
            else:
                label.append(ord(char))
            i += 1
    if label:
        labels.append(bytes(label))
    return b"".join(bytes([len(x)]) + x for x in labels if x) + b"\0"


def record(owner: bytes, rdtype: int, rdclass: int, ttl: int, data: bytes) -> bytes:
    return owner + struct.pack("!HHIH", rdtype, rdclass, ttl, len(data)) + data


def options(pairs: list[tuple[int, bytes]]) -> bytes:
    return b"".join(struct.pack("!2H", code, len(data)) + data for code, data in pairs)


@dataclasses.dataclass(frozen=True)
class Record:
    owner: bytes        # lower case
    rdtype: int
    rdclass: int
    ttl: int
    data: bytes         # names in it written out, in lower case


@dataclasses.dataclass(frozen=True)
class Edns:
    size: int
    version: int
    do: bool
    z: int
    options: tuple[int, ...]


@dataclasses.dataclass
class Reply:
    """A response taken apart."""
    size: int
    flags: int
    opcode: int
    rcode: int          # with the upper bits from EDNS
    question: bytes
    sections: list[list[Record]]
    edns: Edns | None
    edns_count: int

    @property
    def answer(self) -> list[Record]:
        return self.sections[0]

    @property
    def authority(self) -> list[Record]:
        return self.sections[1]

    def has(self, flag: int) -> bool:
        return bool(self.flags & flag)


class _Reader:
    def __init__(self, wire: bytes):
        self.wire, self.at = wire, 12

    def name(self) -> bytes:
        labels, self.at = self._name_at(self.at)
        return labels

    def _name_at(self, at: int) -> tuple[bytes, int]:
        out, end, least = bytearray(), None, at
        while True:
            if at >= len(self.wire):
                raise Malformed("a name runs over the end")
            length = self.wire[at]
            if length >= 0xC0:
                target = int.from_bytes(self.wire[at:at + 2], "big") & 0x3FFF
                end = end or at + 2
                if target >= least:
                    raise Malformed("a pointer does not point back")
                at = least = target
                continue
            if length > 63:
                raise Malformed("a label type that does not exist")
            out += self.wire[at:at + 1 + length]
            at += 1 + length
            if len(out) > 255:
                raise Malformed("a name of more than 255 octets")
            if length == 0:
                return bytes(out), end or at

    def fixed(self, layout: str) -> tuple:
        size = struct.calcsize(layout)
        if self.at + size > len(self.wire):
            raise Malformed("a record runs over the end")
        found = struct.unpack_from(layout, self.wire, self.at)
        self.at += size
        return found

    def record(self) -> tuple[bytes, int, int, int, bytes]:
        owner = self.name()
        rdtype, rdclass, ttl, length = self.fixed("!HHIH")
        begin, self.at = self.at, self.at + length
        if self.at > len(self.wire):
            raise Malformed("data run over the end")
        return owner, rdtype, rdclass, ttl, self._data(rdtype, begin, self.at)

    def _data(self, rdtype: int, begin: int, end: int) -> bytes:
        if rdtype not in _NAMES_IN_DATA:
            return self.wire[begin:end]
        before, count = _NAMES_IN_DATA[rdtype]
        out, at = self.wire[begin:begin + before], begin + before
        for _ in range(count):
            name, at = self._name_at(at)
            out += name.lower()
        if at > end:
            raise Malformed("a name runs over its record")
        return out + self.wire[at:end]


def read(wire: bytes) -> Reply:
    """Raises Malformed for anything but a well-formed message."""
    if len(wire) < 12:
        raise Malformed("shorter than a header")
    _, flags, qdcount, *counts = struct.unpack_from("!6H", wire)
    reader = _Reader(wire)
    for _ in range(qdcount):
        reader.name()
        reader.fixed("!2H")
    question, edns, edns_count = wire[12:reader.at], None, 0
    sections: list[list] = [[], [], []]
    for section, count in zip(sections, counts):
        for _ in range(count):
            owner, rdtype, rdclass, ttl, data = reader.record()
            if rdtype == OPT:
                edns_count += 1
                edns = Edns(rdclass, ttl >> 16 & 0xFF, bool(ttl & 0x8000), ttl & 0x7FFF, tuple(_option_codes(data)))
                flags_high = ttl >> 24
            else:
                section.append(Record(owner.lower(), rdtype, rdclass, ttl, data))
    if reader.at != len(wire):
        raise Malformed(f"{len(wire) - reader.at} octets behind the message")
    rcode = flags & 0x000F | (flags_high << 4 if edns else 0)
    return Reply(len(wire), flags, flags >> 11 & 0xF, rcode, question, sections, edns, edns_count)


def _option_codes(data: bytes) -> list[int]:
    codes, at = [], 0
    while at < len(data):
        if at + 4 > len(data):
            raise Malformed("a cut EDNS option")
        code, length = struct.unpack_from("!2H", data, at)
        codes.append(code)
        at += 4 + length
    if at != len(data):
        raise Malformed("an EDNS option runs over its record")
    return codes
