# SPDX-License-Identifier: Apache-2.0
"""What callgrind has counted: instructions of each function of our own program, by dump."""
import collections
import pathlib
import re

_NAME = re.compile(r"^(c?ob|c?fn|c?fi|cfl|fl|fe)=\((\d+)\)(?: (.*))?$")
_COST = re.compile(r"^(?:[+-]?\d+|\*)(?: (?:[+-]?\d+|\*))* (\d+)$")


def read_dump(path: pathlib.Path, ours: str) -> tuple[str, collections.Counter]:
    """The dump's label, and the instructions of each function in the object `ours`. What runs in a library is not
    counted: which memcpy glibc takes depends on the machine."""
    label = ""
    costs: collections.Counter[str] = collections.Counter()
    names: dict[str, dict[str, str]] = collections.defaultdict(dict)
    current = {"ob": "", "fn": ""}
    is_call = False
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.startswith("desc: Trigger: Client Request: "):
            label = line.partition("Request: ")[2]
            continue
        if line.startswith("calls="):
            is_call = True      # the next line is what the called function took, counted there
            continue
        named = _NAME.match(line)
        if named:
            kind, number, text = named.groups()
            space = "ob" if kind.endswith("ob") else "fn" if kind.endswith("fn") else "file"
            if text is not None:
                names[space][number] = text
            if kind in current:
                current[kind] = names[space].get(number, "?")
            continue
        cost = _COST.match(line)
        if not cost:
            continue
        if is_call:
            is_call = False
        elif current["ob"].endswith(ours):
            costs[current["fn"]] += int(cost[1])
    return label, costs
