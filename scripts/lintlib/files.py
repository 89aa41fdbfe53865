# SPDX-License-Identifier: Apache-2.0
"""Which files are looked at: what git knows or would add."""
import functools
import pathlib
import subprocess

ROOT = pathlib.Path(__file__).resolve().parents[2]
NOT_TEXT = ("tests/fuzz/corpus/",)


@functools.cache
def tracked(root: pathlib.Path = ROOT) -> tuple[str, ...]:
    listed = subprocess.run(["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
                            capture_output=True, text=True, check=True)
    names = {name for name in listed.stdout.split("\0") if name and not name.startswith(NOT_TEXT)}
    return tuple(sorted(name for name in names if (root / name).is_file()))


def with_suffix(*suffixes: str) -> list[str]:
    return [name for name in tracked() if name.endswith(suffixes)]


def sources() -> list[str]:
    return with_suffix(".cpp", ".hpp")


def read(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8", errors="replace")


def scripts(interpreter: str) -> list[str]:
    """Scripts without a suffix count by their first line."""
    suffix = {"python": ".py", "bash": ".sh"}[interpreter]
    found = []
    for name in tracked():
        if name.endswith(suffix):
            found.append(name)
        elif "." not in pathlib.PurePath(name).name and not (ROOT / name).is_symlink():
            with open(ROOT / name, "rb") as file:
                first = file.readline(80)
            if first.startswith(b"#!") and interpreter.encode() in first:
                found.append(name)
    return found
