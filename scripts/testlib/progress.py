# SPDX-License-Identifier: Apache-2.0
"""Progress of long work: numbered steps that stay, and one status line that is overwritten on a terminal."""
import shutil
import sys
import time


class Progress:
    def __init__(self, total: int):
        self.total, self.number, self.begin = total, 0, time.monotonic()
        self.is_terminal = sys.stdout.isatty()

    def step(self, text: str) -> None:
        self.number += 1
        self.clear()
        print(f"[{self.number}/{self.total}] {time.monotonic() - self.begin:4.0f} s  {text}", flush=True)

    def line(self, text: str) -> None:
        if self.is_terminal:
            width = shutil.get_terminal_size().columns - 1
            print(f"\r\033[K{text[:width]}", end="", flush=True)

    def clear(self) -> None:
        if self.is_terminal:
            print("\r\033[K", end="", flush=True)

    def note(self, text: str) -> None:
        self.clear()
        print(f"        {text}", flush=True)
