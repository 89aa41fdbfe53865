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
            seconds = found["runs"][0]["seconds_new"]
            shares = [100 * good / asked for good, asked in zip(seconds["good"], seconds["queries"]) if asked]
            axis.plot(range(len(shares)), shares, label=server, linewidth=2 if server == "sluice" else 1)
        axis.set(ylim=(-3, 103), ylabel="answered, %")
        axis.set_title(f"{name}: {variant['text']}", fontsize=9, loc="left")
        axis.grid(alpha=0.3)
    rows[-1, 0].set_xlabel("second in which a new name of a good client was asked")
    rows[0, 0].legend(ncols=4, fontsize=8)
    figure.savefig(file, dpi=110)
