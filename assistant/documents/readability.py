"""Checks whether the extracted letters can be real text. A font may map its glyphs to no letters or to wrong ones."""

from __future__ import annotations

import re
from functools import lru_cache

from assistant.language.words import common_words, is_word

OTHERS = ("en", "nb", "sv", "de")  # other languages a page may be in
ENOUGH = 5  # words; fewer are not enough to judge
KNOWN = 0.3  # share of a page's words; a page with bad OCR has more than half
LOOKED_AT = 120  # words of a page that are checked
STRANGE = 0.12  # share of characters that do not belong in text


def unreadable(text: str) -> bool:
    """Whether a page's letters form no words in any of the expected languages.

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
    # Names, codes and foreign words are on every page, but a wrong letter map leaves hardly any known word.
    least = KNOWN * len(words)
    if sum(w in common_words() for w in words) >= least or sum(map(is_word, words)) >= least:
        return False
    return all(sum(w in _words(one) for w in words) < least for one in OTHERS)


def has_gaps(text: str) -> bool:
    """Whether letters are missing inside words: a font may lack the mapping of a few letters.

    >>> has_gaps("Sj\x01lland g\x01lder for \x02rene"), has_gaps("Sjælland gælder for årene")
    (True, False)
    """
    return len(re.findall(r"[^\W\d_][\x01-\x08\x0e-\x1f\ufffd\ue000-\uf8ff][^\W\d_]", text)) >= 2


def _strange(text: str) -> float:
    """The share of characters that do not belong in text: control characters, private-use characters, replacement
    characters."""
    letters = [c for c in text if not c.isspace()]
    odd = sum(c < " " or "\ue000" <= c <= "\uf8ff" or c == "\ufffd" or "\x7f" <= c <= "\x9f" for c in letters)
    # Bullets that Word takes from symbol fonts.
    bullets = sum(c in "\uf0b7\uf0a7\uf0d8\uf0fc\uf02d\uf076" for c in letters)
    return (odd - bullets) / len(letters) if letters else 0.0


@lru_cache(maxsize=len(OTHERS))
def _words(language: str) -> frozenset[str]:
    import wordfreq

    return frozenset(wordfreq.top_n_list(language, 50_000))
