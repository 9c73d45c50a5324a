"""The judgements of a comparison's cells as HTML, and the forms to submit them."""

from __future__ import annotations

import html
import json
from collections.abc import Mapping, Sequence
from typing import Any

from assistant.answer.contract import number, placed_json
from assistant.compare.standing import quotes_of, signed
from assistant.messages import Language, Say, in_language, speaking
from assistant.models import Comparison, Judgement, Row, Statement
from assistant.service.review import NAME, REASON, WORDS, mark
from assistant.ui import render


def cell(row: Row, may: bool, language: Language) -> str:
    """The part below a side's text: who confirmed it, and a collapsible section with the history and, for those who may
    judge, the form, which is loaded when opened."""
    say, review = speaking(language), row.review
    if review is None and not may:
        return ""
    shown = _standing(row, say, language)
    inside = _history(row, say, language)
    if may:
        inside = f"<div class='judging' aria-live='polite'></div>{inside}"
    summary = say("review_history") if not may else say("review_again") if review else say("review")
    about = {
        "region": row.region or "", "periode": row.period or "", "papir": row.document or "", "set": mark(row),
        "status": row.status, "dom_nu": review.state if review else "",
    }  # fmt: skip
    named = " ".join(x for x in (row.region, row.period) if x)
    return (
        f"{shown}<details class='review' data-cell='{html.escape(json.dumps(about), quote=True)}'>"
        f"<summary>{summary}<span class='unseen'>: {html.escape(named)}</span></summary>{inside}</details>"
    )


def progress(found: Comparison, say: Say) -> str:
    """How many cells have a valid judgement; "" where there are no judgements."""
    reviews = [row.review for row in found.rows if row.review]
    if not reviews:
        return ""
    line = say("review_count", count=sum(r.stands for r in reviews), total=len(found.rows))
    if reopened := sum(bool(r.why) for r in reviews):
        line += " " + say("review_open", count=reopened)
    return f"<p class='about'>{line}</p>"


def _standing(row: Row, say: Say, language: Language) -> str:
    review = row.review
    if review is None:
        return ""
    line = html.escape(f"{signed(review.last, language)} {review.last.reason}".strip())
    if review.why:
        why = html.escape(" ".join(in_language(one, language) for one in review.why))
        before = _basis(review.last, say)
        return (
            f"<div class='judged reopened'><p><strong>{say('reopened')}.</strong> {why}</p>"
            f"<p>{say('before')}: {line} {before}</p></div>"
        )
    return f"<div class='judged {review.state}'><p>{line}</p></div>"


def _basis(judgement: Judgement, say: Say) -> str:
    """What was judged: the text and its places as stored, regardless of the current index."""
    values = "; ".join(text.replace("\n", "; ") for _, text, _ in judgement.basis["values"])
    told = []
    for q in quotes_of(judgement.basis):
        words = html.escape(" ".join(q["quote"].split()))
        told.append(f"<q>{words}</q> ({html.escape(q['document'])}, {html.escape(render.where(q, say))})")
    lead = f"<b>{html.escape(values)}</b> " if values and told else ""
    return lead + ("; ".join(told) or html.escape(say("review_nothing")) + ".")


def _history(row: Row, say: Say, language: Language) -> str:
    """All judgements, newest first, and the search's own answer where it is not the one shown."""
    review = row.review
    if review is None:
        return ""
    items = "".join(
        f"<li>{html.escape(signed(j, language))} {html.escape(j.reason)}<br>{_basis(j, say)}</li>"
        for j in reversed(review.history)
    )
    machine = ""
    if review.machine:
        told = [f"<p>{_words(s, language)}</p>" for s in review.machine.statements]
        machine = f"<h4>{say('review_machine')}</h4>{''.join(told) or '<p>' + say('silent') + '</p>'}"
    return f"{machine}<h4>{say('review_history')}</h4><ol class='history'>{items}</ol>"


def _words(statement: Statement, language: Language) -> str:
    """A sentence with its place as a link that opens the page."""
    _, citations = number([statement])
    first = placed_json(1, citations[0])
    where = f"{first['document']}, {render.where(first, speaking(language))}"
    words = render.bolded(statement.text, statement.bold).replace("\n", "<br>")
    return f"{words} {render.mark(first, language, 1)} <small>{html.escape(where)}</small>"


# --- the form ---


def form(
    offered: Sequence[Statement],
    papers: Mapping[str, str],
    status: str,
    state: str,
    named: bool,
    language: Language,
) -> str:
    """The form to judge a cell: `offered` are alternative sentences, `papers` the documents where another one may be
    found, `named` is whether the user is known by an account."""
    say = speaking(language)
    name = _field(say("review_name"), f"<input name='navn' maxlength='{NAME}' autocomplete='name'>")
    confirm = say("review_confirm_silent" if status == "silent" else "review_confirm")
    back = ""
    if state in ("confirmed", "corrected", "silent"):
        back = f"<button name='dom' value='withdrawn' class='plain'>{say('review_withdraw')}</button>"
    places = "".join(_offered(s, language) for s in offered)
    nothing = "" if status == "silent" else _radio("intet", say("review_nothing"))
    documents = "".join(
        f"<option value='{html.escape(i, quote=True)}'>{html.escape(n)}</option>" for i, n in papers.items()
    )
    other = (
        "<div class='elsewhere'>"
        + _field(say("review_document"), f"<select name='dokument'>{documents}</select>")
        + _field(say("review_page"), "<input name='side' inputmode='numeric' maxlength='5' size='5'>")
        + _field(say("review_words"), f"<textarea name='ord' rows='3' maxlength='{WORDS}'></textarea>")
        + "</div>"
    )
    reason = f"<textarea name='grund' rows='2' maxlength='{REASON}' required></textarea>"
    remark = f"<input name='grund' maxlength='{REASON}'>"
    return (
        f"{'' if named else name}"
        f"<form>{_field(say('review_note'), remark)}<p><button name='dom' value='confirmed'>{confirm}</button> "
        f"{back}</p></form>"
        f"<details class='instead'><summary>"
        f"{say('review_correct_silent' if status == 'silent' else 'review_correct')}</summary><form>"
        f"<fieldset><legend>{say('review_instead')}</legend>{places}{_radio('andet', say('review_another'))}{other}"
        f"{nothing}</fieldset>{_field(say('review_value'), '<input name=vaerdi maxlength=100>')}"
        f"{_field(say('review_reason'), reason)}"
        f"<p><button name='dom' value='corrected'>{say('review_save')}</button></p></form></details>"
        "<p class='trouble' role='alert' hidden></p>"
    )


def _field(label: str, field: str) -> str:
    return f"<label class='field'>{label}{field}</label>"


def _radio(value: str, label: str) -> str:
    return (
        f"<label class='choice'><input type='radio' name='sted' value='{html.escape(value, quote=True)}' required>"
        f"<span>{label}</span></label>"
    )


def _offered(statement: Statement, language: Language) -> str:
    first: Mapping[str, Any] = placed_json(1, statement.citations[0])
    place = {"dokument": first["document_id"], "side": first["page"], "ord": first["quote"]}
    where = html.escape(f"{first['document']}, {render.where(first, speaking(language))}")
    words = render.words(statement.text).replace("\n", "<br>")
    return _radio(json.dumps(place, ensure_ascii=False), f"{words} <small>{where}</small>")
