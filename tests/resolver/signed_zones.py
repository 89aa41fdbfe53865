#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Writes zones signed today: signed_zones.py DIR. For the lab's --zones.

  signed.example    NSEC; a wildcard, aliases, a signed and an unsigned child
  signed3.example   the same with NSEC3
  bogus.example     NSEC; the signature over www's address is of another address
  plain.example     not signed

DIR/anchors holds the DNSKEY records of the signed zones, for a validator to trust.
"""
import base64
import pathlib
import re
import subprocess
import sys

ZONE = """\
$ORIGIN {zone}.
$TTL 7200
@ SOA ns hostmaster 1 3600 600 8640000 3600
@ NS ns
@ MX 10 mail
@ TXT "signed or not"
ns A 10.77.0.2
ns AAAA fd77::2
www A 192.0.2.100
www A 192.0.2.101
www AAAA 2001:db8::100
mail A 192.0.2.102
onlytxt TXT "no address"
alias CNAME www
lost CNAME nowhere
*.wild A 192.0.2.103
*.wild TXT "any name"
below.ent A 192.0.2.104
"""
CHILD = """\
sub NS ns.sub
ns.sub A 10.77.0.2
sub DS 12345 13 2 0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef
"""


def _run(folder: pathlib.Path, *argv: str) -> str:
    return subprocess.run(argv, cwd=folder, check=True, capture_output=True, text=True).stdout


KINDS: tuple[list[str], ...] = (["-k"], [])   # of keys: for key signing, for zone signing
SIGNED: tuple[tuple[str, list[str]], ...] = (("signed.example", []), ("signed3.example", ["-n", "-s", "abcd", "-t", "1"]),
                                             ("bogus.example", []))


def _keys(folder: pathlib.Path, zone: str) -> list[str]:
    return [_run(folder, "ldns-keygen", "-a", "ECDSAP256SHA256", *kind, zone).strip() for kind in KINDS]


def _with_broken_signature(text: str, zone: str) -> str:
    """Turns the last octet of the signature over www's A records."""
    def spoil(found: re.Match) -> str:
        raw = bytearray(base64.b64decode(found[2]))
        raw[-1] ^= 0xFF
        return found[1] + base64.b64encode(raw).decode()

    spoiled, count = re.subn(rf"(?m)^(www\.{re.escape(zone)}\.\s.*\sRRSIG\s+A\s.*\s)(\S+)$", spoil, text)
    if count != 1:
        raise RuntimeError(f"there are {count} signatures over the address of www.{zone}")
    return spoiled


def write(folder: pathlib.Path) -> None:
    """Everything into a folder that exists."""
    (folder / "plain.example.zone").write_text(ZONE.format(zone="plain.example"))
    anchors = ""
    for zone, options in SIGNED:
        draft, final = folder / f"{zone}.draft", folder / f"{zone}.zone"
        draft.write_text(ZONE.format(zone=zone) + (CHILD if zone != "bogus.example" else ""))
        keys = _keys(folder, zone)
        _run(folder, "ldns-signzone", *options, "-o", zone, "-f", str(final), str(draft), *keys)
        if zone == "bogus.example":
            final.write_text(_with_broken_signature(final.read_text(), zone))
        anchors += (folder / f"{keys[0]}.key").read_text()
    (folder / "anchors").write_text(anchors)


if __name__ == "__main__":
    write(pathlib.Path(sys.argv[1]))
