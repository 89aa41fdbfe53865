#!/usr/bin/python3
# SPDX-License-Identifier: Apache-2.0
"""Includes against the layers of lib/meson.build: a library names only what stands above it, and third-party headers
only where the table gives the dependency. For our own headers a wrong include also fails to compile; this names it in one line."""
import pathlib
import re
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent))

from lintlib import files, layers, pending, source  # noqa: E402
from lintlib.report import Finding, Report  # noqa: E402

_INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]', re.MULTILINE)

# Third-party headers by how their names begin, and the dependency that brings them.
EXTERNAL = {
    "rte_": "dpdk_dep", "xxhash.h": "xxhash_dep", "yaml-cpp/": "yaml_dep", "spdlog/": "spdlog_dep", "fmt/": "fmt_dep",
    "libmnl/": "mnl_dep", "uv.h": "uv_dep", "systemd/": "systemd_dep", "nlohmann/": "json_dep", "CLI/": "cli11_dep",
    "zstd.h": "zstd_dep", "pcap/": "pcap_dep", "fstrm": "fstrm_dep", "protobuf-c/": "protobuf_c_dep",
    "tbb/": "tbb_dep", "oneapi/tbb/": "tbb_dep", "ldns/": "ldns_dep",
}


def table_faults(table: dict[str, layers.Layer]) -> list[str]:
    faults, above = [], set()
    for layer in table.values():
        faults += [f"'{layer.name}' uses '{used}', which does not stand above it" for used in layer.uses if used not in above]
        if layer.hot:
            faults += [f"hot '{layer.name}' uses cold '{used}'" for used in layer.uses if used in table and not table[used].hot]
        above.add(layer.name)
    return faults


def _external_fault(name: str, layer: layers.Layer, table: dict[str, layers.Layer]) -> str | None:
    given = set(layer.external).union(*(table[used].external for used in layer.uses if used in table))
    for prefix, dependency in EXTERNAL.items():
        if name.startswith(prefix) and dependency not in given:
            return f"<{name}> needs {dependency}, which lib/meson.build does not give to '{layer.name}'"
    return None


def include_fault(path: str, quote: str, name: str, table: dict[str, layers.Layer], exists) -> str | None:
    """What is wrong with one include of `path`, or None. exists(path) tells whether a tracked file is there."""
    if "../" in name or name.startswith("/"):
        return f'"{name}" climbs out of its folder; give the include directory instead'
    parts = pathlib.PurePosixPath(path).parts
    layer = table.get(parts[1]) if parts[0] == "lib" and len(parts) > 2 else None
    first = name.split("/")[0] if "/" in name else None
    if quote == "<":
        if first in table and exists(f"lib/{first}/include/{name}"):   # <net/if.h> is the system's
            return f"our own <{name}> is included with quotes"
        return _external_fault(name, layer, table) if layer else None
    if layer is None:
        return None
    if first in table:
        if first != layer.name and first not in layer.uses:
            return f"'{layer.name}' may not use '{first}'; it may use {', '.join(layer.uses) or 'nothing'}"
        return None
    if "include" in parts[2:]:
        return f'a public header includes the private "{name}"'
    if not exists(f"lib/{layer.name}/{name}") and not exists(str(pathlib.PurePosixPath(path).parent / name)):
        return f'"{name}" is no header of this library'
    return None


def findings_in(path: str, text: str, table: dict[str, layers.Layer], exists) -> list[Finding]:
    code = source.code_only(text)
    found = []
    for match in _INCLUDE.finditer(code):
        fault = include_fault(path, match[1], match[2], table, exists)
        if fault:
            found.append(Finding(path, code.count("\n", 0, match.start(2)) + 1, fault))
    return found


_PUBLIC = re.compile(r"^(?P<root>lib/.+?)/include/(?P<name>.+\.hpp)$")


def _is_own_test(path: str, root: str) -> bool:
    room = root.removeprefix("lib/")
    return path.startswith(tuple(f"tests/{kind}/{room.split('/')[0]}/" for kind in ("unit", "property"))) or \
        path.startswith("tests/fuzz/")


def _needed(names: dict[str, str], root: str, includes: dict[str, set[str]]) -> set[str]:
    """Of a library's public headers, those that something outside includes, and what these include."""
    needed = {name for name in names if "/detail/" not in name and
              any(name in found for path, found in includes.items()
                  if not path.startswith(root + "/") and not _is_own_test(path, root))}
    todo = list(needed)
    while todo:
        for name in includes[names[todo.pop()]] & names.keys() - needed:
            needed.add(name)
            todo.append(name)
    return needed


def header_faults(texts: dict[str, str]) -> list[Finding]:
    """Headers under include/ that only their own library uses, and private ones that another one uses."""
    includes = {path: {match[2] for match in _INCLUDE.finditer(source.code_only(text))} for path, text in texts.items()}
    public: dict[str, dict[str, str]] = {}
    private: dict[str, list[str]] = {}
    for path in texts:
        match = _PUBLIC.match(path)
        if match:
            public.setdefault(match["root"], {})[match["name"]] = path
        elif path.startswith("lib/") and path.endswith(".hpp"):
            private.setdefault(pathlib.PurePosixPath(path).name, []).append(str(pathlib.PurePosixPath(path).parent))
    found = []
    for root, names in public.items():
        needed = _needed(names, root, includes)
        found += [Finding(path, 0, "only its own library includes it: move it beside its .cpp")
                  for name, path in names.items() if name not in needed]
        found += [Finding(path, 0, f'"{name}" is a detail of {root}; include a header of its contract')
                  for path, those in includes.items() for name in those & names.keys()
                  if "/detail/" in name and not path.startswith(root + "/") and not _is_own_test(path, root)]
    for path, those in includes.items():
        folder = str(pathlib.PurePosixPath(path).parent)
        for name in those:
            homes = private.get(name, [])
            if path.startswith("lib/") or not homes or f"{folder}/{name}" in texts:
                continue
            if not any(_is_own_test(path, home) for home in homes):
                found.append(Finding(path, 0, f'"{name}" is private to {homes[0]}; move it under include/'))
    return found


def main() -> int:
    report = Report("layers")
    table = layers.parse(files.read("lib/meson.build"))
    report.looked_at("lib/meson.build")
    report.add([Finding("lib/meson.build", 0, fault) for fault in table_faults(table)])
    if not table:
        report.add([Finding("lib/meson.build", 0, "the table of layers cannot be read")])
    known = set(files.tracked())
    for path in files.sources():
        report.looked_at(path)
        report.add(findings_in(path, files.read(path), table, known.__contains__))
    faults = header_faults({path: files.read(path) for path in files.sources()})
    report.add([fault for fault in faults if not pending.is_pending("headers", fault.path)])
    return report.close()


if __name__ == "__main__":
    sys.exit(main())
