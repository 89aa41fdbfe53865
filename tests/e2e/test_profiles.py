# SPDX-License-Identifier: Apache-2.0
"""Every profile that runs without hardware does the main job, with one worker and with several."""
import names
import pytest
from harness import Lab

CASES = [(pmd, workers) for pmd in ("af_xdp", "af_packet", "tap") for workers in (1, 2)] + [("af_xdp", 4), ("af_packet", 4)]


@pytest.mark.parametrize("pmd, workers", CASES)
def test_questions_are_answered_and_cached(pmd, workers):
    lab = Lab("e2e-profile", "--pmd", pmd, "--workers", str(workers))
    try:
        lab.up()
        for i in range(64):     # as many flows, so that every worker has some
            assert lab.ask(f"p{i}.bench.example", server=(names.APPLIANCE4, names.APPLIANCE6)[i % 2]).answer
        assert " 0% packet loss" in lab.exec("client", "ping", "-c", "3", "-i", "0.05", "-W", "1", names.APPLIANCE4)
        before = lab.counters()["seen"]
        for i in range(64):
            assert lab.ask(f"p{i}.bench.example").answer
        assert lab.counters()["seen"] == before
    finally:
        lab.down()
