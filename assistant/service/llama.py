"""The index as a LlamaIndex retriever, for use in other programs.

>>> from assistant.service.llama import AgreementRetriever  # doctest: +SKIP
>>> nodes = AgreementRetriever().retrieve("Hvad er overheadet i Sjælland?")  # doctest: +SKIP
"""

from __future__ import annotations

import datetime as dt
from typing import Any

from llama_index.core.base.base_retriever import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from assistant.models import Scope
from assistant.service.assistant import Assistant
from assistant.settings import Settings


class AgreementRetriever(BaseRetriever):  # type: ignore[misc]
    """Retrieves passages within the scope of the question (region, period, day in force).

    `given` overrides the question's scope, field by field. A node has the passage's id; its metadata are document,
    title, page, section, region, period and kind. Raises IndexMissing, IndexMismatch on opening and QuestionError on
    asking.
    """

    def __init__(
        self, settings: Settings | None = None, given: Scope | None = None, top_k: int = 10, **rest: Any
    ) -> None:
        settings = settings or Settings.load()
        self._assistant = Assistant(settings.index, settings)
        self._given, self._top_k = given, top_k
        super().__init__(**rest)

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        retriever, question = self._assistant.retriever, query_bundle.query_str
        scope = self._assistant.scope(question, self._given, dt.date.today())
        found = retriever.search(retriever.query(question, scope), scope, self._top_k)
        nodes = []
        for one in found:
            p, entry = one.hit.passage, retriever.documents[one.hit.passage.document_id]
            about = {
                "document": entry.name, "title": entry.title, "page": p.page, "section": " › ".join(p.section),
                "region": p.facts.region, "period": p.facts.period, "kind": p.facts.kind,
            }  # fmt: skip
            node = TextNode(id_=p.id, text=p.text, metadata={k: v for k, v in about.items() if v})
            nodes.append(NodeWithScore(node=node, score=one.hit.score))
        return nodes
