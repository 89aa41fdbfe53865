# SPDX-License-Identifier: Apache-2.0
"""One stream beside two loads in short turns, and how much longer its answers take beside the second."""
import statistics

from lib.rig import stream_of
from lib.verdict import share

WANTED, MOST, LEAST_FAIR = 6, 15, 3
LATE_US, LATENESS_RATIO = 250, 1.3


class Pairs:
    """Of the generator's reports. A machine that is slow for some seconds is slow in both turns, or in one pair of many."""

    def __init__(self, stream: str, wanted: int = WANTED):
        self.stream, self.wanted = stream, wanted
        self.all: list[tuple[dict, dict]] = []

    def want_more(self) -> bool:
        return len(self.all) < self.wanted or (0 < len(self.fair()) < self.wanted and len(self.all) < MOST)

    def add(self, first: dict, second: dict) -> None:
        self.all.append((first, second))

    def fair(self) -> list[tuple[dict, dict]]:
        """In which the generator kept its time, and alike in both: its lateness is in every latency, and says nothing about the server."""
        late_us = [sorted(report["lateness"]["p99_us"] for report in pair) for pair in self.all]
        return [pair for pair, (least, most) in zip(self.all, late_us) if most <= min(LATE_US, LATENESS_RATIO * least)]

    def judged(self) -> list[tuple[dict, dict]]:
        """On a machine with few quiet moments, all of them."""
        return self.fair() if len(self.fair()) >= LEAST_FAIR else self.all

    def p99_us(self, pairs: list[tuple[dict, dict]]) -> list[tuple[float, float]]:
        return [(p99_us(stream_of(first, self.stream)), p99_us(stream_of(second, self.stream))) for first, second in pairs]

    def ratio(self, pairs: list[tuple[dict, dict]]) -> float:
        return statistics.median(share(second, first) for first, second in self.p99_us(pairs))

    def figures(self) -> dict:
        """With the ratio of all pairs, so that it can be seen what leaving some out has done."""
        each = self.p99_us(self.judged())
        return {"idle_cached_p99_us": statistics.median(first for first, _ in each), "flood_cached_p99_us": statistics.median(second for _, second in each),
                "cached_ratio": self.ratio(self.judged()), "cached_ratio_of_all": self.ratio(self.all), "cached_turns_us": each,
                "turns": len(self.all), "fair_turns": len(self.fair()),
                "turns_generator_late_p99_us": [[report["lateness"]["p99_us"] for report in pair] for pair in self.all]}


def p99_us(stream: dict) -> float:
    """Of its histogram: where the bucket begins, without the rounding up of the report's own."""
    wanted = 0.99 * sum(count for _, count in stream["latency"]["buckets_ns"])
    for begin, count in sorted(stream["latency"]["buckets_ns"]):
        wanted -= count
        if wanted <= 0:
            return begin / 1000
    return 0.0
