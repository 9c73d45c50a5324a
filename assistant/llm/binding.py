"""Are the figures of a sentence those of its quotes, and said of the same things?"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence, Set
from decimal import Decimal

from assistant.language.clauses import joints
from assistant.language.numerals import ORDINALS, number
from assistant.language.paraphrase import content, sentences_of
from assistant.language.values import Value, values_in

# "Anden" and "andet" mean "other" as often.
_ORDINALS = {word: place for place, word in enumerate(ORDINALS, 1) if place != 2}
_EVERY_OTHER = re.compile(r"\bhvert? (?:anden|andet)\b", re.IGNORECASE)
_ODD = re.compile(r"[½⅓⅔¼¾⅛‰²³¹]|(?<=\s)[-−–]\d|\d[ -]?(?:euro|dollar|EUR|USD)\b|[€$£]")  # beside a figure
_SHARE = re.compile(r"\b(?:pct\.?|procent|%) af ((?:\S+ ?){1,4})", re.IGNORECASE)
_UNIT = re.compile(r"promille|procentpoint|tusind\w*", re.IGNORECASE)  # that make another figure of it
_DAY = re.compile(r"\bden (\d{1,2})\.")
SINGLE_YEAR = re.compile(r"(?<![\d-])(?:19|20)\d\d(?![\d-])")  # that is not part of a period
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
    """Every figure of the sentence is a figure of the quotes, of the same kind, or a year that is known of
    their document."""
    if _ODD.search(sentence) and not _ODD.search(quotes):
        return False
    there = values_in(quotes)
    keys = {v.key for v in there}
    counted = quotes  # what is left when the figures of other kinds are taken out
    for v in reversed(there):
        if v.kind not in ("count", "period", "date"):
            counted = counted[: v.start] + " " * (v.end - v.start) + counted[v.end :]
    bare = set(_numbers(counted))
    for value in values_in(sentence):
        if value.kind == "term" and "§" in value.normalized and value.key not in keys:
            return False
        if value.kind in ("period", "term") or value.key in keys:
            continue
        if value.kind == "date" and _same_day(value, there):
            continue
        if value.kind == "count" and all(n in bare for n in _numbers(value.text)):
            continue
        if value.kind in ("percent", "money", "duration", "date"):
            return False
        if any(n not in bare for n in _numbers(value.text)):
            return False
    if not _ordinals(sentence) <= _ordinals(quotes) | bare:
        return False
    if _EVERY_OTHER.search(sentence) and not _EVERY_OTHER.search(quotes) and Decimal(2) not in bare:
        return False
    if not {u.lower() for u in _UNIT.findall(sentence)} <= {u.lower() for u in _UNIT.findall(quotes)}:
        return False
    if not set(_DAY.findall(sentence)) <= set(re.findall(r"\b(\d{1,2})\.", quotes)):
        return False
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
    """A date without its year, or with the year the quotes leave out of the same day."""
    return any(v.kind == "date" and v.normalized[-5:] == value.normalized[-5:]
               and (v.normalized.startswith("--") or value.normalized.startswith("--")) for v in there)  # fmt: skip


def bound_alike(sentence: str, quotes: str) -> bool:
    """A figure is said of what the quotes say it of: of several figures of a kind, none that the sentence
    leaves out has more of the sentence's words on its side of the joint, and two that it names are not
    better told the other way round."""
    mine = _figures(sentence)
    told: list[tuple[Value, Mapping[tuple[str, ...], int]]] = []
    for kind in {v.kind for v in mine}:
        sides = _sides(quotes, kind)
        keys = {key for key, _ in sides}
        if len(keys) < 2:
            continue
        named = {v.key for v in mine}
        for value in mine:
            if value.kind != kind or value.key not in keys:
                continue
            about = _about(sentence, value, mine)
            votes = Counter(dict.fromkeys(keys, 0))
            mine_alone = others_alone = 0
            for terms in about:
                likest = {(key, max((len(terms & w) for w in words), default=0)) for key, words in sides}
                most = max(n for _, n in likest)
                # "dagtilbud" is like "døgntilbud" too, but less than like itself.
                found = {key for key, n in likest if n == most > 0}
                votes.update(found)
                mine_alone += found == {value.key}
                others_alone += bool(found) and value.key not in found and not found & named
            if votes[value.key] < max((n for key, n in votes.items() if key not in named), default=0):
                return False
            if 2 * others_alone > mine_alone and others_alone:
                return False
            told.append((value, votes))
    for i, (one, its) in enumerate(told):
        for other, others in told[i + 1 :]:
            if one.kind == other.kind and one.key != other.key:
                straight = its[one.key] + others[other.key]
                if its[other.key] + others[one.key] > straight:
                    return False
    return True


def shared_alike(sentence: str, quotes: str) -> bool:
    """A share is of what the quotes say it is of: "3 pct. af lønsummen"."""
    told = [content(m.group(1).split(",")[0]) for m in _SHARE.finditer(quotes)]
    for m in _SHARE.finditer(sentence):
        own = content(m.group(1).split(",")[0])[:2]
        if own and told and not any(w & o for w in own[-1:] for words in told for o in words):
            return False
    return True


def limited_alike(sentence: str, quotes: str) -> bool:
    """A figure that is a least, a most or about so much is that in the quotes too, and the other way round."""
    there = values_in(quotes)
    for value in values_in(sentence):
        limits = {_limit(quotes, v) for v in there if v.key == value.key}
        if limits and _limit(sentence, value) not in limits:
            return False
    return True


def _limit(text: str, value: Value) -> int | None:
    """The place in _LIMITS of what stands right before a figure."""
    before = text[: value.start].rstrip()
    return next((i for i, limit in enumerate(_LIMITS) if limit.search(before)), None)


def _figures(text: str) -> list[Value]:
    """The figures of a text, its years among them."""
    found = values_in(text)
    years = [m for m in SINGLE_YEAR.finditer(text) if not any(v.start <= m.start() < v.end for v in found)]
    found += [Value("period", m.group(), m.group(), m.start(), m.end()) for m in years]
    return sorted(found, key=lambda v: v.start)


def _sides(quotes: str, kind: str) -> list[tuple[tuple[str, ...], list[frozenset[str]]]]:
    """Every figure of a kind with the words said of it: those of its side of the joint, and what stands
    before a sentence's first figure, which holds for the later ones too where they name no like of it
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
                # What stands before a colon introduces the figures, and is said of none of them alone.
                shared = content(part[: value.start].rpartition(":")[2])
                named = after[:1]
            else:
                # A side with words enough of its own takes over none.
                taken = shared if 2 * len(before) <= len(shared) else []
                own += [w for w in taken + ([] if after else named) if not any(w & o for o in own)]
            found.append((value.key, own))
            start = following
    return found


def _about(sentence: str, value: Value, all_of_it: Sequence[Value]) -> list[frozenset[str]]:
    """The words that a figure of the sentence is said of; another figure of its kind ends them."""
    same = [v for v in all_of_it if v.kind == value.kind and v is not value]
    left = max((v.end for v in same if v.end <= value.start), default=0)
    right = min((v.start for v in same if v.start >= value.end), default=len(sentence))
    # Of what stands between two figures, each has its own side of the joint.
    if left and (meets := joints(sentence, left, value.start)):
        left = meets[0][1]
    if right < len(sentence) and (meets := joints(sentence, value.end, right)):
        right = meets[0][0]
    return content(sentence[left : value.start]) + content(sentence[value.end : right])
