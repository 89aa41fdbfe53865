# SPDX-License-Identifier: Apache-2.0
"""The one list of suites. What stands here must exist and have tests; what exists must stand here."""

# Suites of `meson test`, in the gcc release build and again under ASan and UBSan.
MESON_SUITES = ["unit", "compile", "property", "corpus", "scenario"]

# Suites that start threads, under ThreadSanitizer.
THREAD_SUITES = ["thread"]

# Fuzz targets are the executables in tests/fuzz of a build with -Dfuzzers=true; each runs this long.
FUZZ_SECONDS = 20

# The gates in their order: (key, what the progress display says).
GATES = [
    ("deps", "packages"),
    ("lint", "lint"),
    ("release", "gcc release build and its suites"),
    ("asan", "clang ASan and UBSan build and its suites"),
    ("tsan", "clang TSan build and its suites"),
    ("fuzz", f"fuzz targets, {FUZZ_SECONDS} s each"),
    ("e2e", "end-to-end tests in the lab"),
]
