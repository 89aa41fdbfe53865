# SPDX-License-Identifier: Apache-2.0
"""The budget file: instructions that each hot operation may take, and how far above is too far."""
import json
import pathlib
from typing import Callable

TOLERANCE_PERCENT = 2.0
WHAT_TO_DO = """\
An operation of the data path takes more instructions than its budget. Where they are: perf/instructions/run --json FILE lists
the functions that cost most; the same on the commit before tells what is new. If the gain deserves the cost, write the new
budget with perf/instructions/run --update and say in the commit what it buys."""


def read(path: pathlib.Path) -> dict:
    return json.loads(path.read_text(encoding="utf-8"))


def write(path: pathlib.Path, counts: dict[str, dict]) -> None:
    text = {"tolerance_percent": TOLERANCE_PERCENT, "instructions": {name: c["instructions"] for name, c in counts.items()}}
    path.write_text(json.dumps(text, indent=2) + "\n", encoding="utf-8")


def judge(budget: dict, counts: dict[str, dict], say: Callable[[str], None]) -> int:
    """0 when nothing costs more than it may. An operation without a budget, or a budget without its operation, is a fault:
    an operation without a row is not guarded."""
    tolerance, allowed = budget["tolerance_percent"], budget["instructions"]
    faults = 0
    say(f"{'operation':20} {'counted':>10} {'budget':>10} {'':>8}")
    for name in [*counts, *(n for n in allowed if n not in counts)]:
        if name not in counts or name not in allowed:
            faults += 1
            say(f"{name:20} {'not in the budget' if name in counts else 'was not counted'}: perf/instructions/run --update")
            continue
        counted, most = counts[name]["instructions"], allowed[name]
        percent = 100.0 * (counted - most) / most
        too_many, fewer = percent > tolerance, percent < -tolerance
        faults += too_many
        note = f"  more than {tolerance:g} % above" if too_many else "  the budget could be lowered" if fewer else ""
        say(f"{name:20} {counted:10.1f} {most:10.1f} {percent:+7.1f}%{note}")
    if faults:
        say(WHAT_TO_DO)
    return 1 if faults else 0
