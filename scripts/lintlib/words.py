# SPDX-License-Identifier: Apache-2.0
"""Words and phrases that this project does not use (docs/style.md, part Text), each with what to write. The list holds
only what has no lawful use; everything else is a reviewer's call."""
import re
from dataclasses import dataclass

# A phrase may be wrapped: the next line of a comment begins with its marks.
_GAP = r"(?:[ \t]+|[ \t]*\n[ \t]*(?:///?<?|#|\*|>)?[ \t]*)"


@dataclass(frozen=True)
class Word:
    pattern: str    # a blank in it also matches a line break inside a comment
    use: str


WORDS = [
    Word(r"\bso many\b", "the number, or 'this many'"),
    Word(r"\btoo[.;)]", "'also', before the verb"),
    Word(r"(?://|#)[/<]*\s*likewise[.]?\s*$", "what it is"),
    Word(r"\banew\b", "again"),
    Word(r"\ball the same\b", "still, or nothing"),
    Word(r"\bof late\b", "recently, or the time span"),
    Word(r"\bby now\b", "nothing, or the time"),
    Word(r"\bwhat is left\b", "the rest, the remaining"),
    Word(r"\b(?:is|are|was|were) (?:told(?! apart)|said)\b", "is logged, is reported, receives"),
    Word(r"\bnobody\b(?!\.invalid)", "no client, no zone, nothing: the noun"),
    Word(r"\bwhoever\b", "the noun"),
    Word(r"\b(?:he|his)\b", "its, of the client"),
    Word(r"\bgoes nowhere\b", "is discarded, is disabled"),
    Word(r"\bas a rule\b(?! of)", "usually, or nothing"),
    Word(r"\bonce more\b", "again"),
    Word(r"\bstands (?:in for|for)\b", "is, means, replaces"),
    Word(r"\bof no use\b", "unused, not accepted, has no effect"),
    Word(r"\bin its turn\b", "nothing"),
    Word(r"\bhas its say\b", "decides"),
    Word(r"\bis worth\b", "costs, saves, deserves"),
    Word(r"\bconservation law\b", "the counters balance"),
]
_COMPILED = [(word, re.compile(word.pattern.replace(" ", _GAP), re.MULTILINE | re.IGNORECASE)) for word in WORDS]


def find(text: str) -> list[tuple[int, str, str]]:
    """(line, what stands there, what to write) for each hit."""
    found = []
    for word, pattern in _COMPILED:
        for match in pattern.finditer(text):
            found.append((text.count("\n", 0, match.start()) + 1, re.sub(r"\s+", " ", match[0]).strip(), word.use))
    return sorted(found)
