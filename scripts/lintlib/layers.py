# SPDX-License-Identifier: Apache-2.0
"""The table of layers as lib/meson.build has it."""
import re
from dataclasses import dataclass

_ROW = re.compile(r"^\s*\['(?P<name>\w+)',\s*\[(?P<uses>[^\]]*)\],\s*'(?P<heat>hot|warm|cold)',\s*\[(?P<external>[^\]]*)\]\s*\],",
                  re.MULTILINE)


@dataclass(frozen=True)
class Layer:
    name: str
    uses: tuple[str, ...]
    hot: bool
    external: tuple[str, ...]   # meson's names of third-party dependencies


def parse(meson_text: str) -> dict[str, Layer]:
    layers = {}
    for row in _ROW.finditer(meson_text):
        uses = tuple(re.findall(r"'(\w+)'", row["uses"]))
        external = tuple(re.findall(r"\w+", row["external"]))
        layers[row["name"]] = Layer(row["name"], uses, row["heat"] == "hot", external)
    return layers
