# SPDX-License-Identifier: Apache-2.0
"""What many readings of one figure come to."""
import statistics


def spread(values: list[float]) -> dict:
    median = statistics.median(values)
    return {"median": median, "mad": statistics.median(abs(value - median) for value in values),
            "min": min(values), "max": max(values), "runs": len(values)}


def ratio(above: list[float], below: list[float]) -> dict:
    """Of runs that were taken in pairs, one after the other."""
    return spread([a / b for a, b in zip(above, below) if b])
