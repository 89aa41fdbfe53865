# SPDX-License-Identifier: Apache-2.0
"""The whole test, in a lab of its own."""
import servers
from asking import Asker
from questions import Generator
from report import Tally


def compare(questions: int, seed: int, pmd: str = "af_xdp", with_tcp: bool = True) -> Tally:
    tally = Tally()
    with servers.lab(pmd) as lab:
        Asker(lab.client, tally.add).run(Generator(seed, with_tcp).make(questions))
    return tally
