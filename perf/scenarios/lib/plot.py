# SPDX-License-Identifier: Apache-2.0
"""Pictures of scenarios' figures: python3-matplotlib, loaded only when one is drawn."""
import pathlib


def _pyplot():
    import matplotlib   # pylint: disable=import-outside-toplevel
    matplotlib.use("Agg")
    from matplotlib import pyplot   # pylint: disable=import-outside-toplevel
    return pyplot


def flood(report: dict, file: pathlib.Path) -> None:
    """Per variant the share of the good clients' new names answered in time, second by second, a line a server."""
    pyplot = _pyplot()
    count = len(report["variants"])
    figure, rows = pyplot.subplots(count, 1, figsize=(9, 1.2 + 2.1 * count), sharex=True, squeeze=False, constrained_layout=True)
    for axis, (name, variant) in zip(rows[:, 0], report["variants"].items()):
        for server, found in variant["servers"].items():
            width = 2 if server == "sluice" else 1
            run = found["runs"][0]
            if "seconds_new" in run:
                shares = [100 * good / asked for good, asked in zip(run["seconds_new"]["good"], run["seconds_new"]["queries"]) if asked]
                axis.plot(range(len(shares)), shares, label=server, linewidth=width)
                axis.set(ylim=(-3, 103), ylabel="answered, %")
            elif "trace" in run:
                axis.step([row["at_sec"] for row in run["trace"]], [row["quota"] for row in run["trace"]], where="post", label=server)
                axis.set(ylabel="quota")
        axis.set_title(f"{name}: {variant['text']}", fontsize=9, loc="left")
        axis.grid(alpha=0.3)
    rows[-1, 0].set_xlabel("second, for shares that in which a new name of a good client was asked")
    rows[0, 0].legend(loc="lower center", bbox_to_anchor=(0.5, 1.15), ncols=7, fontsize=8)
    figure.savefig(file, dpi=110)


def overload(report: dict, file: pathlib.Path) -> None:
    """The Jain index and the answers of a cold start, second by second, a line a server."""
    pyplot = _pyplot()
    drawn = [(name, key, label) for name, key, label in (("equal-clients", "jain_seconds", "Jain index"),
                                                         ("cold-start", "good_by_second", "answered in time, by second asked"))
             if name in report["variants"]]
    if not drawn:
        return
    figure, rows = pyplot.subplots(len(drawn), 1, figsize=(9, 3 * len(drawn)), squeeze=False, constrained_layout=True)
    for axis, (name, key, label) in zip(rows[:, 0], drawn):
        for server, found in report["variants"][name]["servers"].items():
            values = found["runs"][0][key]
            axis.plot(range(len(values)), values, label=server, linewidth=2 if server == "sluice" else 1)
        axis.set(ylabel=label, ylim=(0, None), xlabel="second")
        axis.set_title(f"{name}: {report['variants'][name]['text']}", fontsize=9, loc="left")
        axis.grid(alpha=0.3)
        axis.legend(ncols=4, fontsize=8)
    figure.savefig(file, dpi=110)


def dup_query(report: dict, file: pathlib.Path) -> None:
    """Packets a second to the upstream, a bar a server."""
    pyplot = _pyplot()
    count = len(report["variants"])
    figure, columns = pyplot.subplots(1, count, figsize=(1 + 4.5 * count, 3.5), squeeze=False, constrained_layout=True)
    for axis, (name, variant) in zip(columns[0], report["variants"].items()):
        names = list(variant["servers"])
        values = [found["median"]["packets_per_sec"] for found in variant["servers"].values()]
        bars = axis.barh(names[::-1], values[::-1])
        axis.bar_label(bars, fmt="%.0f", padding=3, fontsize=8)
        axis.set(xscale="log", xlabel="packets a second to the upstream")
        axis.set_title(name, fontsize=9, loc="left")
    figure.savefig(file, dpi=110)


def lambda_burst(report: dict, file: pathlib.Path) -> None:
    """How many clients have their answer after how long, a line a server."""
    _distribution(report, file, {"shared_buckets_ns": "-", "own_buckets_ns": "--"})


def first_vs_warm(report: dict, file: pathlib.Path) -> None:
    """Latency of each way an answer can come, medians and 99th percentiles."""
    pyplot = _pyplot()
    found = report["variants"]["latency"]["servers"]["sluice"]["median"]
    ways = [key.removesuffix("_p50_ms") for key in found if key.endswith("_p50_ms")]
    figure, axis = pyplot.subplots(figsize=(9, 0.7 + 0.5 * len(ways)), constrained_layout=True)
    for key, mark in (("p50_ms", "o"), ("p99_ms", "|")):
        axis.plot([found[f"{way}_{key}"] for way in ways], ways, mark, label=key[:3], markersize=9)
    axis.set(xscale="log", xlabel="milliseconds")
    axis.invert_yaxis()
    axis.grid(alpha=0.3)
    axis.legend()
    figure.savefig(file, dpi=110)


def _distribution(report: dict, file: pathlib.Path, keys: dict[str, str]) -> None:
    pyplot = _pyplot()
    figure, axis = pyplot.subplots(figsize=(9, 4), constrained_layout=True)
    for variant in report["variants"].values():
        for number, (server, found) in enumerate(variant["servers"].items()):
            for key, style in keys.items():
                buckets = found["runs"][0][key]
                total, passed, xs, ys = sum(count for _, count in buckets), 0, [], []
                for begin, count in buckets:
                    passed += count
                    xs.append(begin / 1e6)
                    ys.append(100 * passed / total)
                axis.plot(xs, ys, style, color=f"C{number}", label=f"{server}, {key.split('_')[0]} names")
    axis.set(xscale="log", xlabel="milliseconds since the question was due", ylabel="answered or given up, %")
    axis.grid(alpha=0.3)
    axis.legend(fontsize=8, ncols=2)
    figure.savefig(file, dpi=110)
