# SPDX-License-Identifier: Apache-2.0
"""Start, stop, crash, and the sentences of a refusal."""
import json
import time

import names
import pytest
from harness import LAB, Lab, run

ANY_CPU = ["taskset", "-c", "0-1"]     # 'lab exec' keeps to CPU 1, and the configuration names CPU 0


def _ready_seconds(lab) -> float:
    return json.loads(lab.verb("start").stdout)["ready_seconds"]


def test_after_a_kill_it_serves_again_within_two_seconds(fresh_lab):
    for _ in range(3):
        fresh_lab.verb("stop", "--kill")
        assert _ready_seconds(fresh_lab) < 2.0
    assert fresh_lab.ask("www.mix.example", server=names.APPLIANCE6).answer


def test_a_stop_under_load_leaves_no_leak(fresh_lab, tmp_path):
    questions = tmp_path / "names"
    questions.write_text("".join(f"s{i}.rand.example A\n" for i in range(20000)))
    load = fresh_lab.popen("client", "dnsperf", "-s", names.APPLIANCE4, "-d", str(questions), "-l", "4", "-Q", "20000",
                           "-c", "20", "-T", "1", "-q", "20000", "-t", "1")
    time.sleep(2.0)
    fresh_lab.verb("stop")
    log = fresh_lab.log()
    load.communicate(timeout=30)
    assert not any(word in log.lower() for word in names.LEAK_WORDS), log[-2000:]
    assert "ERROR: AddressSanitizer" not in log and "LeakSanitizer" not in log
    assert _ready_seconds(fresh_lab) < 5.0


def test_two_labs_live_side_by_side(fresh_lab):
    other = Lab("e2e-other")
    try:
        other.up()
        assert other.ask("www.mix.example").answer and fresh_lab.ask("www.mix.example").answer
    finally:
        other.down()
    assert fresh_lab.ask("www.mix.example").answer


def test_up_on_a_running_lab_starts_it_anew(fresh_lab):
    fresh_lab.ask("kept.bench.example")
    fresh_lab.up()
    assert fresh_lab.counters()["seen"] == 0
    assert fresh_lab.ask("kept.bench.example").answer


@pytest.mark.parametrize("change, word", [
    (("device: sluice0", "device: no-such0"), "no-such0"),
    (("limit: 1024", "limit: 1024 apples"), "limit"),
    (("cache:", "cash:"), "cash"),
])
def test_a_configuration_it_cannot_use_is_refused_with_a_sentence(fresh_lab, tmp_path, change, word):
    good = open(f"/run/sluice-lab/{fresh_lab.name}/sluice.yaml", encoding="utf-8").read()
    config = tmp_path / "sluice.yaml"
    config.write_text(good.replace(*change))
    done = run(LAB, "exec", "--name", fresh_lab.name, "appliance", "--", *ANY_CPU, "sluice", "-c", str(config), "--", "--no-pci", "--no-huge",
               "--file-prefix", "refused", "-m", "512", check=False, timeout=30)
    assert done.returncode in (1, 2), done      # 1: the file is wrong; 2: the machine has not what it asks for
    assert word in done.stdout + done.stderr


def test_check_config_accepts_the_labs_own_file(fresh_lab):
    path = f"/run/sluice-lab/{fresh_lab.name}/sluice.yaml"
    fresh_lab.exec("appliance", *ANY_CPU, "sluice", "--check-config", "-c", path)
