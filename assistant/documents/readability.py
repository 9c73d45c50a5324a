"""Whether what a file says its letters are can be a text: a font may tell none, or wrong ones."""

from __future__ import annotations

import re
from functools import lru_cache

from assistant.language.words import common_words, is_word

OTHERS = ("en", "nb", "sv", "de")  # languages that a page may be in
ENOUGH = 5  # words, fewer say nothing
KNOWN = 0.3  # of a page's words; a page read badly by OCR has more than half
LOOKED_AT = 120  # words of a page
STRANGE = 0.12  # of a page's characters that are no characters of a text


def unreadable(text: str) -> bool:
    """Whether a page's letters make no words of any language it could be in.

    >>> unreadable("Bgubmfo czhhfs qæ mpw pn tpdjbm tfswjdf ph qæ efo gçmmft wfkmfeojoh tpn qbsufsof ibs")
    True
    >>> unreadable("Aftalen bygger på lov om social service og på den fælles vejledning, som parterne har lagt")
    False
    """
    if _strange(text) > STRANGE:
        return True
    words = [w.lower() for w in re.findall(r"[^\W\d_]{3,}", text)][:LOOKED_AT]
    if len(words) < ENOUGH:
        return False
    # Names, codes and foreign words are on every page; a wrong letter map leaves hardly a word.
    least = KNOWN * len(words)
    if sum(w in common_words() for w in words) >= least or sum(map(is_word, words)) >= least:
        return False
    return all(sum(w in _words(one) for w in words) < least for one in OTHERS)


def has_gaps(text: str) -> bool:
    """Whether letters are missing inside words: a font may tell all its letters but a few.

    >>> has_gaps("Sj\x01lland g\x01lder for \x02rene"), has_gaps("Sjælland gælder for årene")
    (True, False)
    """
    return len(re.findall(r"[^\W\d_][\x01-\x08\x0e-\x1f\ufffd\ue000-\uf8ff][^\W\d_]", text)) >= 2


def _strange(text: str) -> float:
    """The share of characters that a text has no use for: control characters, private ones, replacements."""
    letters = [c for c in text if not c.isspace()]
    odd = sum(c < " " or "\ue000" <= c <= "\uf8ff" or c == "\ufffd" or "\x7f" <= c <= "\x9f" for c in letters)
    bullets = sum(
        c in "\uf0b7\uf0a7\uf0d8\uf0fc\uf02d\uf076" for c in letters
    )  # Word's own, of fonts of symbols
    return (odd - bullets) / len(letters) if letters else 0.0


@lru_cache(maxsize=len(OTHERS))
def _words(language: str) -> frozenset[str]:
    import wordfreq

    return frozenset(wordfreq.top_n_list(language, 50_000))
