"""Answers of trainers, and one trainer in the place of another."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import acting_person
from trainapp.core.access import Permission, access
from trainapp.core.clock import now
from trainapp.core.errors import DomainError, NotFound
from trainapp.core.languages import _
from trainapp.core.reader import reader_zone
from trainapp.core.web import page
from trainapp.scheduling.blueprint import blueprint
from trainapp.scheduling.candidates import Candidate, answers_of, candidates_for
from trainapp.scheduling.models import SessionState, TrainingSession
from trainapp.scheduling.queries import session_by_code, session_title
from trainapp.scheduling.teaching import answer, is_asked, refuse_if_closed, substitute
from trainapp.scheduling.trainer_forms import DeclineForm, SubstitutionForm, show_problem
from trainapp.scheduling.trainer_page import times_to_come
from trainapp.scheduling.trainer_views import trainer_page
from trainapp.scheduling.trainers import trainer_for

CONFIRM = "confirm"


@blueprint.post("/<lang:language>/planning/<code>/teaching")
@access(Permission.TEACH)
def answer_teaching(code: str) -> ResponseReturnValue:
    """A trainer confirms that they will teach a session, or declines with a reason."""
    actor = acting_person()
    session = session_by_code(code)
    if not is_asked(actor, session):
        raise NotFound()
    accepts = request.form.get("step") == CONFIRM
    form = DeclineForm(request.form, prefix=session.code)
    if not accepts and not form.validate():
        return trainer_page(actor, trainer_for(actor, actor.public_id), 422, decline_form=form)
    answer(actor, session, accepts=accepts, reason=form.reason.data or "")
    flash(_("Thank you, the session is confirmed.") if accepts else _declined(), "success")
    return redirect(url_for("scheduling.trainer", public_id=actor.public_id))


def _declined() -> str:
    return _("You have declined. Those who plan the session get a mail and look for somebody else.")


@blueprint.route("/<lang:language>/planning/<code>/trainer", methods=["GET", "POST"])
@access(Permission.COORDINATE)
def substitute_trainer(code: str) -> ResponseReturnValue:
    """One trainer in the place of another, chosen with what stands against each.

    Of a published session the public hears too: there the choice goes on to the page that shows who gets what.
    """
    session = session_by_code(code)
    refuse_if_closed(session)
    shows_all = "all" in request.values
    candidates = candidates_for(session, now(), shows_all=shows_all)
    form = _substitution_form(session, candidates)
    if request.method == "POST" and form.validate():
        if session.state is SessionState.PUBLISHED:
            chosen = {"leaving": form.leaving.data, "coming": form.coming.data}
            return redirect(url_for("registrations.change", code=session.code, **chosen))
        try:
            coming = substitute(acting_person(), session, form.leaving.data, form.coming.data, form.words.data or "")
        except DomainError as error:
            if error.field is None:
                raise
            show_problem(form, error)
        else:
            flash(_("%(trainer)s is asked to teach this session.", trainer=coming.name), "success")
            return redirect(url_for("scheduling.session", code=session.code))
    status = 422 if form.errors else 200
    return _substitution_page(session, form, candidates, shows_all, status)


def _substitution_form(session: TrainingSession, candidates: list[Candidate]) -> SubstitutionForm:
    if request.method == "POST":
        form = SubstitutionForm(request.form)
    else:
        form = SubstitutionForm(None, data={"leaving": request.args.get("leaving", "")})
    form.offer(answers_of(session), [(each.public_id, each.name) for each in candidates])
    if session.state is SessionState.PUBLISHED:
        del form.words  # the note is written where the change is looked at
    return form


def _substitution_page(
    session: TrainingSession, form: SubstitutionForm, candidates: list[Candidate], shows_all: bool, status: int
) -> ResponseReturnValue:
    return page(
        "scheduling/substitute_trainer.html",
        status,
        code=session.code,
        title=session_title(session),
        meetings=times_to_come(session, reader_zone().zone, now()),
        form=form,
        candidates=candidates,
        shows_all=shows_all,
    )
