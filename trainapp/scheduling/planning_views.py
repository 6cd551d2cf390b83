"""Pages of those who plan: the list of sessions, planning in two steps, publishing, and saying it was held."""

from collections.abc import Mapping, Sequence
from typing import Any

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from trainapp.accounts.login import acting_person
from trainapp.accounts.models import Person
from trainapp.accounts.queries import people_with_role, trainers_by_public_id
from trainapp.catalogue.models import Course
from trainapp.catalogue.queries import course_by_code, subject_choices
from trainapp.core.access import Permission, Role, access
from trainapp.core.clock import now, today
from trainapp.core.errors import DomainError, NotFound
from trainapp.core.forms import showable
from trainapp.core.languages import _
from trainapp.core.reader import reader_zone
from trainapp.core.web import number_in_query, page
from trainapp.offices.queries import office_choices
from trainapp.requests.models import TrainingRequest
from trainapp.scheduling import service
from trainapp.scheduling.again_form import AgainForm
from trainapp.scheduling.blueprint import blueprint
from trainapp.scheduling.cards import planned_row
from trainapp.scheduling.editions_form import editions_form
from trainapp.scheduling.forms import PlanningFilterForm
from trainapp.scheduling.models import SessionState, TrainingSession
from trainapp.scheduling.plan_check import check_of
from trainapp.scheduling.planning import (
    DraftMoved,
    agreed_requests_of,
    change_draft,
    mark_of,
    new_draft,
    offices_of_plan,
    subjects_of_plan,
)
from trainapp.scheduling.planning_form import (
    EDITION,
    MEETING,
    MORE_MEETINGS,
    MORE_OFFICES,
    OFFICE,
    PlanForm,
    editions_sent,
    facts_of,
    rows_sent,
)
from trainapp.scheduling.planning_values import (
    Values,
    agree_on_different_times,
    asking_facts,
    editions_of,
    first_day_again,
    hours_hint,
    times_agreed,
    values_again,
    values_of_course,
    values_of_requests,
    values_of_session,
    window_facts,
)
from trainapp.scheduling.plans import MOST_MEETINGS, MOST_OFFICES, Plan, problems_of
from trainapp.scheduling.programme_queries import all_sessions
from trainapp.scheduling.publication import settled_requests, unsettled_words
from trainapp.scheduling.queries import session_by_code, session_title
from trainapp.scheduling.views import pages_of, session_page

CHECK, SAVE, CHANGE = "check", "save", "change"
ADD_MEETINGS, ADD_OFFICES = "more_meetings", "more_offices"
STEPS_BACK = frozenset({CHANGE, ADD_MEETINGS, ADD_OFFICES})
"""Steps that show the form again with all that was typed, right or not."""
DESPITE_CLASHES, YES = "despite_clashes", "yes"
FORM_CONTROLS = ("csrf_token", "step")


@blueprint.get("/<lang:language>/planning")
@access(Permission.COORDINATE)
def sessions() -> ResponseReturnValue:
    """Every session, narrowed by what stands in the address."""
    form = PlanningFilterForm(request.args)
    trainers = [(person.public_id, person.name) for person in people_with_role(Role.TRAINER)]
    form.offer(subject_choices(), trainers, office_choices())
    found = all_sessions(form.wanted(), number_in_query("page", 1))
    chosen = form.in_address()
    return page(
        "scheduling/sessions.html",
        form=form,
        rows=[planned_row(each) for each in found.sessions],
        filtered=bool(chosen),
        **pages_of(found, "scheduling.sessions", chosen),
    )


@blueprint.route("/<lang:language>/planning/new", methods=["GET", "POST"])
@access(Permission.COORDINATE)
def plan_session() -> ResponseReturnValue:
    """A new session: for agreed requests, from a course, like an earlier session, or from nothing."""
    actor = acting_person()
    requests = agreed_requests_of(actor, filter(None, request.values.getlist("request")))
    if request.method == "POST":
        return _take_step(actor, requests, None)
    if requests:
        return _form_page(_filled_form(values_of_requests(requests)), requests)
    if "again" in request.args:
        return _form_again(session_by_code(request.args["again"]))
    if request.args.get("course"):
        return _form_page(_filled_form(values_of_course(_course_asked_for())), requests)
    return _form_page(_filled_form({}), requests)


@blueprint.get("/<lang:language>/planning/<code>/again")
@access(Permission.COORDINATE)
def plan_again(code: str) -> ResponseReturnValue:
    """In which language, and from which day, a session is held again."""
    session = session_by_code(code)
    form = _again_form(session)
    status = 200
    if request.args:
        if _again_values(form, session) is not None:
            return redirect(url_for("scheduling.plan_session", again=session.code, **_chosen_again(form)))
        status = 422
    return page("scheduling/plan_again.html", status, form=form, code=session.code, title=session_title(session))


@blueprint.route("/<lang:language>/planning/<code>", methods=["GET", "POST"])
@access(Permission.COORDINATE)
def edit_session(code: str) -> ResponseReturnValue:
    """A draft, changed in the same two steps."""
    session = session_by_code(code)
    if session.state is not SessionState.DRAFT:
        flash(_("This session is no longer a draft, so its plan cannot be changed here."), "warning")
        return redirect(url_for("scheduling.session", code=session.code))
    if request.method == "GET":
        form = _filled_form(values_of_session(session), editions_of(session), session)
        return _form_page(form, settled_requests(session), session)
    kept = request.form.getlist("kept")
    return _take_step(acting_person(), [asked for asked in session.requests if asked.public_id in kept], session)


@blueprint.post("/<lang:language>/planning/<code>/publish")
@access(Permission.COORDINATE)
def publish(code: str) -> ResponseReturnValue:
    session = session_by_code(code)
    try:
        service.publish(acting_person(), session, despite_clashes=request.form.get(DESPITE_CLASHES) == YES)
    except (service.NotReady, service.NotPossible) as error:
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


def _filled_form(
    values: Values, editions: Mapping[str, str] | None = None, session: TrainingSession | None = None
) -> PlanForm:
    """The form filled with what is known."""
    form = PlanForm(None, data=values)
    form.editions = editions or {}
    course = course_by_code(values["course"]) if values.get("course") else None
    meetings = max(rows_sent(values, MEETING, MOST_MEETINGS), course.meetings if course else 0)
    form.show_rows(meetings, rows_sent(values, OFFICE, MOST_OFFICES) + 1)
    form.offer(settled_requests(session) if session else ())
    return form


def _sent_form(step: str, session: TrainingSession | None) -> PlanForm:
    """The form as it was sent, with more rows where somebody asked for them."""
    sent: MultiDict[str, str] = request.form
    if step in STEPS_BACK:
        sent = MultiDict((showable(name), showable(value)) for name, value in sent.items(multi=True))
    form = PlanForm(sent)
    form.editions = editions_sent(sent)
    form.show_rows(
        rows_sent(sent, MEETING, MOST_MEETINGS) + (MORE_MEETINGS if step == ADD_MEETINGS else 0),
        rows_sent(sent, OFFICE, MOST_OFFICES) + (MORE_OFFICES if step == ADD_OFFICES else 0),
    )
    form.offer(settled_requests(session) if session else ())
    return form


def _course_asked_for() -> Course:
    course = course_by_code(request.args["course"])
    if course is None:
        raise NotFound()
    return course


def _again_form(session: TrainingSession) -> AgainForm:
    """As it stands in the address, else the same language a year later."""
    first = {"spoken": session.language, "first_day": first_day_again(session, today())}
    form = AgainForm(request.args) if {"spoken", "first_day"} & set(request.args) else AgainForm(data=first)
    form.offer()
    return form


def _again_values(form: AgainForm, session: TrainingSession) -> Values | None:
    """What fills the plan; None where the form has to be mended."""
    if not form.validate():
        return None
    try:
        return values_again(session, form.spoken.data, form.first_day.data)
    except DomainError as error:
        if error.field not in form:
            raise
        form[error.field].errors = [error.message]
        return None


def _chosen_again(form: AgainForm) -> dict[str, Any]:
    return {"spoken": form.spoken.data, "first_day": form.first_day.data.isoformat()}


def _form_again(session: TrainingSession) -> ResponseReturnValue:
    """The plan of a session held again; first its language and day are asked, where they are not said."""
    values = _again_values(_again_form(session), session) if "spoken" in request.args else None
    if values is None:
        asked: dict[str, Any] = {name: request.args[name] for name in ("spoken", "first_day") if name in request.args}
        return redirect(url_for("scheduling.plan_again", code=session.code, **asked))
    return _form_page(_filled_form(values), [])


def _take_step(
    actor: Person, requests: Sequence[TrainingRequest], session: TrainingSession | None
) -> ResponseReturnValue:
    """Check, save or go back to change; whatever was typed stays."""
    step = request.form.get("step", CHECK)
    form = _sent_form(step, session)
    if step in STEPS_BACK:
        return _form_page(form, requests, session)
    if not form.validate():
        return _form_page(form, requests, session, 422)
    plan = form.plan(asked.public_id for asked in requests)
    problems = problems_of(plan)
    for problem in problems:
        form.show_problem(problem)
    if problems:
        return _form_page(form, requests, session, 422)
    if step != SAVE:
        return _check_page(form, plan, requests, session)
    try:
        saved = _save(actor, form, plan, session)
    except DomainError as error:
        if session is not None and isinstance(error, DraftMoved):
            return _moved_page(form, session, error)
        if error.field is None:
            raise
        form.show_problem(error)
        return _form_page(form, requests, session, 422)
    flash(_("The draft is saved. People see it once it is published."), "success")
    return redirect(url_for("scheduling.session", code=saved.code))


def _save(actor: Person, form: PlanForm, plan: Plan, session: TrainingSession | None) -> TrainingSession:
    if session is None:
        return new_draft(actor, plan, form.key.data or "")
    change_draft(actor, session, plan, form.seen.data or "")
    return session


def _moved_page(form: PlanForm, session: TrainingSession, moved: DraftMoved) -> ResponseReturnValue:
    """What was typed, with the mark of what stands now: sent again, it counts."""
    form.seen.data = mark_of(session)
    form.offer(settled_requests(session))
    form.show_problem(moved)
    return _form_page(form, settled_requests(session), session, moved.status)


def _form_page(
    form: PlanForm,
    requests: Sequence[TrainingRequest],
    session: TrainingSession | None = None,
    status: int = 200,
) -> ResponseReturnValue:
    course = requests[0].course if requests else course_by_code(form.course.data) if _has_course(form) else None
    return page(
        "scheduling/plan.html",
        status,
        form=form,
        requests=requests,
        session=session,
        leaving=unsettled_words(session) if session else [],
        hours_hint=hours_hint(course),
        agreed=times_agreed(requests, reader_zone().zone),
        times_differ=agree_on_different_times(requests),
    )


def _has_course(form: PlanForm) -> bool:
    return bool(form.course.data) and form.course.data in dict(form.course.choices)


def _check_page(
    form: PlanForm, plan: Plan, requests: Sequence[TrainingRequest], session: TrainingSession | None
) -> ResponseReturnValue:
    trainers = trainers_by_public_id(plan.trainers)
    checks = check_of(
        plan,
        offices_of_plan(plan, requests),
        [trainer.id for trainer in trainers],
        now(),
        session.id if session else None,
    )
    first_day = min(meeting.on_date for meeting in plan.meetings)
    return page(
        "scheduling/plan_check.html",
        checks=checks,
        facts=[*facts_of(form), *asking_facts(requests), *window_facts(plan)],
        editions=editions_form(subjects_of_plan(plan), first_day, form.editions),
        typed=_typed(),
    )


def _typed() -> list[tuple[str, str]]:
    """The inputs as they came, but for those that stand on the page to choose."""
    return [
        (showable(name), showable(value))
        for name, value in request.form.items(multi=True)
        if name not in FORM_CONTROLS and not name.startswith(EDITION)
    ]
