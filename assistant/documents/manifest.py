"""Reads and writes `manifest.csv`, where the owner of a folder states facts about its files."""

from __future__ import annotations

import csv
import os
import re
import shutil
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

from assistant.documents.decoding import rows_of
from assistant.documents.facts import MANIFEST_FIELDS
from assistant.errors import SettingsError
from assistant.language.places import REGIONS

NAME = "manifest.csv"
Row = dict[str, str]


def manifest(folder: Path) -> dict[str, Row]:
    """Reads the `manifest.csv` of a folder: file name or path → its fields. Raises SettingsError.

    Columns: file, title and those in `MANIFEST_FIELDS`. An empty field means "as the document says"; "-" means none.
    """
    path = folder / NAME
    if not path.exists():
        return {}
    allowed = {"file", "title", *MANIFEST_FIELDS}
    rows = rows_of(path.read_bytes())
    unknown = set(rows.fieldnames or ()) - allowed
    if unknown or "file" not in (rows.fieldnames or ()):
        raise SettingsError(
            f"{path.name}: kolonnerne skal være {', '.join(sorted(allowed))}; "
            f"ret {', '.join(sorted(unknown)) or 'den manglende kolonne file'}."
        )
    table = {name: dict(row) for row in rows if (name := (row["file"] or "").strip())}
    for name, row in table.items():
        surplus = row.pop(None, None)  # cells beyond the last column
        if any(surplus or ()):
            raise SettingsError(f"{path.name}, {name}: flere felter end kolonner; sæt tekst i anførselstegn.")
        _check(f"{path.name}, {name}", row)
    return table


def _check(where: str, row: Row) -> None:
    """Raises SettingsError for a row with an unknown region or a malformed period."""
    region = (row.get("region") or "").strip()
    bad = [r for r in region.split("; ") if region not in ("", "-") and r not in REGIONS]
    if bad:
        raise SettingsError(f"{where}: ukendt region {bad[0]!r}. Brug {', '.join(REGIONS)}.")
    period = (row.get("period") or "").strip()
    if period not in ("", "-") and not re.fullmatch(r"(?:19|20)\d\d(?:-(?:19|20)\d\d)?", period):
        raise SettingsError(f"{where}: perioden {period!r} skal skrives som 2025-2026 eller 2025.")


def rows_for(files: Sequence[Path], roots: Iterable[Path]) -> tuple[dict[Path, Row], list[str]]:
    """(the manifest row of each file, problems with rows, one line each in Danish).

    The manifest of a given folder applies to all files below it; the manifest of a deeper folder overrides it. Raises
    SettingsError.
    """
    given = [root for root in roots if root.is_dir()]
    folders = list(dict.fromkeys([*given, *(path.parent for path in files)]))
    found: dict[Path, Row] = {path: {} for path in files}
    wrong: list[str] = []
    for folder in sorted(folders, key=lambda f: len(f.parts)):
        below = [path for path in files if folder in path.parents]
        for name, row in manifest(folder).items():
            fits = fitting(name, folder, below)
            if len(fits) == 1:
                found[fits[0]] |= row
            elif folder in given or len(fits) > 1:
                wrong.append(_wrong(folder, name, fits))
    return found, list(dict.fromkeys(wrong))


def _wrong(folder: Path, name: str, fits: Sequence[Path]) -> str:
    if not fits:
        return f"{NAME}: rækken »{name}« passer ikke til nogen fil. Ret navnet, eller slet rækken."
    named = ", ".join(path.relative_to(folder).as_posix() for path in fits[:3])
    return f"{NAME}: rækken »{name}« passer til flere filer og bruges ikke. Skriv stien i stedet: {named}."


def fitting(name: str, folder: Path, files: Sequence[Path]) -> list[Path]:
    """The files that a name in a manifest refers to: by its path relative to the manifest's folder, else by file name
    alone. Unicode form and slash direction do not matter; case is ignored if there is no exact match."""
    wanted = _plain(name)
    for same in (str, str.casefold):
        by_path = [p for p in files if same(_plain(p.relative_to(folder).as_posix())) == same(wanted)]
        if by_path:
            return by_path
    if "/" in wanted:
        return []
    return [p for p in files if _plain(p.name).casefold() == wanted.casefold()]


def _plain(name: str) -> str:
    return unicodedata.normalize("NFC", name.replace("\\", "/").removeprefix("./"))


def amend(folder: Path, name: str, fields: Mapping[str, str]) -> None:
    """Writes a file's fields into its folder's manifest and keeps its other content, in one rename. Raises
    SettingsError for an invalid value and then leaves the manifest unchanged; OSError."""
    table = manifest(folder)
    _rewrite(folder, table | {name: {**table.get(name, {}), "file": name, **fields}})


def forget(folder: Path, name: str) -> None:
    """Removes a file's row from its folder's manifest. Raises SettingsError, OSError."""
    table = manifest(folder)
    if table.pop(name, None):
        _rewrite(folder, table)


def _rewrite(folder: Path, table: Mapping[str, Mapping[str, str]]) -> None:
    columns = ["file", "title", *MANIFEST_FIELDS]
    work = folder / f".manifest.{os.getpid()}"
    work.mkdir()
    try:
        with (work / NAME).open("w", encoding="utf-8", newline="") as out:
            rows = csv.DictWriter(out, columns, restval="", extrasaction="ignore")
            rows.writeheader()
            rows.writerows(table.values())
        manifest(work)  # check that it can be read back
        (work / NAME).replace(folder / NAME)
    finally:
        shutil.rmtree(work, ignore_errors=True)
