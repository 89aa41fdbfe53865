#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Most packets in any window of a capture: window_check.py FILE.pcap [--window SEC] [--limit N] [--skip SEC] [--last SEC].

Reads the receiver's time stamps from a classic pcap file (micro- or nanoseconds). Every packet in the file counts, so
filter when capturing. Prints JSON; exit status 1 when a window holds more than --limit.
"""
import argparse
import json
import struct
import sys


def read_times_ns(path: str) -> list[int]:
    with open(path, "rb") as file:
        data = file.read()
    magic = data[:4]
    order, unit_ns = {b"\xd4\xc3\xb2\xa1": ("<", 1000), b"\x4d\x3c\xb2\xa1": ("<", 1), b"\xa1\xb2\xc3\xd4": (">", 1000),
                      b"\xa1\xb2\x3c\x4d": (">", 1)}[magic]
    header = struct.Struct(order + "4I")
    times, at = [], 24
    while at + header.size <= len(data):
        sec, fraction, captured, _ = header.unpack_from(data, at)
        times.append(sec * 1_000_000_000 + fraction * unit_ns)
        at += header.size + captured
    return sorted(times)


def most_in_window(times_ns: list[int], window_ns: int) -> int:
    """Windows are half-open: two packets exactly one window apart are not in the same one."""
    most, first = 0, 0
    for last, time_ns in enumerate(times_ns):
        while time_ns - times_ns[first] >= window_ns:
            first += 1
        most = max(most, last - first + 1)
    return most


def judge(times_ns: list[int], window_sec: float, limit: int, skip_sec: float, last_sec: float) -> dict:
    """skip and last bound the part for the mean rate: while there was backlog."""
    result: dict[str, int | float | None] = {"packets": len(times_ns), "most_in_window": most_in_window(times_ns, int(window_sec * 1e9)), "limit": limit}
    if times_ns:
        begin = times_ns[0] + int(skip_sec * 1e9)
        end = times_ns[0] + int(last_sec * 1e9) if last_sec else times_ns[-1]
        steady = sum(begin <= t < end for t in times_ns)
        seconds = (end - begin) / 1e9
        result |= {"seconds": round(seconds, 3), "per_second": round(steady / seconds, 2) if seconds > 0 else None,
                   "share_of_limit": round(steady / seconds / limit, 4) if seconds > 0 else None}
    return result


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("file")
    parser.add_argument("--window", type=float, default=1.0)
    parser.add_argument("--limit", type=int, default=1024)
    parser.add_argument("--skip", type=float, default=0.0)
    parser.add_argument("--last", type=float, default=0.0)
    args = parser.parse_args()
    result = judge(read_times_ns(args.file), args.window, args.limit, args.skip, args.last)
    print(json.dumps(result))
    return 1 if result["most_in_window"] > args.limit else 0


if __name__ == "__main__":
    sys.exit(main())
