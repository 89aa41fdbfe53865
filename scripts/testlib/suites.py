# SPDX-License-Identifier: Apache-2.0
"""The one list of suites. What stands here must exist and have tests; what exists must stand here."""

# Suites of `meson test` that run our code: in the gcc release build, and again under ASan and UBSan.
RUNNING_SUITES = ["unit", "property", "corpus", "scenario"]

# Suites about what compiles and what must not: the compiler is tested, so one build is enough.
COMPILE_SUITES = ["compile"]

MESON_SUITES = RUNNING_SUITES + COMPILE_SUITES

# Suites that start threads, under ThreadSanitizer.
THREAD_SUITES = ["thread"]

# Fuzz targets are the executables tests/fuzz/fuzz_* of the ASan build; each runs this long.
FUZZ_SECONDS = 20

# The gates in their order: (key, what the progress display says).
GATES = [
    ("deps", "packages"),
    ("lint", "lint"),
    ("release", "gcc release build and its suites"),
    ("instructions", "measurements, and instructions of the hot operations against their budget"),
    ("asan", "clang ASan and UBSan build and its suites"),
    ("tsan", "clang TSan build and its suites"),
    ("fuzz", f"fuzz targets, {FUZZ_SECONDS} s each"),
    ("e2e", "end-to-end tests in the lab"),
]
