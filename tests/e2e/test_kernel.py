# SPDX-License-Identifier: Apache-2.0
"""The kernel behind the port: its own packets, its interface, and next hops that move."""
import json
import re

import names
import pytest
from harness import eventually

TAP = "sluice-tap"
FOREIGN_SENT = "egress_role.foreign_sent"


def _interface(lab) -> dict:
    return json.loads(lab.exec("appliance", "ip", "-j", "address", "show", "dev", TAP))[0]


def test_the_interface_is_the_ports_double(lab):
    link = _interface(lab)
    assert link["address"] == names.APPLIANCE_MAC and "UP" in link["flags"] and link["mtu"] == 1500
    given = {address["local"] for address in link["addr_info"]}
    assert {names.APPLIANCE4, names.APPLIANCE6} <= given


def test_the_kernels_pings_reach_the_resolver_and_cost_a_token_each(lab):
    before = lab.figure(FOREIGN_SENT)
    assert " 0% packet loss" in lab.exec("appliance", "ping", "-c", "5", "-i", "0.05", "-W", "2", names.RESOLVER4)
    assert lab.figure(FOREIGN_SENT) >= before + 5


@pytest.mark.parametrize("client", [names.CLIENT4, names.CLIENT6])
def test_the_kernels_pings_to_a_client_cost_nothing(lab, client):
    before = lab.figure(FOREIGN_SENT)
    assert " 0% packet loss" in lab.exec("appliance", "ping", "-c", "5", "-i", "0.05", "-W", "2", client)
    assert lab.figure(FOREIGN_SENT) == before


def test_a_resolver_with_a_new_mac_is_found_again(lab):
    old = re.search(r"link/ether (\S+)", lab.exec("resolver", "ip", "link", "show", "dev", "eth0")).group(1)
    assert lab.ask("before-the-move.rand.example").answer
    try:
        lab.exec("resolver", "ip", "link", "set", "dev", "eth0", "address", "02:77:00:00:aa:aa")
        lab.exec("appliance", "ip", "neigh", "flush", "dev", TAP)
        assert eventually(lambda: "02:77:00:00:aa:aa" in lab.exec("appliance", "ip", "neigh", "show", names.RESOLVER4))
        assert lab.ask("after-the-move.rand.example").answer
    finally:
        lab.exec("resolver", "ip", "link", "set", "dev", "eth0", "address", old)
        lab.exec("appliance", "ip", "neigh", "flush", "dev", TAP)
    assert eventually(lambda: old in lab.exec("appliance", "ip", "neigh", "show", names.RESOLVER4))
    assert lab.ask("back-again.rand.example").answer
