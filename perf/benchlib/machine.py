# SPDX-License-Identifier: Apache-2.0
"""Where figures come from: machine, kernel, commit, load."""
import contextlib
import os
import pathlib
import platform
import re
import subprocess
from collections.abc import Iterator

ROOT = pathlib.Path(__file__).resolve().parents[2]
HUGEPAGES = pathlib.Path("/proc/sys/vm/nr_hugepages")


def describe() -> dict:
    cpuinfo = pathlib.Path("/proc/cpuinfo").read_text(encoding="utf-8")
    model = re.search(r"^model name\s*: (.+)$", cpuinfo, re.MULTILINE)
    family = re.search(r"^cpu family\s*: (\d+)$", cpuinfo, re.MULTILINE)
    memory = re.search(r"^MemTotal:\s+(\d+)", pathlib.Path("/proc/meminfo").read_text(encoding="utf-8"), re.MULTILINE)
    return {"cpu": f"{model[1] if model else 'unknown'} (family {family[1] if family else '?'})", "cpus": os.cpu_count(),
            "memory_gib": round(int(memory[1]) / 2**20) if memory else 0, "kernel": platform.release(),
            "load_average": os.getloadavg()[0], "commit": commit()}


# What perf/run itself writes while it measures; a change of anything else means that the figures are not the commit's alone.
OWN_PAGES = (":!docs/performance.md", ":!docs/*.png")


def commit() -> str:
    def said(*words: str) -> str:
        return subprocess.run(["git", "-C", str(ROOT), *words], capture_output=True, text=True, check=False).stdout.strip()
    name = said("describe", "--always", "--abbrev=10")
    changed = said("status", "--porcelain", "--untracked-files=no", "--", ".", *OWN_PAGES)
    return f"{name}-dirty" if name and changed else name or "unknown"


@contextlib.contextmanager
def hugepages(least: int) -> Iterator[None]:
    """At least `least` huge pages of the default size while this lasts, where permitted; the caller reports what it got."""
    before = int(HUGEPAGES.read_text(encoding="ascii"))
    raised = before < least and os.access(HUGEPAGES, os.W_OK)
    if raised:
        HUGEPAGES.write_text(f"{least}\n", encoding="ascii")
    try:
        yield
    finally:
        if raised:
            HUGEPAGES.write_text(f"{before}\n", encoding="ascii")
