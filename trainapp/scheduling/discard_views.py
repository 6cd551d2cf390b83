"""Giving up a draft: whom it concerns is shown before it is done."""

from flask import flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import acting_person
from trainapp.core.access import Permission, access
from trainapp.core.languages import _
from trainapp.core.timefmt import listed
from trainapp.core.web import page
from trainapp.scheduling import planning
from trainapp.scheduling.blueprint import blueprint
from trainapp.scheduling.models import SessionState, TrainingSession
from trainapp.scheduling.queries import office_names, session_by_code, session_title, trainers_shown


@blueprint.route("/<lang:language>/planning/<code>/discard", methods=["GET", "POST"])
@access(Permission.COORDINATE)
def discard_draft(code: str) -> ResponseReturnValue:
    """Delete a draft, once somebody has seen who is told and which requests lose it."""
    session = session_by_code(code)
    if request.method == "POST":
        planning.discard_draft(acting_person(), session)
        flash(_("The draft is discarded."), "success")
        return redirect(url_for("scheduling.sessions"))
    if session.state is not SessionState.DRAFT:
        flash(_("This session has been published or cancelled already."), "warning")
        return redirect(url_for("scheduling.session", code=session.code))
    return page("scheduling/discard_draft.html", code=session.code, facts=_facts(session))


def _facts(session: TrainingSession) -> list[tuple[str, str]]:
    """What is given up, and whom it concerns."""
    return [
        (_("Title"), session_title(session).text),
        (_("Trainers"), listed(trainer.name for trainer in trainers_shown(session))),
        (_("Offices"), listed(office_names(session))),
        (_("Requests"), listed(asked.code for asked in session.requests)),
    ]
