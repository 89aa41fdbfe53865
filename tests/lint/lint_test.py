#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that each rule of the lint fires where it should and is quiet where it should, and that failures are shown."""
import io
import pathlib
import subprocess
import sys
import time

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "scripts"))

import check_commits  # noqa: E402
import check_docs  # noqa: E402
import check_layers  # noqa: E402
import check_sizes  # noqa: E402
import check_tidy  # noqa: E402
import check_tokens  # noqa: E402
from lintlib import layers, protocol, source, words  # noqa: E402
from testlib import gates  # noqa: E402
from testlib.progress import Progress  # noqa: E402

TABLE = layers.parse("""
layers = [
  ['base',     [],                  'hot',  [xxhash_dep]],
  ['diag',     ['base'],            'cold', [fmt_dep]],
  ['cache',    ['base'],            'hot',  []],
  ['worker',   ['base', 'cache'],   'hot',  []],
  ['dpdk',     ['base', 'diag', 'worker'], 'cold',
               [dpdk_dep]],
  ['control',  ['base', 'diag', 'dpdk'], 'cold', [uv_dep]],
]
""")

# For each rule in its order: lines that it must find in a hot library (or where it says), and lines that it must not.
TOKENS = [
    (["auto* a = new Entry;"], ["int renew = 1;", "// a new entry", 'log("new");']),
    (["void* p = malloc(8);", "std::calloc(1, 2);"], ["int my_malloc_count;"]),
    (["std::unique_ptr<int> p;", "std::make_shared<int>(1);"], ["// std::unique_ptr"]),
    (["std::string name;"], ["std::string_view name;"]),
    (["std::vector<int> v;", "std::unordered_map<int, int> m;"], ["base::FixedVector<int, 4> v;", "a.map(b);"]),
    (["std::function<void()> f;"], ["int function = 1;"]),
    (["throw 1;", "try {", "} catch (int) {"], ["int retry = 1;", "entry.rethrown = 2;"]),
    (["std::mutex m;", "std::lock_guard guard(m);"], ["int mutexes = 1;"]),
    (["a.fetch_add(1);", "a.fetch_or(1);"], ["a.store(a.load() + 1);"]),
    (['std::printf("x");', 'snprintf(b, 1, "x");', "std::format(x);", "std::cout << 1;"], ["int sprint = 1;"]),
    (["LOG(x);", "LOG_INFO(x);", "diag::log();"], ["int LOGIC = 1;".replace("LOGIC", "logic"), "catalog(1);"]),
    (["clock_gettime(a, b);", "std::chrono::steady_clock::now();"], ["base::Instant now;"]),
    (["rte_mbuf* m;"], ["int write_mbuf;"]),
    (["rte_pktmbuf_free_bulk(m, 1);", "rte_eal_init(a, b);"], ["pktmbuf_free(m);"]),
    (["assert(x);"], ["static_assert(x);", "SLUICE_ASSUME(x);"]),
    (["volatile int x;"], ["// volatile"]),
    (["reinterpret_cast<int*>(p);"], ["std::bit_cast<int>(p);"]),
    (["using namespace std;"], ["using std::swap;", "namespace a {"]),
    (["#ifdef SLUICE_TEST", "#if defined(UNIT_TESTS)"], ["#ifdef NDEBUG"]),
    (["int ä = 1;"], ["int a = 1;  // – drawing │", 'say("ü");']),
    (["int a;  // NOLINT", "int a;  // NOLINT: because I say so", "int a;  // NOLINTNEXTLINE(check)"],
     ["int a;  // NOLINT(check): libuv's base type"]),
    (["// TODO later", "// FIXME"], ["// TODO(#12) later", "int TODO = 1;"]),
]


def hits(rule: check_tokens.Rule, text: str, path: str = "lib/cache/cache.cpp") -> bool:
    found = check_tokens.findings_in(path, text, TABLE)
    return any(finding.text.endswith(f"use {rule.use}") for finding in found)


def test_every_token_rule_fires_and_is_quiet() -> None:
    assert len(TOKENS) == len(check_tokens.RULES), "each rule needs its examples here"
    for rule, (bad, good) in zip(check_tokens.RULES, TOKENS):
        for line in bad:
            assert hits(rule, f"int x;\n{line}\n"), f"/{rule.pattern}/ misses: {line}"
        for line in good:
            assert not hits(rule, f"int x;\n{line}\n"), f"/{rule.pattern}/ must not find: {line}"


def test_token_rules_keep_to_their_folders() -> None:
    new, rte, free = (check_tokens.RULES[i] for i in (0, 12, 13))
    assert not hits(new, "new int;", "lib/control/boot.cpp") and not hits(new, "new int;", "tests/unit/a.cpp")
    assert hits(rte, "rte_mbuf* m;", "lib/worker/worker.cpp") and hits(rte, "rte_mbuf* m;", "lib/diag/log.cpp")
    assert not hits(rte, "rte_mbuf* m;", "lib/dpdk/port.cpp") and not hits(rte, "rte_mbuf* m;", "app/main.cpp")
    assert hits(free, "rte_pktmbuf_free(m);", "lib/control/boot.cpp") and hits(free, "rte_eal_init(a, b);", "app/main.cpp")
    assert not hits(free, "rte_pktmbuf_free(m);", "lib/dpdk/port.cpp")


def test_token_findings_name_the_line() -> None:
    found = check_tokens.findings_in("lib/cache/a.cpp", "int a;\n/* new\nnew */ auto* b = new int;\n", TABLE)
    assert [finding.line for finding in found] == [3]


def test_a_reason_excuses_its_statement_only() -> None:
    rule = check_tokens.RULES[16]
    cast = "reinterpret_cast<A*>(p)"
    for excused in (f"auto a = {cast};  // NOLINT(check): base type of libuv\n",
                    f"// NOLINTNEXTLINE(check): base type of libuv\nauto a = {cast};\n",
                    f"auto a = {cast}(\n    b);  // NOLINT(check): base type of libuv\n",
                    f"// NOLINTBEGIN(check): base type of libuv\nint x;\nauto a = {cast};\n// NOLINTEND(check)\n"):
        assert not hits(rule, excused), excused
    for refused in (f"auto a = {cast};  // NOLINT(check): why\n", f"auto a = {cast};  // NOLINT\n",
                    f"auto a = {cast};\nint b;  // NOLINT(check): base type of libuv\n",
                    f"// NOLINTBEGIN(check): base type of libuv\n// NOLINTEND(check)\nauto a = {cast};\n"):
        assert hits(rule, refused), refused


def include(path: str, line: str, known: tuple[str, ...] = ()) -> bool:
    return bool(check_layers.findings_in(path, line + "\n", TABLE, set(known).__contains__))


def test_layers_refuse_what_does_not_stand_above() -> None:
    assert include("lib/cache/cache.cpp", '#include "worker/worker.hpp"')
    assert include("lib/cache/cache.cpp", '#include "diag/log.hpp"')
    assert include("lib/base/a.cpp", '#include "cache/cache.hpp"')
    assert not include("lib/worker/worker.cpp", '#include "cache/cache.hpp"')
    assert not include("lib/cache/cache.cpp", '#include "cache/cache.hpp"')
    assert not include("lib/cache/cache.cpp", '// #include "worker/worker.hpp"')
    assert not include("tests/unit/cache/a.cpp", '#include "worker/worker.hpp"')


def test_layers_refuse_climbing_and_strangers() -> None:
    assert include("lib/cache/cache.cpp", '#include "../worker/worker.hpp"')
    assert include("tests/unit/cache/a.cpp", '#include "../b.hpp"')
    assert include("lib/cache/cache.cpp", '#include "nowhere.hpp"')
    assert not include("lib/cache/cache.cpp", '#include "layout.hpp"', ("lib/cache/layout.hpp",))
    assert include("lib/cache/include/cache/cache.hpp", '#include "layout.hpp"', ("lib/cache/layout.hpp",))
    assert include("app/main.cpp", "#include <cache/cache.hpp>", ("lib/cache/include/cache/cache.hpp",))
    assert not include("app/main.cpp", "#include <cache/system.h>")


def header_faults(**texts: str) -> list[str]:
    """Faulty paths of a small tree: cache with a public header that contains a detail, and what is added or replaced."""
    tree = {
        "lib/cache/include/cache/cache.hpp": '#include "cache/detail/bucket.hpp"\n',
        "lib/cache/include/cache/detail/bucket.hpp": "",
        "lib/cache/layout.hpp": "",
        "lib/cache/cache.cpp": '#include "cache/cache.hpp"\n#include "layout.hpp"\n',
        "lib/worker/worker.cpp": '#include "cache/cache.hpp"\n',
        "tests/unit/cache/a.cpp": '#include "layout.hpp"\n#include "cache/detail/bucket.hpp"\n',
    }
    return sorted(finding.path for finding in check_layers.header_faults(tree | texts))


def test_headers_are_public_exactly_when_something_outside_includes_them() -> None:
    assert header_faults() == []
    lonely = "lib/cache/include/cache/lonely.hpp"
    assert header_faults(**{lonely: ""}) == [lonely]
    assert header_faults(**{lonely: "", "tests/unit/cache/b.cpp": '#include "cache/lonely.hpp"\n'}) == [lonely]
    for outside in ("lib/worker/b.cpp", "app/sluice/main.cpp", "perf/micro/a.cpp", "tests/unit/worker/b.cpp"):
        assert header_faults(**{lonely: "", outside: '#include "cache/lonely.hpp"\n'}) == []
        assert header_faults(**{outside: '#include "cache/detail/bucket.hpp"\n'}) == [outside]
    assert header_faults(**{"tests/unit/worker/b.cpp": '#include "layout.hpp"\n'}) == ["tests/unit/worker/b.cpp"]
    assert header_faults(**{"tests/unit/worker/b.cpp": '#include "layout.hpp"\n',
                            "tests/unit/worker/layout.hpp": ""}) == [], "its own"


def test_layers_give_third_party_headers_by_the_table() -> None:
    assert include("lib/worker/worker.cpp", "#include <rte_mbuf.h>")
    assert include("lib/cache/cache.cpp", "#include <fmt/format.h>")
    assert not include("lib/dpdk/port.cpp", "#include <rte_mbuf.h>")
    assert not include("lib/control/boot.cpp", "#include <fmt/format.h>"), "diag hands it on"
    assert not include("lib/cache/cache.cpp", "#include <atomic>")


def test_the_table_itself_is_checked() -> None:
    assert list(TABLE) == ["base", "diag", "cache", "worker", "dpdk", "control"]
    assert TABLE["dpdk"].external == ("dpdk_dep",) and TABLE["dpdk"].uses == ("base", "diag", "worker")
    assert not check_layers.table_faults(TABLE)
    wrong = layers.parse("  ['base', ['cache'], 'hot', []],\n  ['diag', [], 'cold', []],\n  ['cache', ['diag'], 'hot', []],\n")
    faults = check_layers.table_faults(wrong)
    assert len(faults) == 2 and "'base' uses 'cache'" in faults[0] and "hot 'cache' uses cold 'diag'" in faults[1]


def test_code_and_comments_are_told_apart() -> None:
    text = "int a = 1'000; // \"x\n" + 'auto b = "// no comment \\" \'"; /* new\n*/ char c = \'"\'; // end\n' + 'R"(raw // " )" + d;\n'
    code = source.code_only(text)
    assert len(code) == len(text) and code.count("\n") == text.count("\n")
    assert "1'000" in code and "comment" not in code and "new" not in code and "raw" not in code and "d;" in code
    comments = source.comments_only(text)
    assert "// end" in comments and "new" in comments and "no comment" not in comments and "raw" not in comments


def function(lines: int) -> str:
    return "int f(int a,\n      int b) {\n" + "  ++a;\n" * (lines - 3) + "}\n"


def test_sizes_count_functions_and_files() -> None:
    code = "namespace a {\nclass B {\n public:\n  int c() const {\n    if (x) {\n      y();\n    }\n  }\n};\n" + function(30) + "}\n"
    assert sorted(check_sizes.functions(code)) == [(4, 5), (10, 30)]
    for lines, warned, failed in ((40, 0, 0), (41, 1, 0), (80, 1, 0), (81, 0, 1)):
        warnings, failures = check_sizes.findings_in("lib/a/a.cpp", function(lines))
        assert (len(warnings), len(failures)) == (warned, failed), lines
    for path, warn, fail in (("lib/a/include/a/a.hpp", 200, 350), ("lib/a/a.cpp", 400, 600), ("tests/unit/a.cpp", 400, 700)):
        for lines, warned, failed in ((warn, 0, 0), (warn + 1, 1, 0), (fail + 1, 0, 1)):
            warnings, failures = check_sizes.findings_in(path, "int a;\n" * lines)
            assert (len(warnings), len(failures)) == (warned, failed), (path, lines)


GOOD_HEADER = "// SPDX-License-Identifier: Apache-2.0\n/// @file a.hpp – what it is.\n///\n/// Purpose    p.\n/// Threads    t.\n#pragma once\n"


def test_docs_want_contracts_licences_and_readmes() -> None:
    assert not check_docs.contract_faults("lib/a/include/a/a.hpp", GOOD_HEADER)
    for broken in ("Purpose", "Threads", "@file a.hpp", "#pragma once"):
        assert check_docs.contract_faults("lib/a/include/a/a.hpp", GOOD_HEADER.replace(broken, "x")), broken
    assert check_docs.contract_faults("lib/a/include/a/b.hpp", GOOD_HEADER), "another file's contract"
    assert not check_docs.licence_faults(GOOD_HEADER) and check_docs.licence_faults("int a;\n")
    assert check_docs.readme_faults("# a\nThreads. Memory.\n") and not check_docs.readme_faults("Threads Memory Start reading at x")


def test_docs_follow_links_and_paths() -> None:
    def bad(text: str) -> int:
        return len(check_docs.markdown_findings("README.md", text))
    assert bad("[a](no/such/file.md)") == 1 and bad("![a](no.svg)") == 1 and bad("`docs/no-such.md`") == 1
    assert bad("[a](LICENSE) [b](https://example.org/x) `scripts/lint` `[x](y)`") == 0
    assert bad("```\n[a](no.md)\n```\n") == 0
    assert bad("# One Two\n[a](#one-two)") == 1, "anchors are those of the file, not of this text"
    assert check_docs.anchors("# One `two`, three!\n## [Four](x)\n") == {"one-two-three", "four"}
    assert len(check_docs.named_docs_findings("lib/a.cpp", "// see docs/adr/9999 and docs/nothing.md\n")) == 2
    assert not check_docs.named_docs_findings("lib/a.cpp", "// https://example.org/docs/x.md\n")


def test_docs_want_clean_line_ends() -> None:
    assert check_docs.text_findings("a.cpp", "int a; \n") and check_docs.text_findings("a.cpp", "int a;")
    assert not check_docs.text_findings("a.cpp", "int a;\n")


PAGE = """| asked | where | test |
|---|---|---|
| a | `lib/a.cpp` | `tests/a.cpp` `A.B` `A.C` `tests/b.scenario` `one thing, and another` |
| b | | does not apply: nothing here does such a thing |
"""


def test_protocol_rows_name_tests_that_exist() -> None:
    files = {"tests/a.cpp": "TEST(A, B) {\nTEST_F(A, C) {\n", "tests/b.scenario": "scenario  one thing,  and another\n",
             "tests/c.py": "def test_d(lab):\n"}
    rows = protocol.rows(PAGE)
    assert [row.asked for row in rows] == ["a", "b"] and rows[0].line == 3
    assert not any(protocol.faults(row, files.get) for row in rows)
    for proof in ("", "`A.B`", "`tests/a.cpp`", "`tests/a.cpp` `A.D`", "`tests/x.cpp` `A.B`", "`tests/b.scenario` `one`",
                  "`tests/c.py` `test_e`", "does not apply: no"):
        assert protocol.faults(protocol.Row(1, "a", "", proof), files.get), proof
    assert not protocol.faults(protocol.Row(1, "a", "", "`tests/c.py` `test_d`"), files.get)


# For each word in its order: what it must find, and what it must not.
WORDS = [
    ("so\n  // many queries", "as many as wait"), ("// The cache, too.", "too late"), ("int a;  // Likewise.", "// Likewise for the other"),
    ("is opened anew", "a new one"), ("all the same", "all of the same"), ("of late", "of later"), ("by now", "by_now"),
    ("what is left of it", "what is left_over"), ("is told\n/// by", "it tells"), ("Nobody asks", "nobodys_name"), ("whoever", "whoeverelse"),
    ("his flow", "this flow"), ("goes nowhere", "goes elsewhere"), ("as a rule it", "as a rule of the table"), ("once more", "once or more"),
    ("stands in for", "stand-in"), ("of no use", "of no user"), ("in its turn", "in its turnover"), ("has its say", "has its sayings"),
    ("is worth", "worthwhile"), ("conservation law", "conservation"),
]


def test_every_forbidden_word_is_found_also_across_lines() -> None:
    assert len(WORDS) == len(words.WORDS), "each word needs its examples here"
    for word, (bad, good) in zip(words.WORDS, WORDS):
        assert word.use in [use for _, _, use in words.find(f"// a\n{bad}\n")], bad
        assert word.use not in [use for _, _, use in words.find(f"// a\n{good}\n")], good
    assert words.find("a\nb so many\n")[0][0] == 2


def test_a_source_of_a_library_opens_with_what_it_holds() -> None:
    licence = "// SPDX-License-Identifier: Apache-2.0\n"
    assert not check_docs.opening_faults(licence + "// Lengths of names.\n#include <a>\n")
    assert check_docs.opening_faults(licence + "#include <a>\n") and check_docs.opening_faults(licence)


def test_commits_say_area_what_and_why() -> None:
    assert not check_commits.message_faults("lib: one rule for headers\n\nBecause two had drifted.\n", 500)
    assert not check_commits.message_faults("docs: a typo\n", 2)
    for message in ("docs: a typo\n", "No area\n\nwhy\n", f"lib: {'x' * 60}\n\nwhy\n", "lib: a stop.\n\nwhy\n", "lib: a\nwhy\n",
                    f"lib: a\n\n{'word ' * 30}\n"):
        assert check_commits.message_faults(message, 500), message


def test_tidy_compiles_what_shows_the_touched_files() -> None:
    known = ("lib/a/a.cpp", "lib/a/b.cpp", "lib/c/a.cpp", "lib/a/room/b.cpp")
    assert check_tidy.units(["lib/a/a.cpp", "lib/a/include/a/b.hpp"], known) == ["lib/a/a.cpp", "lib/a/b.cpp", "lib/a/room/b.cpp"]
    assert not check_tidy.units(["lib/a/only_a_header.hpp"], known)
    found = check_tidy.findings_in("../lib/a/a.cpp:7:3: warning: odd [check]\n  code\n/usr/include/x.h:1:1: note: here\n")
    assert [(finding.path, finding.line, finding.text) for finding in found] == [("lib/a/a.cpp", 7, "odd [check]")]


def test_what_failed_is_shown_however_far_above_the_end() -> None:
    log = ["[       OK ] A.B", "a.cpp:7: Failure", "Value of: x", "[  FAILED  ] A.C (3 ms)", *["chatter"] * 200, "the end"]
    shown = gates.telling_lines(log)
    assert "Value of: x" in shown and "[  FAILED  ] A.C (3 ms)" in shown and shown[-1] == "the end" and len(shown) < 60
    assert len(gates.telling_lines(["a.cpp:7: Failure"] * 1000)) < 120
    assert gates.telling_lines(["all is well"]) == ["all is well"]


def test_long_work_says_something_without_a_terminal() -> None:
    out = io.StringIO()
    progress = Progress(1, out, every_sec=0.1)
    progress.line("at once")
    assert not out.getvalue(), "the first line waits for its time"
    with progress.working("silent work"):
        time.sleep(0.5)
    assert 2 <= out.getvalue().count("silent work: still running") <= 5, out.getvalue()


def shell_progress(script: str) -> str:
    root = pathlib.Path(__file__).resolve().parents[2]
    done = subprocess.run(["bash", "-euc", f"source scripts/lib/progress.sh; {script}"], cwd=root, capture_output=True, text=True,
                          check=True, env={"PATH": "/usr/bin:/bin", "SLUICE_PROGRESS_SECONDS": "1"})
    return done.stdout


def test_shell_progress_says_something_without_a_terminal() -> None:
    assert "silent work" in shell_progress('progress_while "silent work" sleep 3')
    assert "a.o" in shell_progress("{ echo '[1/2] a.o'; sleep 3; } | progress_ninja build")
    assert "quick" not in shell_progress('progress_while "quick" true')
    assert "status 3" in shell_progress('progress_while "fails" bash -c "exit 3" || echo "status $?"')


def main() -> int:
    tests = [(name, test) for name, test in sorted(globals().items()) if name.startswith("test_")]
    failed = 0
    for name, test in tests:
        try:
            test()
        except AssertionError as error:
            failed += 1
            print(f"FAILED {name}: line {error.__traceback__.tb_next.tb_lineno}: {error}")
    print(f"{len(tests) - failed} passed, {failed} failed")
    return 1 if failed or not tests else 0


if __name__ == "__main__":
    sys.exit(main())
