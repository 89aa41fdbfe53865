#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Every test that docs/protocol.md names exists, and every row names one or says why it cannot."""
import pathlib
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from lintlib import files, protocol  # noqa: E402
from lintlib.report import Finding, Report  # noqa: E402

PAGE = "docs/protocol.md"


def read(path: str) -> str | None:
    return files.read(path) if (files.ROOT / path).is_file() else None


def main() -> int:
    report = Report("protocol")
    for row in protocol.rows(files.read(PAGE)):
        report.looked_at(f"{PAGE}:{row.line}")
        report.add([Finding(f"{PAGE}:{row.line}", 0, fault) for fault in protocol.faults(row, read)])
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
