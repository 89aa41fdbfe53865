# SPDX-License-Identifier: Apache-2.0
"""A dead upstream and the quota of questions in flight to it: its trace, against the curve that BIND publishes."""
import json
import time

from lib.rig import Rig

import outage

QUOTA, FREQ = 200, 100
LEVELS = [max(1, QUOTA * round(10000 / ((10 + (m if m <= 37 else m + 1)) / 10) ** 1.5) // 10000) for m in range(99)]
SAMPLE_SEC = 0.2


def look(rig: Rig, begin: float) -> dict:
    """The first server's quota now, and how many of its questions have ended one way or the other."""
    shown = json.loads(rig.lab.ctl("fetchlimit", "--json"))
    server = shown["servers"][0] if shown.get("servers") else {}
    egress = rig.lab.stats()["egress"]
    return {"at_sec": round(time.monotonic() - begin, 3), "quota": server.get("quota", QUOTA), "mode": server.get("mode", 0),
            "atr": server.get("atr"), "outstanding": server.get("outstanding"), "completed": egress["replied"] + egress["timeouts"]}


def watch(rig: Rig, begin: float, until: float) -> list[dict]:
    rows = []
    while time.monotonic() < until:
        rows.append(look(rig, begin))
        time.sleep(SAMPLE_SEC)
    return rows


def trace(rig: Rig, dead_sec: float, back_sec: float) -> tuple[list[dict], list[dict]]:
    begin = time.monotonic()
    with outage.upstream_down(rig.lab):
        down = watch(rig, begin, begin + dead_sec)
    return down, watch(rig, begin, begin + dead_sec + back_sec)


def judge(down: list[dict], back: list[dict]) -> dict:
    """Figures: is every quota one of the curve's, does each step go the right way, and after as many completions as BIND counts?"""
    everything = down + back
    off_curve = sum(row["quota"] != LEVELS[row["mode"]] for row in everything)
    wrong_way = sum(b["quota"] > a["quota"] for a, b in zip(down, down[1:])) + sum(b["quota"] < a["quota"] for a, b in zip(back[5:], back[6:]))
    errors = []
    for row in down:
        looks = (row["completed"] - down[0]["completed"]) // (FREQ + 2)     # each 102nd completion is looked at
        if looks < len(LEVELS):
            low, high = (LEVELS[min(len(LEVELS) - 1, max(0, looks + step))] for step in (1, -1))
            errors.append(not low <= row["quota"] <= high)
    whole = [row["at_sec"] for row in back if row["quota"] == QUOTA]
    return {"off_curve": off_curve, "wrong_way": wrong_way, "off_count": sum(errors), "least_quota": min(row["quota"] for row in down),
            "completed_while_dead": down[-1]["completed"] - down[0]["completed"], "quota_after": back[-1]["quota"],
            "recovery_sec": whole[0] - back[0]["at_sec"] if whole else float(len(back)), "trace": everything}
