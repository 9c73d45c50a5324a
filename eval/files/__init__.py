"""Realistic files, made by someone who had not seen the code: `python -m eval.files [NAME ...]`.

`cases.json` lists the cases. Each case has a folder here and steps: `ingest` a folder, `ask`, `compare` or `doctor`,
and changes to the folder between them (`rename`, `copy`, `remove`, `link`). `must` and `must_not` are patterns that are
matched against what a step printed, without regard to case and with white space folded. Regions and municipalities are
real; everything said about them is invented.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

HERE = Path(__file__).parent
CHANGES = ("rename", "copy", "remove", "link")


def cases(names: Sequence[str] = ()) -> list[dict[str, Any]]:
    """All cases, or those with these names."""
    every: list[dict[str, Any]] = json.loads((HERE / "cases.json").read_text(encoding="utf-8"))
    return [case for case in every if not names or case["name"] in names]


def wrong_in(case: dict[str, Any]) -> list[str]:
    """Patterns that a case's steps should have printed and did not, or printed and should not have. Empty where all is
    right."""
    with tempfile.TemporaryDirectory() as work:
        files, index = Path(work) / "filer", Path(work) / "indeks"
        shutil.copytree(HERE / case["folder"], files, symlinks=True)
        kept = os.environ.get("ASSISTANT_STATE")
        os.environ["ASSISTANT_STATE"] = str(Path(work) / "state")
        try:
            return [fault for step in case["steps"] for fault in _faults(step, files, index)]
        finally:
            os.environ.pop("ASSISTANT_STATE")
            if kept is not None:
                os.environ["ASSISTANT_STATE"] = kept


def _faults(step: dict[str, Any], files: Path, index: Path) -> Iterator[str]:
    if any(name in step for name in CHANGES):
        _change(step, files)
        return
    if "ingest" in step:
        words = ["ingest", str(files / step["ingest"])]
    elif "doctor" in step:
        words = ["doctor"]
    else:
        verb = "ask" if "ask" in step else "compare"
        words = [verb, step[verb], *step.get("options", [])]
    told = _said([*words, "--index", str(index)])
    for pattern in step.get("must", []):
        if not re.search(pattern, told, re.IGNORECASE):
            yield f"{' '.join(words[:2])}: lacks /{pattern}/ in: {told[:200]}"
    for pattern in step.get("must_not", []):
        if re.search(pattern, told, re.IGNORECASE):
            yield f"{' '.join(words[:2])}: has /{pattern}/"


def _change(step: dict[str, Any], files: Path) -> None:
    if "remove" in step:
        path = files / step["remove"]
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    elif "link" in step:
        os.symlink(step["link"][1], files / step["link"][0])
    elif "rename" in step:
        (files / step["rename"][0]).rename(files / step["rename"][1])
    else:
        source, target = (files / name for name in step["copy"])
        shutil.copytree(source, target) if source.is_dir() else shutil.copy(source, target)


def _said(words: Sequence[str]) -> str:
    """What the command line prints on both streams, with white space folded."""
    from assistant.cli import main

    out = io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(out):
        try:
            main(list(words))
        except SystemExit as stopped:
            print(f"rc {stopped.code}")
    return re.sub(r"\s+", " ", out.getvalue())
