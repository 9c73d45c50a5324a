"""The sentences of a language model, checked against the quotes. The models are real servers on loopback, one of them a
real model.
"""

from __future__ import annotations

import contextlib
import copy
import datetime as dt
import io
import json
import socket
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Iterator
from concurrent import futures
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from assistant.admin.doctor import findings
from assistant.admin.metrics import Observed
from assistant.errors import SettingsError
from assistant.index.ingest import ingest
from assistant.llm.client import LanguageModel
from assistant.llm.rewriting import rewritten
from assistant.models import Abstained, Contradicted, Grounded, Qualified
from assistant.service.assistant import Assistant
from assistant.service.live import Live
from assistant.settings import Settings, as_file
from eval.attacks import run as attacked
from eval.scripted import Reply, serving, sources, told

QUESTION = "Hvad er opsigelsesvarslet for døgntilbud i Sjælland 2025-2026?"
TRUE = "I Sjælland er opsigelsesvarslet fire måneder for døgntilbud."
FALSE = "Opsigelsesvarslet for døgntilbud er fem måneder."
Ask = Callable[..., Any]


def proposing(*said: str) -> Reply:
    """A model that writes these sentences with the first source."""

    def reply(messages: list[dict[str, str]]) -> Iterator[str]:
        key = sources(messages)[0][0]
        yield told(*((text, key, "") for text in said))

    return reply


@contextlib.contextmanager
def worded(settings: Settings, reply: Reply, **given: Any) -> Iterator[tuple[Assistant, Any]]:
    """An assistant over the tests' index whose answers are worded by a model."""
    server = {k: given.pop(k) for k in ("status", "schemas") if k in given}
    with serving(reply, **server) as (url, heard):
        own = replace(settings, llm_url=url, llm_model="prøve", llm_key="meget-hemmelig", **given)
        yield wording(own), heard


def wording(own: Settings) -> Assistant:
    """An assistant with these settings. It is opened once for the same index."""
    opened = _opened.setdefault(own.index, None) or Assistant(own.index, own)
    _opened[own.index] = opened
    fresh = copy.copy(opened)
    fresh.settings, fresh.model = own, LanguageModel(own)
    fresh._kept = OrderedDict()
    return fresh


_opened: dict[Path, Assistant | None] = {}


def test_what_the_quotes_carry_is_shown_and_the_rest_is_not(settings: Settings, assistant: Assistant) -> None:
    with worded(settings, proposing(TRUE, FALSE)) as (own, heard):
        asked = own.ask(QUESTION)
        record = own.as_json(asked)
        assert [(s["by"], s["text"]) for s in record["statements"]] == [("model", TRUE)]
        assert record["model"] == "prøve"
        assert record["outcome"] == "grounded"
        assert record["citations"][0]["document"] == "b.pdf"
        assert "Opsigelsesvarslet for døgntilbud er fire måneder" in record["citations"][0]["quote"]
        assert record["cost"]["tokens_read"] == 14  # two rounds
        assert record["notes"] == ["Én sætning fra sprogmodellen kunne ikke bekræftes og er ikke vist."]
        told_again = heard.requests[1]["messages"][-1]["content"]
        assert FALSE in told_again
        assert "et tal, der ikke står i kilden" in told_again
        assert own.as_record(asked)["statements"][0]["bold"]
    plain = assistant.as_json(assistant.ask(QUESTION))
    assert plain["model"] is None
    assert {s["by"] for s in plain["statements"]} == {"extract"}
    assert "cost" not in plain


def test_where_nothing_holds_the_documents_own_words_stand(settings: Settings, assistant: Assistant) -> None:
    with worded(settings, proposing(FALSE, "Staten betaler.")) as (own, _):
        answer = own.ask(QUESTION).answer
        assert isinstance(answer, Grounded)
        plain = assistant.ask(QUESTION).answer
        assert isinstance(plain, Grounded)
        assert [s.text for s in answer.statements] == [s.text for s in plain.statements]
        assert answer.notes[-1].startswith("Intet af det, sprogmodellen prøve skrev")


def test_a_check_that_stumbles_costs_the_sentence_alone(
    settings: Settings, assistant: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    def stumbling(sentence: str, evidence: Any) -> Any:
        raise ValueError(sentence)

    monkeypatch.setattr("assistant.llm.wording.rule", stumbling)
    odd = '{"statements":[' + '{"ids":[' + "[" * 9000 + "]" * 9000 + '],"text":"Varslet er fire måneder."},'
    replies = iter([odd + told((TRUE, "k0", ""))[15:], "", odd, ""])
    with worded(settings, lambda _: [next(replies)]) as (own, _):
        for _ in range(2):
            answer = own.ask(QUESTION).answer
            assert {s.by for s in answer.statements} == {"extract"}
            assert answer.notes[-1].startswith("Intet af det")


def test_what_the_answer_leads_with_is_never_left_out(settings: Settings, assistant: Assistant) -> None:
    beside = "Parterne har valgt tre fokusområder."
    with worded(settings, proposing(beside)) as (own, _):
        answer = own.ask(QUESTION).answer
        assert isinstance(answer, Grounded)
        assert answer.statements[0].by == "extract"
        assert "fire måneder" in answer.statements[0].text
    other_part = "Driftsherren bekræfter opsigelsen, så snart den er modtaget."  # of the same sentence
    with worded(settings, proposing(other_part)) as (own, _):
        answer = own.ask(QUESTION).answer
        assert isinstance(answer, Grounded)
        assert "fire måneder" in answer.statements[0].text
        assert [s.by for s in answer.statements] == ["extract", "model"]


def test_without_an_answer_no_model_is_asked(settings: Settings, assistant: Assistant) -> None:
    with worded(settings, proposing(TRUE)) as (own, heard):
        asked = own.ask("Hvad koster en busbillet i Odense?")
        assert isinstance(asked.answer, Abstained)
        assert own.as_json(asked)["model"] is None
        own.ask(QUESTION, form=None)
        assert own.compare("Hvad er overheadet?").verdict == "differ"
        assert heard.requests == []


def test_a_slow_model_and_one_that_is_away_give_the_documents_words(
    settings: Settings, assistant: Assistant
) -> None:
    woken = threading.Event()

    def sleepy(_: list[dict[str, str]]) -> Iterator[str]:
        woken.wait(20)
        yield "for sent"

    with worded(settings, sleepy, llm_seconds=1) as (own, _):
        own.ask("Hvad er en takst?", form=None)
        began = time.monotonic()
        answer = own.ask(QUESTION).answer
        assert time.monotonic() - began < 8
        assert isinstance(answer, Grounded)
        assert answer.notes[-1].startswith("Sprogmodellen prøve svarede ikke i tide")
        assert {s.by for s in answer.statements} == {"extract"}
        woken.set()
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        own_settings = replace(
            settings, llm_url=f"http://127.0.0.1:{closed.getsockname()[1]}/v1", llm_model="væk", llm_seconds=2
        )
        answer = wording(own_settings).ask(QUESTION).answer
    assert isinstance(answer, Grounded)
    assert answer.notes[-1].startswith("Sprogmodellen væk")


def test_a_model_that_breaks_off_keeps_what_was_verified(settings: Settings, assistant: Assistant) -> None:
    done = threading.Event()

    def half(messages: list[dict[str, str]]) -> Iterator[str]:
        key = sources(messages)[0][0]
        yield told((TRUE, key, ""))[:-2] + ","
        done.wait(20)

    with worded(settings, half, llm_seconds=1) as (own, _):
        asked = list(own.stream(QUESTION))
        assert [s.text for s in asked[0].answer.statements] == [TRUE]  # before the reply has ended
        assert asked[-1].answer.notes[-1] == "Sprogmodellen prøve blev ikke færdig."
        assert own.ask(QUESTION).answer.notes[-1] == "Sprogmodellen prøve blev ikke færdig."  # asked again
        done.set()


def test_stopping_an_answer_stops_the_model(settings: Settings, assistant: Assistant) -> None:
    written = []

    def endless(messages: list[dict[str, str]]) -> Iterator[str]:
        yield told((TRUE, sources(messages)[0][0], ""))[:-2]
        for n in range(2000):
            written.append(n)
            time.sleep(0.01)
            yield " "

    with worded(settings, endless) as (own, _):
        answers = own.stream(QUESTION)
        assert next(answers).answer.statements
        answers.close()
        time.sleep(0.5)
        so_far = len(written)
        time.sleep(0.5)
        assert len(written) <= so_far + 1


def test_a_busy_address_is_asked_again_and_an_old_one_more_plainly(
    settings: Settings, assistant: Assistant
) -> None:
    with worded(settings, proposing(TRUE), status=lambda n: 503 if n < 3 else 200) as (own, heard):
        assert own.ask(QUESTION).answer.statements[0].by == "model"
        assert len(heard.requests) == 3
    with worded(settings, proposing(TRUE), schemas=False) as (own, heard):
        assert own.ask(QUESTION).answer.statements[0].by == "model"
        assert ["response_format" in r for r in heard.requests] == [True, False]
        own.forget()
        own.ask(QUESTION)
        assert "response_format" not in heard.requests[-1]  # schemas are not tried again


def test_a_redirect_is_not_followed(settings: Settings, assistant: Assistant) -> None:
    elsewhere: list[bytes] = []
    with socket.create_server(("127.0.0.1", 0)) as other:
        other.settimeout(0.2)
        place = f"http://127.0.0.1:{other.getsockname()[1]}/v1/chat/completions"
        with worded(settings, proposing(TRUE), status=lambda n: (307, place), llm_seconds=2) as (own, _):
            assert own.ask(QUESTION).answer.statements[0].by == "extract"
        with contextlib.suppress(TimeoutError):
            connection, _ = other.accept()
            elsewhere.append(connection.recv(100))
    assert elsewhere == []


def test_the_key_is_told_to_nobody(settings: Settings, assistant: Assistant, tmp_path: Path) -> None:
    out = io.StringIO()
    with worded(settings, proposing(TRUE)) as (own, heard):
        record = own.as_record(own.ask(QUESTION))
        Observed(log_questions=True, out=out).answer(record)
        assert heard.keys[0] == "Bearer meget-hemmelig"
        assert "meget-hemmelig" not in json.dumps(heard.requests)
        shown = [repr(own.settings), as_file(own.settings), json.dumps(record), out.getvalue(),
                 " ".join(f.message for f in findings(own.settings))]  # fmt: skip
        assert not any("meget-hemmelig" in text for text in shown)
    file = tmp_path / "assistant.toml"
    file.write_text(
        'llm_url = "http://127.0.0.1:9/v1"\nllm_model = "m"\nllm_key = "hemmelig"\n', encoding="utf-8"
    )
    file.chmod(0o644)
    with pytest.raises(SettingsError, match="chmod 600"):
        Settings.load({"ASSISTANT_SETTINGS": str(file)})
    file.chmod(0o600)
    assert Settings.load({"ASSISTANT_SETTINGS": str(file)}).llm_key == "hemmelig"


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"llm_url": "127.0.0.1:11434"}, "llm_url"),
        ({"llm_url": "http://bruger:kode@vaert/v1", "llm_model": "m"}, "uden brugernavn"),
        ({"llm_url": "http://127.0.0.1:9/v1"}, "llm_model"),
        ({"llm_url": "http://127.0.0.1:9/v1", "llm_model": "m", "llm_file": Path("m.gguf")}, "den ene"),
        ({"llm_seconds": 0}, "llm_seconds"),
    ],
)
def test_a_setting_that_cannot_be_is_one_line(given: dict[str, Any], words: str) -> None:
    with pytest.raises(SettingsError, match=words) as caught:
        Settings.load({}, **given)
    assert "\n" not in str(caught.value)


def test_the_doctor_tries_the_model(settings: Settings, assistant: Assistant, tmp_path: Path) -> None:
    def of(own: Settings) -> tuple[str, str]:
        found = [f for f in findings(own) if f.name == "sprogmodel"]
        return found[-1].severity, found[-1].message

    assert of(settings) == ("ok", "ingen; svarene er dokumenternes egne ord")
    with worded(settings, lambda _: ["Ja."]) as (own, _):
        severity, message = of(own.settings)
        assert severity == "ok"
        assert "prøve svarede efter" in message
        assert message.endswith("på denne maskine; tæller tokens")
    severity, message = of(replace(settings, llm_url="http://127.0.0.1:9/v1", llm_model="væk", llm_seconds=2))
    assert severity == "fejl"
    severity, message = of(replace(settings, llm_file=tmp_path / "findes-ikke.gguf"))
    assert severity == "fejl"


def test_each_reader_has_a_form(settings: Settings, assistant: Assistant) -> None:
    leads = (
        "Det gælder, at",
        "Kort sagt:",
        "Aftalen siger, at",
        "Ifølge aftalen gælder det, at",
        "Der står, at",
    )
    many = [f"{lead} opsigelsesvarslet for døgntilbud er fire måneder." for lead in leads]
    with worded(settings, proposing(*many)) as (own, heard):
        counts = {f: sum(s.by == "model" for s in own.ask(QUESTION, form=f).answer.statements)
                  for f in ("staff", "politician", "secretariat")}  # fmt: skip
        assert counts == {"staff": 5, "politician": 3, "secretariat": 5}
        prompts = {r["messages"][0]["content"] for r in heard.requests}
        assert len(prompts) == 3


def test_an_answer_is_worded_once_for_each_generation(settings: Settings, tmp_path: Path) -> None:
    paper = tmp_path / "papirer" / "aftale.md"
    paper.parent.mkdir()
    text = "# Rammeaftale 2025-2026\nRegion Sjælland og kommunerne.\n\nOpsigelsesvarslet for en plads er {} måneder.\n"
    paper.write_text(text.format("tre"), encoding="utf-8")
    plain = Settings.load({}, index=tmp_path / "index")
    ingest([paper.parent], plain.index, plain)
    question = "Hvad er opsigelsesvarslet i Sjælland?"

    def copying(messages: list[dict[str, str]]) -> Iterator[str]:
        key, _, words = sources(messages)[0]
        said = next(line for line in words.splitlines() if "varslet" in line)
        yield told((f"Ifølge aftalen: {said[0].lower()}{said[1:]}", key, said))

    with serving(copying) as (url, heard):
        live = Live(replace(plain, llm_url=url, llm_model="prøve"))
        first = live().ask(question)
        assert live().ask(question).answer.statements == first.answer.statements
        assert live().ask(question).answer.cost.seconds == 0
        assert len(heard.requests) == 1
        paper.write_text(text.format("seks"), encoding="utf-8")
        ingest([paper.parent], plain.index, plain)
        assert "seks måneder" in live().ask(question).answer.statements[0].text
        assert len(heard.requests) == 2
    # With the model switched off, the same index answers as before.
    assert Assistant(plain.index, plain).ask(question).answer.statements[0].by == "extract"


def test_a_question_that_leans_is_rewritten_in_the_words_of_the_conversation(
    settings: Settings, assistant: Assistant
) -> None:
    turns = [
        ("Hvad er overheadet i Sjælland i 2025-2026?", "Overheadet er 6 pct. af de direkte omkostninger.")
    ]
    replies = iter(
        [
            "Hvem betaler overheadet i Sjælland i 2025-2026?",
            "Hvem betaler overheadet i Hovedstaden?",
            "<b>Hvem?</b>",
        ]
    )
    with serving(lambda _: [next(replies)]) as (url, heard):
        model = LanguageModel(replace(settings, llm_url=url, llm_model="prøve"))
        assert (
            rewritten(model, "Hvem betaler det?", turns) == "Hvem betaler overheadet i Sjælland i 2025-2026?"
        )
        assert rewritten(model, "Hvem betaler det?", turns) == "Hvem betaler det?"
        assert rewritten(model, "Hvem betaler det?", turns) == "Hvem betaler det?"
        long = [(f"Hvad er takst nummer {n}?", "Det er et langt svar. " * 60) for n in range(40)]
        assert rewritten(model, "Hvem betaler det?", long) == "Hvem betaler det?"
        assert sum(len(m["content"]) for m in heard.requests[-1]["messages"]) < 3 * 1500  # the token budget


def test_sources_that_say_different_things_are_both_shown(settings: Settings, tmp_path: Path) -> None:
    folder = tmp_path / "papirer"
    folder.mkdir()
    head = "# {}\nRegion Sjælland og kommunerne. Gælder for 2025-2026.\n\n"
    rule = "Opsigelsesvarslet for en plads på et døgntilbud er {} måneder efter modtagelsen.\n"
    for title, months in (("Rammeaftale 2025-2026", "tre"), ("Bilag til rammeaftale 2025-2026", "fem")):
        (folder / f"{months}.md").write_text(head.format(title) + rule.format(months), encoding="utf-8")
    own = Settings.load({}, index=tmp_path / "index")
    ingest([folder], own.index, own)
    question = "Hvad er opsigelsesvarslet for en plads på et døgntilbud i Sjælland?"
    one_sided = "Opsigelsesvarslet for en plads på et døgntilbud er tre måneder efter modtagelsen."
    with worded(own, proposing(one_sided)) as (assistant, _):
        for form in (None, "staff"):
            asked = assistant.ask(question, form=form)
            assert isinstance(asked.answer, Contradicted)
            record = assistant.as_json(asked)
            assert record["outcome"] == "contradicted"
            text = " ".join(s["text"] for s in record["statements"])
            assert "tre måneder" in text
            assert "fem måneder" in text
            assert any(n.startswith("Kilderne siger ikke det samme") for n in record["notes"])


def test_an_expired_answer_is_qualified(assistant: Assistant) -> None:
    asked = assistant.ask("Hvad er overheadet i Sjælland i 2023-2024?", today=dt.date(2026, 5, 1))
    assert isinstance(asked.answer, Qualified)
    assert assistant.as_json(asked)["outcome"] == "qualified"


def test_spans_are_sent_where_a_receiver_is_set(settings: Settings, assistant: Assistant) -> None:
    import grpc
    from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

    got: list[Any] = []

    class Receiver(trace_service_pb2_grpc.TraceServiceServicer):
        def Export(self, request: Any, context: Any) -> Any:
            got.extend(s for r in request.resource_spans for scope in r.scope_spans for s in scope.spans)
            return trace_service_pb2.ExportTraceServiceResponse()

    server = grpc.server(futures.ThreadPoolExecutor(2))
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(Receiver(), server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    with worded(settings, proposing(TRUE), trace_url=f"http://127.0.0.1:{port}") as (own, _):
        own.ask(QUESTION)
        for _ in range(50):
            if len(got) >= 2:
                break
            time.sleep(0.1)
    server.stop(0)
    assert {s.name for s in got} == {"answer", "model"}
    about = {a.key: a.value.string_value or a.value.int_value for s in got for a in s.attributes}
    assert about["outcome"] == "grounded"
    assert about["model"] == "prøve"
    assert about["tokens_written"] == 1
    assert not any("varsel" in str(s).lower() for s in got)


@pytest.mark.slow
def test_no_attack_reaches_a_reader(tmp_path: Path) -> None:
    through, reached = attacked(tmp_path)
    assert through == []
    assert reached >= 80
