"""What a person sees first, by role; and the choice of a time zone."""

from typing import Any

from flask import current_app, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.login import acting_person, person_signed_in
from trainapp.accounts.models import Person
from trainapp.accounts.queries import may, offices_spoken_for
from trainapp.accounts.service import choose_zone
from trainapp.core.access import Permission, access
from trainapp.core.languages import _
from trainapp.core.reader import ZONE_COOKIE, reader_zone
from trainapp.core.urls import safe_next
from trainapp.core.web import page
from trainapp.desks import queries
from trainapp.desks.blueprint import blueprint
from trainapp.desks.forms import ZoneForm
from trainapp.desks.rows import registration_row, session_row
from trainapp.requests.queries import oldest_waiting, requests_seen_by
from trainapp.requests.rows import row_of
from trainapp.requests.steps import Side

MOST_REQUESTS = 10
A_YEAR = 365 * 24 * 60 * 60


@blueprint.get("/desk")
@access(Permission.SIGNED_IN)
def home() -> ResponseReturnValue:
    person = acting_person()
    zone = reader_zone().zone
    return page(
        "desks/home.html",
        name=person.name,
        coordinator=_desk_of_coordinator(person, zone) if may(person, Permission.COORDINATE) else None,
        trainer=_desk_of_trainer(person, zone) if may(person, Permission.TEACH) else None,
        focal_point=_desk_of_focal_point(person, zone) if offices_spoken_for(person) else None,
        registrations=[registration_row(*found, zone) for found in queries.registrations_of(person)],
    )


def _desk_of_coordinator(person: Person, zone: str) -> dict[str, Any]:
    waiting, total = oldest_waiting(person, Side.SECRETARIAT, MOST_REQUESTS)
    return {
        "requests": [row_of(item, Side.SECRETARIAT) for item in waiting],
        "waiting": total,
        "sessions": [session_row(session, zone) for session in queries.sessions_of_next_days()],
        "drafts": [session_row(session, zone) for session in queries.draft_sessions()],
    }


def _desk_of_trainer(person: Person, zone: str) -> dict[str, Any] | None:
    coming = [session_row(session, zone) for session in queries.coming_sessions_of_trainer(person)]
    to_mark = [session_row(session, zone) for session in queries.sessions_without_attendance(person)]
    if may(person, Permission.COORDINATE) and not coming and not to_mark:
        return None
    return {"coming": coming, "to_mark": to_mark}


def _desk_of_focal_point(person: Person, zone: str) -> dict[str, Any]:
    offices = offices_spoken_for(person)
    found = requests_seen_by(person)
    own = [item for item in found.requests if item.office_id in offices]
    return {
        "requests": [row_of(item, Side.OFFICE) for item in own[:MOST_REQUESTS]],
        "several": len(offices) > 1,
        "sessions": [session_row(session, zone) for session in queries.coming_sessions_of_offices(offices)],
    }


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
