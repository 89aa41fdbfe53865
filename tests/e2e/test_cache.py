# SPDX-License-Identifier: Apache-2.0
"""The cache's memory, and the cache over a restart: warm names are answered without a packet upstream, older by the time that has passed."""
import json
import pathlib
import time

import storm

NAMES = [f"warm{i}.bench.example" for i in range(20)]


def _with_snapshot(lab) -> pathlib.Path:
    """The lab's appliance again, with a snapshot of its cache."""
    config = storm.config_path(lab)
    file = config.parent / "cache.snapshot"
    storm.write(config, config.read_text().replace("cache:\n", f"cache:\n  snapshot: {file}\n"))
    lab.verb("stop")
    lab.verb("start")
    return file


def _ttls(lab) -> dict[str, int]:
    return {name: lab.ask(name).answer[0].ttl for name in NAMES}


def _cache_stats(lab) -> dict:
    return json.loads(lab.ctl("cache", "stats", "--json"))


def test_warm_names_need_no_packet_upstream_after_a_restart(fresh_lab):
    file = _with_snapshot(fresh_lab)
    before = _ttls(fresh_lab)
    fresh_lab.verb("stop")
    assert file.exists() and file.stat().st_mode & 0o777 == 0o600
    time.sleep(1.2)
    fresh_lab.verb("start")
    seen = fresh_lab.counters()["seen"]
    after = _ttls(fresh_lab)
    assert fresh_lab.counters()["seen"] == seen, "a warm name went upstream"
    assert all(0 < after[name] < before[name] for name in NAMES), (before, after)
    snapshot = _cache_stats(fresh_lab)["snapshot"]
    assert snapshot["state"] == "idle" and snapshot["error"] is None and snapshot["last"]["kept"] >= len(NAMES)


def test_a_damaged_file_is_reported_and_the_cache_starts_empty(fresh_lab):
    file = _with_snapshot(fresh_lab)
    _ttls(fresh_lab)
    fresh_lab.verb("stop")
    bytes_ = bytearray(file.read_bytes())
    bytes_[len(bytes_) // 2] ^= 0x40
    file.write_bytes(bytes_)
    fresh_lab.verb("start")
    stats = _cache_stats(fresh_lab)
    assert stats["entries"] < len(NAMES) and str(file) in stats["snapshot"]["error"]
    assert fresh_lab.ask(NAMES[0]).answer


def test_dump_and_load_by_hand(lab, tmp_path):
    lab.flush()
    _ttls(lab)
    file = tmp_path / "by-hand.snapshot"
    assert "answers" in lab.ctl("cache", "dump", str(file))
    lab.flush()
    loaded = json.loads(lab.ctl("cache", "load", str(file), "--json"))
    assert loaded["kept"] >= len(NAMES)
    seen = lab.counters()["seen"]
    assert all(0 < ttl for ttl in _ttls(lab).values())
    assert lab.counters()["seen"] == seen
    # What is there already is younger than the file and stays.
    assert json.loads(lab.ctl("cache", "load", str(file), "--json"))["kept"] == 0


def test_dump_never_writes_over_what_is_no_snapshot(lab, tmp_path):
    letter = tmp_path / "letter"
    letter.write_text("somebody's letter, long enough to be one")
    done = lab.try_ctl("cache", "dump", str(letter))
    assert done.returncode == 1 and "is not a cache snapshot" in done.stderr
    assert letter.read_text().startswith("somebody's")


def test_load_of_a_file_that_is_not_there_is_said(lab):
    done = lab.try_ctl("cache", "load", "/nonexistent/file")
    assert done.returncode != 0 and "/nonexistent/file" in done.stderr


def test_cache_stats_account_for_all_of_the_memory(lab):
    stats = _cache_stats(lab)
    memory = dict(stats["memory"])
    assert memory.pop("size") == sum(memory.values()) == stats["bytes_capacity"]
    text = lab.ctl("cache", "stats")
    assert "bytes per entry in total" in text and "ghosts" in text and "snapshot off" in text


def test_the_cache_lies_in_the_memory_of_its_readers_socket(lab):
    state = json.loads(pathlib.Path(f"/run/sluice-lab/{lab.name}/state.json").read_text())
    maps = pathlib.Path(f"/proc/{state['processes']['appliance']['pid']}/numa_maps").read_text().splitlines()
    assert any(" prefer" in line and "anon=" in line for line in maps), maps[:20]
