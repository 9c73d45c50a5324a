"""Raised and lowered characters: note marks and exponents, which are no digits of the number before them.

They are kept as Unicode has them ("5,6³ pct."), so that a reader sees what the page shows, and are blanks to
everything that reads words or figures.
"""

from __future__ import annotations

import re

_RAISED = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_LOWERED = "₀₁₂₃₄₅₆₇₈₉"
_LETTERS = dict(zip("abcdeghijklmnoprstuvwxyz", "ᵃᵇᶜᵈᵉᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ", strict=True))
_UP = str.maketrans(
    {**dict(zip("0123456789", _RAISED, strict=True)), **_LETTERS, "(": "⁽", ")": "⁾", "+": "⁺", "-": "⁻"}
)
_DOWN = str.maketrans(dict(zip("0123456789", _LOWERED, strict=True)))
MARK = re.compile(rf"[{_RAISED}{''.join(_LETTERS.values())}⁽⁾⁺⁻{_LOWERED}]+")
NOTE = re.compile(rf"[{_RAISED}{''.join(_LETTERS.values())}]+")
_BLANK = dict.fromkeys(map(ord, _RAISED + _LOWERED + "⁽⁾⁺⁻" + "".join(_LETTERS.values())), " ")


def raised(text: str) -> str:
    """Text as it is written above the line.

    >>> raised("3"), raised("1,2"), raised("a)")
    ('³', '¹,²', 'ᵃ⁾')
    """
    return text.translate(_UP)


def lowered(text: str) -> str:
    """Text as it is written below the line.

    >>> "H" + lowered("2") + "O"
    'H₂O'
    """
    return text.translate(_DOWN)


def unmarked(text: str) -> str:
    """Text with a blank for each raised or lowered character; every other keeps its place.

    >>> unmarked("5,6³ pct. af 40 m²")
    '5,6  pct. af 40 m '
    """
    return text.translate(_BLANK)
