"""The page numbers that are printed on the pages, where they are certain.

A reader with the paper in hand looks for the number at its foot, which is another than the file's where a cover or a
list of contents is not counted. It is taken from the running lines alone: a figure that counts up with the pages.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from itertools import groupby

from assistant.models import CleanPage

RUN = 3  # neighbouring pages on which it must count up
_NUMBER = re.compile(r"(?<![\d.,])\d{1,4}(?![\d.,]*\d)")


def printed_numbers(pages: Sequence[CleanPage]) -> dict[int, int]:
    """The number printed on each page on which there is no doubt of it.

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
