"""Every text on the screen is in one table, in both languages."""

from __future__ import annotations

import ast
import re
import string
from pathlib import Path

from conftest import ROOT

from assistant.messages import _TABLE, date_text, of_error, said, say

# The modules whose texts are shown on the page. The server's log lines and the JSON interface are not included.
SCREEN = [
    *(ROOT / "assistant" / "ui").glob("*.py"),
    *(
        ROOT / "assistant" / "web" / f"{name}.py"
        for name in ("documents", "conversations", "entry", "guard", "pages", "review")
    ),
    *(
        ROOT / "assistant" / f"{name}.py"
        for name in ("answer/contract", "admin/collection", "answer/composing", "compare/sides")
    ),
]
PROSE = re.compile(r"[A-Za-zÆØÅæøå]{2,}\s+[a-zæøå]{2,}|[æøåÆØÅ]")
# Strings of the layout, not texts: a theme's fonts, rules for the browser.
NO_WORDS = re.compile(
    r"default-src|script-src|camera=|width=device-width|system-ui|select |\\b|^\W+$|no-sandbox"
)


def prose(path: Path) -> list[str]:
    """String constants of a module that could be shown to a reader, without docstrings, tags and patterns."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    patterns = {
        id(argument)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and ast.unparse(call.func).startswith("re.")
        for argument in ast.walk(call)
    }
    documented = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef, ast.Module)
    docs = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, documented) and node.body and isinstance(node.body[0], ast.Expr)
    }
    found = []
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs | patterns:
            bare = re.sub(r"<[^>]*>?|^[^<]*>", " ", node.value)
            if PROSE.search(bare) and not NO_WORDS.search(node.value):
                found.append(f"{path.name}:{node.lineno} {node.value!r}")
    return found


def test_nothing_on_the_screen_is_written_elsewhere(tmp_path: Path) -> None:
    assert [line for path in SCREEN for line in prose(path)] == []
    planted = tmp_path / "x.py"
    planted.write_text('def f():\n    return "<p>Prøv igen senere</p>"\n', encoding="utf-8")
    assert prose(planted)
    script = (ROOT / "assistant" / "ui" / "chat.js").read_text(encoding="utf-8")
    assert not re.search(r"[æøåÆØÅ]", script)
    assert not re.search(r"(?:textContent|innerHTML) = [\"'][^\"']", script)


def test_both_languages_say_the_same_with_the_same_values() -> None:
    for key, (danish, english) in _TABLE.items():
        fields = [
            {name for _, name, _, _ in string.Formatter().parse(text) if name} for text in (danish, english)
        ]
        assert fields[0] == fields[1], key
        assert danish, key
        assert english, key


def test_every_text_is_used_and_every_use_is_known() -> None:
    code = "".join(
        path.read_text(encoding="utf-8")
        for path in (ROOT / "assistant").rglob("*.[pj][ys]")
        if path.name != "messages.py"
    )
    used = set(re.findall(r"(?:\bsay|\bsaid|speaking\(\w+\)|speaking\(\"da\"\))\(\s*\"(\w+)\"", code))
    assert used <= _TABLE.keys()
    for key in _TABLE:
        made = "_" in key and f"{key.split('_')[0]}_{{" in code  # say(f"role_{r}")
        joined = f"'{key.rpartition('_')[0]}_' +" in code
        assert (
            f'"{key}"' in code or f"'{key}'" in code or made or joined or key in KINDS or key.endswith("_one")
        ), key


KINDS = ("percent", "money", "duration", "date", "count", "period", "term", "section")  # in {d.kind}


def test_a_note_is_said_again_in_english() -> None:
    note = said("side_silent", name="Sjælland")
    assert note.in_("en") == "For Sjælland nothing was found in the documents searched."
    assert of_error(ValueError(note), "en") == note.in_("en")
    assert of_error(ValueError("x"), "en") == "x"
    nested = said("refused", searched=said("searched_all", count=2))
    assert nested.in_("en") == "The documents do not say. All 2 documents were searched."
    assert say("page_of", page=3) == "side 3"
    assert date_text("2026-12-01", "en") == "1 December 2026"
