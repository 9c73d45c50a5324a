"""Checks that the figures in a sentence occur in its quotes and refer to the same things there."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from decimal import Decimal

from assistant.language.clauses import joints
from assistant.language.numerals import ORDINALS, number
from assistant.language.paraphrase import content, sentences_of
from assistant.language.values import Value, values_in

# Place 2 is left out: "anden" and "andet" mean "other" just as often as "second".
_ORDINALS = {word: place for place, word in enumerate(ORDINALS, 1) if place != 2}
_EVERY_OTHER = re.compile(r"\bhvert? (?:anden|andet)\b", re.IGNORECASE)
_ODD = re.compile(
    r"[½⅓⅔¼¾⅛‰²³¹]|(?<=\s)[-−–]\d|\d[ -]?(?:euro|dollar|EUR|USD)\b|[€$£]"
)  # signs next to a figure that change its value
_SHARE = re.compile(r"\b(?:pct\.?|procent|%) af ((?:\S+ ?){1,4})", re.IGNORECASE)
_UNIT = re.compile(
    r"promille|procentpoint|tusind\w*", re.IGNORECASE
)  # words that change the value of a figure
_DAY = re.compile(r"\bden (\d{1,2})\.")
SINGLE_YEAR = re.compile(r"(?<![\d-])(?:19|20)\d\d(?![\d-])")  # a year that is not part of a period
Key = tuple[str, ...]  # of a value
Side = tuple[Key, list[frozenset[str]]]  # a figure of the quotes, and the words about it
_LIMITS = tuple(
    re.compile(rf"\b(?:{words})(?: på| til)?$", re.IGNORECASE)
    for words in (
        r"mindst|minimum|ikke under|tidligst(?: efter)?",
        r"højst|maksimalt|maks\.?|maksimum|op|ikke over",
        r"cirka|ca\.?|omkring|omtrent|næsten|knap",
        r"(?<!ud )over|mere end",
        r"under|mindre end|færre end",
        r"fra(?: og med)?(?: den)?",
        r"til(?: og med)?(?: den)?",
    )
)


def same_figures(sentence: str, quotes: str, known_years: Set[Decimal]) -> bool:
    """Whether every figure of the sentence is a figure of the same kind in the quotes, or a known year of their
    document."""
    there = values_in(quotes)
    bare = set(_numbers(_without_other_kinds(quotes, there)))
    return (
        bool(not _ODD.search(sentence) or _ODD.search(quotes))
        and all(_occurs(value, there, bare) for value in values_in(sentence))
        and _ordinals(sentence) <= _ordinals(quotes) | bare
        and bool(not _EVERY_OTHER.search(sentence) or _EVERY_OTHER.search(quotes) or Decimal(2) in bare)
        and {u.lower() for u in _UNIT.findall(sentence)} <= {u.lower() for u in _UNIT.findall(quotes)}
        and set(_DAY.findall(sentence)) <= set(re.findall(r"\b(\d{1,2})\.", quotes))
        and _same_digits(sentence, quotes, there, known_years)
    )


def _without_other_kinds(text: str, values: Sequence[Value]) -> str:
    """The text with every value blanked out that is not a count, a period or a date."""
    for v in reversed(values):
        if v.kind not in ("count", "period", "date"):
            text = text[: v.start] + " " * (v.end - v.start) + text[v.end :]
    return text


def _occurs(value: Value, there: Sequence[Value], bare: Set[Decimal]) -> bool:
    """Whether a value of the sentence occurs among the quotes' values, or among their bare numbers where its kind
    allows that. Periods and terms other than provisions ("§") are checked elsewhere."""
    if value.key in {v.key for v in there}:
        return True
    if value.kind == "term":
        return "§" not in value.normalized
    if value.kind == "period":
        return True
    if value.kind == "date":
        return _same_day(value, there)
    if value.kind in ("percent", "money", "duration"):
        return False
    return all(n in bare for n in _numbers(value.text))


def _same_digits(sentence: str, quotes: str, there: Sequence[Value], known_years: Set[Decimal]) -> bool:
    """Whether every number written in digits occurs in the quotes; years known of the document are allowed."""
    everything = set(_numbers(quotes)) | {n for v in there for n in _numbers(v.text)}
    digits = set(re.findall(r"\d+(?:\.\d{3})*(?:,\d+)?", sentence))
    years = {d for d in digits if re.fullmatch(r"\d{4}", d) and Decimal(d) in known_years}
    return {Decimal(d.replace(".", "").replace(",", ".")) for d in digits - years} <= everything


def _ordinals(text: str) -> set[Decimal]:
    return {Decimal(_ORDINALS[w]) for w in re.findall(r"[a-zæøå]+", text.lower()) if w in _ORDINALS}


def _numbers(text: str) -> Iterator[Decimal]:
    for word in re.findall(r"\d+(?:\.\d{3})*(?:,\d+)?|[a-zæøåé]+", text, re.I):
        found = number(word)
        if found is not None and word.lower() not in ("en", "et", "én", "ét"):
            yield found


def _same_day(value: Value, there: Sequence[Value]) -> bool:
    """Whether the quotes have the same day and month, with the year missing on one of the two sides."""
    return any(v.kind == "date" and v.normalized[-5:] == value.normalized[-5:]
               and (v.normalized.startswith("--") or value.normalized.startswith("--")) for v in there)  # fmt: skip


def bound_alike(sentence: str, quotes: str) -> bool:
    """Whether each figure refers to what it refers to in the quotes. Only kinds with several figures in the quotes
    are checked: no figure that the sentence leaves out may have more of the sentence's words on its side of the
    joint, and two figures that the sentence names may not fit better when swapped."""
    mine = _figures(sentence)
    named = {v.key for v in mine}
    told: list[tuple[Value, Mapping[Key, int]]] = []
    for kind in {v.kind for v in mine}:
        sides = _sides(quotes, kind)
        keys = {key for key, _ in sides}
        if len(keys) < 2:
            continue
        for value in mine:
            if value.kind != kind or value.key not in keys:
                continue
            votes = _votes(value, _about(sentence, value, mine), sides, named)
            if votes is None:
                return False
            told.append((value, votes))
    return not _swapped(told)


def _votes(
    value: Value, about: Sequence[Set[str]], sides: Sequence[Side], named: Set[Key]
) -> Counter[Key] | None:
    """How many of the words about a figure (`about`) fit each figure of the quotes; None where the words fit a figure
    that the sentence does not name (`named`) better than this one."""
    votes = Counter(dict.fromkeys((key for key, _ in sides), 0))
    mine_alone = others_alone = 0
    for terms in about:
        likest = {(key, max((len(terms & w) for w in words), default=0)) for key, words in sides}
        most = max(n for _, n in likest)
        # "dagtilbud" shares a part with "døgntilbud", but has more in common with itself.
        found = {key for key, n in likest if n == most > 0}
        votes.update(found)
        mine_alone += found == {value.key}
        others_alone += bool(found) and value.key not in found and not found & named
    if votes[value.key] < max((n for key, n in votes.items() if key not in named), default=0):
        return None
    return None if 2 * others_alone > mine_alone and others_alone else votes


def _swapped(told: Sequence[tuple[Value, Mapping[Key, int]]]) -> bool:
    """Whether two figures of a kind would get more votes if they changed places."""
    for i, (one, its) in enumerate(told):
        for other, others in told[i + 1 :]:
            if one.kind == other.kind and one.key != other.key:
                straight = its[one.key] + others[other.key]
                if its[other.key] + others[one.key] > straight:
                    return True
    return False


def shared_alike(sentence: str, quotes: str) -> bool:
    """Whether a share is a share of the same thing as in the quotes: "3 pct. af lønsummen"."""
    told = [content(m.group(1).split(",")[0]) for m in _SHARE.finditer(quotes)]
    for m in _SHARE.finditer(sentence):
        own = content(m.group(1).split(",")[0])[:2]
        if own and told and not any(w & o for w in own[-1:] for words in told for o in words):
            return False
    return True


def limited_alike(sentence: str, quotes: str) -> bool:
    """Whether a figure that is a minimum, a maximum or an approximation is the same in the quotes, and vice versa."""
    there = values_in(quotes)
    for value in values_in(sentence):
        limits = {_limit(quotes, v) for v in there if v.key == value.key}
        if limits and _limit(sentence, value) not in limits:
            return False
    return True


def _limit(text: str, value: Value) -> int | None:
    """The index in _LIMITS of the limiting words right before a figure; None where there are none."""
    before = text[: value.start].rstrip()
    return next((i for i, limit in enumerate(_LIMITS) if limit.search(before)), None)


def _figures(text: str) -> list[Value]:
    """The figures of a text in order, including years that stand alone."""
    found = values_in(text)
    years = [m for m in SINGLE_YEAR.finditer(text) if not any(v.start <= m.start() < v.end for v in found)]
    found += [Value("period", m.group(), m.group(), m.start(), m.end()) for m in years]
    return sorted(found, key=lambda v: v.start)


def _sides(quotes: str, kind: str) -> list[Side]:
    """Every figure of a kind with the words about it: the words on its side of the joint, and the words before the
    first figure of the sentence, which also apply to later figures that have no similar word of their own
    ("Varslet er 2 måneder for døgntilbud og 6 uger for dagtilbud")."""
    found = []
    for part in sentences_of(quotes):
        values = [v for v in _figures(part) if v.kind == kind]
        start = 0
        shared: list[frozenset[str]] = []
        named: list[frozenset[str]] = []
        for i, value in enumerate(values):
            stop = values[i + 1].start if i + 1 < len(values) else len(part)
            meets = joints(part, value.end, stop) if stop < len(part) else []
            end, following = meets[-1] if meets else (stop, stop)
            before, after = content(part[start : value.start]), content(part[value.end : end])
            own = before + after
            if i == 0:
                # Words before a colon introduce all the figures and do not describe one of them.
                shared = content(part[: value.start].rpartition(":")[2])
                named = after[:1]
            else:
                # A side that has enough words of its own does not take over the shared ones.
                taken = shared if 2 * len(before) <= len(shared) else []
                own += [w for w in taken + ([] if after else named) if not any(w & o for o in own)]
            found.append((value.key, own))
            start = following
    return found


def _about(sentence: str, value: Value, all_of_it: Sequence[Value]) -> list[frozenset[str]]:
    """The words around a figure of the sentence, up to the next figure of its kind on either side."""
    same = [v for v in all_of_it if v.kind == value.kind and v is not value]
    left = max((v.end for v in same if v.end <= value.start), default=0)
    right = min((v.start for v in same if v.start >= value.end), default=len(sentence))
    # The words between two figures are divided at the joint.
    if left and (meets := joints(sentence, left, value.start)):
        left = meets[0][1]
    if right < len(sentence) and (meets := joints(sentence, value.end, right)):
        right = meets[0][0]
    return content(sentence[left : value.start]) + content(sentence[value.end : right])
