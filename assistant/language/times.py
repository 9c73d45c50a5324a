"""Days, months, years and periods of years in Danish text."""

from __future__ import annotations

import re

MONTHS = (
    "januar", "februar", "marts", "april", "maj", "juni", "juli", "august", "september",
    "oktober", "november", "december",
)  # fmt: skip


def month_number(name: str) -> int:
    """1 to 12. Accepts the names that a case-insensitive search matches, also with a long s or a dotless i.

    >>> month_number("Maj"), month_number("augu\u017ft"), month_number("jun\u0131")
    (5, 8, 6)
    """
    return MONTHS.index(name.casefold().replace("\u0131", "i").replace("\u0307", "")) + 1


TIME = r"(?:[01]?\d|2[0-3])[.:][0-5]\d"  # a time of day

_JANUARY = r"(?:1\.\s*januar|1/1[- ]|0?1[.-]0?1[.-])\s*"
_DECEMBER = r"(?:31\.\s*december|31/12[- ]|31[.-]12[.-])\s*"
_TURN = re.compile(r"årsskiftet\s+(?:20\d\d\s*[/-]\s*)(20\d\d|\d\d)(?!\d)", re.IGNORECASE)
_PERIOD_FORMS = tuple(
    re.compile(form, re.IGNORECASE)
    for form in (
        rf"{_JANUARY}(20\d\d)\s*(?:-|–|til(?: og med)?|og frem til)\s*(?:den )?{_DECEMBER}(20\d\d)",
        r"(?<!\d)((?:19|20)\d\d)\s*(?:[-–—/]|og|til(?: og med)?|t\.o\.m\.)\s*((?:19|20)\d\d|\d\d)(?!\d)",
        rf"{_JANUARY}(20\d\d)\s*(?:og )?(?:de næste |i )?(?:to|2) år",
        rf"(?:toårig|2-årig)\w*[^.]{{0,60}}?(?:fra|pr\.)(?: den)? {_JANUARY}(20\d\d)",
        r"(?:(?:aftale|periode)\w*|årene|for)\s+'?(\d\d)\s*[-–/]\s*'?(\d\d)(?![\d-])",
    )
)
YEAR = re.compile(r"(?<![\d.,/-])((?:19|20)\d\d)(?![\d%]|[.,]\d)")


def periods_in(text: str) -> list[tuple[str, int, int]]:
    """The periods of years in `text`: ("2021-2022", start, end).

    >>> [p for p, _, _ in periods_in("2021-22, 2023/2024, årene 2019 og 2020")]
    ['2021-2022', '2023-2024', '2019-2020']
    >>> [p for p, _, _ in periods_in("fra 1. januar 2021 til 31. december 2022")]
    ['2021-2022']
    >>> [p for p, _, _ in periods_in("fra 1. januar 2025 og to år frem")]
    ['2025-2026']
    >>> [p for p, _, _ in periods_in("med virkning fra årsskiftet 2020/2021; aftalen 27-28")]
    ['2021-2022', '2027-2028']
    >>> periods_in("i 2017 var der 2022 pladser")
    []
    """
    found = [_from_turn(m) for m in _TURN.finditer(text)]
    for form in _PERIOD_FORMS:
        for m in form.finditer(text):
            first = int(m.group(1))
            last = int(m.group(2)) if form.groups == 2 else first + 1
            if first < 100:
                first += 2000
            if last < 100:
                last += first // 100 * 100
            if first < last <= first + 5 and not any(s < m.end() and m.start() < e for _, s, e in found):
                found.append((f"{first}-{last}", m.start(), m.end()))
    return sorted(found, key=lambda hit: hit[1])


def _from_turn(m: re.Match[str]) -> tuple[str, int, int]:
    """An agreement "from the turn of the year 2020/2021" covers 2021 and 2022."""
    first = int(m.group(1)) + (2000 if len(m.group(1)) == 2 else 0)
    return f"{first}-{first + 1}", m.start(), m.end()
