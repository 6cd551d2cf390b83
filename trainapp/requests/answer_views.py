"""Answering from the mail: the link shows one request, its buttons answer for the office. Nobody is signed in by it."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.links import use_link
from trainapp.accounts.models import Person
from trainapp.core.access import Permission, access
from trainapp.core.errors import Forbidden
from trainapp.core.web import page
from trainapp.files.downloads import send_download
from trainapp.files.limits import takes_uploads
from trainapp.requests import queries
from trainapp.requests.answering import STEPS_BY_LINK, attachment_by_link, open_answer, steps_by_link
from trainapp.requests.blueprint import blueprint
from trainapp.requests.labels import event_label
from trainapp.requests.request_page import Reader, context_of
from trainapp.requests.step_forms import StepInput
from trainapp.requests.steps import OFFICE, Side
from trainapp.requests.views import step_taken


@blueprint.route("/requests/answer/<token>", methods=["GET", "POST"])
@access(Permission.BY_LINK)
@takes_uploads
def answer(token: str) -> ResponseReturnValue:
    link, item = open_answer(token)
    if request.method == "GET":
        return _answer_page(token, link.person, item.public_id)
    typed = StepInput.sent(request.form)
    if typed.step() is not None and typed.step() not in STEPS_BY_LINK:
        raise Forbidden()
    event, status = step_taken(link.person, item, typed, OFFICE)  # whatever other role its person has
    if event is None:
        return _answer_page(token, link.person, item.public_id, typed, status)
    use_link(link)
    flash(event_label(event), "success")
    return redirect(url_for("requests.answer", token=token))


@blueprint.get("/requests/answer/<token>/files/<public_id>")
@access(Permission.BY_LINK)
def answer_file(token: str, public_id: str) -> ResponseReturnValue:
    _link, item = open_answer(token)
    return send_download(attachment_by_link(item, public_id))


def _answer_page(token: str, person: Person, public_id: str, typed: StepInput | None = None, status: int = 200) -> Any:
    item = queries.with_history(person, public_id)
    reader = Reader(Side.OFFICE, person.zone, steps_by_link(item))
    typed = typed or StepInput.empty(queries.standing_slots(item))
    return page("requests/answer.html", status, token=token, person=person, **context_of(item, reader, typed))
