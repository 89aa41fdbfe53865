# SPDX-License-Identifier: Apache-2.0
"""Each gate of scripts/test: runs its commands and gives a count for each suite."""
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import time
from typing import Callable

from testlib import suites
from testlib.counts import Count, read_junit, read_meson_log
from testlib.progress import Progress

ROOT = pathlib.Path(__file__).resolve().parents[2]
SCRIPTS = ROOT / "scripts"

SANITIZER_ENV = {
    "ASAN_OPTIONS": "detect_leaks=1:strict_string_checks=1:detect_stack_use_after_return=1",
    "UBSAN_OPTIONS": "print_stacktrace=1:halt_on_error=1",
    "TSAN_OPTIONS": "halt_on_error=1:second_deadlock_stack=1",
    "ASAN_SYMBOLIZER_PATH": "/usr/lib/llvm-14/bin/llvm-symbolizer",
    "TSAN_SYMBOLIZER_PATH": "/usr/lib/llvm-14/bin/llvm-symbolizer",
}


# What a test runner or a sanitizer says where something is wrong; it often stands far above a log's end.
TELLING = re.compile(r"^\[ *FAILED|: Failure$|^(=+\d+=+)?(ERROR|WARNING): \w*Sanitizer|: runtime error: |TIMEOUT|^Traceback|^E  ")


def first_error(log: pathlib.Path) -> str:
    """What a compiler or a program complained of first, in one line."""
    lines = log.read_text(errors="replace").splitlines() if log.exists() else []
    return next((line.strip()[:200] for line in lines if re.search(r"\berror\b|ERROR:", line)), lines[-1].strip()[:200] if lines else "")


def telling_lines(lines: list[str], around: int = 4, most: int = 80, end: int = 30) -> list[str]:
    """The lines that say what failed, with a few after each, and the log's end."""
    last = max(0, len(lines) - end)
    wanted = {n for at, line in enumerate(lines[:last]) if TELLING.search(line.strip()) for n in range(at, min(at + around + 1, last))}
    return [lines[n] for n in sorted(wanted)[:most]] + lines[last:]


class Gates:
    def __init__(self, progress: Progress, logs: pathlib.Path):
        self.progress, self.logs = progress, logs
        logs.mkdir(parents=True, exist_ok=True)

    def run(self, key: str) -> list[Count]:
        gate: Callable[[], list[Count]] = getattr(self, key)
        return gate()

    def deps(self) -> list[Count]:
        return [self._command("deps", [SCRIPTS / "deps"])]

    def lint(self) -> list[Count]:
        return [self._command("lint", [SCRIPTS / "lint"])]

    def release(self) -> list[Count]:
        return self._build_and_test("release", suites.MESON_SUITES, {})

    def instructions(self) -> list[Count]:
        return [self._command("measurements build", [SCRIPTS / "build", "measurements"]), self._command("instructions", [ROOT / "perf/instructions/run"])]

    def asan(self) -> list[Count]:
        return self._build_and_test("asan", suites.RUNNING_SUITES, SANITIZER_ENV)

    def tsan(self) -> list[Count]:
        return self._build_and_test("tsan", suites.THREAD_SUITES, SANITIZER_ENV)

    def fuzz(self) -> list[Count]:
        built = self._command("fuzz build", [SCRIPTS / "build", "--type", "asan"])
        if built.failed:
            return [built]
        targets = sorted(p for p in (ROOT / "build-asan/tests/fuzz").glob("fuzz_*") if p.is_file())
        if not targets:
            return [built, Count("fuzz", failed=1, remark="no target in build-asan/tests/fuzz")]
        with concurrent.futures.ThreadPoolExecutor(max_workers=os.cpu_count()) as pool:
            return [built, *pool.map(self._fuzz_one, targets)]

    def e2e(self) -> list[Count]:
        built = self._command("e2e build", [SCRIPTS / "build"])
        if built.failed:
            return [built]
        report = self.logs / "e2e.xml"
        report.unlink(missing_ok=True)
        argv = ["/usr/bin/python3", "-B", "-m", "pytest", "-p", "no:cacheprovider", "-v", "--tb=short",
                f"--junitxml={report}", str(ROOT / "tests/e2e")]
        begin = time.monotonic()
        self._logged("e2e", argv, {})
        return [self._counted(read_junit, report, "e2e", time.monotonic() - begin)]

    # Helpers

    def _build_and_test(self, build_type: str, names: list[str], env: dict[str, str]) -> list[Count]:
        only = [word for name in names if build_type == "tsan" for word in ("--suite", name)]
        built = self._command(f"{build_type} build", [SCRIPTS / "build", "--type", build_type, *only])
        if built.failed:
            return [built]
        directory = ROOT / ("build" if build_type == "release" else f"build-{build_type}")
        return [built, *self._undeclared(directory), *(self._meson_suite(directory, build_type, n, env) for n in names)]

    def _undeclared(self, directory: pathlib.Path) -> list[Count]:
        declared = set(suites.MESON_SUITES) | set(suites.THREAD_SUITES)
        listing = subprocess.run(["meson", "introspect", "--tests", str(directory)], capture_output=True, text=True, check=True)
        found = {suite.rpartition(":")[2] for test in json.loads(listing.stdout) for suite in test["suite"]}
        return [Count(f"suite {name}", failed=1, remark="not declared in scripts/testlib/suites.py")
                for name in sorted(found - declared - {"sluice"})]

    def _meson_suite(self, directory: pathlib.Path, build_type: str, name: str, env: dict[str, str]) -> Count:
        log = f"{build_type}-{name}"
        argv = ["meson", "test", "-C", str(directory), "--no-rebuild", "--suite", name, "--logbase", log,
                "--print-errorlogs", "--timeout-multiplier", "4" if env else "1"]
        report = directory / "meson-logs" / f"{log}.json"
        report.unlink(missing_ok=True)
        begin = time.monotonic()
        self._logged(log, argv, env)
        return self._counted(read_meson_log, report, f"{build_type}: {name}", time.monotonic() - begin)

    def _counted(self, read: Callable, report: pathlib.Path, suite: str, seconds: float) -> Count:
        if not report.exists():
            return Count(suite, failed=1, seconds=seconds, remark="declared, but no test ran")
        count, failures = read(report, suite)
        count.seconds, count.failures = seconds, failures
        for failure in failures:
            self.progress.note(f"FAILED {suite}: {failure}")
        if count.passed + count.failed == 0:
            count.failed, count.remark = 1, "declared, but no test ran"
        return count

    def _fuzz_one(self, target: pathlib.Path) -> Count:
        corpus = ROOT / "tests/fuzz/corpus" / target.name.removeprefix("fuzz_")
        found = self.logs / f"{target.name}.new"     # what the run finds new stays out of the source tree
        found.mkdir(exist_ok=True)
        argv = [target, f"-max_total_time={suites.FUZZ_SECONDS}", "-print_final_stats=1", "-timeout=5",
                f"-artifact_prefix={self.logs}/{target.name}-", found, *([corpus] if corpus.is_dir() else [])]
        return self._command(f"fuzz: {target.name}", argv, SANITIZER_ENV)

    def _command(self, suite: str, argv: list, env: dict[str, str] | None = None) -> Count:
        begin = time.monotonic()
        ok = self._logged(suite, [str(word) for word in argv], env or {})
        count = Count.of_command(suite, ok, time.monotonic() - begin)
        count.failures = [] if ok else [first_error(self._log_of(suite))]
        return count

    def _log_of(self, name: str) -> pathlib.Path:
        return self.logs / (name.replace(": ", "-").replace(" ", "-") + ".log")

    def _logged(self, name: str, argv: list[str], env: dict[str, str]) -> bool:
        """Runs a command, shows its last line as status, and the end of its log when it fails."""
        log = self._log_of(name)
        try:
            with open(log, "w", encoding="utf-8") as out, self.progress.working(name):
                child = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL,
                                         text=True, errors="replace", env={**os.environ, **env}, cwd=ROOT)
                for line in child.stdout:
                    out.write(line)
                    self.progress.line(f"  {name}: {line.strip()}")
                status = child.wait()
        except OSError as error:
            self.progress.note(f"FAILED {name}: cannot run {argv[0]}: {error.strerror}")
            return False
        if status != 0:
            self.progress.note(f"FAILED {name} (status {status}); the whole log is {log}, its end:")
            self.progress.clear()
            print("\n".join("          " + line for line in telling_lines(log.read_text(errors="replace").splitlines())), flush=True)
        return status == 0
