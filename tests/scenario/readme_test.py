#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""README.md lists exactly the words that the runner knows.

readme_test.py : compares the tables of README.md with the sources in runner/; prints each difference and fails.
"""
import pathlib
import re
import sys

HERE = pathlib.Path(__file__).resolve().parent
RUNNER = (HERE / "runner/runner.cpp").read_text()
STAGE = (HERE / "runner/stage.cpp").read_text()
SCRIPT = (HERE / "runner/script.cpp").read_text()
README = (HERE / "README.md").read_text()

TAKES = re.compile(r'\btake(?:_flag|_number|_time)?\((?:options, )?"(\w+)"')

# Which functions read the options of which step.
READERS = {
    "client": [(RUNNER, "client_asks"), (RUNNER, "opt_of"), (RUNNER, "class_of"), (STAGE, "send_from_client")],
    "up": [(RUNNER, "expect_query"), (RUNNER, "class_of")],
    "upstream": [(RUNNER, "upstream_says"), (RUNNER, "class_of")],
    "reply": [(RUNNER, "expect_reply")],
}
SETTINGS = ["set_cache", "set_coalescing", "set_egress", "configuration_of", "set_acl", "set_protocol", "Stage"]


def body(source: str, name: str) -> str:
    """The text of the function's definition, to the closing brace in the first column."""
    found = re.search(rf"^[^\n]*\b{name}\([^;]*?\{{\n(.*?)^\}}", source, re.MULTILINE | re.DOTALL)
    if not found:
        raise SystemExit(f"readme_test.py: no function {name} in the runner")
    return found[1]


def words(source: str, names: list[str]) -> set[str]:
    return {word for name in names for word in TAKES.findall(body(source, name))}


def rows(heading: str) -> list[list[str]]:
    """The cells of the table under a heading."""
    section = README.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    cells = [re.split(r"(?<!\\)\|", line)[1:-1] for line in section.splitlines() if line.startswith("| `")]
    return [[cell.strip() for cell in row] for row in cells]


def word(cell: str) -> str:
    return re.split(r"[=` ]", cell.strip("`"))[0]


def differences(what: str, runner: set[str], readme: set[str]) -> list[str]:
    return [f"{what}: README.md lacks '{name}'" for name in sorted(runner - readme)] + \
           [f"{what}: the runner does not know '{name}'" for name in sorted(readme - runner)]


def main() -> int:
    listed: dict[str, set[str]] = {step: set() for step in READERS}
    for option, steps, _ in rows("Options"):
        for step in steps.split(", "):
            listed.setdefault(step, set()).add(word(option))
    wrong = []
    for step in listed:
        if step not in READERS:
            wrong.append(f"options: there is no step '{step}'")
            continue
        known = set().union(*(words(source, [name]) for source, name in READERS[step]))
        wrong += differences(f"options of '{step}'", known, listed[step])
    wrong += differences("settings", words(STAGE, SETTINGS), {word(row[0]) for row in rows("Settings")})
    verbs = set(re.findall(r'\bverb == "(\w+)"', SCRIPT)) | {"end"}
    wrong += differences("steps", verbs, {word(row[0]) for row in rows("Steps")})
    print("\n".join(wrong) if wrong else "README.md and the runner agree")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
