"""Consoles of any encoding: what they cannot show is replaced, never raised. And argparse in Danish."""

from __future__ import annotations

import argparse
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


# What argparse says by itself; it looks its texts up by the English one.
_SAID = {
    "usage: ": "brug: ",
    "positional arguments": "kommando",
    "options": "valg",
    "show this help message and exit": "vis denne hjælp",
    "%(prog)s: error: %(message)s\n": "%(prog)s: %(message)s\n",
    "argument %(argument_name)s: %(message)s": "%(argument_name)s: %(message)s",
    "the following arguments are required: %s": "mangler: %s",
    "one of the arguments %s is required": "mangler en af: %s",
    "not allowed with argument %s": "kan ikke bruges sammen med %s",
    "unrecognized arguments: %s": "ukendt: %s",
    "invalid choice: %(value)r (choose from %(choices)s)": "%(value)r findes ikke; vælg mellem %(choices)s",
    "invalid %(type)s value: %(value)r": "%(value)r kan ikke bruges her",
    "expected one argument": "skal have en værdi",
    "expected at least one argument": "skal have mindst én værdi",
    "ambiguous option: %(option)s could match %(matches)s": "%(option)s kan være %(matches)s",
    "ignored explicit argument %r": "skal ikke have en værdi (%r)",
}


def in_danish() -> None:
    """Have argparse say everything in Danish."""
    argparse._ = lambda text: _SAID.get(text, text)  # type: ignore[attr-defined]
