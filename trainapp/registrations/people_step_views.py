"""Approving, declining and moving several people at once: whom it concerns is shown before anything is done."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import acting_person
from trainapp.accounts.models import Person
from trainapp.core.access import Permission, access
from trainapp.core.errors import DomainError, NotFound
from trainapp.core.forms import with_error
from trainapp.core.languages import _, language_name, ngettext
from trainapp.core.timefmt import number, short_day
from trainapp.core.web import page
from trainapp.registrations import decisions
from trainapp.registrations.blueprint import blueprint
from trainapp.registrations.decisions import Outcome
from trainapp.registrations.models import ACTIVE, Registration, RegistrationState
from trainapp.registrations.people_forms import (
    DeclinePeopleForm,
    FrozenForm,
    MovePeopleForm,
    PeopleStep,
    selection_in,
)
from trainapp.registrations.people_queries import people_chosen, session_to_run, sessions_to_move_to
from trainapp.registrations.people_rows import state_tag
from trainapp.registrations.people_views import frame_of, people_form, step_label
from trainapp.registrations.queries import people_waiting, seats_taken
from trainapp.scheduling.models import TrainingSession
from trainapp.scheduling.queries import session_by_code, session_title

MOST_NAMED = 50
MOST_AT_ONCE = 100
"""People in one unit of work, with their mails: some seconds, for which others who write wait on SQLite."""

DECIDED = (PeopleStep.APPROVE, PeopleStep.DECLINE, PeopleStep.MOVE)
FORMS: dict[PeopleStep, type[FrozenForm]] = {
    PeopleStep.APPROVE: FrozenForm,
    PeopleStep.DECLINE: DeclinePeopleForm,
    PeopleStep.MOVE: MovePeopleForm,
}


@blueprint.route("/<lang:language>/sessions/<code>/people/step", methods=["GET", "POST"])
@access(Permission.TEACH)
def people_step(code: str) -> ResponseReturnValue:
    actor = acting_person()
    session = session_to_run(actor, code)
    filters = people_form(session)
    step = next((each for each in PeopleStep if each == request.args.get("step")), None)
    if step is PeopleStep.MESSAGE and request.method == "GET":
        return redirect(url_for("registrations.message", code=code) + f"?{request.query_string.decode()}")
    if step not in DECIDED:
        flash(_("Choose what is to be done."), "warning")
        return redirect(url_for("registrations.people", code=code, **filters.in_address()))
    form = FORMS[step]() if request.method == "POST" else FORMS[step](formdata=None)
    if isinstance(form, MovePeopleForm):
        form.offer(_targets(actor, session))
    selection = form.selection() if request.method == "POST" else selection_in(request.args, filters)
    if selection is None or selection.public_ids == ():
        flash(_("Choose at least one person."), "warning")
        return redirect(url_for("registrations.people", code=code, **filters.in_address()))
    chosen = people_chosen(session, selection)
    if request.method == "GET":
        return _step_page(session, step, form, chosen)
    if not form.validate():
        return _step_page(session, step, form, chosen, 422)
    try:
        outcome = _decide(actor, session, form)
    except NotFound:
        raise
    except DomainError as error:
        return _step_page(session, step, with_error(form, error), chosen, error.status)
    _tell(outcome)
    return redirect(url_for("registrations.people", code=code))


def _decide(actor: Person, session: TrainingSession, form: FrozenForm) -> Outcome:
    named = form.selection().public_ids or ()
    if len(named) > MOST_AT_ONCE:
        raise DomainError(
            ngettext("Please choose at most %(num)s person.", "Please choose at most %(num)s people.", MOST_AT_ONCE)
        )
    if isinstance(form, DeclinePeopleForm):
        return decisions.decline(actor, session, named, form.reason.data or "")
    if isinstance(form, MovePeopleForm):
        return decisions.move_to(actor, session, named, session_by_code(form.session.data))
    return decisions.approve(actor, session, named)


def _tell(outcome: Outcome) -> None:
    """What happened, in whole sentences; who changed meanwhile was left as they are."""
    if outcome.seated:
        flash(ngettext("%(num)s person has a seat.", "%(num)s people have a seat.", outcome.seated), "success")
    if outcome.waiting:
        sentence = ngettext(
            "%(num)s person waits for a seat or for approval.",
            "%(num)s people wait for a seat or for approval.",
            outcome.waiting,
        )
        flash(sentence, "success")
    if outcome.declined:
        flash(ngettext("%(num)s person was declined.", "%(num)s people were declined.", outcome.declined), "success")
    if outcome.skipped:
        sentence = ngettext(
            "%(num)s person was left as they are, because this was not possible for them any more.",
            "%(num)s people were left as they are, because this was not possible for them any more.",
            outcome.skipped,
        )
        flash(sentence, "warning")


def _targets(actor: Person, session: TrainingSession) -> list[tuple[str, str]]:
    return [
        (
            each.code,
            _(
                "%(code)s – %(title)s, %(date)s",
                code=each.code,
                title=session_title(each).text,
                date=short_day(each.first_day),
            ),
        )
        for each in sessions_to_move_to(actor, session)
    ]


def _step_page(
    session: TrainingSession, step: PeopleStep, form: FrozenForm, chosen: Sequence[Registration], status: int = 200
) -> ResponseReturnValue:
    possible = [each for each in chosen if _is_possible(step, each)]
    affected = possible[:MOST_AT_ONCE]
    form.people.data = " ".join(each.public_id for each in affected)
    capacity = session.capacity
    return page(
        "registrations/people_step.html",
        status,
        **frame_of(session),
        step=step.value,
        step_label=step_label(step),
        form=form,
        affected=[{"name": each.name, "public_id": each.public_id, "state": state_tag(each)} for each in affected],
        count=len(affected),
        names_all=len(affected) <= MOST_NAMED,
        by_language=_by_language(affected),
        left_out=len(chosen) - len(possible),
        later=len(possible) - len(affected),
        free=max(0, capacity - seats_taken(session)) if capacity is not None else None,
        waiting=people_waiting(session),
    )


def _is_possible(step: PeopleStep, registration: Registration) -> bool:
    if step is PeopleStep.APPROVE:
        return registration.state is RegistrationState.APPLIED
    return registration.state in ACTIVE


def _by_language(registrations: Sequence[Registration]) -> list[tuple[str, Any]]:
    counts = Counter(each.language for each in registrations)
    return [(language_name(code), number(count)) for code, count in counts.most_common()]
