# SPDX-License-Identifier: Apache-2.0
"""Findings and the closing line of a check."""
import sys
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Finding:
    path: str
    line: int          # 1-based; 0: the file as a whole
    text: str

    def __str__(self) -> str:
        place = f"{self.path}:{self.line}" if self.line else self.path
        return f"{place}: {self.text}"


@dataclass
class Report:
    """One check over many files: a file passes when nothing is found in it."""
    check: str
    files: set[str] = field(default_factory=set)
    findings: list[Finding] = field(default_factory=list)
    warnings: list[Finding] = field(default_factory=list)

    def looked_at(self, path: str) -> None:
        self.files.add(path)

    def add(self, findings: list[Finding]) -> None:
        self.findings += findings

    def close(self) -> int:
        """Prints everything and the closing line; the exit status of the check."""
        for warning in self.warnings:
            print(f"warning: {warning}")
        for finding in self.findings:
            print(finding)
        bad = {finding.path for finding in self.findings}
        passed = len(self.files - bad)
        note = f", {len(self.warnings)} warned" if self.warnings else ""
        print(f"{self.check}: {passed} passed, {len(bad)} failed{note}")
        sys.stdout.flush()
        return 1 if bad or not self.files else 0   # a check that saw nothing is broken, not green
