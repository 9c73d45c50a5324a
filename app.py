"""Starts the chat. Builds or updates the index of `corpus/` first."""

from assistant.cli import main
from assistant.settings import Settings

if __name__ == "__main__":
    corpus = str(Settings.load().corpus)
    raise SystemExit(main(["ingest", corpus]) or main(["serve"]))
