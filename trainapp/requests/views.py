"""Pages of requests: the list, asking, and one request with its history and its steps."""

from typing import Any

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import acting_person
from trainapp.accounts.models import Person
from trainapp.catalogue.queries import level_label, subject_name
from trainapp.core import timefmt
from trainapp.core.access import Permission, access
from trainapp.core.errors import DomainError, Forbidden, NotFound
from trainapp.core.languages import _, current_language, language_name
from trainapp.core.web import page
from trainapp.offices.queries import office_name
from trainapp.requests import queries, service
from trainapp.requests.forms import FilterForm, RequestForm, StepForm, values_of, version_of
from trainapp.requests.labels import (
    action_label,
    channel_label,
    mode_label,
    state_label,
    state_tone,
    step_label,
    step_tone,
    what_next,
)
from trainapp.requests.models import Channel, RequestState, Step, TrainingRequest
from trainapp.requests.notices import course_title
from trainapp.requests.rows import row_of, title_of
from trainapp.requests.steps import WAITS_FOR, Rule, Side

blueprint = Blueprint("requests", __name__, url_prefix="/<lang:language>")

STEPS_OF_THE_FORM = (Step.SAVE_DRAFT, Step.SUBMIT)
"""A draft is kept and sent by its own form, not by the one of the steps."""


@blueprint.get("/requests", endpoint="requests")
@access(Permission.ASK_FOR_TRAINING)
def list_requests() -> ResponseReturnValue:
    person = acting_person()
    secretariat = queries.is_secretariat(person)
    states = [state for state in RequestState if not (secretariat and state is RequestState.DRAFT)]
    filters = FilterForm(request.args, states, queries.offices_with_requests() if secretariat else [])
    found = queries.requests_seen_by(
        person,
        state=filters.chosen_state(),
        office_code=filters.chosen_office(),
        page=request.args.get("page", 1, type=int),
    )
    return page(
        "requests/requests.html",
        rows=[row_of(item, queries.reading_side(person)) for item in found.requests],
        found=found,
        filters=filters,
        secretariat=secretariat,
        is_filtered=bool(filters.chosen_state() or filters.chosen_office()),
        previous_url=_page_url(found.page - 1) if found.page > 1 else None,
        next_url=_page_url(found.page + 1) if found.page < found.pages else None,
    )


def _page_url(number: int) -> str:
    arguments: dict[str, Any] = {name: value for name, value in request.args.items() if name in ("state", "office")}
    return url_for("requests.requests", page=number, **arguments)


@blueprint.route("/requests/new", methods=["GET", "POST"])
@access(Permission.ASK_FOR_TRAINING)
def new_request() -> ResponseReturnValue:
    person = acting_person()
    if request.method == "GET":
        return _form_page(RequestForm(person, data=_first_values()), person)
    send = "keep" not in request.form
    form = RequestForm(person, drafting=not send)
    if not form.validate():
        return _form_page(form, person, status=422)
    try:
        item = service.new_request(person, form.wish(), send=send)
    except Forbidden:
        raise
    except DomainError as error:
        return _form_page(_with_error(form, error), person, status=error.status)
    return _after(item, Step.SUBMIT if send else Step.SAVE_DRAFT)


@blueprint.route("/requests/<public_id>/edit", methods=["GET", "POST"])
@access(Permission.ASK_FOR_TRAINING)
def edit_request(public_id: str) -> ResponseReturnValue:
    person = acting_person()
    item = queries.request_for(person, public_id)
    if request.method == "GET":
        if item.state is not RequestState.DRAFT:
            raise NotFound()
        return _form_page(RequestForm(person, editing=True, data=values_of(item)), person, item)
    send = "keep" not in request.form
    form = RequestForm(person, drafting=not send, editing=True)
    if not form.validate():
        return _form_page(form, person, item, 422)
    try:
        service.change_draft(person, item, form.wish(), version_of(form.version), send=send)
    except Forbidden:
        raise
    except DomainError as error:
        form.version.data = str(item.version)
        return _form_page(_with_error(form, error), person, item, error.status)
    return _after(item, Step.SUBMIT if send else Step.SAVE_DRAFT)


@blueprint.post("/requests/<public_id>/discard")
@access(Permission.ASK_FOR_TRAINING)
def discard_request(public_id: str) -> ResponseReturnValue:
    person = acting_person()
    service.discard_draft(person, queries.request_for(person, public_id))
    flash(_("The draft is discarded."), "success")
    return redirect(url_for("requests.requests"))


@blueprint.get("/requests/<public_id>", endpoint="request")
@access(Permission.ASK_FOR_TRAINING)
def show_request(public_id: str) -> ResponseReturnValue:
    return _request_page(acting_person(), public_id, StepForm())


@blueprint.post("/requests/<public_id>/steps")
@access(Permission.ASK_FOR_TRAINING)
def take_step(public_id: str) -> ResponseReturnValue:
    person = acting_person()
    item = queries.request_for(person, public_id)
    form = StepForm()
    if not form.validate():
        return _request_page(person, public_id, form, 422)
    try:
        step = _step_named(request.form.get("step", ""))
        service.take_step(person, item, step, form.comment.data or "", version_of(form.version))
    except Forbidden:
        raise
    except DomainError as error:
        return _request_page(person, public_id, _with_error(form, error), error.status)
    return _after(item, step)


def _step_named(name: str) -> Step:
    if name not in list(Step):
        raise service.StepRefused()
    return Step(name)


def _after(item: TrainingRequest, step: Step) -> ResponseReturnValue:
    flash(step_label(step), "success")
    return redirect(url_for("requests.request", public_id=item.public_id))


def _with_error(form: Any, error: DomainError) -> Any:
    """The form with a rule's message at the field it is about, or above all."""
    if error.field and error.field in form:
        form[error.field].errors = [*form[error.field].errors, str(error.message)]
    else:
        form.form_errors.append(str(error.message))
    return form


def _first_values() -> dict[str, Any]:
    return {"course": request.args.get("course", ""), "first_language": current_language()}


def _form_page(form: RequestForm, person: Person, item: TrainingRequest | None = None, status: int = 200) -> Any:
    return page(
        "requests/form.html",
        status,
        form=form,
        item=item,
        may_keep_draft=queries.may_keep_drafts(person),
    )


def _request_page(person: Person, public_id: str, form: StepForm, status: int = 200) -> Any:
    item = queries.with_history(person, public_id)
    form.version.data = str(item.version)
    reader = _reading_side(person, item)
    rules = [rule for rule in service.allowed_steps(person, item) if rule.step not in STEPS_OF_THE_FORM]
    return page(
        "requests/request.html",
        status,
        item=item,
        title=title_of(item),
        office=office_name(item.office),
        state=state_label(item.state),
        tone=state_tone(item.state),
        what_next=what_next(item.state, reader),
        waits_for_reader=WAITS_FOR.get(item.state) is reader,
        mode=mode_label(item.mode),
        level=level_label(item.level),
        channel=channel_label(item.channel),
        course=course_title(item),
        subjects=timefmt.listed(subject_name(subject) for subject in item.subjects),
        training_languages=timefmt.listed(language_name(code) for code in item.languages),
        events=_history(item),
        form=form,
        buttons=[_button(rule, is_first=number == 0) for number, rule in enumerate(rules)],
        records_for_office=item.channel is not Channel.OFFICE and queries.is_secretariat(person),
        steps_with_words=timefmt.listed(action_label(rule.step) for rule in rules if rule.needs_comment),
        is_draft=item.state is RequestState.DRAFT,
        may_plan=item.state is RequestState.AGREED and queries.is_secretariat(person),
    )


def _reading_side(person: Person, item: TrainingRequest) -> Side:
    sides = queries.sides_of(person, item.office_id)
    waited_for = WAITS_FOR.get(item.state)
    return waited_for if waited_for in sides else queries.reading_side(person)


def _history(item: TrainingRequest) -> list[dict[str, Any]]:
    """What has happened, oldest first. How often a draft was kept is of no interest once it is sent."""
    return [
        {
            "title": step_label(event.step),
            "who": event.person.name,
            "at": event.at,
            "text": event.comment,
            "tone": step_tone(event.step),
        }
        for event in item.events
        if event.step is not Step.SAVE_DRAFT or item.state is RequestState.DRAFT
    ]


def _button(rule: Rule, *, is_first: bool) -> dict[str, Any]:
    kind = "danger" if rule.final else "primary" if is_first and rule.step is not Step.COMMENT else "secondary"
    return {"step": rule.step.value, "label": action_label(rule.step), "kind": kind, "final": rule.final}
