# SPDX-License-Identifier: Apache-2.0
"""Markdown tables of docs/performance.md, made of the reports of the parts."""
import pathlib
import re
import textwrap

from benchlib import spread

STAGES = ["receive", "frame", "parse", "locate", "prefetch", "answer", "ask", "reply", "transmit"]
PEERS = {"sluice": "**Sluice**", "testpmd": "testpmd 5tswap (no DNS at all)", "unbound": "Unbound", "bind9": "BIND", "dnsdist": "dnsdist",
         "dnsmasq": "dnsmasq", "pdns-recursor": "PowerDNS Recursor", "knot-resolver": "Knot Resolver"}
BOUNDS = {"hit": "320", "miss": "500 in all", "formerr": "80", "short": "80", "response": "80", "ip_checksum": "80", "udp_checksum": "80"}
CACHE_BOUNDS = {"answer/uniform": "1.5", "answer/zipf": "1.2"}


def table(head: list[str], rows: list[list[str]]) -> str:
    rule = ["---" if i == 0 else "--:" for i in range(len(head))]
    return "\n".join("| " + " | ".join(row) + " |" for row in (head, rule, *rows))


def figure(found: dict, digits: int = 0) -> str:
    return f"{found['median']:,.{digits}f}"


def span(found: dict, digits: int = 0) -> str:
    return f"{found['mad']:,.{digits}f}; {found['min']:,.{digits}f} to {found['max']:,.{digits}f}"


def pipeline(report: dict) -> str:
    rows = [[row["what"], figure(row["cycles"]), figure(row["swap"]), f"**{figure(row['added'])}**", span(row["added"], 1),
             BOUNDS.get(row["name"], "")] for row in report["scenarios"]]
    stages = [[row["name"], *(f"{row['stages'][stage]:.0f}" for stage in STAGES)] for row in report["scenarios"]]
    return "\n\n".join([
        f"Cycles are ticks of the TSC ({report['tsc_hz'] / 1e6:,.0f} MHz) for a packet, {report['entries']:,} names in the cache, 0 allocations.",
        table(["packet", "worker", "5tswap", "added", "MAD; min to max", "bound"], rows),
        "By stage, each closed by a reading that keeps it from overlapping with the next, so the sum is a little more than the whole:",
        table(["", *STAGES], stages)])


def scale(report: dict) -> str:
    return table(["", "cycles", "added to 5tswap", "MAD; min to max"],
                 [[f"{row['name'].replace('_', ' ')}: {row['what']}", figure(row["cycles"]), figure(row["added"]), span(row["added"], 1)]
                  for row in report["scenarios"]])


def micro(report: dict) -> str:
    found: dict[str, list[dict]] = {}
    for row in report["benchmarks"]:
        if row.get("run_type") != "aggregate" and "cycles" in row:
            found.setdefault(row["name"].split("/")[0], []).append(row)
    rows = []
    for name, runs in found.items():
        cycles = spread.spread([run["cycles"] for run in runs])
        nanoseconds = spread.spread([1e9 / run["items_per_second"] for run in runs])
        rows.append([name, figure(cycles, 1), span(cycles, 1), figure(nanoseconds, 1), f"{max(run['allocations'] for run in runs):.0f}"])
    return table(["operation", "cycles each", "MAD; min to max", "ns each", "allocations"], rows)


def cache(report: dict) -> str:
    """Nanoseconds of a query by the number of entries, and how much ten million cost more than a thousand."""
    found: dict[str, dict[int, list[dict]]] = {}
    chases: dict[str, list[float]] = {}
    for row in report["benchmarks"]:
        if row.get("run_type") == "aggregate":
            continue
        if row["run_name"].startswith("chase/"):
            chases.setdefault(row["run_name"], []).append(nanoseconds(row))
        else:
            name, size = row["run_name"].rsplit("/", 1)
            found.setdefault(name, {}).setdefault(int(size), []).append(row)
    sizes = sorted({size for runs in found.values() for size in runs})
    rows, medians = [], {}
    for name, by_size in sorted(found.items()):
        medians[name] = {size: spread.spread([nanoseconds(run) for run in runs]) for size, runs in by_size.items()}
        first, last = (medians[name][size]["median"] for size in (sizes[0], sizes[-1]))
        cells = [f"{figure(medians[name][size], 1)} ({medians[name][size]['mad']:.1f})" for size in sizes]
        rows.append([name, *cells, f"{last / first:.2f}", CACHE_BOUNDS.get(name, "")])
    gain = medians["answer/uniform/no_prefetch"][sizes[-1]]["median"] / medians["answer/uniform"][sizes[-1]]["median"]
    runs = [run for by_size in found.values() for each in by_size.values() for run in each]
    pages = "hugepages" if all(run.get("hugepages", 1) for run in runs) else "whatever pages the kernel gave, for want of hugepages"
    return table(["ns of a query: median (MAD)", *(f"{size:,} entries" for size in sizes), f"{sizes[-1]:,} against {sizes[0]:,}", "bound"], rows) + (
        f"\n\nPrefetching makes {sizes[-1]:,} entries {gain:.1f} times as fast (bound 2). In {pages}; "
        f"{max(run['allocations'] for run in runs):.0f} allocations in the loops." + pages_below(chases) + memorys_part(medians, sizes))


def memorys_part(medians: dict, sizes: list[int]) -> str:
    """What the largest size costs more, how much of that reaching the lines costs alone, and how much the bound allows."""
    said = []
    for spread_name in ("uniform", "zipf"):
        answer, memory, no_index = (f"{name}/{spread_name}{more}" for name, more in (("answer", ""), ("memory", ""), ("memory", "/no_index")))
        if any(name not in medians for name in (answer, memory, no_index)):
            continue
        more = {name: medians[name][sizes[-1]]["median"] - medians[name][sizes[0]]["median"] for name in (answer, memory, no_index)}
        allowed = medians[answer][sizes[0]]["median"] * (float(CACHE_BOUNDS[answer]) - 1)
        said.append(f"{spread_name}: an answer costs {more[answer]:.1f} ns more, reaching its lines and doing nothing {more[memory]:.1f} ns more, "
                    f"with no index to be read {more[no_index]:.1f} ns more; the bound allows {allowed:.1f} ns.")
    return "".join(f"\n\n{sizes[-1]:,} entries against {sizes[0]:,}, {line}" for line in said)


def pages_below(chases: dict[str, list[float]]) -> str:
    """What the machine below makes of our hugepages."""
    if len(chases) != 2:
        return ""
    lines = next(iter(chases)).rsplit("/", 1)[1]
    close, pages = (spread.spread(next(found for name, found in chases.items() if f"/{kind}/" in name))["median"] for kind in ("close", "pages"))
    small = pages > 1.5 * close
    return (f" From one of {lines} lines to the next takes {close:.1f} ns when they lie close together and {pages:.1f} ns when each is in 4 KiB of its own"
            + (": the host backs these hugepages by small pages, so in a large cache nearly every place needs a translation of its own."
               if small else ": the hugepages are huge below as well."))


def nanoseconds(run: dict) -> float:
    return 1e9 / run["items_per_second"] if "items_per_second" in run else run["cpu_time"]


def memif(report: dict) -> str:
    rows = [[PEERS[kind], figure(report[kind]), span(report[kind])] for kind in ("testpmd", "sluice")]
    return table(["over a memif", "frames back a second", "MAD; min to max"], rows) + (
        f"\n\nSluice answers {report['ratio']['median']:.2f} of what 5tswap echoes (bound 0.6). Of 1,000,000 questions a second, each answer "
        f"compared with its question, {figure(report['verified'])} are answered in the best second.")


def peers(report: dict) -> str:
    rows = []
    for server, found in report["servers"].items():
        name = PEERS[server] + (f" {found['version'].split('-')[0]}" if found.get("version") else "")
        dnsperf = "" if server == "testpmd" else figure(found["dnsperf"])
        rows.append([name, f"**{figure(found['best'])}**", span(found["best"]), figure(found["at_twice"]), f"{found['kept']['median']:.2f}",
                     dnsperf, figure(found["cpu_us"], 2)])
    return "\n\n".join([table(["server", "best", "MAD; min to max", "at twice that load", "kept, turn by turn", "dnsperf", "CPU us an answer"], rows),
                        *verdicts(report)])


def against(servers: dict, other: str) -> float:
    """Sluice's best by another's, run by run: the median."""
    ours, theirs = ([turn["best"] for turn in servers[server]["turns"]] for server in ("sluice", other))
    return spread.ratio(ours, [max(rate, 1) for rate in theirs])["median"]


def verdicts(report: dict) -> list[str]:
    """The bounds are for AF_XDP."""
    servers, bound = report["servers"], {}
    if report["pmd"] == "af_xdp":
        bound = {"echo": " (bound 0.9)", "peer": " (bound 2)", "kept": " (bound 0.9)"}
    if "sluice" not in servers:
        return []
    said = [f"Run by run Sluice answers {against(servers, 'testpmd'):.2f} of what 5tswap echoes{bound.get('echo', '')}."] if "testpmd" in servers else []
    others = [server for server in servers if server not in ("sluice", "testpmd")]
    if others:
        best = max(others, key=lambda server: servers[server]["best"]["median"])
        said.append(f"Run by run Sluice answers {against(servers, best):.1f} times as much as the best of the others, {PEERS[best]}{bound.get('peer', '')}.")
    ours = servers["sluice"]
    return [*said, f"At twice its best load it answers {ours['kept']['median']:.2f} of what it does at that load turn by turn{bound.get('kept', '')}, "
                   f"and {ours['at_twice']['median'] / max(ours['best']['median'], 1):.2f} of its best reading."]


def ceiling(report: dict) -> str:
    rows = []
    for found in report["modes"]:
        cells = [figure(found[key], 2) for key in ("server_user", "server_system", "server_softirq", "generator_user", "generator_system", "generator_softirq")]
        rows.append([found["what"], figure(found["offered"]), f"**{figure(found['packets'])}**", span(found["packets"]), *cells])
    return table(["what runs on the server's core", "offered", "packets a second", "MAD; min to max", "its user us", "system us", "softirq us",
                  "generator's user us", "system us", "softirq us"], rows)


def workers(report: dict) -> str:
    return table(["workers, all on one CPU", "best", "MAD; min to max"],
                 [[count, figure(found), span(found)] for count, found in report["workers"].items()])


def wrapped(text: str) -> str:
    """Prose of the page at most 120 columns wide; rows of tables stay whole."""
    return "\n".join(line if line.startswith("|") else textwrap.fill(line, 120, break_long_words=False, break_on_hyphens=False)
                     for line in text.split("\n"))


def replace(document: pathlib.Path, part: str, text: str) -> bool:
    """Between the markers of this part, which stay; False when the page has none for it."""
    begin, end = f"<!-- begin: {part} -->", f"<!-- end: {part} -->"
    whole = document.read_text(encoding="utf-8")
    if begin not in whole or end not in whole:
        return False
    pattern = re.escape(begin) + r".*?" + re.escape(end)
    document.write_text(re.sub(pattern, lambda _: f"{begin}\n{wrapped(text)}\n{end}", whole, flags=re.DOTALL), encoding="utf-8")
    return True


def where(report: dict, command: str) -> str:
    machine = report["machine"]
    return (f"`{command}`, commit {machine['commit']}, Linux {machine['kernel']}, {machine['cpus']} CPUs of {machine['cpu']}, "
            f"load average {machine['load_average']:.1f} at the end.")
