"""Pages of those who plan: the list of sessions, planning in two steps, publishing, and saying it was held."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import acting_person
from trainapp.accounts.models import Person
from trainapp.accounts.queries import trainers_by_public_id
from trainapp.core.access import Permission, access
from trainapp.core.clock import now
from trainapp.core.errors import DomainError
from trainapp.core.languages import _
from trainapp.core.web import page
from trainapp.requests.models import TrainingRequest
from trainapp.scheduling import service
from trainapp.scheduling.blueprint import blueprint
from trainapp.scheduling.cards import planned_row
from trainapp.scheduling.forms import StateForm
from trainapp.scheduling.models import SessionState, TrainingSession
from trainapp.scheduling.plan_check import check_of
from trainapp.scheduling.planning import agreed_request, change_draft, new_draft, offices_of_plan
from trainapp.scheduling.planning_form import (
    PlanForm,
    facts_of,
    hours_hint,
    values_of_request,
    values_of_session,
)
from trainapp.scheduling.plans import Plan, problems_of
from trainapp.scheduling.queries import all_sessions, session_by_code
from trainapp.scheduling.views import number_in_query, pages_of, session_page

CHECK, SAVE, CHANGE = "check", "save", "change"
FORM_CONTROLS = ("csrf_token", "step")


@blueprint.get("/<lang:language>/planning")
@access(Permission.COORDINATE)
def sessions() -> ResponseReturnValue:
    """Every session, by state where asked."""
    form = StateForm(request.args)
    form.offer()
    state = form.wanted()
    found = all_sessions(state, number_in_query("page", 1))
    return page(
        "scheduling/sessions.html",
        form=form,
        rows=[planned_row(each) for each in found.sessions],
        filtered=state is not None,
        **pages_of(found, "scheduling.sessions", {"state": state.value} if state else {}),
    )


@blueprint.route("/<lang:language>/planning/new", methods=["GET", "POST"])
@access(Permission.COORDINATE)
def plan_session() -> ResponseReturnValue:
    """A new session, from nothing or for an agreed request."""
    actor = acting_person()
    public_id = request.values.get("request", "")
    asked = agreed_request(actor, public_id) if public_id else None
    form = _plan_form(values_of_request(asked) if asked else {})
    if request.method == "GET":
        return _form_page(form, asked)
    return _take_step(actor, form, asked, None)


@blueprint.route("/<lang:language>/planning/<code>", methods=["GET", "POST"])
@access(Permission.COORDINATE)
def edit_session(code: str) -> ResponseReturnValue:
    """A draft, changed in the same two steps."""
    session = session_by_code(code)
    if session.state is not SessionState.DRAFT:
        flash(_("This session is no longer a draft, so its plan cannot be changed here."), "warning")
        return redirect(url_for("scheduling.session", code=session.code))
    asked = session.requests[0] if session.requests else None
    form = _plan_form(values_of_session(session))
    if request.method == "GET":
        return _form_page(form, asked, session)
    return _take_step(acting_person(), form, asked, session)


@blueprint.post("/<lang:language>/planning/<code>/publish")
@access(Permission.COORDINATE)
def publish(code: str) -> ResponseReturnValue:
    session = session_by_code(code)
    try:
        service.publish(acting_person(), session)
    except service.NotReady as error:
        return session_page(session, str(error.message), error.status)
    flash(_("The session is published. Its trainers and the offices' focal points get a mail."), "success")
    return redirect(url_for("scheduling.session", code=session.code))


@blueprint.post("/<lang:language>/planning/<code>/delivered")
@access(Permission.TEACH)
def mark_delivered(code: str) -> ResponseReturnValue:
    session = session_by_code(code)
    service.mark_delivered(acting_person(), session)
    flash(_("The session is marked as delivered."), "success")
    return redirect(url_for("scheduling.session", code=session.code))


def _plan_form(values: dict[str, object]) -> PlanForm:
    """The form as it was sent, else filled with what is known."""
    form = PlanForm(request.form) if request.method == "POST" else PlanForm(None, data=values)
    form.offer()
    return form


def _take_step(
    actor: Person, form: PlanForm, asked: TrainingRequest | None, session: TrainingSession | None
) -> ResponseReturnValue:
    """Check, save or go back to change; whatever was typed stays."""
    step = request.form.get("step", CHECK)
    if step == CHANGE:
        return _form_page(form, asked, session)
    if not form.validate():
        return _form_page(form, asked, session, 422)
    plan = form.plan()
    problems = problems_of(plan)
    for problem in problems:
        form.show_problem(problem)
    if problems:
        return _form_page(form, asked, session, 422)
    if step != SAVE:
        return _check_page(actor, form, plan, session)
    try:
        saved = _save(actor, plan, session)
    except DomainError as error:
        if error.field is None:
            raise
        form.show_problem(error)
        return _form_page(form, asked, session, 422)
    flash(_("The draft is saved. People see it once it is published."), "success")
    return redirect(url_for("scheduling.session", code=saved.code))


def _save(actor: Person, plan: Plan, session: TrainingSession | None) -> TrainingSession:
    if session is None:
        return new_draft(actor, plan)
    change_draft(actor, session, plan)
    return session


def _form_page(
    form: PlanForm, asked: TrainingRequest | None, session: TrainingSession | None = None, status: int = 200
) -> ResponseReturnValue:
    return page("scheduling/plan.html", status, form=form, asked=asked, session=session, hours_hint=hours_hint(asked))


def _check_page(actor: Person, form: PlanForm, plan: Plan, session: TrainingSession | None) -> ResponseReturnValue:
    trainers = trainers_by_public_id(plan.trainers)
    checks = check_of(
        plan,
        offices_of_plan(actor, plan),
        [trainer.id for trainer in trainers],
        now(),
        session.id if session else None,
    )
    typed = [(name, value) for name, value in request.form.items(multi=True) if name not in FORM_CONTROLS]
    return page("scheduling/plan_check.html", checks=checks, facts=facts_of(form), typed=typed)
