#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Proves that a snippet does not compile, for the reason it names, and that its twin does.

A snippet opens with comments that say what is expected:
  // layer: dns             whose include directories and flags the compiler gets (lib/meson.build decides)
  // expect: REGEX          what the compiler's errors must say
  // twin: layer egress     optional: the same text must compile there; without it, the text must compile with WRONG=0
  // flags: -Werror=…       optional
"""
import argparse
import pathlib
import re
import subprocess
import sys


def directives(text: str) -> dict[str, str]:
    return dict(re.findall(r"^// (layer|expect|twin|flags): (.+)$", text, re.MULTILINE))


def compile_snippet(snippet: pathlib.Path, command: list[str], flags: list[str], wrong: int) -> tuple[bool, str]:
    done = subprocess.run([*command, "-std=c++20", "-fsyntax-only", f"-DWRONG={wrong}", *flags, str(snippet)],
                          capture_output=True, text=True, check=False)
    return done.returncode == 0, done.stderr


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--layer", action="append", default=[], help="name:flag,flag,…")
    parser.add_argument("snippet", type=pathlib.Path)
    parser.add_argument("command", nargs="+")
    args = parser.parse_args()
    layers = {name: flags.split(",") for name, flags in (layer.split(":", 1) for layer in args.layer)}
    said = directives(args.snippet.read_text(encoding="utf-8"))
    extra = said.get("flags", "").split()

    compiled, errors = compile_snippet(args.snippet, args.command, layers[said["layer"]] + extra, wrong=1)
    if compiled:
        print(f"{args.snippet.name} compiles, but must not")
        return 1
    if not re.search(said["expect"], errors):
        print(f"{args.snippet.name} fails for another reason than /{said['expect']}/:\n{errors}")
        return 1
    twin_layer = said.get("twin", f"layer {said['layer']}").removeprefix("layer ")
    twin_wrong = 1 if "twin" in said else 0
    compiled, errors = compile_snippet(args.snippet, args.command, layers[twin_layer] + extra, wrong=twin_wrong)
    if not compiled:
        print(f"the twin of {args.snippet.name} must compile:\n{errors}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
