# SPDX-License-Identifier: Apache-2.0
"""Figures against bounds: medians, a table for people, an object for programs."""
import dataclasses
import operator
import statistics

OPERATORS = {"<=": operator.le, ">=": operator.ge, "==": operator.eq, ">": operator.gt}


@dataclasses.dataclass(frozen=True)
class Bound:
    """What a figure of Sluice must be. `unit` is how a person reads it: '%' shows a share as a percentage."""
    figure: str
    relation: str
    limit: float
    text: str
    unit: str = ""

    def judge(self, figures: dict) -> dict:
        value = figures.get(self.figure)
        met = value is not None and OPERATORS[self.relation](value, self.limit)
        return {"figure": self.figure, "text": self.text, "value": value, "relation": self.relation, "limit": self.limit,
                "unit": self.unit, "met": bool(met)}


def shown(value, unit: str = "") -> str:
    if value is None:
        return "none"
    if unit == "%":
        return f"{100 * value:.3f} %"
    text = f"{value:.3f}".rstrip("0").rstrip(".") if isinstance(value, float) else f"{value}"
    return f"{text} {unit}".rstrip()


def medians(runs: list[dict]) -> dict:
    """Of each figure that every run has; lists (traces) are the first run's."""
    found = {}
    for key in runs[0]:
        values = [run.get(key) for run in runs]
        if all(isinstance(v, (int, float)) and not isinstance(v, bool) for v in values):
            found[key] = statistics.median(values)
    return found


def print_bounds(judged: list[dict]) -> None:
    for bound in judged:
        value, limit = shown(bound["value"], bound["unit"]), shown(bound["limit"], bound["unit"])
        print(f"  {'ok' if bound['met'] else 'NOT MET':8}{bound['text']:66} {value:>14}   {bound['relation']} {limit}")


def print_servers(servers: dict, columns: dict[str, tuple[str, str]]) -> None:
    """`columns`: figure to (heading, unit)."""
    if len(servers) < 2:
        return
    width = max(map(len, servers)) + 2
    print("  " + " " * width + "".join(f"{heading:>16}" for heading, _ in columns.values()))
    for server, found in servers.items():
        cells = "".join(f"{shown(found['median'].get(figure), unit):>16}" for figure, (_, unit) in columns.items())
        print(f"  {server:{width}}{cells}")


def share(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def jain(values: list[float]) -> float:
    """1 when all have the same, 1/n when one has everything."""
    squares = sum(v * v for v in values)
    return sum(values) ** 2 / (len(values) * squares) if squares else 1.0
