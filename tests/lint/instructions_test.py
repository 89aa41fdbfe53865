#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that the instruction budget fails when an operation takes more than it may, and only then."""
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "perf/instructions"))

import budget  # noqa: E402
import callgrind  # noqa: E402

DUMP = """\
# callgrind format
version: 1
desc: Trigger: Client Request: lookup_hit 10
events: Ir
ob=(1) /build/perf/instructions/driver
fl=(1) ../lib/cache/cache.cpp
fn=(1) cache::Cache::find
12 400
+3 20
cfn=(2) dns::fold
calls=10 7
* 350
fn=(2)
7 350
ob=(2) /usr/lib/libc.so.6
fn=(3) memcpy
0 5000
ob=(1)
fn=(1)
20 30
"""

BUDGET = {"tolerance_percent": 2.0, "instructions": {"lookup_hit": 100.0, "insert": 50.0}}


def judged(**counts: float) -> tuple[int, str]:
    said: list[str] = []
    status = budget.judge(BUDGET, {name: {"instructions": count} for name, count in counts.items()}, said.append)
    return status, "\n".join(said)


def main() -> int:
    faults = []

    def expect(what: str, holds: bool) -> None:
        if not holds:
            faults.append(what)

    expect("within the tolerance passes", judged(lookup_hit=101.9, insert=50.0)[0] == 0)
    status, text = judged(lookup_hit=102.1, insert=50.0)
    expect("above the tolerance fails", status == 1)
    expect("the operation is named", "lookup_hit" in text and "102.1" in text and "100.0" in text)
    expect("the remedy is named", "perf/instructions/run --update" in text)
    status, text = judged(lookup_hit=80.0, insert=50.0)
    expect("fewer instructions pass and are noted", status == 0 and "could be lowered" in text)
    expect("an operation without a budget fails", judged(lookup_hit=100.0, insert=50.0, join=1.0)[0] == 1)
    expect("a budget without its operation fails", judged(lookup_hit=100.0)[0] == 1)

    with tempfile.TemporaryDirectory() as folder:
        dump = pathlib.Path(folder) / "callgrind.out.1"
        dump.write_text(DUMP, encoding="utf-8")
        label, costs = callgrind.read_dump(dump, "driver")
        expect("the label is the operation's", label == "lookup_hit 10")
        expect("calls count where they lead, libraries not at all",
               costs == {"cache::Cache::find": 450, "dns::fold": 350})
        file = pathlib.Path(folder) / "budget.json"
        budget.write(file, {"join": {"instructions": 7.5}})
        expect("what is written is read", budget.read(file)["instructions"] == {"join": 7.5})

    for fault in faults:
        print(f"FAILED: {fault}")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main())
