# SPDX-License-Identifier: Apache-2.0
"""Pictures of the reports; readable without colours."""
import pathlib

from benchlib.tables import PEERS, STAGES

MARKS = ["o", "s", "^", "v", "D", "P", "X", "*"]


def _figure(width: float, height: float):
    import matplotlib
    matplotlib.use("Agg")
    from matplotlib import pyplot
    return pyplot.subplots(figsize=(width, height), dpi=110)


def peers(report: dict, file: pathlib.Path) -> None:
    figure, axes = _figure(8, 5)
    for mark, (server, found) in zip(MARKS, report["servers"].items()):
        loads = sorted(found["turns"][0]["loads"] + [{"offered": found["turns"][0]["twice_offered"], "answered": found["turns"][0]["at_twice"]}],
                       key=lambda load: load["offered"])
        axes.plot([load["offered"] / 1e3 for load in loads], [load["answered"] / 1e3 for load in loads], marker=mark,
                  linewidth=2.2 if server == "sluice" else 1.2, linestyle="--" if server == "testpmd" else "-",
                  label=PEERS[server].strip("*"))
    axes.set_xlabel("offered, thousand a second")
    axes.set_ylabel("answered, thousand a second")
    axes.grid(alpha=0.3)
    axes.legend()
    figure.tight_layout()
    figure.savefig(file)


def pipeline(report: dict, file: pathlib.Path) -> None:
    figure, axes = _figure(8, 3.6)
    hatches = ["", "//", "..", "xx", "--", "\\\\", "++", "oo", "**"]
    names = [row["name"] for row in report["scenarios"]]
    left = [0.0] * len(names)
    for stage, hatch in zip(STAGES, hatches):
        widths = [max(row["stages"][stage], 0.0) for row in report["scenarios"]]
        axes.barh(names, widths, left=left, hatch=hatch, edgecolor="white", label=stage)
        left = [at + width for at, width in zip(left, widths)]
    axes.invert_yaxis()
    axes.set_xlabel("cycles of the TSC for a packet")
    axes.legend(ncol=5, fontsize=8, loc="upper center", bbox_to_anchor=(0.5, 1.22))
    figure.tight_layout()
    figure.savefig(file)
