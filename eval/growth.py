"""How indexing grows with the corpus: memory and pages a second over generated papers.

    python -m eval.growth [PAGES …] [--json FILE]
    python -m eval.growth search [PASSAGES …]      how answering grows: see `eval.country`

Papers of fifty pages are set as PDF with words as common as they are in Danish (and so ever new ones), and are
read, encoded and indexed as any other. Peak resident memory is that of the indexing process; the readers beside it
have a limit of their own.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
import tempfile
from pathlib import Path

from eval.bench import timed

EACH = 50  # pages of a paper
PAGES = (100, 1000, 5000)
WORDS = 60_000  # the most frequent words of Danish


def papers(folder: Path, pages: int, seed: int = 1) -> None:
    """Write PDFs with this many pages in all."""
    import typst
    from wordfreq import top_n_list, word_frequency

    words = [w for w in top_n_list("da", WORDS) if w.isalpha()]
    weights = [word_frequency(w, "da") for w in words]
    rng = random.Random(seed)

    def sentence() -> str:
        return " ".join(rng.choices(words, weights, k=rng.randint(8, 22))).capitalize() + "."

    folder.mkdir(parents=True)
    for n in range(0, pages, EACH):
        body = [f"= Rammeaftale {2000 + n // EACH % 20} for Region Sjælland, bind {n // EACH + 1}"]
        own = min(EACH, pages - n)
        for page in range(own):
            body.append(f"== {' '.join(rng.choices(words[200:], k=3)).capitalize()}")
            body += [" ".join(sentence() for _ in range(6)) for _ in range(3)]
            body += [f"- {sentence()}" for _ in range(4)]
            body.append("#pagebreak()" if page < own - 1 else "")
        source = folder / "paper.typ"
        source.write_text(
            '#set page(numbering: "1")\n#set text(lang: "da")\n' + "\n\n".join(body), encoding="utf-8"
        )
        typst.compile(str(source), output=str(folder / f"bind-{n // EACH + 1:04}.pdf"))
        source.unlink()


def growth(pages: int) -> dict[str, float]:
    """Pages, seconds, pages a second and peak MB of indexing this many pages."""
    with tempfile.TemporaryDirectory() as work:
        papers(Path(work) / "papers", pages)
        env = {**os.environ, "ASSISTANT_INDEX": str(Path(work) / "index")}
        command = [sys.executable, "-m", "assistant.cli", "ingest", str(Path(work) / "papers")]
        seconds, peak, _ = timed(command, env)
    return {
        "pages": pages,
        "seconds": round(seconds, 1),
        "pages_s": round(pages / seconds, 1),
        "peak_mb": round(peak),
    }


def main() -> int:
    if sys.argv[1:2] == ["search"]:
        from eval import country

        return country.main(sys.argv[2:])
    parser = argparse.ArgumentParser(prog="python -m eval.growth", description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)  # fmt: skip
    parser.add_argument("pages", type=int, nargs="*", default=PAGES)
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args()
    found = []
    for pages in asked.pages:
        found.append(growth(pages))
        print(
            "{pages} sider: {seconds} s, {pages_s} sider i sekundet, højst {peak_mb} MB".format(**found[-1]),
            flush=True,
        )
    if asked.json:
        asked.json.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
