#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The form of commits: 'area: what it does' in at most 60 columns, an empty line, and a body that says why.

usage: check_commits.py RANGE            commits, as git log takes them; merges are left out
       check_commits.py --message FILE   the message of a commit that git is about to make"""
import pathlib
import re
import subprocess
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from lintlib import files  # noqa: E402
from lintlib.report import Finding, Report  # noqa: E402

SUBJECT = 60
BODY = 100          # columns, links aside
TRIVIAL_LINES = 10  # a change of at most this many lines needs no body
_SUBJECT = re.compile(r"^[a-z0-9][\w./+,{} -]*: \S.*[^.\s]$")


def message_faults(message: str, changed_lines: int) -> list[str]:
    """What is wrong with a commit message."""
    subject, *rest = message.rstrip("\n").split("\n")
    faults = []
    if len(subject) > SUBJECT:
        faults.append(f"the subject has {len(subject)} columns, the limit is {SUBJECT}")
    if not _SUBJECT.match(subject):
        faults.append("the subject is not 'area: what it does' without a full stop")
    if rest and rest[0]:
        faults.append("no empty line after the subject")
    if not any(rest) and changed_lines > TRIVIAL_LINES:
        faults.append(f"{changed_lines} lines changed, and no body says why")
    faults += [f"a line of the body has {len(line)} columns, the limit is {BODY}" for line in rest
               if len(line) > BODY and "://" not in line]
    return faults


def git(*words: str) -> str:
    return subprocess.run(["git", "-C", str(files.ROOT), *words], capture_output=True, text=True, check=True).stdout


def lines_in(numstat: str) -> int:
    rows = [row.split("\t") for row in numstat.split("\n") if row]
    return sum(int(count) for row in rows for count in row[:2] if count != "-")


def check_message(path: str) -> int:
    lines = pathlib.Path(path).read_text(encoding="utf-8").split("\n")
    message = "\n".join(line for line in lines if not line.startswith("#")).strip()
    faults = message_faults(message, lines_in(git("diff", "--cached", "--numstat")))
    for fault in faults:
        print(f"commit: {fault}", file=sys.stderr)
    return 1 if faults else 0


def main(argv: list[str]) -> int:
    if len(argv) == 2 and argv[0] == "--message":
        return check_message(argv[1])
    if len(argv) != 1 or argv[0] in ("-h", "--help"):
        print(__doc__)
        return 2
    try:
        commits = git("log", "--no-merges", "--format=%h", argv[0]).split()
    except subprocess.CalledProcessError as error:
        print(f"check_commits: {error.stderr.strip()}", file=sys.stderr)
        return 2
    report = Report("commits")
    for commit in commits:
        report.looked_at(commit)
        message = git("show", "-s", "--format=%B", commit)
        report.add([Finding(commit, 0, f"{fault}: {message.partition(chr(10))[0]}")
                    for fault in message_faults(message, lines_in(git("show", "--numstat", "--format=", commit)))])
    return report.close() if commits else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
