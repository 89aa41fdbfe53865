# SPDX-License-Identifier: Apache-2.0
"""Packet memory in ordinary pages and in huge ones: what the appliance sends leaves."""
import contextlib
import json
import time

import netns
import pytest
from burst import ask_at_once
from harness import PMD, Lab
from names import APPLIANCE4

DATAGRAMS, SOCKETS = 20_000, 1500
SOCKET = "/run/sluice-lab/e2e-memory/control.sock"
CONFIG = """\
port: {{profile: {pmd}, device: sluice0, addresses: [10.77.0.53/24]}}
lcores: {{workers: [0], egress: 0, control: 0}}
uplinks: [{{name: vpc, servers: [10.77.0.3]}}]
clients: {{answers_per_burst: 0}}
memory: {{hugepages: {hugepages}}}
control: {{socket: {socket}}}
"""


@pytest.fixture(params=["off", "auto"], ids=["ordinary_pages", "hugepages"])
def memory_lab(request, tmp_path):
    config = tmp_path / "sluice.yaml"
    config.write_text(CONFIG.format(pmd=PMD, hugepages=request.param, socket=SOCKET))
    lab = Lab("e2e-memory", "--pmd", PMD, "--upstream", "scripted", "--rtt", "100", "--config", str(config))
    try:
        lab.up()
        assert ask_at_once(lab.client, APPLIANCE4, "neighbour.test.example", 1)["answered"] == 1
        yield lab
    finally:
        lab.down()


def test_every_buffer_of_the_pool_can_be_sent(memory_lab):
    # What the kernel keeps does not come back by the worker's cache: the whole pool takes its turn.
    with netns.udp_socket(memory_lab.client, APPLIANCE4) as discard:
        discard.connect((APPLIANCE4, 9))
        for number in range(DATAGRAMS):
            with contextlib.suppress(ConnectionRefusedError):
                discard.send(b"for no server")
            if number % 100 == 0:
                time.sleep(0.002)
    stats = json.loads(memory_lab.ctl("--socket", SOCKET, "stats", "--json"))
    assert stats["flows"]["punted"] > 2 * stats["port"]["mbufs"]["total"]
    result = ask_at_once(memory_lab.client, APPLIANCE4, "burst.test.example", SOCKETS)
    assert result["answered"] == SOCKETS, result
