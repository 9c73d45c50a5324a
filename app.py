"""Starts the chat. Builds the index over `corpus/` first when it is missing or stale."""

from assistant.cli import main
from assistant.settings import Settings

if __name__ == "__main__":
    corpus = str(Settings.load().corpus)
    raise SystemExit(main(["ingest", corpus]) or main(["serve"]))
