# SPDX-License-Identifier: Apache-2.0
"""CPU time: a process' own with all its threads, and the machine's softirqs, which do the network's work for it."""
import os
import pathlib

TICK_SEC = 1 / os.sysconf("SC_CLK_TCK")


def of_process(pid: int) -> float:
    """User and system time so far, in seconds; of a process that is gone, 0."""
    try:
        fields = pathlib.Path(f"/proc/{pid}/stat").read_text(encoding="utf-8").rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) * TICK_SEC


def of_cpu(number: int) -> dict[str, float]:
    """User, system and softirq time of one CPU so far, in seconds."""
    for line in pathlib.Path("/proc/stat").read_text(encoding="utf-8").splitlines():
        if line.startswith(f"cpu{number} "):
            fields = [int(word) * TICK_SEC for word in line.split()[1:]]
            return {"user": fields[0] + fields[1], "system": fields[2], "softirq": fields[5] + fields[6]}
    raise ValueError(f"no CPU {number}")


def of_softirqs() -> float:
    """Of all CPUs so far."""
    for line in pathlib.Path("/proc/stat").read_text(encoding="utf-8").splitlines():
        if line.startswith("cpu "):
            return int(line.split()[7]) * TICK_SEC
    return 0.0


def children(pid: int) -> list[int]:
    """The process and all below it."""
    found = [pid]
    for at in found:
        for task in pathlib.Path(f"/proc/{at}/task").glob("*/children"):
            try:
                found += [int(word) for word in task.read_text(encoding="utf-8").split()]
            except OSError:
                continue
    return found
