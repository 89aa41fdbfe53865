# SPDX-License-Identifier: Apache-2.0
"""A lab of its own with one server in it: what scenarios and comparisons with other caches have in common."""
import contextlib
import pathlib
import subprocess
import sys
import tempfile
import time

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests/e2e"))

import harness  # noqa: E402

SERVER, RESOLVER, CLIENT = "10.77.0.53", "10.77.0.2", "10.77.0.100"


class Place:
    """A context: everything runs inside, and what is on the stack ends with it. Who derives from it starts all in _start()."""

    def __init__(self, server: str):
        self.server = server
        self.stack = contextlib.ExitStack()

    def __enter__(self):
        try:
            self.work = pathlib.Path(self.stack.enter_context(tempfile.TemporaryDirectory(prefix="lab-")))
            self._start()
        except BaseException:
            self.stack.close()
            raise
        return self

    def __exit__(self, *_) -> None:
        self.stack.close()

    def _start(self) -> None:
        raise NotImplementedError

    def build_lab(self, name: str, *options: str) -> None:
        self.lab = harness.Lab(name, *options)
        self.stack.callback(self.lab.down)
        self.lab.up()

    def launch(self, argv: list[str], stdin: int = subprocess.DEVNULL) -> subprocess.Popen:
        """In the server's place, on its CPU."""
        log = open(self.work / "server.log", "w", encoding="utf-8")   # pylint: disable=consider-using-with
        self.stack.callback(log.close)
        child = subprocess.Popen(self.lab.argv("appliance", *argv), stdout=log, stderr=log, stdin=stdin)
        self.stack.callback(child.wait)
        self.stack.callback(child.terminate)
        return child

    def wait_for_answer(self, name: str, child: subprocess.Popen | None = None) -> None:
        """Until the server answers this name."""
        for _ in range(100):
            with contextlib.suppress(OSError, TimeoutError, AssertionError):
                if self.lab.ask(name, timeout=0.3).answer:
                    return
            if child is not None and child.poll() is not None:
                break
            time.sleep(0.1)
        raise RuntimeError(f"{self.server} does not answer{self.log()}")

    def log(self) -> str:
        path = self.work / "server.log"
        return f"; its log says:\n{path.read_text(encoding='utf-8')}" if path.exists() else ""
