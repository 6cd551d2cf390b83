"""The choice of a time zone."""

from typing import Any

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import person_signed_in
from trainapp.accounts.service import choose_zone
from trainapp.core.access import Permission, access
from trainapp.core.languages import _
from trainapp.core.reader import ZONE_COOKIE, reader_zone
from trainapp.core.urls import safe_next
from trainapp.core.web import page
from trainapp.desks.blueprint import blueprint
from trainapp.desks.forms import ZoneForm

MOST_REQUESTS = 10
A_YEAR = 365 * 24 * 60 * 60


@blueprint.route("/time-zone", methods=["GET", "POST"])
@access(Permission.PUBLIC)
def time_zone() -> ResponseReturnValue:
    current = reader_zone().zone
    form = ZoneForm(data={"zone": current, "next": request.args.get("next", "")})
    form.offer(current)
    if request.method == "GET":
        return _zone_page(form)
    if not form.validate():
        return _zone_page(form, 422)
    return _with_zone(form.zone.data, _way_on(form))


def _with_zone(zone: str, target: str) -> ResponseReturnValue:
    """Keep the choice with the person who is signed in, and in the browser for everybody."""
    person = person_signed_in()
    if person is not None:
        choose_zone(person, zone)
    flash(_("Times are now shown in the zone you chose."), "success")
    response = redirect(target)
    response.set_cookie(
        ZONE_COOKIE,
        zone,
        max_age=A_YEAR,
        secure=current_app.config["SETTINGS"].secure,
        httponly=True,
        samesite="Lax",
    )
    return response


def _zone_page(form: ZoneForm, status: int = 200) -> Any:
    return page("desks/time_zone.html", status, form=form, back_url=_way_on(form))


def _way_on(form: ZoneForm) -> str:
    return safe_next(form.next.data) or url_for("scheduling.catalogue")
