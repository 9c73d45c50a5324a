"""Settings: read once, validated, passed as an argument. Nothing else in the project reads the environment.

They are read from one file, `assistant.toml`, in which each has a comment (`assistant settings` prints it), and from
`ASSISTANT_*` environment variables, which take precedence.
"""

from __future__ import annotations

import ipaddress
import json
import os
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path

from assistant.errors import SettingsError

PREFIX = "ASSISTANT_"
FILE, FILE_VARIABLE = "assistant.toml", "ASSISTANT_SETTINGS"
BUNDLED_MODEL = "multilingual-e5-small"
LOOPBACK = ("127.0.0.1", "localhost", "::1")
SECRET = ("llm_key", "database")  # never shown; a file with one of them must be private
LOGINS = ("ingen", "adgangskode", "proxy")
OPEN = "alle på nettet må læse og spørge"  # must be typed in full, so that it never happens by accident
Networks = tuple[ipaddress.IPv4Network | ipaddress.IPv6Network, ...]
_CALLED: dict[type, str] = {bool: "true eller false", int: "et helt tal", str: "en tekst i anførselstegn"}
MEANING = {
    "index": "mappen med indekset",
    "models": "mappen, hvor sprogmodellens vægte pakkes ud",
    "corpus": "mappen med dokumenter; det, der sendes ind fra siden, lægges her",
    "words": "en fil med egne ord: synonymer, fagord og forkortelser, fx ord.toml; se docs/ord.md",
    "state": "mappen med brugere og samtaler; ellers ved siden af indekset",
    "database": "en PostgreSQL-database til brugere, samtaler, tilbagemeldinger og revisionsspor, "
    "fx postgresql://bruger@maskine:5432/aftaler; tom betyder SQLite i state",
    "model": "den medfølgende model, en mappe med en sentence-transformers-model, eller et navn",
    "allow_hub": "må et modelnavn hentes fra nettet?",
    "chroma_url": "en Chroma-server, hvor vektorerne så ligger, fx http://127.0.0.1:8000; tom: på denne maskine",
    "cluster": "en Ray-klynge, der læser og regner vektorer: auto (den, maskinen er med i), maskine:6379 eller "
    "ray://maskine:10001; tom: maskinen selv",
    "port": "sidens port",
    "host": "den adresse, siden lytter på; andre end denne maskine kræver login",
    "candidates": "så mange passager må hver søgning foreslå",
    "question_chars": "et længere spørgsmål afvises",
    "message_chars": "en længere besked eller mail på siden afvises",
    "passwords": "adgangskoder, der prøves på låste PDF-filer, med komma imellem",
    "file_seconds": "højst så længe til at læse én fil; en skannet side tager to sekunder",
    "file_mb": "højst så meget hukommelse til at læse én fil",
    "login": "ingen, adgangskode eller proxy (en omvendt proxy siger, hvem der spørger)",
    "open_without_login": f"skriv »{OPEN}« for at lytte på nettet uden login",
    "names": "de navne, siden nås under, med komma imellem, fx aftaler.kommune.dk",
    "proxy_header": "feltet, hvor proxyen skriver brugerens navn, fx X-Remote-User",
    "trusted_proxies": "adresser på de proxyer, hvis felt der stoles på, med komma imellem",
    "session_hours": "så længe er man logget ind",
    "drain_seconds": "så længe tages der imod, efter at siden er bedt om at stoppe, mens en proxy opdager det",
    "grace_seconds": "og så længe får de svar, der da er undervejs",
    "read_only": "læser denne kun indekset? Så bygges det et andet sted med assistant ingest",
    "per_minute": "højst så mange spørgsmål i minuttet fra én bruger",
    "upload_mb": "højst så stor en fil må sendes ind",
    "mcp": "skal værktøjer kunne spørge over MCP på /mcp?",
    "log_questions": "skal spørgsmålenes ord stå i loggen?",
    "accessibility": "adressen på tilgængelighedserklæringen",
    "llm_url": "en sprogmodels adresse i OpenAI's form, fx http://127.0.0.1:11434/v1; tom betyder ingen",
    "llm_model": "modellens navn på den adresse",
    "llm_key": "nøglen til den; filen må da kun kunne læses af dig (chmod 600)",
    "llm_file": "eller en sprogmodel som GGUF-fil, der kører på denne maskine",
    "llm_seconds": "er modellen ikke i gang efter så længe, vises dokumenternes egne ord",
    "llm_reads": "skal modellen også læse: søge med andre ord og pege på de sætninger, der svarer?",
    "llm_passages": "så mange passager får modellen at skrive efter",
    "trace_url": "en modtager af OpenTelemetry-spor (OTLP), fx http://127.0.0.1:4317; tom betyder ingen spor",
}


# Allowed range of each number.
_BOUNDS = {
    "port": (1, 65535),
    "candidates": (5, 1000),
    "question_chars": (20, 100_000),
    "message_chars": (20, 100_000),
    "file_seconds": (1, 86_400),
    "file_mb": (300, 1_000_000),
    "session_hours": (1, 24 * 90),
    "drain_seconds": (0, 600),
    "grace_seconds": (1, 600),
    "per_minute": (1, 100_000),
    "upload_mb": (1, 10_000),
    "llm_seconds": (1, 600),
    "llm_passages": (1, 20),
}


def _home() -> Path:
    """The project folder in a clone; a folder in the user's home for an installed wheel."""
    here = Path(__file__).resolve().parent.parent
    if (here / "pyproject.toml").exists():
        return here
    return Path.home() / ".local" / "share" / "rammeaftale-assistent"


@dataclass(frozen=True, slots=True)
class Settings:
    """Every setting is a line of the file and `ASSISTANT_<NAME>` in the environment; `CHROMA_URL` and `PORT` also work
    without the prefix. MEANING describes each one."""

    index: Path = _home() / "indexes" / "default"
    models: Path = _home() / "indexes" / "models"
    corpus: Path = _home() / "corpus"
    words: Path = Path()
    state: Path = Path()
    database: str = field(default="", repr=False)
    model: str = BUNDLED_MODEL
    allow_hub: bool = False
    chroma_url: str = ""
    cluster: str = ""
    port: int = 7860
    host: str = LOOPBACK[0]
    candidates: int = 60
    question_chars: int = 2000
    message_chars: int = 20_000
    passwords: str = ""
    file_seconds: int = 900
    file_mb: int = 2000
    login: str = "ingen"
    open_without_login: str = ""
    names: str = ""
    proxy_header: str = ""
    trusted_proxies: str = ""
    session_hours: int = 12
    drain_seconds: int = 0
    grace_seconds: int = 5
    read_only: bool = False
    per_minute: int = 120
    upload_mb: int = 100
    mcp: bool = True
    log_questions: bool = False
    accessibility: str = ""
    llm_url: str = ""
    llm_model: str = ""
    llm_key: str = field(default="", repr=False)
    llm_file: Path = Path()
    llm_seconds: int = 8
    llm_passages: int = 5
    llm_reads: bool = False
    trace_url: str = ""

    def __post_init__(self) -> None:
        if self.state == Path():
            object.__setattr__(self, "state", self.index.parent / "state")
        for name, (low, high) in _BOUNDS.items():
            _bounded(name, getattr(self, name), low, high)
        self._check_login()
        self._check_addresses()
        self._check_model()
        self._check_exposure()

    def _check_login(self) -> None:
        """Raises SettingsError."""
        if self.login not in LOGINS:
            raise SettingsError(f"login={self.login} kendes ikke. Brug {', '.join(LOGINS)}.")
        if self.login == "proxy" and not (self.proxy_header and self.proxies):
            raise SettingsError("login=proxy kræver proxy_header og trusted_proxies. Sæt dem begge.")

    def _check_addresses(self) -> None:
        """Raises SettingsError."""
        if self.accessibility and not self.accessibility.startswith(("https://", "http://", "/")):
            raise SettingsError("accessibility skal være en adresse, der begynder med https://.")
        if self.database and not re.match(r"postgresql(\+psycopg)?://\S+$", self.database):
            raise SettingsError(
                "database skal være en adresse som postgresql://bruger@maskine:5432/aftaler; tom betyder SQLite."
            )
        if not re.fullmatch(r"(auto|(ray://)?(\[[0-9A-Fa-f:]+\]|[^\s/@:\[\]]+):\d{1,5})?", self.cluster):
            raise SettingsError(
                "cluster skal være auto, maskine:6379 eller ray://maskine:10001; tom betyder denne maskine."
            )
        for name in ("llm_url", "trace_url"):
            value = getattr(self, name)
            if value and not re.match(r"https?://[^\s/@]+(/\S*)?$", value):
                raise SettingsError(
                    f"{name} skal være en adresse uden brugernavn, fx http://127.0.0.1:11434/v1."
                )

    def _check_model(self) -> None:
        """Raises SettingsError."""
        if self.llm_url and self.llm_file.name:
            raise SettingsError("llm_url og llm_file kan ikke gælde på én gang. Sæt den ene.")
        if self.llm_url and not self.llm_model:
            raise SettingsError("llm_url kræver llm_model. Skriv modellens navn.")

    def _check_exposure(self) -> None:
        """A server that others can reach needs a log-in or an explicit opt-out. Raises SettingsError."""
        if not self.local and self.login == "ingen" and self.open_without_login != OPEN:
            raise SettingsError(
                f"host={self.host} kan nås af andre, og der er intet login. Sæt login=adgangskode, eller skriv "
                f'open_without_login = "{OPEN}".'
            )

    @property
    def corpus_set(self) -> bool:
        """Whether the folder of documents differs from the default."""
        return self.corpus != next(f.default for f in fields(self) if f.name == "corpus")

    @property
    def local(self) -> bool:
        """Whether the page can only be reached from this machine."""
        return self.host in LOOPBACK

    @property
    def kept(self) -> Path | str:
        """Where user data is stored: the address of a database, or the folder of the SQLite files."""
        return self.database or self.state

    @property
    def proxies(self) -> Networks:
        """The addresses of the trusted proxies. Raises SettingsError."""
        try:
            return tuple(
                ipaddress.ip_network(a.strip()) for a in self.trusted_proxies.split(",") if a.strip()
            )
        except ValueError as error:
            raise SettingsError(f"trusted_proxies er ikke adresser ({error}). Skriv fx 10.0.0.5.") from None

    @classmethod
    def load(cls, env: Mapping[str, str] | None = None, **given: object) -> Settings:
        """Settings from the file, then the environment, then `given` (None = not given).

        Raises SettingsError for an unknown name or an invalid value.
        """
        env = os.environ if env is None else env
        known = {f.name: str(f.type) for f in fields(cls)}
        values = _from_file(env, known)
        for key, text in env.items():
            if not key.startswith(PREFIX) or key == FILE_VARIABLE:
                continue
            name = key.removeprefix(PREFIX).lower()
            if name not in known:
                names = ", ".join(PREFIX + n.upper() for n in sorted(known))
                raise SettingsError(f"Ukendt indstilling {key}. Kendte: {names}.")
            values[name] = _parsed(key, text, known[name])
        for bare, name in (("CHROMA_URL", "chroma_url"), ("PORT", "port")):
            if env.get(bare):
                values[name] = _parsed(bare, env[bare], known[name])
        values |= {k: v for k, v in given.items() if v is not None}
        return cls(**values)  # type: ignore[arg-type]


def _from_file(env: Mapping[str, str], known: Mapping[str, str]) -> dict[str, object]:
    """The values of the file that the environment names, which must exist; else of the project's, which is optional."""
    named = env.get(FILE_VARIABLE, "")
    path = Path(named).expanduser() if named else _home() / FILE
    try:
        rows = tomllib.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        if named:
            raise SettingsError(f"Indstillingerne i {path} findes ikke. Ret {FILE_VARIABLE}.") from None
        return {}
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise SettingsError(f"Indstillingerne i {path} kan ikke læses ({error}). Ret filen.") from None
    if any(rows.get(name) for name in SECRET) and path.stat().st_mode & 0o077:
        raise SettingsError(f"{path} rummer en nøgle og kan læses af andre. Skriv: chmod 600 {path}")
    values: dict[str, object] = {}
    for name, value in rows.items():
        if name not in known:
            raise SettingsError(f"Ukendt indstilling {name} i {path}. Se dem alle: assistant settings.")
        fits = {"bool": bool, "int": int}.get(known[name], str)
        if type(value) is not fits:
            shown = "" if name in SECRET else f", ikke {value!r}"
            raise SettingsError(f"{name} i {path} skal være {_CALLED[fits]}{shown}.")
        if known[name] == "Path":
            if not value:
                continue
            value = path.parent / Path(str(value)).expanduser()
        values[name] = value
    return values


def as_file(settings: Settings) -> str:
    """All settings as a file, each with its meaning; those with their default value are commented out."""
    fresh = Settings()
    out = ["# Indstillinger for rammeaftale-assistenten. Fjern # foran en linje for at ændre den.", ""]
    for f in fields(Settings):
        value = getattr(settings, f.name) if f.repr else ""  # secrets are not written
        value = "" if value == Path() else value
        text = str(value).lower() if isinstance(value, bool) else str(value)
        if not isinstance(value, (bool, int)):
            text = json.dumps(text, ensure_ascii=False)  # JSON strings are valid TOML
        mark = "# " if value in (getattr(fresh, f.name), "") else ""
        out += [f"# {MEANING[f.name]}", f"{mark}{f.name} = {text}", ""]
    return "\n".join(out)


def _parsed(key: str, text: str, kind: str) -> object:
    if kind == "Path":
        return Path(text).expanduser().absolute() if text.strip() else Path()
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
