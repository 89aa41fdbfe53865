#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes the seed inputs of the DNS fuzz targets: well-formed messages made by dnspython, and a few broken ones."""
import pathlib
import struct

import dns.edns
import dns.flags
import dns.message
import dns.name
import dns.rcode
import dns.rrset

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
OPT = b"\0\0\x29\x04\xd0\0\0\0\0\0\0"


def query(name="www.example.com", rdtype="A", **options) -> dns.message.Message:
    return dns.message.make_query(name, rdtype, id=0x1234, **options)


def queries() -> dict[str, bytes]:
    cookie = dns.edns.GenericOption(10, b"12345678")
    made = {
        "a": query(),
        "aaaa_edns": query(rdtype="AAAA", use_edns=0, payload=1232),
        "do": query(want_dnssec=True, payload=4096),
        "any_root": query(".", "ANY"),
        "mixed_case": query("wWw.ExAmPlE.cOm"),
        "options": query(use_edns=0, options=[cookie, dns.edns.GenericOption(3, b""), dns.edns.GenericOption(8, b"\0\1\x18\0\1\2\3")]),
        "edns_v1": query(use_edns=1),
        "long_name": query(".".join(["a" * 63] * 3 + ["b" * 61])),
        "chaos": query("version.bind", "TXT"),
        "unknown_type": query(rdtype="TYPE65280"),
    }
    out = {name: message.to_wire() for name, message in made.items()}
    plain = out["a"]
    out["cut"] = plain[:-1]
    out["trailing"] = plain + b"\0"
    out["header_only"] = plain[:4] + b"\0" * 8
    out["two_questions"] = plain[:5] + b"\2" + plain[6:] + plain[12:]
    out["two_opts"] = plain[:11] + b"\2" + plain[12:] + OPT + OPT
    out["tsig"] = plain[:11] + b"\1" + plain[12:] + b"\3key\0\0\xfa\0\xff\0\0\0\0\0\3abc"
    out["notify"] = plain[:2] + b"\x21" + plain[3:]
    return out


def reply(records=(), authority=(), additional=(), rcode=dns.rcode.NOERROR, asked=None, payload=None, flags=0) -> bytes:
    message = dns.message.make_response(asked or query(), recursion_available=True)
    for section, lines in ((message.answer, records), (message.authority, authority), (message.additional, additional)):
        for line in lines:
            owner, ttl, rdtype, *rdata = line.split(" ", 3)
            section.append(dns.rrset.from_text(owner, int(ttl), "IN", rdtype, *rdata))
    message.set_rcode(rcode)
    message.flags |= flags
    if payload:
        message.use_edns(0, 0, payload)
    return message.to_wire()


SOA = "example.com. 3600 SOA ns.example.com. host.example.com. 1 2 3 4 60"
WWW = "www.example.com."


def replies() -> dict[str, bytes]:
    rich = ["MX 10 mx.example.com.", "SRV 1 2 53 srv.example.com.", "NAPTR 1 2 \"u\" \"sip\" \"!a!b!\" n.example.com.", "TXT \"text\"",
            "RP a.example.com. b.example.com.", "AFSDB 1 afs.example.com.", "PX 1 a.example.com. b.example.com.", "KX 1 kx.example.com.",
            "HINFO \"a\" \"b\"", "CAA 0 issue \"ca\"", "SVCB 1 . alpn=h2", "TYPE65280 \\# 2 ffff"]
    out = {
        "a": reply([f"{WWW} 300 A 192.0.2.1"]),
        "a_edns": reply([f"{WWW} 300 A 192.0.2.1"], payload=1232),
        "aaaa_chain": reply([f"{WWW} 60 CNAME b.example.net.", "b.example.net. 30 CNAME c.example.net.", "c.example.net. 5 A 192.0.2.2"]),
        "cname_end": reply([f"{WWW} 60 CNAME b.example.com."], [SOA]),
        "dname": reply(["example.com. 60 DNAME example.net.", f"{WWW} 60 CNAME www.example.net.", "www.example.net. 5 A 192.0.2.2"]),
        "nodata": reply([], [SOA]),
        "nxdomain": reply([], [SOA], rcode=dns.rcode.NXDOMAIN, payload=512),
        "servfail": reply(rcode=dns.rcode.SERVFAIL),
        "referral": reply([], ["example.com. 9 NS ns.example.com."], ["ns.example.com. 9 A 192.0.2.3", "ns.example.com. 9 AAAA 2001:db8::1"]),
        "truncated": reply(flags=dns.flags.TC),
        "badvers": reply(rcode=dns.rcode.BADVERS, payload=1232),
        "rich": reply([f"{WWW} {ttl} {data}" for ttl, data in enumerate(rich)], asked=query(rdtype="ANY")),
        "soa": reply([SOA], asked=query("example.com", "SOA")),
        "signed": reply([f"{WWW} 300 A 192.0.2.1", f"{WWW} 300 RRSIG A 13 3 300 20300101000000 20200101000000 1 example.com. AAAA"],
                        asked=query(want_dnssec=True), payload=1232, flags=dns.flags.AD),
    }
    head = out["a"]
    two = head[:7] + b"\2" + head[8:]
    out["ttls_differ"] = two + b"\xc0\x0c\0\1\0\1\0\0\0\x05\0\4abcd"
    out["opt_in_the_middle"] = head[:11] + b"\2" + head[12:] + OPT + b"\xc0\x0c\0\1\0\1\0\0\0\x05\0\4abcd"
    out["ttl_top_bit"] = head[:-10] + b"\xff\xff\xff\xff" + head[-6:]
    out["pointer_to_itself"] = head[:-16] + struct.pack("!H", 0xC000 | len(head) - 16) + head[-14:]
    out["pointer_to_header"] = head[:-16] + b"\xc0\x00" + head[-14:]
    out["trailing"] = head + b"\0"
    out["cut"] = head[:-1]
    return out


def answers(asked: dict[str, bytes], given: dict[str, bytes]) -> dict[str, bytes]:
    out = {}
    for name, response in given.items():
        for limit in (0, 40, 100, 512):
            for kind in ("a", "do"):
                head = struct.pack("!HHIBBB", 600, limit, 10, 1, 1, len(asked[kind]))
                out[f"{name}_{kind}_{limit}"] = head + asked[kind] + response
    return {name: data for i, (name, data) in enumerate(sorted(out.items())) if i % 3 == 0}


def record(message: bytes, name=b"\x03www\x07example\x03com\0", rdtype=1, ttl=300, keep=60, age=10, kind=0, uses=1, view=0) -> bytes:
    """A snapshot's record of a reply: the integers are in host order, as lib/snapshot/format.hpp has them."""
    key = struct.pack("<HHHBB", rdtype, 1, view, 0, len(name)) + name
    records = message[12 + len(name) + 4:]
    _, flags, _, an, ns, ar = struct.unpack("!6H", message[:12])
    head = struct.pack("<IIIHHHHHHHBB", ttl, keep, age, len(key), len(records), an, ns, ar, flags & 0xF, flags & 0x0480, kind, uses)
    whole = head + key + records
    return whole + b"\0" * (-len(whole) % 8)


def parts(given: dict[str, bytes]) -> dict[str, bytes]:
    plain = [name for name, message in given.items() if OPT[:3] not in message and name not in ("trailing", "cut", "truncated")]
    out = {name: record(given[name], kind=2 if "nx" in name else 1 if name == "nodata" else 0) for name in plain}
    out["several"] = out["a"] + out["nodata"] + out["aaaa_chain"]
    out["stale"] = record(given["a"], ttl=0, keep=40)
    out["dead"] = record(given["a"], ttl=5, keep=5)
    out["cut"] = out["several"][:-9]
    out["upper_case"] = record(given["a"], name=b"\x03wWw\x07example\x03com\0")
    out["failure"] = record(given["servfail"], kind=3)
    return out


def write(target: str, inputs: dict[str, bytes]) -> None:
    folder = CORPUS / target
    folder.mkdir(parents=True, exist_ok=True)
    for name, data in inputs.items():
        (folder / name).write_bytes(data)


if __name__ == "__main__":
    all_queries, all_replies = queries(), replies()
    write("query", all_queries)
    write("response", all_replies)
    write("answer", answers(all_queries, all_replies))
    write("snapshot", parts(all_replies))
