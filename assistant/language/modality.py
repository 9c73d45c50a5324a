"""Words that change what a sentence says (no, may, most, because), compared between a sentence and the quotes it
rests on."""

from __future__ import annotations

import re
from collections.abc import Sequence

from assistant.language.clauses import EXCEPT, ONLY, PERHAPS, WHEN, clauses, halves
from assistant.language.paraphrase import content, sentences_of
from assistant.language.vocabulary import any_of, lists


def _any(words: str) -> re.Pattern[str]:
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)


# Denial, omission and exception are counted apart: one does not stand for another.
NEGATIONS = (
    _any(
        r"ikke(?! (?:kun|alene|blot)\b[^.]*\bmen\b)|ej|ingen|intet|aldrig|hverken|nul|undlad\w*|afvis\w*|nægte\w*"
    ),
    _any(r"uden(?! for| om)"),
    _any(EXCEPT),
)
_RATHER = _any(r"frem for|fremfor|i stedet for|snarere end")


def _guarded(side: tuple[str, ...]) -> str:
    """A pattern of one side of a pair of opposites. "inden ti dage" is a deadline, not a "before"."""
    within = r"inden(?! for\b| \S+ (?:hverdage|dage|uger|måneder)\b)"
    return "|".join(within if word == "inden" else any_of((word,)) for word in side)


# Where the quotes hold only the other side's words, a sentence may not use a word of this side.
OPPOSED = tuple(
    (_any(_guarded(row.before)), _any(_guarded(row.words))) for row in lists("modsatte")["modsatte"]
)
# Words for "all", "always", "may" and "also": (in the sentence, in the quotes). The quotes must have one too.
_WHOLE = (
    (_any(r"alle|samtlige"), _any(r"(?<!næsten )(?:alle|samtlige|enhver|hver)")),
    (_any(r"altid|som regel|normalt"), _any(r"altid|som regel|normalt|som udgangspunkt|som hovedregel")),
    (_any(r"kan|må|ret til|tilladt"), _any(r"kan|må|ret|tilladt|mulig\w*|adgang|lov|frit|vil")),
    (
        _any(r"også|desuden|herudover"),
        _any(r"også|samt|desuden|derudover|herudover|ud over|ligeledes|endvidere"),
    ),
)
# Reasons, conditions and purposes: the quotes must have one too. After these nouns, "for at" is not a purpose.
_NOUNS = "".join(
    rf"(?<!\b{noun} )"
    for noun in (
        "frist",
        "fristen",
        "ansvar",
        "ansvaret",
        "krav",
        "kravet",
        "brug",
        "grundlaget",
        "muligheden",
    )
)
_TIES = (
    (
        _any(r"fordi|skyldes|på grund af|som følge af|derfor|eftersom|idet|da der"),
        _any(r"fordi|skyldes|grund|følge|derfor|eftersom|idet|da|årsag\w*|baggrund\w*|så"),
    ),
    (
        _any(rf"{WHEN}|{ONLY}"),
        _any(rf"{WHEN}|{ONLY}|forudsætning\w*|ved|efter|midt|inden for"),
    ),
    (
        _any(rf"{_NOUNS}for at|så at|således at|med henblik på|formål\w*|skal sikre|sikre[rs]?|for derved"),
        _any(r"for at|så|således|henblik|formål\w*|sikre\w*|mål\w*|skal|til"),
    ),
)

# Words that restrict or merely consider: (in the quotes, in the sentence). The sentence must have one too.
_RESTRICTED = (
    (_any(ONLY), _any(rf"{ONLY}|blot|bare|først")),
    (_any(EXCEPT), _any(rf"{EXCEPT}|dog|ikke|uden")),
    (_any(r"private"), _any(r"privat\w*")),
    (
        _any(
            r"overvej\w*|opfordr\w*|foreslå\w*|foreslog|anbefal\w*|forvent\w*|planlæg\w*|ønske\w*|misforståelse\w*"
        ),
        _any(
            r"overvej\w*|opfordr\w*|foreslå\w*|foreslog|forslag\w*|anbefal\w*|forvent\w*|plan\w*|ønske\w*|misforstå\w*"
        ),
    ),
)
_IF = _any(PERHAPS)
# "Region Sjælland" and "Faxe Kommune" are places; "regionen" is an actor.
_NAMED = re.compile(
    r"\b[Rr]egion [A-ZÆØÅ]\w+|\b(?!(?:En|Den|De|Hver|Enhver|Ingen)\b)[A-ZÆØÅ]\w+ [Kk]ommunes?\b"
)
_ACTORS = {
    "newcomer": r"nye kommune", "origin": r"oprindelige kommune", "owner": r"driftsherre\w*",
    "handler": r"handlekommune\w*", "payer": r"betalingskommune\w*", "council": r"kommunalbestyrelse\w*",
    "municipality": r"kommune\w*", "board": r"regionsråd\w*", "region": r"region(?:en|er|erne|ens)?",
    "state": r"staten\w*", "minister": r"minist\w*", "agency": r"styrelse\w*", "supplier": r"leverandør\w*",
    "office": r"sekretariat\w*", "force": r"task[ -]?force\w*", "group": r"\w*gruppe(?:n|r|rne|ns)?",
    "panel": r"\w*panel(?:et|er)?|\w*udvalg(?:et)?", "directors": r"\w*direktør\w*", "relatives": r"pårørende\w*",
    "citizen": r"borger(?:e|en|ne|nes|ens|s)?", "staff": r"medarbejder\w*|personale\w*",
    "parties": r"part(?:en|er|erne)",
}  # fmt: skip
_ACTOR = re.compile(
    "|".join(rf"(?P<{name}>\b(?:{words})\b)" for name, words in _ACTORS.items()), re.IGNORECASE
)
_CONDITION = (
    1  # index in _TIES; Danish also marks it by word order alone: "Vil en kommune opsige en plads, …"
)
_INVERTED = re.compile(
    r"(?:^|[.!?:]\s+|\bat\s+)(?:vil|har|kan|skal|bliver|får|er|[a-zæøå]+er) (?:en|et|den|det|der|de)\b",
    re.IGNORECASE | re.MULTILINE,
)


def negated_alike(sentence: str, quotes: str) -> bool:
    """Whether each sentence is negated like the part of the quotes that is nearest to it: both or neither, with the
    same parity."""
    for part in sentences_of(sentence):
        near = _half(part, quotes)
        for denial in NEGATIONS:
            mine, its = len(denial.findall(part)), len(denial.findall(near))
            if mine % 2 != its % 2 or (mine == 0) != (its == 0):
                return False
        if not _contrasted(part, near):
            return False
    return True


def _contrasted(part: str, near: str) -> bool:
    """Whether, of two things contrasted ("frem for"), the sentence rejects the same one as the quote."""
    mine, its = _RATHER.search(part), _RATHER.search(near)
    if not mine or not its:
        return not mine
    there = [_flat(near[: its.start()]), _flat(near[its.end() :])]
    rejected = _flat(part[mine.end() :])
    return len(rejected & there[1]) >= len(rejected & there[0])


def _flat(text: str) -> set[str]:
    return set().union(*content(text))


def _nearest(sentence: str, quotes: str) -> str:
    """The sentence of the quotes that shares most words; of equals, the shorter one."""
    return _most_like(sentence, sentences_of(quotes) or [quotes])


def _half(sentence: str, quotes: str) -> str:
    """The nearest sentence or, where it contrasts two things, the half that is meant."""
    near = _nearest(sentence, quotes)
    return _most_like(sentence, halves(near) or [near])


def _most_like(sentence: str, parts: Sequence[str]) -> str:
    wanted = content(sentence)

    def likeness(part: str) -> float:
        there = content(part)
        return sum(any(t & o for o in there) for t in wanted) - 0.1 * len(there) / max(1, len(wanted))

    return max(parts, key=likeness)


def as_strong(sentence: str, quotes: str) -> bool:
    """Whether the sentence uses no word of one side of an opposition where the quotes only have the other side."""
    for part in sentences_of(sentence):
        near = _half(part, quotes)
        for one, other in OPPOSED:
            for mine, against in ((one, other), (other, one)):
                if mine.search(part):
                    here = near if mine.search(near) or against.search(near) else quotes
                    if against.search(here) and not mine.search(here):
                        return False
    return True


def as_whole(sentence: str, quotes: str) -> bool:
    """Whether "alle", "altid", "kan" and "også" are in the sentence only where the quotes say so too."""
    return all(not word.search(sentence) or same.search(quotes) for word, same in _WHOLE)


def restricted_alike(sentence: str, quotes: str) -> bool:
    """Whether the sentence keeps what the quote restricts, makes conditional or merely considers. Leaving out "kun",
    "hvis" or "overvejer" would turn it into a rule."""
    for part in sentences_of(sentence):
        near = _nearest(part, quotes)
        for word, same in _RESTRICTED:
            if word.search(near) and not same.search(part):
                return False
        if _IF.search(near) and not (_IF.search(part) or _INVERTED.search(part)):
            return False
        if _INVERTED.search(near) and not (_IF.search(part) or _INVERTED.search(part)):
            return False
    return True


def actors_alike(sentence: str, quotes: str) -> bool:
    """Whether the actors of the sentence are those of the quotes and each does the same thing: in the clause most
    similar to its own it is the one that acts, or the actors come in the same order. Who pays whom must not change."""
    all_of_them = _actors(quotes)
    mine = _actors(sentence)
    if any(mine.count(a) > all_of_them.count(a) for a in mine):
        return False
    theirs = [(_actors(c), content(_ACTOR.sub(" ", c))) for p in sentences_of(quotes) for c in clauses(p)]
    for clause in (c for p in sentences_of(sentence) for c in clauses(p)):
        own, words = list(dict.fromkeys(_actors(clause))), content(_ACTOR.sub(" ", clause))
        if not own or not words:
            continue
        its, _ = max(theirs, key=lambda t: sum(any(w & o for o in t[1]) for w in words) - 0.01 * len(t[1]))
        shared = [a for a in dict.fromkeys(its) if a in own]
        if its and (not shared or [a for a in own if a in shared] != shared):
            return False
    return True


def _actors(text: str) -> list[str]:
    """The kinds of actor in a text, in order of appearance."""
    return [m.lastgroup for m in _ACTOR.finditer(_NAMED.sub(" ", text)) if m.lastgroup]


def tied_alike(sentence: str, quotes: str) -> bool:
    """Whether the sentence gives no reason, condition or purpose that the quotes do not give."""
    return all(
        not tie.search(sentence)
        or same.search(quotes)
        or (i == _CONDITION and bool(_INVERTED.search(quotes)))
        for i, (tie, same) in enumerate(_TIES)
    )
