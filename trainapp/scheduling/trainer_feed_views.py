"""The address of a trainer's own feed, which is shown once."""

from flask import flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import acting_person
from trainapp.core.access import Permission, access
from trainapp.core.errors import NotFound
from trainapp.core.languages import _
from trainapp.core.web import page
from trainapp.scheduling.blueprint import blueprint
from trainapp.scheduling.trainer_feed import renew_feed, stop_feed
from trainapp.scheduling.trainers import trainer_for

STOP = "stop"


@blueprint.post("/<lang:language>/trainers/<public_id>/feed")
@access(Permission.TEACH)
def renew_trainer_feed(public_id: str) -> ResponseReturnValue:
    """A new address of one's own feed, shown this once; or none any more."""
    actor = acting_person()
    if trainer_for(actor, public_id).id != actor.id:
        raise NotFound()
    if request.form.get("step") == STOP:
        stop_feed(actor)
        flash(_("The calendar feed is switched off. Its address leads nowhere any more."), "success")
        return redirect(url_for("scheduling.trainer", public_id=public_id))
    response = make_response(page("scheduling/trainer_feed.html", url=renew_feed(actor), public_id=public_id))
    response.headers["Cache-Control"] = "no-store"
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
