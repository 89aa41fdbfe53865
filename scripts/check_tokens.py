#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Words that have no place in a folder, each with what to use instead. Comments and literals do not count.

A hit is allowed where clang-tidy's comments cover it and say why: NOLINT(check): reason, also as NEXTLINE or BEGIN … END."""
import pathlib
import re
import sys
from dataclasses import dataclass

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from lintlib import files, layers, source  # noqa: E402
from lintlib.report import Finding, Report  # noqa: E402

HAS_DPDK = ("dpdk", "control")   # libraries that may name rte_ at all


@dataclass(frozen=True)
class Rule:
    pattern: str
    use: str
    where: str      # hot | lib | not-dpdk | code | comment


RULES = [
    Rule(r"\bnew\b", "memory that the caller gives; std::construct_at into it", "hot"),
    Rule(r"\b(?:malloc|calloc|realloc)\b", "memory that the caller gives", "hot"),
    Rule(r"\bstd::(?:make_unique|make_shared|shared_ptr|unique_ptr)\b", "memory and owners that the caller gives", "hot"),
    Rule(r"\bstd::string\b", "std::string_view, base::Bytes or a fixed buffer", "hot"),
    Rule(r"\bstd::(?:vector|deque|list|(?:unordered_)?(?:map|set))\b", "base::FixedVector or a span", "hot"),
    Rule(r"\bstd::function\b", "a template parameter or an interface", "hot"),
    Rule(r"\bthrow\b|\btry\b|\bcatch\b", "base::Outcome or a verdict", "hot"),
    Rule(r"\b(?:mutex|lock_guard|unique_lock|scoped_lock|condition_variable)\b", "one writer, or a ring between two cores", "hot"),
    Rule(r"\bfetch_(?:add|sub|or|and|xor)\b", "stats::Counter: one writer, load and store", "hot"),
    Rule(r"\b(?:v?f|v?s|v?sn|v)?printf\b|\bstd::format\b|\bstd::c(?:out|err)\b", "a counter; control prints", "hot"),
    Rule(r"\bLOG\w*\b|\bdiag::", "a counter; control logs", "hot"),
    Rule(r"\bclock_gettime\b|_clock::now\b|\brdtsc\b|\bgettimeofday\b", "the `now` argument", "hot"),
    Rule(r"\brte_\w*", "base, net or an interface that lib/dpdk implements", "lib"),
    Rule(r"\b(?:rte_pktmbuf_free|rte_eth_tx_burst|rte_mempool_create|rte_eal_init)\w*", "the owners in lib/dpdk", "not-dpdk"),
    Rule(r"(?<!static_)\bassert\s*\(|\bcassert\b", "SLUICE_REQUIRE, SLUICE_CHECK or SLUICE_ASSUME", "code"),
    Rule(r"\bvolatile\b", "std::atomic", "code"),
    Rule(r"\breinterpret_cast\b", "a cursor or std::bit_cast; else say why: NOLINT(check): reason", "code"),
    Rule(r"\busing\s+namespace\b", "names in full, or a using declaration", "code"),
    Rule(r"^\s*#\s*(?:el)?if(?:n?def)?\b.*TEST", "a fake at an interface, or a template parameter", "code"),
    Rule(r"[^\x00-\x7f]", "ASCII; drawings and dashes belong in comments", "code"),
    Rule(r"\bNOLINT(?:NEXTLINE|BEGIN)?\b(?!\([\w.,* -]+\):\s*\S+\s+\S+)", "NOLINT(check): reason", "comment"),
    Rule(r"\b(?:TODO(?!\(#\d+\))|FIXME|XXX|HACK)\b", "TODO(#number), or do it", "comment"),
]
_COMPILED = [(rule, re.compile(rule.pattern)) for rule in RULES]
_NOLINT = re.compile(r"NOLINT(NEXTLINE|BEGIN|END)?\([\w.,* -]+\)(?::\s*\S+\s+\S+)?")
_WITH_REASON = re.compile(r"\):\s*\S+\s+\S+")   # a reason has more than one word


def applies(rule: Rule, path: str, table: dict[str, layers.Layer]) -> bool:
    parts = path.split("/")
    layer = table.get(parts[1]) if parts[0] == "lib" and len(parts) > 2 else None
    if rule.where == "hot":
        return layer is not None and layer.hot
    if rule.where == "lib":
        return layer is not None and layer.name not in HAS_DPDK
    if rule.where == "not-dpdk":
        return not path.startswith(("lib/dpdk/", "tests/", "perf/"))   # perf measures DPDK itself, too
    return True


def excused_lines(raw: list[str], code: list[str]) -> set[int]:
    """Lines that a NOLINT with a check and a reason covers: its own statement, the next one, or a block."""
    covered, block = set(), False
    for at, line in enumerate(raw):
        mark = _NOLINT.search(line)
        kind = mark[1] or "" if mark and (mark[1] == "END" or _WITH_REASON.search(mark[0])) else None
        if kind in ("BEGIN", "END"):
            block = kind == "BEGIN"
        if block or kind == "":
            covered.add(at)
        if kind == "":      # the statement may have begun on lines above
            while at and not re.search(r"[;{}]\s*$", code[at - 1]) and code[at - 1].strip():
                at -= 1
                covered.add(at)
        if kind == "NEXTLINE":
            covered.add(at + 1)
    return covered


def findings_in(path: str, text: str, table: dict[str, layers.Layer]) -> list[Finding]:
    raw = text.split("\n")
    code = source.code_only(text).split("\n")
    comments = source.comments_only(text).split("\n")
    found, excused = [], excused_lines(raw, code)
    for rule, pattern in _COMPILED:
        if not applies(rule, path, table):
            continue
        for at, line in enumerate(comments if rule.where == "comment" else code):
            if rule.where != "comment" and line.lstrip().startswith("#include") and "cassert" not in line:
                continue
            match = pattern.search(line)
            if match and at not in excused:
                found.append(Finding(path, at + 1, f"'{match[0].strip()}' has no place here; use {rule.use}"))
    return found


def main() -> int:
    report = Report("tokens")
    table = layers.parse(files.read("lib/meson.build"))
    for path in files.sources():
        report.looked_at(path)
        report.add(findings_in(path, files.read(path), table))
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
