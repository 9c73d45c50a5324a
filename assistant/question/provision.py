"""A provision that a question names by its number: "punkt 3.1", "§ 4, stk. 2", "bilag 2"."""

from __future__ import annotations

import re
from dataclasses import dataclass

_NAMED = re.compile(
    r"(?<!\w)(?P<kind>punkt|pkt\.?|afsnit|kapitel|kap\.?|bilag|artikel|§+)\s*(?P<number>\d+(?:\.\d+)*(?:[a-zæøå](?!\w)|\s[a-hj-zæøå](?!\w))?)"
    r"(?:,?\s*(?:stk\.?|stykke)\s*(?P<part>\d+))?",
    re.IGNORECASE,
)
# Words that ask for the text of a provision rather than for something it says.
_READ = re.compile(
    r"\b(?:hvad\s+(?:står|siger|fremgår|bestemmer|handler|lyder)|hvordan\s+lyder|vis|læs|citér|citer|ordlyden|teksten)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Provision:
    """`number` as a document writes it ("3.1", "4", "85 a"); `kind` is "§", "bilag", "kapitel", or "" for a numbered
    point; `part` is the paragraph ("stk."), if one is named."""

    number: str
    kind: str = ""
    part: str | None = None

    def span_in(self, text: str) -> tuple[int, int] | None:
        """[start, end) of the provision in a text: from the line that begins with its number to the next line that
        begins with a number of the same kind. None where no such line exists, also where the number is merely cited.

        >>> text = "2.2 Varsel er 20 dage, jf. punkt 3.1.\\n3.1 Frist\\nInden 33 dage.\\n3.2 Renter"
        >>> a, b = Provision("3.1").span_in(text)
        >>> text[a:b]
        '3.1 Frist\\nInden 33 dage.\\n'
        """
        lead = {"§": r"§+\s*", "bilag": r"bilag\s+", "kapitel": r"(?:kapitel|kap\.)\s+"}.get(
            self.kind, r"(?:(?:punkt|pkt\.|afsnit|artikel)\s+)?"
        )
        number = re.sub(r"\\? ", r"\\s?", re.escape(self.number))
        start = re.search(rf"(?im)^(?:#+\s*|[-•]\s*)?{lead}{number}(?![\w.]*\d)[.):]?(?=\s|$)", text)
        if start is None:
            return None
        deeper = self.number.count(".")
        following = rf"(?im)^(?:#+\s*|[-•]\s*)?{lead}(?!{number}\.)\d+(?:\.\d+){{0,{deeper}}}[.):]?(?=\s)"
        end = re.compile(following).search(text, start.end())
        return self._part_in(text, start.start(), end.start() if end else len(text))

    def _part_in(self, text: str, start: int, end: int) -> tuple[int, int] | None:
        if self.part is None or self.part == "1":
            return start, end
        own = re.compile(rf"(?i)\bstk\.\s*{self.part}\.").search(text, start, end)
        if own is None:
            return None
        following = re.compile(r"(?i)\bstk\.\s*\d+\.\s+(?=[A-ZÆØÅ])").search(text, own.end(), end)
        return own.start(), following.start() if following else end


def named_provision(question: str) -> Provision | None:
    """The provision whose text a question asks for; None where it asks for something else.

    >>> named_provision("Hvad står der i punkt 3.1 i styringsaftalen?")
    Provision(number='3.1', kind='', part=None)
    >>> named_provision("hvad siger § 85 a, stk. 2").part, named_provision("Hvad er taksten efter § 107?")
    ('2', None)
    """
    found = _NAMED.search(question)
    if found is None or not _READ.search(question):
        return None
    kind = found.group("kind").lower()
    kind = "§" if kind.startswith("§") else {"kap": "kapitel"}.get(kind.rstrip("."), kind)
    kind = kind if kind in ("§", "bilag", "kapitel") else ""
    return Provision(found.group("number").strip(), kind, found.group("part"))
