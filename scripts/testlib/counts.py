# SPDX-License-Identifier: Apache-2.0
"""What a suite came to, and how to read it from a JUnit file."""
import dataclasses
import pathlib
import xml.etree.ElementTree


@dataclasses.dataclass
class Count:
    suite: str
    passed: int = 0
    failed: int = 0
    skipped: int = 0
    seconds: float = 0.0
    remark: str = ""

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
