"""Finds the page numbers printed on the pages, if they are certain.

A person holding the paper looks for the printed number, which differs from the position in the file if a cover or a
table of contents is not counted. It is taken only from running lines: a figure that counts up with the pages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from assistant.models import CleanPage

RUN = 3  # consecutive pages on which the number must count up
_NUMBER = re.compile(r"(?<![\d.,])\d{1,4}(?![\d.,]*\d)")


def printed_numbers(pages: Sequence[CleanPage]) -> dict[int, int]:
    """Maps each page to the number printed on it; pages with any doubt are left out.

    >>> from assistant.models import Repair
    >>> def page(n, foot):
    ...     return CleanPage.of(n, foot, [Repair(0, len(foot), foot, "", "running line")])
    >>> printed_numbers([page(n, f"Rammeaftale 2025 | {n - 2}") for n in range(3, 7)])
    {3: 1, 4: 2, 5: 3, 6: 4}
    >>> printed_numbers([page(1, "7"), page(2, "8")])
    {}
    """
    offsets = {
        p.number: {
            int(m) - p.number
            for r in p.repairs
            if r.reason == "running line"
            for m in _NUMBER.findall(r.before)
        }
        for p in pages
    }
    certain: dict[int, set[int]] = {number: set() for number in offsets}
    for offset in set().union(*offsets.values()):
        held = sorted(number for number, own in offsets.items() if offset in own)
        for _, run in groupby(enumerate(held), key=lambda at: at[1] - at[0]):
            numbers = [number for _, number in run]
            if len(numbers) >= RUN and numbers[0] + offset > 0:
                for number in numbers:
                    certain[number].add(offset)
    return {number: number + own.pop() for number, own in certain.items() if len(own) == 1}
