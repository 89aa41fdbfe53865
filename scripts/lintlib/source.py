# SPDX-License-Identifier: Apache-2.0
"""C++ text without what is not code."""
import re

_TOKEN = re.compile(
    r'//[^\n]*(?:\\\n[^\n]*)*'              # a line comment, continued ones too
    r'|/\*.*?\*/'                           # a block comment
    r'|R"([^()\\ ]{0,16})\(.*?\)\1"'        # a raw string
    r'|"(?:[^"\\\n]|\\.)*"'                 # a string
    r"|(?<![0-9a-fA-F])'(?:[^'\\\n]|\\.)+'",  # a character; 1'000 is a number
    re.DOTALL)


def _blank(text: str) -> str:
    return re.sub(r"[^\n]", " ", text)


def code_only(text: str) -> str:
    """Comments and literals blanked; every line and column stays where it was. Names of includes stay readable."""
    def replace(match: re.Match) -> str:
        token = match.group(0)
        if token.startswith("/"):
            return _blank(token)
        begin = text.rfind("\n", 0, match.start()) + 1
        if re.match(r"\s*#\s*include\b", text[begin:match.start()]):
            return token
        return token[0] + _blank(token[1:-1]) + token[-1]
    return _TOKEN.sub(replace, text)


def comments_only(text: str) -> str:
    """The other half: everything but comments blanked."""
    out, at = [], 0
    for match in _TOKEN.finditer(text):
        if match.group(0).startswith("/"):
            out += [_blank(text[at:match.start()]), match.group(0)]
            at = match.end()
    return "".join(out) + _blank(text[at:])
