#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Rules for pages: width, architecture.md against the libraries, and what scripts/docs finds in a site."""
import importlib.machinery
import importlib.util
import pathlib
import sys
import tempfile

sys.dont_write_bytecode = True
SCRIPTS = pathlib.Path(__file__).resolve().parents[2] / "scripts"
sys.path.insert(0, str(SCRIPTS))

import check_docs  # noqa: E402
from lintlib import pages  # noqa: E402


def load_docs():
    loader = importlib.machinery.SourceFileLoader("docs_script", str(SCRIPTS / "docs"))
    module = importlib.util.module_from_spec(importlib.util.spec_from_loader("docs_script", loader))
    loader.exec_module(module)
    return module


def test_prose_is_at_most_120_columns_wide() -> None:
    wide = "word " * 30
    assert len(pages.width_findings("docs/a.md", f"{wide}\n")) == 1
    assert not pages.width_findings("docs/a.md", f"| {wide} |\n![{wide}](a.svg)\n```\n{wide}\n```\n   ```\n   {wide}\n   ```\n")
    assert not pages.width_findings("docs/a.md", "x" * 130 + "\n"), "one word cannot be broken"
    assert pages.is_page("README.md") and pages.is_page("docs/howto/a.md") and not pages.is_page("lib/dns/README.md")


def test_placeholders_in_paths_name_no_file() -> None:
    assert not check_docs.markdown_findings("README.md", "`tests/fuzz/fuzz_NAME.cpp` `tests/unit/LIBRARY/LIBRARY_tests`\n")
    assert check_docs.markdown_findings("README.md", "`tests/fuzz/fuzz_name.cpp`\n")
    assert check_docs.markdown_findings("README.md", "`lib/README.md`\n"), "README is a name"


def test_architecture_has_the_table_of_lib_meson_build() -> None:
    text = "## Layers\n\n| library | |\n|---|---|\n| `base` | b |\n| `dns` | d |\n\n## Memory\n| `other` | x |\n"
    assert not pages.architecture_findings(text, ["base", "dns"])
    assert len(pages.architecture_findings(text, ["base", "dns", "net"])) == 1, "one is missing"
    assert len(pages.architecture_findings(text, ["base"])) == 1, "one is gone"
    assert len(pages.architecture_findings(text, ["dns", "base"])) == 1, "another order"
    assert len(pages.architecture_findings(text + "`worker.cpp`\n", ["base", "dns"])) == 1, "a file without its folder"
    assert not pages.architecture_findings(text + "`lib/worker/worker.cpp` `lib/meson.build`\n", ["base", "dns"])


def test_the_site_has_no_dead_links_and_loads_nothing_from_elsewhere() -> None:
    docs = load_docs()
    with tempfile.TemporaryDirectory() as folder:
        docs.SITE = site = pathlib.Path(folder).resolve()

        def faults(body: str) -> int:
            (site / "a.html").write_text(body, encoding="utf-8")
            (site / "b.html").write_text('<h2 id="there">b</h2>', encoding="utf-8")
            return len(docs.faults_of({path: docs.Page(path.read_text(encoding="utf-8")) for path in site.glob("*.html")}))
        assert faults('<a href="b.html">b</a> <a href="b.html#there">b</a> <a href="https://example.org/">x</a>') == 0
        assert faults('<a href="c.html">c</a>') == 1 and faults('<a href="b.html#nowhere">b</a>') == 1
        assert faults('<script src="https://example.org/x.js"></script>') == 1
        assert faults('<link rel="stylesheet" href="//example.org/x.css">') == 1 and faults('<img src="no.png">') == 1
        assert faults('<link rel="canonical" href="https://example.org/a">') == 0


def test_pages_are_moved_with_their_links() -> None:
    docs = load_docs()
    assert docs.moved("[a](docs/run.md#x) [b](docs/adr)", from_root=True) == "[a](run.md#x) [b](adr/0001-packets-behind-an-interface.md)"
    assert docs.moved("[a](../CHANGELOG.md) [b](run.md)", from_root=False) == "[a](CHANGELOG.md) [b](run.md)"
    assert docs.moved("```\n[a](docs/x.md)\n```\n", from_root=True) == "```\n[a](docs/x.md)\n```\n"
    assert docs.lists_apart("text\n- one\n- two\n") == "text\n\n- one\n- two\n"
    assert docs.lists_apart("1. one\n   ```sh\n   x\n   ```\n") == "1. one\n    ```sh\n    x\n    ```\n"


def main() -> int:
    tests = [(name, test) for name, test in globals().items() if name.startswith("test_")]
    for name, test in tests:
        test()
        print(f"ok {name}")
    print(f"{len(tests)} passed, 0 failed")
    return 0


if __name__ == "__main__":
    sys.exit(main())
