# SPDX-License-Identifier: Apache-2.0
"""The tables of docs/protocol.md: what is asked, where it is done, which test says so."""
import re
from dataclasses import dataclass

COLUMNS = 3
_SPAN = re.compile(r"`([^`]+)`")
_CPP = re.compile(r"^\s*(?:TEST|TEST_F|TEST_P|TYPED_TEST)\(\s*(\w+),\s*(\w+)\s*\)", re.MULTILINE)
_PYTHON = re.compile(r"^def (test_\w+)\(", re.MULTILINE)
_SCENARIO = re.compile(r"^scenario\s+(.*?)\s*$", re.MULTILINE)
REASONS = ("does not apply: ", "not done: ")


@dataclass(frozen=True)
class Row:
    line: int
    asked: str
    place: str
    proof: str   # tests, or one of REASONS


def rows(markdown: str) -> list[Row]:
    """Rows of tables, without their heads."""
    found, in_head = [], True
    for number, line in enumerate(markdown.split("\n"), 1):
        if not line.startswith("|"):
            in_head = True
            continue
        cells = [cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]]
        if all(re.fullmatch(r":?-+:?", cell) for cell in cells):
            in_head = False
        elif not in_head:
            cells += [""] * (COLUMNS - len(cells))
            found.append(Row(number, cells[0], cells[1], cells[2]))
    return found


def tests_named(proof: str) -> list[tuple[str, str]]:
    """(file, test) for each; a file precedes the tests that it holds."""
    found, file = [], ""
    for span in _SPAN.findall(proof):
        if span.startswith("tests/"):
            file = span
        else:
            found.append((file, span))
    return found


def tests_in(path: str, text: str) -> set[str]:
    if path.endswith(".cpp"):
        return {f"{suite}.{name}" for suite, name in _CPP.findall(text)}
    if path.endswith(".py"):
        return set(_PYTHON.findall(text))
    return {re.sub(r"\s+", " ", title.split("#")[0]).strip() for title in _SCENARIO.findall(text)}


def faults(row: Row, read) -> list[str]:
    """What is wrong with a row; `read` gives the text of a file, or None."""
    if row.proof.startswith(REASONS):
        return [] if len(row.proof) > len("does not apply: ") + 10 else ["a reason is a sentence"]
    named = tests_named(row.proof)
    if not named:
        return ["the row names no test and gives no reason"]
    found = []
    for file, test in named:
        text = read(file) if file else None
        if text is None:
            found.append(f"'{file or test}' is no file of tests")
        elif test not in tests_in(file, text):
            found.append(f"'{file}' has no test '{test}'")
    return found
