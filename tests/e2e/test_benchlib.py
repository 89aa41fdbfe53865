# SPDX-License-Identifier: Apache-2.0
"""What perf/run writes into docs/performance.md: medians, ratios and tables of readings."""
import sys

import pytest
from harness import ROOT

sys.path[:0] = [str(ROOT / "perf"), str(ROOT / "perf/peers")]

import contest  # noqa: E402
from benchlib import spread, tables  # noqa: E402


def test_a_spread_is_the_median_and_how_far_readings_lie_from_it():
    assert spread.spread([1, 2, 3, 4, 100]) == {"median": 3, "mad": 1, "min": 1, "max": 100, "runs": 5}


def test_a_ratio_is_taken_pair_by_pair_so_that_a_slow_time_is_in_both():
    assert spread.ratio([10, 200, 33], [10, 100, 30])["median"] == pytest.approx(1.1)


def _load(answered: int) -> dict:
    return {"offered": 2_000, "answered": answered}


def test_what_a_server_keeps_at_twice_its_best_load_is_told_turn_by_turn():
    pairs = [(_load(1_000), _load(950)), (_load(500), _load(480)), (_load(800), _load(400))]
    assert contest.at_twice(pairs) == {"at_twice": 480, "twice_offered": 2_000, "kept": 0.95, "pairs": pairs}


def test_a_server_that_answers_nothing_keeps_nothing():
    assert contest.at_twice([(_load(0), _load(0))])["kept"] == 0


def test_servers_are_compared_run_by_run():
    def turns(*bests: int, kept: float = 1.0) -> dict:
        return {"best": spread.spread(list(bests)), "at_twice": {"median": 810}, "kept": {"median": kept}, "turns": [{"best": best} for best in bests]}

    servers = {"sluice": turns(900, 400, 950, kept=0.97), "testpmd": turns(1_000, 400, 1_000), "unbound": turns(300, 150, 400), "bind9": turns(100, 100, 100)}
    assert tables.verdicts({"pmd": "af_xdp", "servers": servers}) == [
        "Run by run Sluice answers 0.95 of what 5tswap echoes (bound 0.9).",
        "Run by run Sluice answers 2.7 times as much as the best of the others, Unbound (bound 2).",
        "At twice its best load it answers 0.97 of what it does at that load turn by turn (bound 0.9), and 0.90 of its best reading."]
    assert tables.verdicts({"pmd": "af_packet", "servers": servers})[0].endswith("echoes."), "no bound is set for it"
    assert tables.verdicts({"pmd": "af_xdp", "servers": {"unbound": servers["unbound"]}}) == []


def _reading(name: str, ns: float, **more) -> dict:
    return {"run_type": "iteration", "run_name": name, "items_per_second": 1e9 / ns, "hugepages": 1, "allocations": 0, **more}


def _cache_readings(pages_ns: float) -> dict:
    rows = [_reading(f"{name}/{size}", ns) for name, by_size in (("answer/uniform", (20, 30)), ("answer/uniform/no_prefetch", (15, 90)))
            for size, ns in zip((1_000, 10_000_000), by_size)]
    rows += [{"run_type": "aggregate", "run_name": "answer/uniform/1000", "items_per_second": 1}]
    return {"benchmarks": rows + [_reading("chase/close/8192", 4), _reading("chase/pages/8192", pages_ns)]}


def test_the_caches_table_tells_how_much_the_largest_costs_more_and_what_prefetching_brings():
    text = tables.cache(_cache_readings(pages_ns=4))
    assert "| answer/uniform | 20.0 (0.0) | 30.0 (0.0) | 1.50 | 1.5 |" in text
    assert "3.0 times as fast (bound 2)" in text
    assert "0 allocations" in text


@pytest.mark.parametrize(("pages_ns", "said"), [(4, "the hugepages are huge below as well"), (14, "the host backs these hugepages by small pages")])
def test_the_caches_table_says_which_pages_the_host_gives(pages_ns, said):
    assert said in tables.cache(_cache_readings(pages_ns))


def test_the_caches_table_says_how_much_of_the_largest_caches_cost_is_the_memorys():
    report = _cache_readings(pages_ns=4)
    report["benchmarks"] += [_reading(f"{name}/{size}", ns) for name, by_size in (("memory/uniform", (2, 9)), ("memory/uniform/no_index", (1, 5)))
                             for size, ns in zip((1_000, 10_000_000), by_size)]
    assert ("10,000,000 entries against 1,000, uniform: an answer costs 10.0 ns more, reaching its lines and doing nothing 7.0 ns more, "
            "with no index to be read 4.0 ns more; the bound allows 10.0 ns.") in tables.cache(report)
    assert "zipf:" not in tables.cache(report), "nothing was measured of it"


def test_a_table_takes_the_place_of_the_last_one_and_leaves_the_page_around_it(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("before\n<!-- begin: memif -->\nold\n<!-- end: memif -->\nafter\n")
    assert tables.replace(page, "memif", r"new \1")
    assert page.read_text() == "before\n<!-- begin: memif -->\nnew \\1\n<!-- end: memif -->\nafter\n"
    assert not tables.replace(page, "nothing", "new")


def test_prose_of_the_page_is_120_columns_wide_and_rows_of_tables_stay_whole(tmp_path):
    page = tmp_path / "page.md"
    page.write_text("<!-- begin: memif -->\n<!-- end: memif -->\n")
    row = "| " + "word " * 40 + "|"
    assert tables.replace(page, "memif", "word " * 40 + "\n\n" + row)
    lines = page.read_text().split("\n")
    assert row in lines and max(len(line) for line in lines if line != row) <= 120
