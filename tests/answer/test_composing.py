"""From questions to verified answers and refusals, and the output contracts of the command line."""

from __future__ import annotations

import datetime as dt
import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest
from conftest import ROOT, pdf
from pypdf import PdfReader

from assistant.cli import main
from assistant.errors import QuestionError, SettingsError
from assistant.index.ingest import ingest
from assistant.models import Abstained, Grounded, Quote, Scope
from assistant.service.assistant import Assistant
from assistant.settings import Settings

TODAY = dt.date(2026, 11, 22)


def ask(assistant: Assistant, question: str, **given: object) -> dict[str, object]:
    return assistant.as_json(assistant.ask(question, today=TODAY, **given))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("question", "document", "figure"),
    [
        ("Hvad er opsigelsesvarslet for døgntilbud i Sjælland 2023-2024?", "a.pdf", "tre måneder"),
        (
            "Hvad er opsigelsesvarslet for døgntilbud i den gældende sjællandske rammeaftale?",
            "b.pdf",
            "fire måneder",
        ),
        ("Hvad er opsigelsesvarslet i Hjørring Kommune i 2025?", "c.pdf", "90 dage"),
        ("Hvor stort er overheadet i Faxe Kommune i 2024?", "a.pdf", "5 pct"),
        ("Hvad er overheadprocenten i Region Nordjylland 2025-26?", "c.pdf", "7 pct"),
        ("hvad er opsigelsesvarslet i sjaelland 2025/2026", "b.pdf", "fire måneder"),
    ],
)
def test_the_right_figure_from_the_right_agreement(
    assistant: Assistant, question: str, document: str, figure: str
) -> None:
    answer = ask(assistant, question)
    assert answer["status"] == "grounded"
    assert figure in str(answer["answer"])
    assert {c["document"] for c in answer["citations"]} == {document}  # type: ignore[union-attr]


def test_a_list_comes_whole_and_a_cell_with_its_row(assistant: Assistant) -> None:
    listed = str(ask(assistant, "Hvilke fokusområder er der i Nordjylland 2025-2026?")["answer"])
    assert all(x in listed for x in ("Overgangen fra barn til voksen", "psykiatrien", "Viden om effekt"))
    asked = assistant.ask(
        "Hvad er taksten for midlertidigt botilbud efter § 107 i Nordjylland i 2026?", today=TODAY
    )
    assert isinstance(asked.answer, Grounded)
    statement = asked.answer.statements[0]
    assert [statement.text[a:b] for a, b in statement.bold] == ["1.987"]
    assert "Takst 2026" in statement.text
    assert len(statement.citations) == 2


@pytest.mark.parametrize(
    ("question", "sentence", "figure"),
    [
        (
            "Hvad er varslet på et dagtilbud?",
            "Varslet er 3 måneder for døgntilbud og 5 uger for dagtilbud.",
            "5 uger",
        ),
        (
            "Hvad er varslet på et døgntilbud?",
            "Varslet er 3 måneder for døgntilbud og 5 uger for dagtilbud.",
            "3 måneder",
        ),
        (
            "Hvilket varsel kan driftsherren kræve?",
            "Opsiges mange pladser inden for et halvt år, kan driftsherren kræve et varsel på ni måneder.",
            "ni måneder",
        ),
    ],
)
def test_of_two_figures_the_one_asked_for_is_marked(
    settings: Settings, tmp_path: Path, question: str, sentence: str, figure: str
) -> None:
    (tmp_path / "regler.txt").write_text(f"Regler om varsler\n\n{sentence}\n", encoding="utf-8")
    own = replace(settings, index=tmp_path / "index")
    ingest([tmp_path / "regler.txt"], own.index, own)
    answer = Assistant(own.index, own).ask(question).answer
    assert isinstance(answer, Grounded)
    statement = answer.statements[0]
    assert [statement.text[a:b] for a, b in statement.bold] == [figure]


def test_without_a_region_each_one_answers_for_itself(assistant: Assistant) -> None:
    answer = ask(assistant, "Hvad er opsigelsesvarslet for døgntilbud?")
    assert {c["region"] for c in answer["citations"]} == {"Sjælland", "Nordjylland"}  # type: ignore[union-attr]
    assert "fire måneder" in str(answer["answer"])
    assert answer["notes"]


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        ("Hvad er opsigelsesvarslet i Region Hovedstaden 2025-2026?", "OUT_OF_SCOPE"),
        ("Hvad er overheadet i Sjælland 2019-2020?", "OUT_OF_SCOPE"),
        ("Hvem vandt folketingsvalget?", "WEAK"),
        ("Hvad koster en busbillet i Aalborg?", "WEAK"),
    ],
)
def test_what_is_not_there_is_refused(assistant: Assistant, question: str, reason: str) -> None:
    answer = ask(assistant, question)
    assert (answer["status"], answer["reason"]) == ("abstained", reason)
    assert "fremgår ikke" in str(answer["answer"])
    assert not answer["citations"]


@pytest.mark.parametrize(
    ("question", "figure"),
    [
        ("Hvor lang tid i forvejen skal man sige en dagplads op i Hovedstaden?", "6 uger"),
        ("Hvad er varslet for en døgnplads i Hovedstaden?", "2 måneder"),
    ],
)
def test_a_place_of_a_kind_is_found_under_its_offer(samples: Assistant, question: str, figure: str) -> None:
    answer = samples.ask(question, today=dt.date(2026, 6, 1)).answer
    assert isinstance(answer, Grounded)
    assert [s.text[a:b] for s in answer.statements for a, b in s.bold] == [figure]


@pytest.mark.parametrize(
    "question",
    [
        "Hvem sidder i styregruppen i Hovedstaden?",  # the document names the steering group, but not its members
        "Hvem deltager i K17?",  # a name, not the number 17
    ],
)
def test_a_group_without_its_members_is_no_answer(samples: Assistant, question: str) -> None:
    assert ask(samples, question)["status"] == "abstained"


def test_json_keeps_its_contract_and_raw_is_pypdfs_own_text(assistant: Assistant, corpus: Path) -> None:
    answer = ask(assistant, "Hvad er opsigelsesvarslet for døgntilbud i Sjælland 2023-2024?")
    assert {
        "id", "question", "scope", "status", "reason", "answer", "statements", "citations", "hits", "seconds"
    } <= set(answer)  # fmt: skip
    assert answer["scope"] == {"regions": ["Sjælland"], "periods": ["2023-2024"], "kinds": [], "on": None}
    for c in answer["citations"]:  # type: ignore[union-attr]
        assert c["raw"] in PdfReader(corpus / c["document"]).pages[c["page"] - 1].extract_text()
        assert set(c) == {"n", "document", "title", "page", "quote", "raw", "region", "period", "kind"}
    for s in answer["statements"]:  # type: ignore[union-attr]
        assert s["citations"]
    assert all(set(h) == {"document", "page", "score"} for h in answer["hits"])  # type: ignore[union-attr]


def test_a_quote_that_does_not_stand_there_is_no_quote(assistant: Assistant) -> None:
    passage = assistant.retriever.passages[1]
    good = Quote(passage.id, 0, 12, passage.text[:12])
    assert assistant.grounder.verify(passage, good) is not None
    for bad in (
        replace(good, text=good.text.upper() + "!"), replace(good, end=13), replace(good, passage_id="x:0"),
        Quote(passage.id, 0, len(passage.text) + 5, passage.text + "tilføj"),
    ):  # fmt: skip
        assert assistant.grounder.verify(passage, bad) is None


def test_the_scope_can_be_overridden(assistant: Assistant) -> None:
    question = "Hvad er opsigelsesvarslet for døgntilbud?"
    answer = ask(assistant, question, given=Scope(regions=("Nordjylland",)))
    assert "90 dage" in str(answer["answer"])
    lifted = assistant.ask(
        "Hvad er opsigelsesvarslet i Region Hovedstaden?", today=TODAY, lifted=[("regions", "Hovedstaden")]
    )
    assert isinstance(lifted.answer, Grounded)


@pytest.mark.parametrize("question", ["", "  \n ", "😀😀😀", "<b></b>", "?!", "x" * 10_000])
def test_a_question_without_words_gets_one_line(assistant: Assistant, question: str) -> None:
    with pytest.raises(QuestionError) as error:
        assistant.ask(question)
    assert "\n" not in str(error.value)


def test_markup_in_a_question_is_words_only(assistant: Assistant) -> None:
    assert (
        ask(assistant, "<b>Hvad</b> er <i onclick='x()'>overheadet</i> i Nordjylland?")["status"]
        == "grounded"
    )


def test_settings_reject_what_they_do_not_know() -> None:
    for env in ({"ASSISTANT_MODLE": "x"}, {"PORT": "0"}, {"PORT": "abc"}, {"ASSISTANT_HOST": "0.0.0.0"}):
        with pytest.raises(SettingsError):
            Settings.load(env)


def test_command_line(corpus: Path, settings: Settings, assistant: Assistant, tmp_path: Path,
                      capsys: pytest.CaptureFixture[str]) -> None:  # fmt: skip
    index = ["--index", str(settings.index)]
    assert main(["ask", "Hvad er overheadet i Nordjylland 2025-2026?", *index, "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["status"] == "grounded"
    questions = tmp_path / "q.jsonl"
    questions.write_text('{"id": "1", "question": "Hvad er overheadet i Nordjylland?"}\n', encoding="utf-8")
    assert main(["ask", "--questions", str(questions), "--out", str(tmp_path / "a.jsonl"), *index]) == 0
    assert json.loads((tmp_path / "a.jsonl").read_text("utf-8"))["id"] == "1"
    capsys.readouterr()
    for wrong in (
        ["ask", "Hvad?", "--region", "Jylland", *index],
        ["ask", "Hvad?", "--kind", "Foo", *index],
        ["ask", "Hvad?", "--index", str(tmp_path)],
        ["ask", *index],
        ["repair", str(tmp_path / "x.txt")],
        ["ingest", str(tmp_path / "x"), *index],
    ):
        assert main(wrong) == 1
        assert capsys.readouterr().err.count("\n") == 1
    with pytest.raises(SystemExit) as stop:
        main(["ask", "Hvad?", "--on", "i morgen"])
    assert stop.value.code == 2
    assert main(["doctor", *index]) == 0


def test_asking_never_imports_torch(settings: Settings, assistant: Assistant) -> None:
    code = (
        "import sys; from assistant.cli import main;"
        f"main(['ask', 'Hvad er overheadet i Nordjylland?', '--index', {str(settings.index)!r}]);"
        "heavy = {'torch', 'sentence_transformers', 'gradio', 'llama_index'} & set(sys.modules);"
        "sys.exit(f'imported {heavy}' if heavy else 0)"
    )
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, timeout=60).returncode == 0


OFFLINE = """
import socket, sys
real = socket.socket.connect
def connect(self, address):
    host = address[0] if isinstance(address, tuple) else ""
    if host not in ("127.0.0.1", "::1", "localhost", ""):
        print("CALLED OUT", address, flush=True)
        raise OSError("refused")
    return real(self, address)
socket.socket.connect = connect
look = socket.getaddrinfo
def getaddrinfo(host, *rest, **more):
    if host not in (None, "", "127.0.0.1", "::1", "localhost", "0.0.0.0"):
        print("LOOKED UP", host, flush=True)
        raise socket.gaierror("refused")
    return look(host, *rest, **more)
socket.getaddrinfo = getaddrinfo
from assistant.cli import main
index = ["--index", sys.argv[2]]
assert main(["ingest", sys.argv[1], *index]) == 0
assert main(["ask", "Hvad er overheadet i Nordjylland?", *index]) == 0
from pathlib import Path
from fastapi.testclient import TestClient
from assistant.settings import Settings
from assistant.web import application
with TestClient(application(Settings.load(index=Path(sys.argv[2]))), base_url="http://127.0.0.1") as client:
    page = client.get("/")
    assert page.status_code == 200
    assert "fonts.g" not in page.text and "cdn" not in page.text.lower()
"""


def test_nothing_calls_out(corpus: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [sys.executable, "-c", OFFLINE, str(corpus), str(tmp_path / "i")],
        capture_output=True, text=True, timeout=180, cwd=ROOT,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-2000:]
    assert "CALLED OUT" not in run.stdout
    assert "LOOKED UP" not in run.stdout


def test_a_list_that_lies_over_several_pages_is_put_together(tmp_path: Path, settings: Settings) -> None:
    parts = (
        "Overgange til voksenlivet",
        "Borgere med senhjerneskade",
        "Data om kvalitet",
        "Det nære samarbejde",
    )
    pages = "\n#pagebreak()\n".join(
        f"== Indsatsområde {n}: {title}\nHer arbejder kommunerne og regionen sammen om en fælles indsats, som "
        "følges op en gang om året i styregruppen og lægges frem for de to parter."
        for n, title in enumerate(parts, start=1)
    )
    pdf(
        tmp_path / "plan.pdf",
        f"= Rammeaftale 2025-2026\nRegion Syddanmark og kommunerne\n#pagebreak()\n{pages}",
    )
    own = Settings.load({}, index=tmp_path / "index")
    ingest([tmp_path / "plan.pdf"], own.index, own)
    answer = Assistant(own.index, own).ask("Hvilke indsatsområder er der i Syddanmarks rammeaftale?").answer
    assert isinstance(answer, Grounded)
    assert [s.text.split(": ")[1] for s in answer.statements] == list(parts)
    assert [s.citations[0].page for s in answer.statements] == [2, 3, 4, 5]


def test_words_of_another_period_never_answer_for_the_one_asked(tmp_path: Path) -> None:
    pdf(
        tmp_path / "status.pdf",
        "= Opsamling på rammeaftalen 2022-2023 i Syddanmark\nDirektørerne udpegede tre politiske temaer: bedre "
        "overgange, fælles data og stærkere faglighed.\n\nNæste aftale gælder fra 2025.",
    )
    own = Settings.load({}, index=tmp_path / "index")
    ingest([tmp_path / "status.pdf"], own.index, own)
    asked = Assistant(own.index, own)
    question = "Hvilke politiske temaer er der i Syddanmarks rammeaftale {}?"
    assert isinstance(asked.ask(question.format("2025-2026")).answer, Abstained)
    assert isinstance(asked.ask(question.format("2022-2023")).answer, Grounded)


def test_two_regions_named_answer_each_from_its_own_document(assistant: Assistant) -> None:
    question = "Hvad er overheadet i henholdsvis Sjælland og Nordjylland i 2025-2026?"
    found = assistant.ask(question, today=TODAY).answer
    assert isinstance(found, Grounded)
    said = {s.citations[0].facts.region: s.text for s in found.statements if "pct." in s.text}
    assert "6 pct." in said["Sjælland"]
    assert "7 pct." in said["Nordjylland"]
    one = assistant.ask("Hvad er overheadet i Sjælland og i Midtjylland i 2025-2026?", today=TODAY).answer
    assert isinstance(one, Grounded)
    assert {s.citations[0].facts.region for s in one.statements} == {"Sjælland"}
    assert one.notes[0] == "For Midtjylland blev intet fundet i de dokumenter, der er søgt i."
