"""Check the papers and print what there is."""

from __future__ import annotations

import sys
from collections import Counter

from eval.reading import PARTS, faults, papers


def main() -> int:
    """Return 1 where a paper has a fault."""
    for part in PARTS:
        of = list(papers(part))
        passages = [p for paper in of for p in paper.passages]
        questions = [q for p in passages for q in p.questions]
        silent = sum(not q.units for q in questions)
        print(
            f"{part}: {len(of)} papers, {len(passages)} passages, {len(questions)} questions, {silent} unanswered"
        )
        voices = Counter(q.voice or "not told" for q in questions)
        print("  " + ", ".join(f"{voice} {count}" for voice, count in voices.most_common()))
    found = faults()
    print("\n".join(found[:40]) or "no faults")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
