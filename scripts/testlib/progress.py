# SPDX-License-Identifier: Apache-2.0
"""Progress of long work: numbered steps that stay, and one status line. On a terminal the status line is overwritten;
elsewhere it is printed once in ten seconds, so that a log shows that the work goes on."""
import contextlib
import shutil
import sys
import threading
import time
from typing import Iterator, TextIO

EVERY_SEC = 10.0


class Progress:
    """Threads: line(), note() and working() may be called by several at once."""

    def __init__(self, total: int, out: TextIO = sys.stdout, every_sec: float = EVERY_SEC):
        self.total, self.number, self.begin = total, 0, time.monotonic()
        self.out, self.every_sec = out, every_sec
        self.is_terminal = out.isatty()
        self.said = self.begin          # when the last line was printed
        self.lock = threading.Lock()

    def step(self, text: str) -> None:
        self.number += 1
        self._print(f"[{self.number}/{self.total}] {self._seconds():4.0f} s  {text}")

    def line(self, text: str) -> None:
        if self.is_terminal:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\033[K{text[:width]}", end="", file=self.out, flush=True)
            return
        with self.lock:
            if time.monotonic() - self.said < self.every_sec:
                return
            self.said = time.monotonic()
        print(f"        {text.strip()[:160]} ({self._seconds():.0f} s)", file=self.out, flush=True)

    def clear(self) -> None:
        if self.is_terminal:
            print("\r\033[K", end="", file=self.out, flush=True)

    def note(self, text: str) -> None:
        self._print(f"        {text}")

    @contextlib.contextmanager
    def working(self, what: str) -> Iterator[None]:
        """While it lasts, the status line is renewed even when the work itself prints nothing."""
        ended = threading.Event()

        def beat() -> None:
            while not ended.wait(min(1.0, self.every_sec)):
                if not self.is_terminal:
                    self.line(f"{what}: still running")

        thread = threading.Thread(target=beat, daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()

    def _seconds(self) -> float:
        return time.monotonic() - self.begin

    def _print(self, text: str) -> None:
        self.clear()
        print(text, file=self.out, flush=True)
        with self.lock:
            self.said = time.monotonic()
