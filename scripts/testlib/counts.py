# SPDX-License-Identifier: Apache-2.0
"""What a suite came to, and how to read it from the reports of the test runners."""
import dataclasses
import json
import pathlib
import re
import xml.etree.ElementTree


@dataclasses.dataclass
class Count:
    suite: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    remark: str = ""
    failures: list[str] = dataclasses.field(default_factory=list)   # names of tests, or what a command said

    @staticmethod
    def of_command(suite: str, ok: bool, seconds: float, remark: str = "") -> "Count":
        return Count(suite, passed=int(ok), failed=int(not ok), seconds=seconds, remark=remark)


def read_junit(path: pathlib.Path, suite: str) -> tuple[Count, list[str]]:
    """The count and the names of the tests that failed."""
    count, failures = Count(suite), []
    for case in xml.etree.ElementTree.parse(path).getroot().iter("testcase"):
        kinds = {child.tag for child in case}
        if kinds & {"failure", "error"}:
            count.failed += 1
            failures.append(f"{case.get('classname', '')} {case.get('name', '')}".strip())
        elif "skipped" in kinds:
            count.skipped += 1
        else:
            count.passed += 1
    return count, failures


def read_meson_log(path: pathlib.Path, suite: str) -> tuple[Count, list[str]]:
    """Counts the cases inside an executable where its output tells them, else the executable as one."""
    count, failures = Count(suite), []
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        test = json.loads(line)
        output = test.get("stdout", "")
        if test["result"] == "SKIP":
            count.skipped += 1
        elif test["result"] in ("OK", "EXPECTEDFAIL"):
            count.passed += _number(output, r"\[  PASSED  \] (\d+) test", r"^(\d+) inputs replayed", default=1)
            count.skipped += _number(output, r"\[  SKIPPED \] (\d+) test", default=0)
        else:
            count.passed += _number(output, r"\[  PASSED  \] (\d+) test", default=0)
            count.failed += _number(output, r"\[  FAILED  \] (\d+) test", default=1)
            failures.append(f"{test['name'].rpartition(' / ')[2]} ({test['result']})")
            failures += re.findall(r"^\[  FAILED  \] (\S+\.\S+)$", output, re.MULTILINE)
    return count, failures


def _number(text: str, *patterns: str, default: int) -> int:
    for pattern in patterns:
        found = re.search(pattern, text, re.MULTILINE)
        if found:
            return int(found.group(1))
    return default
