# SPDX-License-Identifier: Apache-2.0
"""Ethernet frames of our own making, with right checksums, and ways to spoil them."""
import random
import socket
import struct

import names

_chance = random.Random(53)


def internet_sum(data: bytes) -> int:
    if len(data) % 2:
        data += b"\0"
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _mac(text: str) -> bytes:
    return bytes.fromhex(text.replace(":", ""))


def _udp(pseudo: bytes, payload: bytes, sport: int, dport: int) -> bytes:
    length = 8 + len(payload)
    head = struct.pack("!4H", sport, dport, length, 0)
    checksum = internet_sum(pseudo + struct.pack("!2H", 17, length) + head + payload) or 0xFFFF
    return head[:6] + struct.pack("!H", checksum) + payload


def ipv4_udp(payload: bytes, sport: int | None = None, dport: int = 53, more_fragments: bool = False) -> bytes:
    source, target = socket.inet_aton(names.CLIENT4), socket.inet_aton(names.APPLIANCE4)
    udp = _udp(source + target, payload, sport or _chance.randrange(1024, 65536), dport)
    head = struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(udp), 1, 0x2000 if more_fragments else 0, 64, 17, 0) + source + target
    head = head[:10] + struct.pack("!H", internet_sum(head)) + head[12:]
    return _mac(names.APPLIANCE_MAC) + _mac(names.CLIENT_MAC) + b"\x08\x00" + head + udp


def ipv6_udp(payload: bytes, sport: int | None = None, dport: int = 53) -> bytes:
    source, target = (socket.inet_pton(socket.AF_INET6, a) for a in (names.CLIENT6, names.APPLIANCE6))
    udp = _udp(source + target, payload, sport or _chance.randrange(1024, 65536), dport)
    head = struct.pack("!IHBB", 0x60000000, len(udp), 17, 64) + source + target
    return _mac(names.APPLIANCE_MAC) + _mac(names.CLIENT_MAC) + b"\x86\xdd" + head + udp


def with_bad_ip_checksum(frame: bytes) -> bytes:
    return frame[:24] + bytes([frame[24] ^ 0x5A]) + frame[25:]


def with_bad_udp_checksum(frame: bytes) -> bytes:
    at = 14 + (20 if frame[12:14] == b"\x08\x00" else 40) + 6
    return frame[:at] + bytes([frame[at] ^ 0x5A]) + frame[at + 1:]
