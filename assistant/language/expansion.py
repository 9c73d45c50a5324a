"""The index tokens that match a word of a question: compound parts, synonyms, near spellings and derived words."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from assistant.language.added import added
from assistant.language.letters import fold
from assistant.language.vocabulary import lists, named, rows
from assistant.language.words import common_words, stem, term_groups


@dataclass(frozen=True, slots=True)
class Term:
    """One meaningful word of a question: the tokens that match it, each with a strength in (0, 1], and the weight of
    the word. `known` says whether the index holds the word or a part of it."""

    word: str
    tokens: Mapping[str, float]
    weight: float
    known: bool
    surely: float = (
        1.0  # how well the index covers the word: 1 for the whole word, less for its parts or synonyms
    )

    def match(self, tokens: Set[str]) -> float:
        """How well a set of tokens matches the word, 0 to 1."""
        there = self.tokens.keys() & tokens
        return max(self.tokens[t] for t in there) if there else 0.0


# Strength of a compound's part, its last part, a synonym, another name for the same thing, a near spelling, a derived
# word.
PART, CATEGORY, SYNONYM, NAMED, SPELLING, DERIVED = 0.65, 0.4, 0.55, 0.9, 0.9, 0.85
BY_PARTS = 0.7  # how well a compound is covered when all of its parts are
TURNED = 0.4  # how well a compound is covered by the rest of it, without its prefix
# Endings of a verb, its participles and the nouns derived from it: "finansierer", "finansieret", "finansiering".
_DERIVATIONS = (
    "ningerne", "ningen", "ninger", "ning", "ingerne", "ingen", "inger", "ing", "elserne", "elsen", "elser", "else",
    "elses", "erne", "ede", "es", "et", "er", "e", "t", "",
)  # fmt: skip


_NOUN = re.compile(r"(?:n?ing|els)(?:e|en|er|erne|s|es)?$")


@lru_cache(maxsize=20_000)
def derived(word: str) -> frozenset[str]:
    """Folded words of the other word class that may share a verb root with a folded word: the nouns of a verb, the
    verbs of a noun. (Forms of the same class already share a stem.)

    >>> [w in derived("opsigelse") for w in ("opsiges", "opsigelsen")]
    [True, False]
    """
    roots = {word[: len(word) - len(e)] for e in _DERIVATIONS if word.endswith(e)}
    forms = {root + e for root in roots if len(root) >= 5 for e in _DERIVATIONS}
    noun = bool(_NOUN.search(word))
    return frozenset(f for f in forms if bool(_NOUN.search(f)) != noun and len(word) > 5)


def synonyms() -> tuple[tuple[str, ...], ...]:
    """The packaged synonym rows, including the English words together with their Danish equivalents."""
    english = ((*row.before, *row.words) for row in lists("engelsk")["begge_veje"])
    return (*rows("synonymer"), *english)


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, dict[str, float]]:
    """For each stem, the stems that match it and how strongly."""
    table: dict[str, dict[str, float]] = {}
    for group, strength in (
        ((*synonyms(), *added().synonyms), SYNONYM),
        (rows("fagord", "samme_ting"), NAMED),
    ):
        for row in group:
            stems = {stem(word) for word in row}
            for one in stems:
                table.setdefault(one, {}).update(dict.fromkeys(stems - {one}, strength))
    for word, own in _english().items():
        table.setdefault(word, {}).update({stem(danish): NAMED for danish in own})
    return table


@lru_cache(maxsize=1)
def _english() -> dict[str, tuple[str, ...]]:
    """English words and multi-word terms (joined with hyphens) to their Danish equivalents."""
    return {word.replace(" ", "-"): own for word, own in named("engelsk", "til_dansk").items()}


def meant(word: str) -> tuple[str, ...]:
    """The Danish equivalents of an English word, each as folded word and stem; empty for a Danish word.

    >>> meant("year"), meant("år")
    (('aar',), ())
    """
    own = _english().get(word) or named("engelsk", "begge_veje").get(word, ())
    return tuple(dict.fromkeys(form for danish in own for form in (fold(danish.lower()), stem(danish))))


@lru_cache(maxsize=1)
def _english_terms() -> re.Pattern[str]:
    several = sorted((word for word in _english() if "-" in word), key=len, reverse=True)
    said = "|".join(re.sub("s(?=-|$)", "['’]?s['’]?", word).replace("-", r"(?:\s+|-)") for word in several)
    return re.compile(rf"(?<![\w-])(?:{said})(?![\w-])", re.IGNORECASE)


def question_groups(question: str) -> list[tuple[str, ...]]:
    """One tuple of tokens for each word of a question that carries meaning. An English multi-word term counts as one
    word.

    >>> question_groups("the wage bill"), question_groups("women's shelters"), question_groups("a wage")
    ([('wage-bill',)], [('womens-shelters',)], [('wage', 'wag')])
    """
    one = _english_terms().sub(lambda m: re.sub(r"\s+", "-", re.sub("['’]", "", m.group().lower())), question)
    return [g[:1] if "-" in g[0] and g[0] in _english() else g for g in term_groups(one)]


def expand(group: Sequence[str], vocabulary: Mapping[str, int]) -> tuple[dict[str, float], bool]:
    """The tokens that match one word of a question, each with its strength, and whether the index knows the word.

    Parts of compounds match words that stand alone, and the other way round; synonyms of the domain match each other;
    an unknown word is matched by its nearest spellings.
    """
    parts = [t for t in group if t.startswith("~")]
    whole = [t for t in group if not t.startswith("~")]
    tokens = _own_tokens(group, parts)
    _add_synonyms(tokens, whole, parts)
    _add_derived(tokens, whole, parts, vocabulary)
    known = any(t in vocabulary for t in whole)
    if not known and whole and whole[0].isalpha() and whole[0] not in _english():
        near = neighbours(whole[0], vocabulary)
        tokens.update(dict.fromkeys(near, SPELLING))
        known = bool(near)
    known = known or any(t in vocabulary or t[1:] in vocabulary for t in parts)
    return tokens, known or any(t in vocabulary for t, s in tokens.items() if s >= SYNONYM)


def _own_tokens(group: Sequence[str], parts: Sequence[str]) -> dict[str, float]:
    """The tokens of the word itself: whole forms, compound parts, and each of them in the other role."""
    # In a Danish compound the last part names the category, those before it what is special.
    tokens = {t: (CATEGORY if parts and t == parts[-1] else PART if t in parts else 1.0) for t in group}
    for token in group:
        other = token[1:] if token.startswith("~") else "~" + token
        tokens.setdefault(other, tokens[token] if token in parts else PART)
    return tokens


def _add_synonyms(tokens: dict[str, float], whole: Sequence[str], parts: Sequence[str]) -> None:
    """Add the synonyms of the word and, more weakly, of its parts."""
    for token in [*whole, *(part[1:] for part in parts)]:
        for synonym, own in _synonyms().get(token, {}).items():
            strength = own if token in whole else own * PART
            tokens[synonym] = max(tokens.get(synonym, 0.0), strength)
            tokens.setdefault("~" + synonym, strength * 0.8)


def _add_derived(
    tokens: dict[str, float], whole: Sequence[str], parts: Sequence[str], vocabulary: Mapping[str, int]
) -> None:
    """Add the derived words that the index holds, of the word and, more weakly, of its parts."""
    sources = [(whole[0], DERIVED)] if whole and whole[0].isalpha() else []
    for word, strength in [*sources, *((part[1:], PART * DERIVED) for part in parts)]:
        for form in derived(word):
            if form in vocabulary:
                tokens[form] = max(tokens.get(form, 0.0), strength)


def rarity(word: str) -> float:
    """The weight of a word that the index does not hold: everyday words say little about the subject, names and rare
    words say much. 0.15 to 1, by the word's frequency in Danish (the Zipf scale of wordfreq)."""
    frequency = _folded_words().get(word, 0.0)
    zipf = np.log10(frequency) + 9 if frequency else 0.0
    return float(np.clip((5.5 - zipf) / 3, 0.15, 1.0))


@lru_cache(maxsize=1)
def _folded_words() -> dict[str, float]:
    return {fold(word): frequency for word, frequency in common_words().items()}


def neighbours(word: str, known: Iterable[str]) -> list[str]:
    """Known spellings close to an unknown word: one edit for short words, two for long ones."""
    if len(word) < 5:
        return []
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    limit = 1 if len(word) < 9 else 2
    candidates = [k for k in known if k[0] == word[0] and abs(len(k) - len(word)) <= limit and k[0] != "~"]
    found = process.extract(word, candidates, scorer=DamerauLevenshtein.distance, score_cutoff=limit, limit=3)
    return [hit[0] for hit in found]
