#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""clang-tidy, with the checks of .clang-tidy, over the C++ files of lib and app that a change touches: what differs
from the merge base with origin/main (from HEAD where there is no such branch). --all looks at every file.

It reads how files are compiled from the first build directory that has it, else configures build-tidy. A change that
touches no such file needs neither. Files for which the time does not suffice are named in a warning."""
import argparse
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from lintlib import files  # noqa: E402
from lintlib.report import Finding, Report  # noqa: E402
from testlib.progress import Progress  # noqa: E402

SECONDS = 240           # for the files of a change, all together
OURS = ("lib/", "app/")
_PLACE = re.compile(r"^(\S+?):(\d+):\d+: (?:warning|error): (.*)$", re.MULTILINE)


def git(*words: str) -> str:
    done = subprocess.run(["git", "-C", str(files.ROOT), *words], capture_output=True, text=True, check=False)
    return done.stdout if done.returncode == 0 else ""


def touched() -> list[str]:
    """The .cpp and .hpp files of lib and app that differ from the branch that this one left, new files included."""
    base = git("merge-base", "HEAD", "origin/main").strip() or "HEAD"
    changed = set(git("diff", "--name-only", base).split("\n")) | set(git("ls-files", "-o", "--exclude-standard").split("\n"))
    return [name for name in files.sources() if name in changed and name.startswith(OURS)]


def units(names: list[str], known: tuple[str, ...]) -> list[str]:
    """What to compile in order to see these files: a header is seen through the .cpp of its name."""
    wanted = {name for name in names if name.endswith(".cpp")}
    for header in (name for name in names if name.endswith(".hpp")):
        parts = pathlib.PurePosixPath(header).parts
        room = "/".join(parts[:parts.index("include")] if "include" in parts else parts[:-1])
        wanted |= {name for name in known if name.startswith(room + "/") and name.endswith(f"/{parts[-1][:-4]}.cpp")}
    return sorted(wanted)


def compiled_in(directory: pathlib.Path) -> set[str]:
    """The files of this tree that a build directory knows how to compile."""
    database = directory / "compile_commands.json"
    if not database.exists():
        return set()
    rows = json.loads(database.read_text(encoding="utf-8"))
    return {os.path.relpath(os.path.join(row["directory"], row["file"]), files.ROOT) for row in rows}


def build_directory(wanted: list[str]) -> tuple[pathlib.Path, set[str]]:
    """A configured build directory that knows the wanted files, and what it knows; clang's before gcc's."""
    for name in ("build-tidy", "build-dev", "build-asan", "build-debug", "build"):
        known = compiled_in(files.ROOT / name)
        if set(wanted) <= known:
            return files.ROOT / name, known
    directory = files.ROOT / "build-tidy"
    again = ["--wipe"] if (directory / "build.ninja").exists() else []
    done = subprocess.run(["meson", "setup", *again, str(directory), str(files.ROOT), "--buildtype=plain"],
                          capture_output=True, text=True, check=False, env={**os.environ, "CC": "clang-14", "CXX": "clang++-14"})
    if done.returncode != 0:
        raise RuntimeError("meson setup build-tidy failed: " + (done.stdout + done.stderr).strip().split("\n")[-1])
    return directory, compiled_in(directory)


def generate(directory: pathlib.Path) -> None:
    """Headers that a build writes."""
    if not (directory / "lib/trace/dnstap.pb-c.h").exists():
        subprocess.run(["ninja", "-C", str(directory), "lib/trace/dnstap.pb-c.h"], capture_output=True, check=False)


def findings_in(output: str) -> list[Finding]:
    found = []
    for path, line, text in _PLACE.findall(output):
        name = os.path.relpath(os.path.join(files.ROOT / "build", path), files.ROOT)
        found.append(Finding(name, int(line), text))
    return found


def look_at(unit: str, directory: pathlib.Path, until: float) -> tuple[str, list[Finding] | None]:
    """The findings of one file, or None where the time did not suffice."""
    left = until - time.monotonic()
    if left <= 0:
        return unit, None
    try:
        done = subprocess.run(["clang-tidy-14", "-p", str(directory), "--quiet", unit], cwd=files.ROOT, timeout=left,
                              capture_output=True, text=True, check=False)
    except subprocess.TimeoutExpired:
        return unit, None
    return unit, findings_in(done.stdout)


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/check_tidy.py", description=__doc__)
    parser.add_argument("--all", action="store_true", help="every file of lib and app; takes half an hour on two cores")
    parser.add_argument("files", nargs="*", metavar="FILE", help="these files in place of those that the change touches")
    args = parser.parse_args(argv)
    everything = [name for name in files.sources() if name.startswith(OURS)]
    names = everything if args.all else args.files or touched()
    report = Report("tidy", files=set(names))
    if not names:
        print("tidy: the change touches no file")
        return 0
    todo = units(names, files.tracked())
    until = time.monotonic() + (24 * 3600 if args.all else SECONDS)
    try:
        directory, known = build_directory(todo)
    except RuntimeError as error:
        print(f"tidy: {error}")
        return 1
    generate(directory)
    seen: set[Finding] = set()
    progress = Progress(1, sys.stderr)
    with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
        for unit, found in pool.map(lambda unit: look_at(unit, directory, until), [unit for unit in todo if unit in known]):
            if found is None:
                report.warnings.append(Finding(unit, 0, "no time left for it; scripts/lint --tidy-all looks at every file"))
            seen |= {finding for finding in found or [] if finding.path in report.files}
            if args.all:
                progress.line(f"tidy: {unit}")
    progress.clear()
    report.add(sorted(seen, key=lambda finding: (finding.path, finding.line)))
    return report.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
