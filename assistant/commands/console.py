"""Consoles of any encoding: what they cannot show is replaced, never raised."""

from __future__ import annotations

import codecs
import sys

# ASCII replacements for characters that a console's encoding may lack.
_PLAIN = {
    "æ": "ae", "ø": "oe", "å": "aa", "Æ": "Ae", "Ø": "Oe", "Å": "Aa", "é": "e", "§": "par.", "→": "->",
    "»": '"', "«": '"',
    "–": "-", "—": "-", "’": "'", "“": '"', "”": '"', "•": "-", "…": "...", "½": "1/2", "¦": "|", "\u00a0": " ",
}  # fmt: skip


def any_console() -> None:
    """Allow output on a console of any encoding; characters that it lacks are transliterated."""
    import unicodedata

    def spelt(error: UnicodeError) -> tuple[str, int]:
        if not isinstance(error, UnicodeEncodeError):
            raise error
        lacking = error.object[error.start : error.end]
        plain = (_PLAIN.get(c) or unicodedata.normalize("NFKD", c) for c in lacking)
        return "".join(p if p.isascii() else "?" for p in plain), error.end

    codecs.register_error("spelt", spelt)
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="spelt")


def bare_json() -> bool:
    """Whether JSON must escape non-ASCII characters, because the console is not UTF-8."""
    return not (sys.stdout.encoding or "utf-8").lower().startswith("utf")
