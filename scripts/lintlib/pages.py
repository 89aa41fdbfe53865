# SPDX-License-Identifier: Apache-2.0
"""Pages for readers: the width of their lines, and what docs/architecture.md says against what exists."""
import re

from lintlib.report import Finding

WIDTH = 120
ARCHITECTURE = "docs/architecture.md"
_PLACEHOLDER = re.compile(r"(?<![A-Z])(?:NAME|TOPIC|LIBRARY)(?![A-Z])")
_SOURCE_NAME = re.compile(r"`([\w./-]+\.(?:cpp|hpp|py|yaml|build|scenario))`")
_SOURCE_ROOTS = ("app/", "lib/", "perf/", "pmd_configs/", "scripts/", "share/", "tests/")


def is_page(path: str) -> bool:
    return path.endswith(".md") and (path.startswith("docs/") or "/" not in path)


def is_placeholder(path: str) -> bool:
    """lib/NAME/README.md is the file of any library."""
    return bool(_PLACEHOLDER.search(path))


def width_findings(path: str, text: str) -> list[Finding]:
    """Prose fits a terminal and a diff; tables, code and pictures may be wider."""
    prose = re.sub(r"^ *```.*?^ *```", lambda m: "\n" * m[0].count("\n"), text, flags=re.MULTILINE | re.DOTALL)
    return [Finding(path, number, f"{len(line)} columns; at most {WIDTH}") for number, line in enumerate(prose.split("\n"), 1)
            if len(line) > WIDTH and " " in line.strip() and not line.lstrip().startswith(("|", "!["))]


def libraries_of(text: str) -> list[str]:
    """First column of the table below the heading Layers."""
    part = re.search(r"^## Layers$(.*?)(?=^## |\Z)", text, re.MULTILINE | re.DOTALL)
    return re.findall(r"^\| `([\w/]+)` \|", part[1], re.MULTILINE) if part else []


def architecture_findings(text: str, library_names: list[str]) -> list[Finding]:
    """The table of libraries is that of lib/meson.build, in its order; files are named by their whole path."""
    named = libraries_of(text)
    found = [Finding(ARCHITECTURE, 0, f"the table of libraries lacks '{name}'") for name in library_names if name not in named]
    found += [Finding(ARCHITECTURE, 0, f"'{name}' is no library of lib/meson.build") for name in named if name not in library_names]
    if not found and named != library_names:
        found.append(Finding(ARCHITECTURE, 0, "the table of libraries has another order than lib/meson.build"))
    for number, line in enumerate(text.split("\n"), 1):
        found += [Finding(ARCHITECTURE, number, f"'{name}' lacks its folder") for name in _SOURCE_NAME.findall(line)
                  if not name.startswith(_SOURCE_ROOTS) and name != "meson.build"]
    return found
