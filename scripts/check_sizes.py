#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Lines per file and per function: a warning at the first limit, a failure at the second."""
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from lintlib import files, source  # noqa: E402
from lintlib.report import Finding, Report  # noqa: E402

HEADER, SOURCE, FUNCTION, TEST = (200, 350), (400, 600), (40, 80), (400, 700)
_TYPE_OR_NAMESPACE = re.compile(r'\b(?:namespace|class|struct|enum|union|concept)\b|\bextern\s*"')
_ACCESS = re.compile(r"\b(?:public|private|protected)\s*:")


def file_limits(path: str) -> tuple[int, int]:
    if path.startswith("tests/"):
        return TEST
    return HEADER if path.endswith(".hpp") else SOURCE


def functions(text: str) -> list[tuple[int, int]]:
    """(first line, number of lines) of each function body with its head; what is nested counts with its function."""
    code = re.sub(r"^[ \t]*#(?:[^\n]*\\\n)*[^\n]*", lambda m: re.sub(r"[^\n]", " ", m[0]), source.code_only(text),
                  flags=re.MULTILINE)
    found: list[tuple[int, int]] = []
    stack: list[int | None] = []
    head = 0
    for match in re.finditer(r"[{};]", code):
        if match[0] == "{":
            for access in _ACCESS.finditer(code, head, match.start()):
                head = access.end()
            before = code[head:match.start()]
            inside = bool(stack) and stack[-1] is not None
            opens_function = not inside and "(" in before and not _TYPE_OR_NAMESPACE.search(before.split("(")[0])
            begin = head + len(before) - len(before.lstrip()) if opens_function else None
            stack.append(begin if opens_function else (-1 if inside else None))
        elif match[0] == "}" and stack:
            begin = stack.pop()
            if begin is not None and begin >= 0:
                first = code.count("\n", 0, begin) + 1
                found.append((first, code.count("\n", 0, match.start()) + 2 - first))
        head = match.end()
    return found


def findings_in(path: str, text: str) -> tuple[list[Finding], list[Finding]]:
    """(warnings, failures)"""
    warnings, failures = [], []

    def judge(line: int, lines: int, limits: tuple[int, int], what: str) -> None:
        if lines > limits[1]:
            failures.append(Finding(path, line, f"{what} has {lines} lines, the limit is {limits[1]}"))
        elif lines > limits[0]:
            warnings.append(Finding(path, line, f"{what} has {lines} lines, more than {limits[0]}"))

    judge(0, text.count("\n"), file_limits(path), "the file")
    if path.endswith((".cpp", ".hpp")):
        for line, lines in functions(text):
            judge(line, lines, FUNCTION, "the function")
    return warnings, failures


def main() -> int:
    report = Report("sizes")
    for path in sorted({*files.sources(), *files.scripts("python"), *files.scripts("bash")}):
        report.looked_at(path)
        warnings, failures = findings_in(path, files.read(path))
        report.warnings += warnings
        report.add(failures)
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
