# SPDX-License-Identifier: Apache-2.0
"""Counts what was asked, what differed and why, and writes it down."""
import collections
import dataclasses
import textwrap
import time
from typing import Any

import comparing
import rules
from asking import PASSES, Outcome
from comparing import Difference
from servers import AUTHORITY, PEERS, SLUICE, package_version

EXAMPLES = 3


@dataclasses.dataclass
class Group:
    """Disagreements of one sort."""
    count: int = 0
    examples: list[str] = dataclasses.field(default_factory=list)


class Tally:
    def __init__(self):
        self.begin = time.monotonic()
        self.asked: collections.Counter = collections.Counter()
        self.compared: collections.Counter = collections.Counter()
        self.alike: collections.Counter = collections.Counter()
        self.accepted: collections.Counter = collections.Counter()
        self.groups: dict[tuple, Group] = collections.defaultdict(Group)
        self.first: dict[int, Any] = {}   # number of a question -> what Sluice said first

    def add(self, outcome: Outcome) -> None:
        self.asked[outcome.question.kind] += 1
        ours = outcome.said[SLUICE]
        for peer in PEERS:
            self._judge(outcome, peer, comparing.differences(ours, outcome.said[peer]))
        self._judge(outcome, "the truth", comparing.ttl_faults(ours, outcome.said[AUTHORITY], outcome.age_sec))
        if outcome.ask == 1:
            self.first[outcome.question.number] = ours
        else:
            self._judge(outcome, "itself", comparing.differences(ours, self.first.pop(outcome.question.number)))

    def _judge(self, outcome: Outcome, peer: str, found: list[Difference]) -> None:
        self.compared[peer] += 1
        used, left = set(), []
        for difference in found:
            rule = rules.covering(outcome, peer, difference)
            if rule is None:
                left.append(difference)
            else:
                used.add((rule.name, peer))
        self.alike[peer] += not found
        self.accepted.update(used)
        for difference in left:
            pair = (str(difference.ours)[:60], str(difference.theirs)[:60]) if difference.field not in _LONG else ("", "")
            group = self.groups[peer, outcome.question.kind, difference.field, *pair]
            group.count += 1
            if len(group.examples) < EXAMPLES:
                group.examples.append(f"{outcome.question} (ask {outcome.ask}): {difference}")

    @property
    def disagreements(self) -> int:
        return sum(group.count for group in self.groups.values())

    def lines(self, questions: int, seed: int) -> list[str]:
        """The report, in Markdown."""
        out = ["# Differential test", "",
               "<!-- Written by tests/differential/run --report. -->", "",
               textwrap.fill(
                   f"{questions} questions (seed {seed}), each asked {PASSES} times, to Sluice, Unbound {package_version('unbound')} and "
                   f"dnsdist {package_version('dnsdist')} in front of NSD {package_version('nsd')}, without a policer. Compared: whether "
                   "there is an answer, opcode, rcode, every flag, question, all sections (record sets without order), EDNS. TTLs are "
                   "compared with the authority's. The second answer is also compared with the first (*itself*).",
                   120, break_on_hyphens=False), "",
               "| compared with | replies | alike in everything |", "|---|--:|--:|",
               *(f"| {peer} | {self.compared[peer]} | {self.alike[peer]} |" for peer in (*PEERS, "the truth", "itself")), "",
               "## Questions", "", "| kind | asked |", "|---|--:|",
               *(f"| {kind} | {count} |" for kind, count in sorted(self.asked.items())), "",
               "## Accepted differences", "", "| difference | compared with | replies | why |", "|---|---|--:|---|",
               *(f"| {rule.name} | {peer} | {self.accepted[rule.name, peer]} | {rule.reason} |"
                 for rule in rules.RULES for peer in rule.peers), "",
               "## Disagreements", "", f"Beyond the list: **{self.disagreements}**", ""]
        for (peer, kind, field, *_), group in sorted(self.groups.items(), key=lambda item: -item[1].count):
            out += [f"- {group.count} with {peer}, {kind}, {field}", *(f"    - `{example}`" for example in group.examples)]
        return out


_LONG = {"answer", "soa", "authority", "additional", "question", "ttl", "ttl of a set"}
