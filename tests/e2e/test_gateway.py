# SPDX-License-Identifier: Apache-2.0
"""A resolver outside the port's networks, as the VPC's is: reached by port.gateways, without a route given by hand."""
import names
import pytest
import storm

FAR = "10.99.0.2"


@pytest.fixture
def far_resolver(fresh_lab):
    """The lab's resolver under an address of another network, itself the router to it."""
    for words in (["add", "table", "ip", "far"],
                  ["add", "chain", "ip", "far", "in", "{ type nat hook prerouting priority -100 ; }"],
                  ["add", "rule", "ip", "far", "in", "ip", "daddr", FAR, "dnat", "to", names.RESOLVER4]):
        fresh_lab.exec("resolver", "nft", *words)
    return fresh_lab


def test_a_resolver_outside_our_networks_is_reached_by_the_gateway(far_resolver):
    config = storm.config_path(far_resolver)
    text = config.read_text().replace(f"servers: [{names.RESOLVER4}]", f"servers: [{FAR}]")
    storm.write(config, text.replace("lcores:", f"  gateways: [{names.RESOLVER4}]\nlcores:"))
    out = far_resolver.ctl("reload")
    assert "takes effect after a restart" in out and "port.gateways" in out and "uplinks[0].servers" in out
    far_resolver.verb("stop")
    far_resolver.verb("start")      # waits for an answer
    assert far_resolver.ask("far.bench.example").answer
    assert FAR in far_resolver.ctl("upstreams") and "no_path" not in far_resolver.ctl("upstreams")
    assert "restart" not in far_resolver.ctl("status")
