#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""What is written down: licence lines, contracts of public headers, the opening line of a library's .cpp, a README per
library, links and paths that exist, documents that fit a terminal."""
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from lintlib import files, layers, pages, pending, source  # noqa: E402
from lintlib.report import Finding, Report  # noqa: E402

SPDX = "SPDX-License-Identifier: Apache-2.0"
WRITTEN_BY_PROGRAMS = ("docs/configuration.md", "docs/metrics.md", "docs/reference/profiles.md")
README_SAYS = ("threads", "memory", "start reading")
_LINK = re.compile(r"!?\[[^\]]*\]\(<?([^)\s>]+)>?(?:\s+\"[^\"]*\")?\)")
_CODE_PATH = re.compile(r"`((?:app|docs|lib|perf|pmd_configs|scripts|tests)/[\w./-]+)`")
_DOC_PATH = re.compile(r"(?<![\w/.-])docs/[\w/-]+(?:\.\w+)?")


def licence_faults(text: str) -> list[str]:
    if not text:
        return []
    return [] if SPDX in "\n".join(text.split("\n")[:2]) else [f"the first lines lack '{SPDX}'"]


def contract_faults(path: str, text: str) -> list[str]:
    """A public header opens with what it is for and who may call it from where."""
    name = pathlib.PurePosixPath(path).name
    block = text.split("#pragma once")[0]
    faults = [] if "#pragma once" in text else ["'#pragma once' is missing"]
    if not re.search(rf"^/// @file {re.escape(name)} – \S", block, re.MULTILINE):
        faults.append(f"the contract does not open with '/// @file {name} – …'")
    for word in ("Purpose", "Threads"):
        if not re.search(rf"^/// {word}\s+\S", block, re.MULTILINE):
            faults.append(f"the contract lacks '{word}'")
    return faults


def opening_faults(text: str) -> list[str]:
    """A .cpp of a library opens with one line of what it holds, behind the licence."""
    lines = text.split("\n")[1:2]
    return [] if lines and re.match(r"// \S.{10,}", lines[0]) else ["the second line does not say what the file holds: '// …'"]


def readme_faults(text: str) -> list[str]:
    return [f"says nothing about '{word}'" for word in README_SAYS if word not in text.lower()]


def anchors(markdown: str) -> set[str]:
    """Headings as links name them."""
    prose = re.sub(r"^```.*?^```", "", markdown, flags=re.MULTILINE | re.DOTALL)
    found = set()
    for heading in re.findall(r"^#+\s+(.*?)\s*#*$", prose, re.MULTILINE):
        plain = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading).replace("`", "")
        found.add(re.sub(r"[^\w\- ]", "", plain.lower()).replace(" ", "-"))
    return found | set(re.findall(r'<a (?:id|name)="([^"]+)"', markdown))


def exists(path: str) -> bool:
    return (files.ROOT / path).exists()


def markdown_findings(path: str, text: str) -> list[Finding]:
    prose = re.sub(r"^```.*?^```", lambda m: "\n" * m[0].count("\n"), text, flags=re.MULTILINE | re.DOTALL)
    folder = (files.ROOT / path).parent
    found = []
    for number, line in enumerate(prose.split("\n"), 1):
        for target in _LINK.findall(re.sub(r"`[^`]*`", "", line)):
            if re.match(r"[a-z][a-z0-9+.-]*:", target):
                continue
            name, _, anchor = target.partition("#")
            file = (folder / name).resolve() if name else files.ROOT / path
            if not file.exists():
                found.append(Finding(path, number, f"the link '{target}' names no file"))
            elif anchor and file.suffix == ".md" and anchor not in anchors(file.read_text(encoding="utf-8")):
                found.append(Finding(path, number, f"'{name or path}' has no heading '#{anchor}'"))
        for named in _CODE_PATH.findall(line):
            if not exists(named.rstrip("/.")) and not pages.is_placeholder(named):
                found.append(Finding(path, number, f"'{named}' does not exist"))
    return found


def named_docs_findings(path: str, text: str) -> list[Finding]:
    """Documents that comments point to; docs/adr/0002 may leave out the rest of the name."""
    found = []
    for number, line in enumerate(text.split("\n"), 1):
        for named in _DOC_PATH.findall(line):
            target = files.ROOT / named.rstrip("/")
            if not target.exists() and not list(target.parent.glob(target.name + "[-.]*")):
                found.append(Finding(path, number, f"'{named}' does not exist"))
    return found


def library_findings() -> list[Finding]:
    found = []
    for name in layers.parse(files.read("lib/meson.build")):
        readme = f"lib/{name}/README.md"
        if not exists(readme):
            found.append(Finding(readme, 0, "every library says what it does, in a README.md"))
        else:
            found += [Finding(readme, 0, fault) for fault in readme_faults(files.read(readme))]
    return found


def text_findings(path: str, text: str) -> list[Finding]:
    found = [Finding(path, number, "trailing space") for number, line in enumerate(text.split("\n"), 1)
             if line != line.rstrip() and not path.endswith(".md")]
    if text and not text.endswith("\n"):
        found.append(Finding(path, 0, "no newline at the end"))
    return found


def main() -> int:
    report = Report("docs")
    report.add(library_findings())
    report.add(pages.architecture_findings(files.read(pages.ARCHITECTURE), list(layers.parse(files.read("lib/meson.build")))))
    code = {*files.sources(), *files.scripts("python"), *files.scripts("bash"), *files.with_suffix("meson.build")}
    for path in sorted(code):
        text = files.read(path)
        report.looked_at(path)
        report.add([Finding(path, 1, fault) for fault in licence_faults(text)])
        report.add(text_findings(path, text))
        if path not in ("tests/lint/lint_test.py", "tests/lint/pages_test.py"):   # name documents that do not exist
            report.add(named_docs_findings(path, source.comments_only(text) if path.endswith((".cpp", ".hpp")) else text))
        if re.match(r"lib/\w+/include/", path):
            report.add([Finding(path, 1, fault) for fault in contract_faults(path, text)])
        if re.match(r"lib/.*\.cpp$", path) and not pending.is_pending("opening", path):
            report.add([Finding(path, 2, fault) for fault in opening_faults(text)])
    for path in files.with_suffix(".md"):
        report.looked_at(path)
        report.add(markdown_findings(path, files.read(path)))
        report.add(text_findings(path, files.read(path)))
        if pages.is_page(path) and path not in WRITTEN_BY_PROGRAMS:
            report.add(pages.width_findings(path, files.read(path)))
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
