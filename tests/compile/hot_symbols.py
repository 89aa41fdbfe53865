#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""The hot libraries can neither allocate, lock, throw, log nor call the kernel: no such symbol is linked into them.

hot_symbols.py NM LIBRARY... : every undefined symbol must be one of the project's own or stand in ALLOWED.
"""
import re
import subprocess
import sys

ALLOWED = {
    # memory that is already there
    "memchr", "memcmp", "memcpy", "memmove", "memset", "strlen", "bcmp", "__popcountdi2",
    # a broken contract's last words (base/contract.cpp)
    "abort", "fprintf", "stderr", "fwrite",
    # addresses to and from text, for the control plane (net/text.cpp)
    "inet_ntop", "inet_pton",
    # std::string_view::substr, in text conversions for the control plane; never returns
    "std::__throw_out_of_range_fmt(char const*, ...)",
    # SipHash-2-4 of bytes given (policy/cookies.cpp)
    "crypto_shorthash_siphash24",
    # the compiler's and linker's own
    "_GLOBAL_OFFSET_TABLE_", "__stack_chk_fail", "__cxa_pure_virtual",
}
OWN = re.compile(r"^(vtable for |guard variable for )?(base|stats|dns|net|cache|coalesce|egress|policy|topk|answer|packet|worker)::")


def undefined(nm: str, library: str) -> set[str]:
    text = subprocess.run([nm, "--undefined-only", "--demangle", library], check=True, capture_output=True, text=True).stdout
    return {line.split(" U ", 1)[1] for line in text.splitlines() if " U " in line}


def main() -> int:
    nm, libraries = sys.argv[1], sys.argv[2:]
    seen, wrong = set(), []
    for library in libraries:
        symbols = undefined(nm, library)
        seen |= symbols
        wrong += [f"{library}: {symbol}" for symbol in sorted(symbols) if symbol not in ALLOWED and not OWN.match(symbol)]
    for line in wrong:
        print(f"a hot library may not use {line}")
    if "memcpy" not in seen:
        wrong.append("nothing")
        print("no symbol was found at all: the test looks at the wrong files")
    print(f"{len(libraries)} hot libraries, {len(seen)} undefined symbols, {len(wrong)} not allowed")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
