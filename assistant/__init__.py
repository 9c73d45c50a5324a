"""Cited answers from Danish framework agreements (rammeaftaler), on one ordinary machine.

from assistant import Assistant, Settings

settings = Settings.load()
answer = Assistant(settings.index, settings).ask("Hvad er overheadet i Sjælland?").answer
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from assistant.service.assistant import Assistant
    from assistant.settings import Settings

__version__ = "0.1.0"
__all__ = ["Assistant", "Settings"]


def __getattr__(name: str) -> Any:
    """Import on first access, so that a command that needs neither does not wait for them."""
    if name == "Assistant":
        from assistant.service.assistant import Assistant

        return Assistant
    if name == "Settings":
        from assistant.settings import Settings

        return Settings
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
