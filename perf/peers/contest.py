# SPDX-License-Identifier: Apache-2.0
"""One turn of one server: a lab of its own, the names filled in, rising load; then the load at which it did best and twice that, in
short turns, so that a slow time of the machine is in both."""
import pathlib
import re
import statistics
import subprocess
import sys
import time

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "perf/scenarios"), str(ROOT / "perf")]

from benchlib import cputime  # noqa: E402
from lib import peers  # noqa: E402  (of the scenarios: commands and configurations)
from lib.place import CLIENT, RESOLVER, SERVER, Place, harness  # noqa: E402

ALL = ["sluice", "testpmd", *peers.KNOWN]
LAB_NAME = "peers"
NAMES = 5_000
JUDGED = ("sluice", "testpmd")
PAIRS = 3        # of readings of theirs at the best load and at twice that; one of the others, for the sake of time
SERVER_MAC = "02:77:00:00:00:53"


class Contest(Place):
    """The server runs on CPU 0."""

    def __init__(self, server: str, pmd: str, workers: int = 1, forward_mode: str = "5tswap"):
        super().__init__(server)
        self.pmd, self.workers, self.forward_mode = pmd, workers, forward_mode
        self.pids: list[int] = []

    def _start(self) -> None:
        self.names = self.work / "names"
        self.names.write_text("".join(f"n{i}.bench.example A\n" for i in range(NAMES)), encoding="utf-8")
        options = ["--topology", "direct", "--no-policer"]
        if self.server == "sluice":
            options += ["--pmd", self.pmd, "--workers", str(self.workers)]
        else:
            options += ["--without-appliance", *(["--kernel-port"] if self.server != "testpmd" else [])]
        self.build_lab(LAB_NAME, *options)
        if self.server == "sluice":
            self.pids = [int(pid) for pid in harness.run("ip", "netns", "pids", f"{LAB_NAME}-appliance").stdout.split()]
        elif self.server == "testpmd":
            self._start_testpmd()
        else:
            self._run(["taskset", "-c", "0", *peers.command(self.server, self.work, RESOLVER)])
        if self.server != "testpmd":
            self._fill()

    def _run(self, argv: list[str], stdin: int = subprocess.DEVNULL) -> subprocess.Popen:
        child = self.launch(argv, stdin)
        time.sleep(1.5)
        self.pids = cputime.children(child.pid)
        if child.poll() is not None:
            raise RuntimeError(f"{self.server} ended{self.log()}")
        return child

    def _start_testpmd(self) -> None:
        self.lab.exec("client", "ip", "neigh", "replace", SERVER, "lladdr", SERVER_MAC, "dev", "eth0", "nud", "permanent")
        self.child = self._run(
            ["stdbuf", "-oL", "taskset", "-c", "0,1", "dpdk-testpmd", "-l", "0,1", "--main-lcore=1", "--no-pci", "--no-huge", "-m256",
             "--file-prefix", LAB_NAME, "--vdev", f"net_{self.pmd}0,iface=sluice0", "--", "-i", "--auto-start",
             f"--forward-mode={self.forward_mode}", "--nb-cores=1", "--total-num-mbufs=16384", "--rxd=2048", "--txd=2048"],
            stdin=subprocess.PIPE)
        self.stack.callback(self.child.stdin.close)   # it reads commands, and ends when they end

    def _fill(self) -> None:
        """All names once, so that the run asks the cache alone."""
        self.wait_for_answer("n0.bench.example")
        done = self.lab.exec("client", "dnsperf", "-s", SERVER, "-d", str(self.names), "-n", "1", "-Q", "2000", "-c", "20", "-T", "1")
        if not re.search(r"Queries completed:\s+\d+ \((?:100\.00|99\.\d+)%\)", done):
            raise RuntimeError(f"{self.server} did not take the names in:\n{done}")

    def gun(self, rate: int, seconds: int) -> dict:
        """What kxdpgun offers and is answered, a second; CPU time of the server and of softirqs for each answer."""
        before = self._cpu()
        done = self.lab.exec("client", "kxdpgun", "-t", str(seconds), "-Q", str(rate), "-b", "32", "-i", str(self.names), "-l", CLIENT,
                             "-F", "1", SERVER)
        spent = self._cpu() - before
        found = {what: int(pps) for what, pps in re.findall(r"^total (queries|replies): .*\((\d+) pps\)", done, re.MULTILINE)}
        if "queries" not in found:
            raise RuntimeError(f"kxdpgun said:\n{done}")
        answered = found.get("replies", 0)
        return {"wanted": rate, "offered": found["queries"], "answered": answered,
                "cpu_us": 1e6 * spent / (answered * seconds) if answered else 0.0}

    def received(self) -> int:
        """Frames that testpmd took so far."""
        said = self.work / "server.log"
        before = said.stat().st_size
        self.child.stdin.write(b"show port stats all\n")
        self.child.stdin.flush()
        for _ in range(50):
            time.sleep(0.1)
            found = re.findall(r"RX-packets: (\d+)", said.read_bytes()[before:].decode("ascii", "replace"))
            if found:
                return int(found[-1])
        raise RuntimeError(f"testpmd does not tell its figures{self.log()}")

    def dnsperf(self, seconds: int) -> float:
        done = self.lab.exec("client", "dnsperf", "-s", SERVER, "-d", str(self.names), "-l", str(seconds), "-c", "20", "-q", "1000",
                             "-T", "1", timeout=seconds + 60)
        rate = re.search(r"Queries per second:\s+([\d.]+)", done)
        return float(rate[1]) if rate else 0.0

    def _cpu(self) -> float:
        return sum(cputime.of_process(pid) for pid in self.pids) + cputime.of_softirqs()


def at_twice(pairs: list[tuple[dict, dict]]) -> dict:
    """Of readings at the peak's load and at twice that: one reading against the best of many would blame a server for the machine."""
    kept = [twice["answered"] / once["answered"] for once, twice in pairs if once["answered"]]
    figures = {key: statistics.median(twice[of] for _, twice in pairs) for key, of in (("at_twice", "answered"), ("twice_offered", "offered"))}
    return figures | {"kept": statistics.median(kept or [0.0]), "pairs": pairs}


def turn(server: str, pmd: str, rates: list[int], seconds: int, with_dnsperf: bool = True, workers: int = 1) -> dict:
    with Contest(server, pmd, workers) as contest:
        loads = []
        for rate in rates:
            loads.append(contest.gun(rate, seconds))
            if loads[-1]["answered"] < 0.5 * loads[-1]["offered"]:
                break      # far beyond what it can do; more says nothing new
        best = max(loads, key=lambda load: load["answered"])
        pairs = [(contest.gun(best["wanted"], seconds), contest.gun(2 * best["wanted"], seconds)) for _ in range(PAIRS if server in JUDGED else 1)]
        best = max([best, *(once for once, _ in pairs)], key=lambda load: load["answered"])
        is_echo = server == "testpmd"
        return {"best": best["answered"], "cpu_us": best["cpu_us"], **at_twice(pairs),
                "dnsperf": contest.dnsperf(seconds) if with_dnsperf and not is_echo else 0.0, "loads": loads,
                "version": peers.version(server) if server in peers.KNOWN else ""}
