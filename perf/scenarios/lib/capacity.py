# SPDX-License-Identifier: Apache-2.0
"""How many interfaces and machines a load needs, from names, TTLs and the clients' rate: the formula is in docs/benchmarking.md."""
import dataclasses
import math


@dataclasses.dataclass(frozen=True)
class Load:
    names: int              # that are asked for
    ttl_sec: float          # after which each is asked for again, if somebody wants it
    queries_per_sec: float
    zipf: float = 1.0       # exponent of the names' popularity
    one_shot_share: float = 0.0     # of the queries: for names that are asked once
    packets_per_fill: float = 1.0   # upstream: more where answers are truncated


def plan(load: Load, limit_pps: int = 1024, use: float = 0.7, answers_per_sec: float = 200_000) -> dict:
    """`use`: of the budget that may be planned for; `answers_per_sec`: of one worker core. Each machine fills for itself."""
    weights = [rank ** -load.zipf for rank in range(1, load.names + 1)]
    whole, asked = sum(weights), load.queries_per_sec * (1 - load.one_shot_share)

    def fills(machines: int) -> float:
        """Upstream packets a second of one machine that has its share of the queries."""
        rates = (asked / machines * weight / whole for weight in weights)
        known = sum(rate / (1 + rate * load.ttl_sec) for rate in rates)     # a name is filled once in its TTL and the wait for its next query
        return (known + load.queries_per_sec * load.one_shot_share / machines) * load.packets_per_fill

    machines = max(1, math.ceil(load.queries_per_sec / answers_per_sec))
    pps = fills(machines)
    return {"hit_ratio": 1 - pps * machines / load.packets_per_fill / load.queries_per_sec, "fills_per_sec": pps, "machines": machines,
            "interfaces_each": max(1, math.ceil(pps / (limit_pps * use))), "headroom_pps": limit_pps * use - pps}
