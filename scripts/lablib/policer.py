# SPDX-License-Identifier: Apache-2.0
"""The resolver's packet limit. Like a VPC's, it counts every packet to the resolver, also TCP segments and pings."""
import json

from lablib import plan as p
from lablib.proc import run

LIMIT_PER_SEC, BURST_PKTS = 1024, 64


def rules(policed: bool) -> str:
    v4 = ", ".join((p.RESOLVER[0], p.SCRIPTED[0]))
    v6 = ", ".join((p.RESOLVER[1], p.SCRIPTED[1]))
    limit = (f"limit rate over {LIMIT_PER_SEC}/second burst {BURST_PKTS} packets counter name policed drop"
             if policed else "")
    return f"""
        table netdev lab {{
          counter seen {{ }}
          counter policed {{ }}
          chain judge {{
            icmpv6 type {{ nd-neighbor-solicit, nd-neighbor-advert }} accept
            counter name seen
            {limit}
          }}
          chain ingress {{
            type filter hook ingress device "{p.HOST_LINK}" priority 0; policy accept;
            ip daddr {{ {v4} }} jump judge
            ip6 daddr {{ {v6} }} jump judge
          }}
        }}"""


def install(namespace: str, policed: bool) -> None:
    run("ip", "netns", "exec", namespace, "nft", "-f", "-", stdin=rules(policed))


def counters(namespace: str, reset: bool = False) -> dict[str, int]:
    verb = "reset" if reset else "list"
    listing = run("ip", "netns", "exec", namespace, "nft", "-j", verb, "counters", "table", "netdev", "lab").stdout
    found = [entry["counter"] for entry in json.loads(listing)["nftables"] if "counter" in entry]
    return {counter["name"]: counter["packets"] for counter in found}
