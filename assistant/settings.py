"""Settings: read once, checked, passed in. Nothing else in the project reads the environment."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path

from assistant.errors import SettingsError

PREFIX = "ASSISTANT_"
BUNDLED_MODEL = "multilingual-e5-small"


def _home() -> Path:
    """The project folder for a clone; a folder of the user's for an installed wheel."""
    here = Path(__file__).resolve().parent.parent
    if (here / "pyproject.toml").exists():
        return here
    return Path.home() / ".local" / "share" / "rammeaftale-assistent"


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting is `ASSISTANT_<NAME>` in the environment; `CHROMA_URL` and `PORT` go bare.

    model         the bundled model, a sentence-transformers folder, or a hub name
    allow_hub     whether a hub name may be fetched; off by default
    chroma_url    a Chroma server, e.g. http://127.0.0.1:8000; empty = embedded
    """

    index: Path = _home() / "indexes" / "default"
    models: Path = _home() / "indexes" / "models"
    corpus: Path = _home() / "corpus"
    model: str = BUNDLED_MODEL
    allow_hub: bool = False
    chroma_url: str = ""
    port: int = 7860
    host: str = "127.0.0.1"
    candidates: int = 60  # passages each channel may propose
    question_chars: int = 2000  # a longer question is refused
    passwords: str = ""  # tried on encrypted PDFs, parted by commas
    file_seconds: int = 900  # to read one file; a scanned page takes two
    file_mb: int = 2000  # that reading one file may take

    def __post_init__(self) -> None:
        _bounded("port", self.port, 1, 65535)
        _bounded("candidates", self.candidates, 5, 1000)
        _bounded("question_chars", self.question_chars, 20, 100_000)
        _bounded("file_seconds", self.file_seconds, 1, 86_400)
        _bounded("file_mb", self.file_mb, 300, 1_000_000)
        if self.host not in ("127.0.0.1", "localhost", "::1"):
            raise SettingsError(
                f"host={self.host} er ikke denne maskine: chatten har ingen log-ind endnu og "
                "lytter kun på 127.0.0.1."
            )

    @classmethod
    def load(cls, env: Mapping[str, str] | None = None, **given: object) -> Settings:
        """Settings from the environment, then from `given` (None = not given).

        Raises SettingsError for an unknown name or a value that does not fit.
        """
        env = os.environ if env is None else env
        known = {f.name: f.type for f in fields(cls)}
        values: dict[str, object] = {}
        for key, text in env.items():
            if not key.startswith(PREFIX) or key.startswith(PREFIX + "LLM_"):
                continue
            name = key.removeprefix(PREFIX).lower()
            if name not in known:
                names = ", ".join(PREFIX + n.upper() for n in sorted(known))
                raise SettingsError(f"Ukendt indstilling {key}. Kendte: {names}.")
            values[name] = _parsed(key, text, str(known[name]))
        for bare, name in (("CHROMA_URL", "chroma_url"), ("PORT", "port")):
            if env.get(bare):
                values[name] = _parsed(bare, env[bare], str(known[name]))
        values |= {k: v for k, v in given.items() if v is not None}
        return cls(**values)  # type: ignore[arg-type]


def _parsed(key: str, text: str, kind: str) -> object:
    if kind == "Path":
        return Path(text).expanduser().absolute()
    if kind == "bool":
        if text.lower() not in ("0", "1", "true", "false", "ja", "nej"):
            raise SettingsError(f"{key} skal være 1 eller 0, ikke {text!r}.")
        return text.lower() in ("1", "true", "ja")
    if kind == "int":
        try:
            return int(text)
        except ValueError:
            raise SettingsError(f"{key} skal være et helt tal, ikke {text!r}.") from None
    return text


def _bounded(name: str, value: int, low: int, high: int) -> None:
    if not low <= value <= high:
        raise SettingsError(f"{name}={value} skal ligge mellem {low} og {high}.")
