"""Pages of one request: its facts, its thread, its steps, and whom it is assigned to."""

from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import acting_person
from trainapp.accounts.models import Person
from trainapp.core.access import Permission, access
from trainapp.core.database import db
from trainapp.core.errors import DomainError, Forbidden, NotFound
from trainapp.core.forms import with_error
from trainapp.core.languages import _
from trainapp.core.reader import reader_zone
from trainapp.core.web import page
from trainapp.files.limits import takes_uploads
from trainapp.requests import queries, service
from trainapp.requests.blueprint import blueprint
from trainapp.requests.forms import version_of
from trainapp.requests.labels import event_label
from trainapp.requests.models import RequestEvent, RequestState, TrainingRequest
from trainapp.requests.request_page import context_of, reader_of, standing_words
from trainapp.requests.step_forms import AssignForm, StepInput
from trainapp.requests.steps import EITHER, Side


@blueprint.get("/requests/<public_id>", endpoint="request")
@access(Permission.ASK_FOR_TRAINING)
def show_request(public_id: str) -> ResponseReturnValue:
    return _request_page(acting_person(), public_id)


@blueprint.post("/requests/<public_id>/steps")
@access(Permission.ASK_FOR_TRAINING)
@takes_uploads
def take_step(public_id: str) -> ResponseReturnValue:
    person = acting_person()
    item = queries.request_for(person, public_id)
    typed = StepInput.sent(request.form)
    event, status = step_taken(person, item, typed)
    if event is None:
        return _request_page(person, public_id, typed, status=status)
    flash(event_label(event), "success")
    return redirect(url_for("requests.request", public_id=public_id))


@blueprint.post("/requests/<public_id>/assign")
@access(Permission.COORDINATE)
def assign(public_id: str) -> ResponseReturnValue:
    person = acting_person()
    item = queries.request_for(person, public_id)
    form = AssignForm()
    form.offer(queries.colleagues())
    if not form.validate():
        return _request_page(person, public_id, form=form, status=422)
    try:
        service.assign(person, item, form.colleague.data or "", version_of(form.version))
    except (Forbidden, NotFound):
        raise
    except DomainError as error:
        db.session.rollback()
        return _request_page(person, public_id, form=with_error(form, error), status=error.status)
    flash(_("It is noted who looks after this request."), "success")
    return redirect(url_for("requests.request", public_id=public_id))


def step_taken(
    person: Person, item: TrainingRequest, typed: StepInput, allowed: frozenset[Side] = EITHER
) -> tuple[RequestEvent | None, int]:
    """Take the step a form asks for, for one of the sides allowed.

    Without an event, the form is shown again with the status, as it was typed.
    """
    if typed.asks_for_rows:
        return None, 200
    zone = item.office.zone
    if not typed.validate(zone):
        return None, 422
    try:
        return _take(person, item, typed, zone, allowed), 302
    except (Forbidden, NotFound):
        raise
    except DomainError as error:
        db.session.rollback()  # the page that says so must show nothing of the step
        typed.has_moved = isinstance(error, service.RequestMoved)
        typed.show_problem(error)
        return None, error.status


def _take(person: Person, item: TrainingRequest, typed: StepInput, zone: str, allowed: frozenset[Side]) -> RequestEvent:
    step = typed.step()
    if step is None:
        raise service.StepRefused()
    return service.take_step(
        person,
        item,
        step,
        typed.comment,
        typed.version,
        slots=typed.offers(zone),
        chosen=typed.chosen or None,
        files=typed.uploads(),
        allowed=allowed,
    )


def _request_page(
    person: Person, public_id: str, typed: StepInput | None = None, *, form: AssignForm | None = None, status: int = 200
) -> Any:
    item = queries.with_history(person, public_id)
    is_secretariat = queries.is_secretariat(person)
    context = context_of(
        item, reader_of(person, item, reader_zone().zone), typed or StepInput.empty(queries.standing_slots(item))
    )
    return page(
        "requests/request.html",
        status,
        **context,
        is_secretariat=is_secretariat,
        development=standing_words(item) if is_secretariat else "",
        assignment=form or (_assign_form(item) if is_secretariat else None),
        is_draft=item.state is RequestState.DRAFT,
        may_plan=item.state is RequestState.AGREED and is_secretariat,
        reaches_nobody=is_secretariat and not queries.offices_reached({item.office_id}),
    )


def _assign_form(item: TrainingRequest) -> AssignForm:
    form = AssignForm(formdata=None, data={"colleague": item.assigned_to.public_id if item.assigned_to else ""})
    form.offer(queries.colleagues())
    return form
