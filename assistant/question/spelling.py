"""Correction of mistyped words in a question, where it is clear what was meant.

A word known neither to Danish nor to the index is replaced by the nearest known one: a region or municipality, a word
of the documents, a common word. Letters may be missing, doubled, swapped or wrong (Damerau, 1964), except the first.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from functools import lru_cache

from assistant.language.letters import fold
from assistant.language.places import places
from assistant.language.words import common_words, split_compound, unfold, word_terms
from assistant.question.expectation import is_english

SHORTEST = 5  # shortest word that is corrected
LONG = 9  # word length from which two letters may be wrong
COMMON, OFTEN = 1e-6, 1e-5  # frequency from which a word counts as common, and as very common
MOST = 45  # most words of a question; a longer message is not corrected
_WORD = re.compile(r"[^\W\d_]{5,}(?![\w-])")


def mended(question: str, held: Mapping[str, int]) -> str:
    """The question with its mistyped words corrected. `held` are the words of the index, folded.

    >>> mended("Hvad er opsigelsesvaslet i nordjyland?", {"opsigelsesvarslet": 1})
    'Hvad er opsigelsesvarslet i Nordjylland?'
    >>> mended("Hvad er varslet på Solgården?", {"varslet": 1})
    'Hvad er varslet på Solgården?'
    """
    if len(question.split()) > MOST or is_english(question):
        return question
    return _WORD.sub(lambda m: _meant(m.group(), m.start() == 0, held), question)


def _meant(word: str, first: bool, held: Mapping[str, int]) -> str:
    """A word as it was meant; unchanged where it is known or no word is near."""
    folded = fold(word)
    if folded in places() or folded.removesuffix("s") in places() or _known(word.lower(), held):
        return word
    limit = 2 if len(word) >= LONG else 1
    if place := _nearest(folded, places(), limit):
        return places()[place[0]]
    compound = bool(split_compound(unfold(word.lower())))
    near = _nearest(folded, held, 1 if compound else limit)
    if word[:1].isupper() and not first:  # a name, unless a common word of the documents is near
        near = [w for w in near if _common().get(w, 0.0) >= OFTEN]
    elif not compound:
        near = near or _nearest(folded, _common(), limit)
    return unfold(max(near, key=lambda w: _common().get(w, 0.0))) if near else word


def _known(word: str, held: Mapping[str, int]) -> bool:
    common = _common().get(fold(unfold(word)), 0.0) >= COMMON
    return common or any(t in held for t in word_terms(word) if not t.startswith("~"))


def _nearest(word: str, known: Collection[str], limit: int) -> list[str]:
    """The known words at the smallest distance; none beyond the limit."""
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    own = [k for k in known if k[:1] == word[:1] and abs(len(k) - len(word)) <= limit]
    found = process.extract(word, own, scorer=DamerauLevenshtein.distance, score_cutoff=limit, limit=8)
    return [text for text, distance, _ in found if distance == found[0][1]]


@lru_cache(maxsize=1)
def _common() -> Mapping[str, float]:
    """Common Danish words, folded, to their frequency."""
    return {fold(word): share for word, share in common_words().items() if share >= COMMON}
