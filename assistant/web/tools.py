"""Ask and compare as tools of the Model Context Protocol, over stdio or HTTP. The tools' docstrings are sent to
clients."""

from __future__ import annotations

import datetime as dt
from typing import Any

from assistant.errors import AssistantError
from assistant.models import By
from assistant.question.scope import named
from assistant.service.live import Live
from assistant.service.review import Reviewed


def server(live: Live, reviewed: Reviewed) -> Any:
    """An MCPServer with the tools `ask` and `compare`; their results are the same JSON as the command line's."""
    from mcp.server import MCPServer
    from mcp.server.mcpserver.exceptions import ToolError
    from mcp.types import ToolAnnotations

    made = MCPServer(
        "rammeaftaler",
        log_level="WARNING",
        title="Spørg rammeaftalerne",
        instructions=(
            "Answers about Danish framework agreements (rammeaftaler) in the documents' own words. Quote statements as "
            "they stand and name document, page, region and period. If status is abstained, say that the documents do "
            "not say; do not answer from anything else."
        ),
    )
    reading = ToolAnnotations(read_only_hint=True, open_world_hint=False)

    @made.tool(annotations=reading)
    def ask(
        question: str,
        regions: list[str] | None = None,
        periods: list[str] | None = None,
        on: str | None = None,
    ) -> dict[str, Any]:
        """Ask the agreements one question, best in Danish. Regions: Hovedstaden, Sjælland, Syddanmark,
        Midtjylland, Nordjylland. Periods: "2025-2026". `on`: the day it shall be in force, ISO 8601."""
        try:
            day = dt.date.fromisoformat(on) if on else None
            assistant = live()
            scope = named(regions or [], periods or [], (), day)
            # The MCP client words the answer itself, so it gets the documents' own words.
            return assistant.as_json(assistant.ask(question, scope, form=None))
        except (AssistantError, ValueError) as error:
            raise ToolError(str(error)) from None

    @made.tool(annotations=reading)
    def compare(
        question: str,
        regions: list[str] | None = None,
        by: By = "region",
    ) -> dict[str, Any]:
        """Put one question to each region (or to each period of one region, or to each document) and say
        whether they agree. A silent row means that the search found nothing, not that nothing is agreed."""
        try:
            return live().comparison_json(reviewed.compare(question, named(regions or []), by=by))
        except AssistantError as error:
            raise ToolError(str(error)) from None

    return made
