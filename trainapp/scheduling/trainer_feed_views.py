"""The private feed of a trainer, and its address, which is shown once."""

from flask import Response, flash, make_response, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import acting_person
from trainapp.calendar.feeds import feed_etag
from trainapp.core.access import Permission, access
from trainapp.core.errors import NotFound
from trainapp.core.languages import _
from trainapp.core.web import page
from trainapp.scheduling.blueprint import blueprint
from trainapp.scheduling.calendar_views import CONTENT_TYPE
from trainapp.scheduling.trainer_feed import feed_of_token, renew_feed, stop_feed
from trainapp.scheduling.trainers import trainer_for

STOP = "stop"


@blueprint.get("/calendar/<token>.ics")
@access(Permission.BY_LINK)
def trainer_feed(token: str) -> ResponseReturnValue:
    """What a calendar program asks for: without a cookie, and never kept by anybody on the way."""
    content = feed_of_token(token)
    response: Response = make_response(content)
    response.headers["Content-Type"] = CONTENT_TYPE
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Referrer-Policy"] = "no-referrer"
    response.set_etag(feed_etag(content))
    response.make_conditional(request)
    return response


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
