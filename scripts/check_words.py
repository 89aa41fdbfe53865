#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Words without a lawful use, in code, comments, messages and documents: scripts/lintlib/words.py has the list."""
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from lintlib import files, pending, words  # noqa: E402
from lintlib.report import Finding, Report  # noqa: E402

FOLDERS = ("lib/", "app/", "docs/", "tests/", "perf/", "scripts/", "share/", "pmd_configs/")
SUFFIXES = (".cpp", ".hpp", ".md", ".py", ".sh", ".yaml", ".yml", ".scenario", ".proto", "meson.build")
# Files that quote the words in order to forbid them.
QUOTES = ("scripts/lintlib/words.py", "tests/lint/lint_test.py", "docs/style.md", "docs/glossary.md")


def wanted() -> list[str]:
    scripts = {*files.scripts("python"), *files.scripts("bash")}
    return [name for name in files.tracked() if name not in QUOTES and
            (name.endswith(SUFFIXES) and name.startswith(FOLDERS) or name in scripts or
             name.endswith(".md") and "/" not in name and name != "CHANGELOG.md")]


def main() -> int:
    report = Report("words")
    for path in wanted():
        if pending.is_pending("words", path):
            continue
        report.looked_at(path)
        report.add([Finding(path, line, f"'{text}' is not used here; write: {use}")
                    for line, text, use in words.find(files.read(path))])
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
