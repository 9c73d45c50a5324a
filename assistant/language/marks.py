"""Superscript and subscript characters: note marks and exponents, which are not digits of the number before them.

They are kept as Unicode characters ("5,6³ pct."), so that a reader sees what the page shows. All code that reads
words or figures treats them as blanks.
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
    """The text in superscript.

    >>> raised("3"), raised("1,2"), raised("a)")
    ('³', '¹,²', 'ᵃ⁾')
    """
    return text.translate(_UP)


def lowered(text: str) -> str:
    """The text in subscript.

    >>> "H" + lowered("2") + "O"
    'H₂O'
    """
    return text.translate(_DOWN)


def unmarked(text: str) -> str:
    """The text with a blank for each superscript or subscript character; all other characters keep their positions.

    >>> unmarked("5,6³ pct. af 40 m²")
    '5,6  pct. af 40 m '
    """
    return text.translate(_BLANK)
