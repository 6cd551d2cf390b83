"""Changing a session that people have registered for: the form, who gets what, and only then the change."""

from collections.abc import Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from trainapp.accounts.login import acting_person
from trainapp.accounts.models import Person
from trainapp.accounts.queries import may
from trainapp.core.access import Permission, access
from trainapp.core.errors import Conflict, DomainError
from trainapp.core.forms import showable
from trainapp.core.languages import _
from trainapp.core.web import page
from trainapp.registrations.blueprint import blueprint
from trainapp.registrations.change_forms import ChangeForm, form_for, values_of
from trainapp.registrations.change_page import preview_page
from trainapp.registrations.change_preview import EffectMoved, apply, rehearse
from trainapp.registrations.changes import SessionAct
from trainapp.registrations.session_changes import refuse_unless_changeable
from trainapp.scheduling.models import TrainingSession
from trainapp.scheduling.queries import session_by_code, session_title
from trainapp.scheduling.trainer_forms import show_problem

LOOK, SAVE, CHANGE = "look", "save", "change"
LONGEST_NUMBER = 4
NOT_TYPED = ("csrf_token", "step", "seen", "page", "despite_clashes")
"""Inputs of the preview itself, and those every form has."""


@blueprint.route("/<lang:language>/sessions/<code>/change", methods=["GET", "POST"])
@access(Permission.TEACH)
def change(code: str) -> ResponseReturnValue:
    """Move, cancel, reinstate or add meetings; change the place, the link or the trainers."""
    return _pages(code, None)


@blueprint.route("/<lang:language>/sessions/<code>/cancel", methods=["GET", "POST"])
@access(Permission.COORDINATE)
def cancel_session(code: str) -> ResponseReturnValue:
    return _pages(code, SessionAct.CANCEL)


@blueprint.route("/<lang:language>/sessions/<code>/reinstate", methods=["GET", "POST"])
@access(Permission.COORDINATE)
def reinstate_session(code: str) -> ResponseReturnValue:
    """Let a cancelled session take place after all, at the same or at new times."""
    return _pages(code, SessionAct.REINSTATE)


def _pages(code: str, act: SessionAct | None) -> ResponseReturnValue:
    actor, session = acting_person(), session_by_code(code)
    refuse_unless_changeable(actor, session, act)
    if request.method == "GET":
        return _form_page(session, act, _form(actor, session, act, None))
    step = request.form.get("step", LOOK)
    form = _form(actor, session, act, _readable() if step == CHANGE else request.form)
    if step == CHANGE:
        return _form_page(session, act, form)
    if not form.validate():
        return _form_page(session, act, form, 422)
    try:
        if step == SAVE:
            return _save(actor, session, act, form)
        return _preview(actor, session, act, form)
    except DomainError as error:
        if isinstance(error, Conflict):
            raise
        show_problem(form, error)
        return _form_page(session, act, form, 422)


def _readable() -> MultiDict[str, str]:
    """What was typed, without what no page may show."""
    return MultiDict((showable(name), showable(value)) for name, value in request.form.items(multi=True))


def _form(actor: Person, session: TrainingSession, act: SessionAct | None, sent: Any) -> ChangeForm:
    """The form as it was sent, else filled with what is, and with the trainer asked for in the address."""
    make = form_for(session, act, coordinates=may(actor, Permission.COORDINATE))
    form = make(sent, data=None if sent is not None else values_of(session, _trainers_asked_for(session)))
    form.offer(session)
    return form


def _trainers_asked_for(session: TrainingSession) -> list[str]:
    """The trainers of the session, with one in the place of another where the address says so."""
    leaving, coming = request.args.get("leaving"), request.args.get("coming")
    trainers = [person.public_id for person in session.trainers if person.public_id != leaving]
    return [*trainers, coming] if coming else [person.public_id for person in session.trainers]


def _save(actor: Person, session: TrainingSession, act: SessionAct | None, form: ChangeForm) -> ResponseReturnValue:
    try:
        mailing = apply(actor, session, form.change(act), form.seen.data or "")
    except EffectMoved as moved:
        return _preview(actor, session, act, form, str(moved.message), moved.status)
    except DomainError as error:
        if error.field != "despite_clashes":
            raise
        return _preview(actor, session, act, form, str(error.message), error.status)
    flash(_("The change is saved. The mails about it are being written."), "success")
    return redirect(url_for("registrations.mailing", code=session.code, public_id=mailing.public_id))


def _preview(
    actor: Person,
    session: TrainingSession,
    act: SessionAct | None,
    form: ChangeForm,
    refusal: str = "",
    status: int = 200,
) -> ResponseReturnValue:
    """Who gets what; what was typed travels along, unseen."""
    preview = rehearse(actor, session, form.change(act))
    return page(
        "registrations/change_check.html",
        status,
        view=preview_page(preview, _page_asked_for()),
        code=session.code,
        title=session_title(session),
        act=act,
        refusal=refusal,
        typed=_typed(),
        form=form,
    )


def _page_asked_for() -> int:
    text = request.form.get("page", "1")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else 1


def _typed() -> Sequence[tuple[str, str]]:
    return [
        (showable(name), showable(value)) for name, value in request.form.items(multi=True) if name not in NOT_TYPED
    ]


def _form_page(
    session: TrainingSession, act: SessionAct | None, form: ChangeForm, status: int = 200
) -> ResponseReturnValue:
    return page(
        "registrations/change.html",
        status,
        form=form,
        act=act,
        code=session.code,
        zone_of_session=session.zone,
        title=session_title(session),
        has_people=True,
    )
