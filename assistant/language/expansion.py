"""The tokens that answer to a word of a question: parts of compounds, synonyms, near spellings, derived words."""

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
    """One meaningful word of a question: the tokens that count as it, each with how well (0 to 1],
    and how telling the word is. `known` says whether the index holds the word or a part of it."""

    word: str
    tokens: Mapping[str, float]
    weight: float
    known: bool
    surely: float = 1.0  # how far the index holds the word: whole 1, by its parts or synonyms less

    def match(self, tokens: Set[str]) -> float:
        """How well a set of tokens answers to the word, 0 to 1."""
        there = self.tokens.keys() & tokens
        return max(self.tokens[t] for t in there) if there else 0.0


# How well a compound's part, its last part, a synonym, another name, a near spelling, a derived word counts.
PART, CATEGORY, SYNONYM, NAMED, SPELLING, DERIVED = 0.65, 0.4, 0.55, 0.9, 0.9, 0.85
BY_PARTS = 0.7  # how far a compound is held whose every part is
TURNED = 0.4  # how far a compound is held by what is left of it without its prefix
# Endings of a verb, its participles and the nouns made of it: "finansierer", "finansieret", "finansiering".
_DERIVATIONS = (
    "ningerne", "ningen", "ninger", "ning", "ingerne", "ingen", "inger", "ing", "elserne", "elsen", "elser", "else",
    "elses", "erne", "ede", "es", "et", "er", "e", "t", "",
)  # fmt: skip


_NOUN = re.compile(r"(?:n?ing|els)(?:e|en|er|erne|s|es)?$")


@lru_cache(maxsize=20_000)
def derived(word: str) -> frozenset[str]:
    """Folded words of the other class that may share a verb's root with a folded word: the nouns of a
    verb, the verbs of a noun. (Forms of one class share their stem.)

    >>> [w in derived("opsigelse") for w in ("opsiges", "opsigelsen")]
    [True, False]
    """
    roots = {word[: len(word) - len(e)] for e in _DERIVATIONS if word.endswith(e)}
    forms = {root + e for root in roots if len(root) >= 5 for e in _DERIVATIONS}
    noun = bool(_NOUN.search(word))
    return frozenset(f for f in forms if bool(_NOUN.search(f)) != noun and len(word) > 5)


def synonyms() -> tuple[tuple[str, ...], ...]:
    """The packaged rows, the English ones with what they are called here."""
    english = ((*row.before, *row.words) for row in lists("engelsk")["begge_veje"])
    return (*rows("synonymer"), *english)


@lru_cache(maxsize=1)
def _synonyms() -> dict[str, dict[str, float]]:
    """For each stem those that answer to it, and how well."""
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
    """English words, and terms of several with hyphens in them, to what they are called here."""
    return {word.replace(" ", "-"): own for word, own in named("engelsk", "til_dansk").items()}


def meant(word: str) -> tuple[str, ...]:
    """Folded, what an English word is called here, each word and its stem; nothing for a Danish one.

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
    """One tuple of tokens for every word of a question that carries meaning; an English term of several words is one.

    >>> question_groups("the wage bill"), question_groups("women's shelters"), question_groups("a wage")
    ([('wage-bill',)], [('womens-shelters',)], [('wage', 'wag')])
    """
    one = _english_terms().sub(lambda m: re.sub(r"\s+", "-", re.sub("['’]", "", m.group().lower())), question)
    return [g[:1] if "-" in g[0] and g[0] in _english() else g for g in term_groups(one)]


def expand(group: Sequence[str], vocabulary: Mapping[str, int]) -> tuple[dict[str, float], bool]:
    """The tokens that answer to one word of a question, and whether the index knows the word.

    Parts of compounds answer to words that stand alone, and the other way round; synonyms of the
    field answer to each other; an unknown word is answered by its nearest spellings.
    """
    parts = [t for t in group if t.startswith("~")]
    # In a Danish compound the last part names the category, those before it what is special.
    tokens = {t: (CATEGORY if parts and t == parts[-1] else PART if t in parts else 1.0) for t in group}
    whole = [t for t in group if not t.startswith("~")]
    known = any(t in vocabulary for t in whole)
    for token in group:
        other = token[1:] if token.startswith("~") else "~" + token
        tokens.setdefault(other, tokens[token] if token in parts else PART)
    for token in [*whole, *(t[1:] for t in group if t.startswith("~"))]:
        for synonym, own in _synonyms().get(token, {}).items():
            strength = own if token in whole else own * PART
            tokens[synonym] = max(tokens.get(synonym, 0.0), strength)
            tokens.setdefault("~" + synonym, strength * 0.8)
    for form in derived(whole[0]) if whole and whole[0].isalpha() else ():
        if form in vocabulary:
            tokens[form] = max(tokens.get(form, 0.0), DERIVED)
    for part in parts:
        for form in derived(part[1:]):
            if form in vocabulary:
                tokens[form] = max(tokens.get(form, 0.0), PART * DERIVED)
    if not known and whole and whole[0].isalpha() and whole[0] not in _english():
        for near in neighbours(whole[0], vocabulary):
            tokens[near] = SPELLING
            known = True
    known = known or any(t in vocabulary or t[1:] in vocabulary for t in parts)
    return tokens, known or any(t in vocabulary for t, s in tokens.items() if s >= SYNONYM)


def rarity(word: str) -> float:
    """How telling a word is that the index does not hold: everyday words say little of the subject,
    names and rare words much. 0.15 to 1, by the frequency in Danish (Zipf scale of wordfreq)."""
    frequency = _folded_words().get(word, 0.0)
    zipf = np.log10(frequency) + 9 if frequency else 0.0
    return float(np.clip((5.5 - zipf) / 3, 0.15, 1.0))


@lru_cache(maxsize=1)
def _folded_words() -> dict[str, float]:
    return {fold(word): frequency for word, frequency in common_words().items()}


def neighbours(word: str, known: Iterable[str]) -> list[str]:
    """Known spellings close to an unknown one: one edit for short words, two for long ones."""
    if len(word) < 5:
        return []
    from rapidfuzz import process
    from rapidfuzz.distance import DamerauLevenshtein

    limit = 1 if len(word) < 9 else 2
    candidates = [k for k in known if k[0] == word[0] and abs(len(k) - len(word)) <= limit and k[0] != "~"]
    found = process.extract(word, candidates, scorer=DamerauLevenshtein.distance, score_cutoff=limit, limit=3)
    return [hit[0] for hit in found]
