#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that each public header of a library compiles alone, with what its layer may see and nothing included before."""
import argparse
import pathlib
import subprocess
import sys


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("include_dir", type=pathlib.Path)
    parser.add_argument("--flag", action="append", default=[])
    parser.add_argument("--package", action="append", default=[], help="pkg-config packages of the layer")
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    flags = list(args.flag)
    if args.package:
        known = subprocess.run(["pkg-config", "--cflags", *args.package], capture_output=True, text=True, check=True)
        flags += known.stdout.split()
    failed = 0
    for header in sorted(args.include_dir.rglob("*.hpp")):
        include = header.relative_to(args.include_dir)
        done = subprocess.run([*args.command, "-std=c++20", "-fsyntax-only", *flags, "-x", "c++", "-"],
                              input=f'#include "{include}"\n', capture_output=True, text=True, check=False)
        if done.returncode != 0:
            failed += 1
            print(f"{include} does not compile alone:\n{done.stderr}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
