#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seed inputs of the fuzz targets of trace readers: captures, dnstap frames and logs, made here. Those of our own
format are written by sluice-rig, whose path is the first argument."""
import pathlib
import struct
import subprocess
import sys

import dns.flags
import dns.message
import dns.rrset

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
CLIENT, SERVER = bytes([10, 0, 0, 1]), bytes([10, 0, 0, 53])


def messages(name: str, number: int) -> tuple[bytes, bytes]:
    query = dns.message.make_query(name, "A", id=number, want_dnssec=number % 2 == 0)
    response = dns.message.make_response(query)
    response.answer.append(dns.rrset.from_text(name, 60, "IN", "A", "192.0.2.1"))
    return query.to_wire(), response.to_wire()


def ipv4(protocol: int, payload: bytes, back: bool) -> bytes:
    ends = SERVER + CLIENT if back else CLIENT + SERVER
    return struct.pack(">BBHHHBBH", 0x45, 0, 20 + len(payload), 1, 0, 64, protocol, 0) + ends + payload


def udp(message: bytes, back: bool) -> bytes:
    ports = (53, 4242) if back else (4242, 53)
    return ipv4(17, struct.pack(">HHHH", *ports, 8 + len(message), 0) + message, back)


def tcp(sequence: int, flags: int, payload: bytes, back: bool) -> bytes:
    ports = (53, 4242) if back else (4242, 53)
    return ipv4(6, struct.pack(">HHIIBBHHH", *ports, sequence, 0, 0x50, flags, 1000, 0, 0) + payload, back)


def pcap(link_type: int, frames: list[bytes]) -> bytes:
    out = struct.pack("<IHHIIII", 0xA1B2C3D4, 2, 4, 0, 0, 65535, link_type)
    for at, frame in enumerate(frames):
        out += struct.pack("<IIII", 1_700_000_000, at * 1000, len(frame), len(frame)) + frame
    return out


def pcapng(frames: list[bytes]) -> bytes:
    def block(kind: int, body: bytes) -> bytes:
        body += bytes(-len(body) % 4)
        return struct.pack("<II", kind, len(body) + 12) + body + struct.pack("<I", len(body) + 12)
    out = block(0x0A0D0D0A, struct.pack("<IHHq", 0x1A2B3C4D, 1, 0, -1)) + block(1, struct.pack("<HHI", 101, 0, 65535))
    for at, frame in enumerate(frames):
        out += block(6, struct.pack("<IIIII", 0, 0, at, len(frame), len(frame)) + frame)
    return out


def captures() -> dict[str, bytes]:
    query, response = messages("www.example.", 2)
    plain = [udp(query, False), udp(response, True)]
    framed = struct.pack(">H", len(query)) + query
    stream = [tcp(9, 2, b"", False), tcp(10, 16, framed[:7], False), tcp(10 + len(framed[:20]), 16, framed[20:], False),
              tcp(17, 16, framed[7:20], False), tcp(99, 18, b"", True),
              tcp(100, 16, struct.pack(">H", len(response)) + response, True), tcp(10 + len(framed), 17, b"", False)]
    ethernet = bytes(12) + b"\x81\0\0\5\x08\0"
    return {"raw": pcap(101, plain), "ethernet_vlan": pcap(1, [ethernet + frame for frame in plain]),
            "cooked": pcap(113, [bytes(14) + b"\x08\0" + frame for frame in plain]),
            "cooked2": pcap(276, [b"\x08\0" + bytes(18) + frame for frame in plain]), "tcp": pcap(101, stream),
            "pcapng": pcapng(plain), "cut": pcap(101, plain)[:-9], "other_link": pcap(147, plain)}


def number(value: int) -> bytes:
    out = b""
    while value > 127:
        out, value = out + bytes([value & 127 | 128]), value >> 7
    return out + bytes([value])


def field(tag: int, value: int | bytes, fixed: bool = False) -> bytes:
    if fixed:
        return number(tag << 3 | 5) + struct.pack("<I", value)
    return number(tag << 3) + number(value) if isinstance(value, int) else number(tag << 3 | 2) + number(len(value)) + value


def frames(bodies: list[bytes], stop: bool = True) -> bytes:
    content = b"protobuf:dnstap.Dnstap"
    start = struct.pack(">III", 2, 1, len(content)) + content
    out = struct.pack(">II", 0, len(start)) + start
    out += b"".join(struct.pack(">I", len(body)) + body for body in bodies)
    return out + (struct.pack(">III", 0, 4, 3) if stop else b"")


def dnstap(kind: int, message: bytes, second: int) -> bytes:
    is_response = kind % 2 == 0
    body = field(1, kind) + field(2, 1) + field(3, 1) + field(4, CLIENT) + field(5, SERVER) + field(6, 4242) + field(7, 53)
    body += field(8, second) + field(9, 5, True)
    body += field(12, second) + field(13, 9, True) + field(14, message) if is_response else field(10, message)
    return field(1, b"host") + field(14, body) + field(15, 1)


def dnstaps() -> dict[str, bytes]:
    query, response = messages("www.example.", 2)
    pair = [dnstap(5, query, 1_700_000_000), dnstap(6, response, 1_700_000_000)]
    return {"pair": frames(pair), "answers_only": frames(pair[1:]), "upstream": frames([dnstap(7, query, 1), *pair]),
            "no_stop": frames(pair, stop=False), "cut": frames(pair)[:-40], "broken": frames([b"\xff" * 9, *pair])}


LOGS = {
    "dnsmasq": "Nov 26 04:34:14 dnsmasq[7]: query[A] www.example from 10.0.0.1\n"
               "Nov 26 04:34:14 dnsmasq[7]: 5 10.0.0.1/9 query[type=65] www.example from fd00::1\n"
               "Jan  1 00:00:00 dnsmasq[7]: reply www.example is 192.0.2.1\n",
    "bind": "26-Nov-2026 04:34:14.123 queries: info: client @0x7f 10.0.0.1#42 (a.example): query: a.example IN A +E(0)TDC (10.0.0.53)\n",
    "csv": "time,client,qname,qtype,qclass,ttl,rcode,bytes,flags,retry\n1.5,10.0.0.1,\"a\\,b\",A,IN,60,NOERROR,99,tcp+do,glibc\n",
    "dnsperf": "; names\nwww.example A\nb.example TYPE65\n",
    "iso": "2026-11-26T04:34:14.5+01:00,fd00::1,a.example,AAAA\n",
}


def main() -> int:
    seeds = {"pcap": captures(), "dnstap": dnstaps(), "text": {name: text.encode() for name, text in LOGS.items()}}
    for kind, files in seeds.items():
        folder = CORPUS / f"trace_{kind}"
        folder.mkdir(parents=True, exist_ok=True)
        for name, data in files.items():
            (folder / name).write_bytes(data)
    folder = CORPUS / "trace_strc"
    folder.mkdir(parents=True, exist_ok=True)
    for preset, queries in (("office-vpc", 40), ("kubernetes", 7)):
        made = folder / f"{preset}.strc"
        subprocess.run([sys.argv[1], "generate", "--preset", preset, "--queries", str(queries), "-o", str(made), "--quiet"], check=True)
        made.rename(folder / preset)
    whole = (folder / "office-vpc").read_bytes()
    (folder / "cut").write_bytes(whole[:-60])
    (folder / "broken").write_bytes(whole[:300] + bytes([whole[300] ^ 1]) + whole[301:])
    return 0


if __name__ == "__main__":
    sys.exit(main())
