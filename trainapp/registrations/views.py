"""Pages of registering and of one's own registration."""

from typing import Any

from flask import Response, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.links import address_of
from trainapp.accounts.login import person_signed_in
from trainapp.calendar.links import AddLink
from trainapp.core import timefmt
from trainapp.core.access import Permission, access
from trainapp.core.errors import NotFound
from trainapp.core.languages import _, current_language
from trainapp.core.reader import reader_zone
from trainapp.core.web import page
from trainapp.files.downloads import send_download
from trainapp.offices.queries import office_by_code
from trainapp.registrations import service
from trainapp.registrations.blueprint import blueprint
from trainapp.registrations.forms import LinkAgainForm, RegistrationForm
from trainapp.registrations.invitations import personal_file, web_calendar_links
from trainapp.registrations.labels import registration_state_label
from trainapp.registrations.models import ACTIVE, SEATED, Registration, RegistrationState
from trainapp.registrations.queries import has_free_seat, people_waiting, position_on_waiting_list
from trainapp.scheduling.material_rows import MaterialRow, material_row
from trainapp.scheduling.materials import file_with_a_seat, materials_with_a_seat
from trainapp.scheduling.models import RegistrationPolicy, SessionState, TrainingSession
from trainapp.scheduling.queries import (
    planned_meetings,
    registration_is_open_to,
    session_by_code,
    session_title,
    takes_registrations,
)


@blueprint.route("/<lang:language>/sessions/<code>/register", methods=["GET", "POST"])
@access(Permission.PUBLIC)
def register(code: str) -> ResponseReturnValue:
    session = _public_session(code)
    form = RegistrationForm(data=None if request.method == "POST" else _prefilled(session))
    if request.method == "GET":
        return _register_page(form, session)
    if not form.validate():
        return _register_page(form, session, 422)
    details = service.Details(
        name=form.name.data or "",
        address=form.email.data or "",
        language=form.language_of_mails.data,
        zone=form.zone.data,
        office=office_by_code(form.office.data) if form.office.data else None,
    )
    service.register(session, details, person_signed_in())
    return redirect(url_for("registrations.registered", code=code))


@blueprint.get("/<lang:language>/sessions/<code>/registered")
@access(Permission.PUBLIC)
def registered(code: str) -> ResponseReturnValue:
    session = _public_session(code)
    return render_template(
        "registrations/registered.html",
        session=session,
        title=session_title(session),
        is_by_nomination=session.policy is RegistrationPolicy.NOMINATION,
    )


@blueprint.route("/<lang:language>/sessions/<code>/link-again", methods=["GET", "POST"])
@access(Permission.PUBLIC)
def link_again(code: str) -> ResponseReturnValue:
    session = _public_session(code)
    form = LinkAgainForm()
    context: dict[str, Any] = {"session": session, "title": session_title(session)}
    if request.method == "GET":
        return page("registrations/link_again.html", form=form, **context)
    if not form.validate():
        return page("registrations/link_again.html", 422, form=form, **context)
    service.send_link_again(session, form.email.data or "", current_language())
    return redirect(url_for("registrations.link_sent", code=code))


@blueprint.get("/<lang:language>/sessions/<code>/link-sent")
@access(Permission.PUBLIC)
def link_sent(code: str) -> ResponseReturnValue:
    session = _public_session(code)
    return render_template("registrations/link_sent.html", session=session, title=session_title(session))


@blueprint.get("/<lang:language>/registrations/<token>")
@access(Permission.BY_LINK)
def manage(token: str) -> ResponseReturnValue:
    _link, registration = service.open_link(token)
    return _manage_page(token, registration)


@blueprint.post("/<lang:language>/registrations/<token>/confirm")
@access(Permission.BY_LINK)
def confirm(token: str) -> ResponseReturnValue:
    registration = service.confirm(token)
    if registration.state is RegistrationState.WAITLISTED:
        flash(_("Your place on the waiting list is confirmed."), "success")
    else:
        flash(_("Your seat is confirmed."), "success")
    return redirect(url_for("registrations.manage", token=token))


@blueprint.post("/<lang:language>/registrations/<token>/cancel")
@access(Permission.BY_LINK)
def cancel(token: str) -> ResponseReturnValue:
    service.cancel(token)
    flash(_("Your registration is cancelled. A mail takes the meetings out of your calendar."), "success")
    return redirect(url_for("registrations.manage", token=token))


@blueprint.post("/<lang:language>/registrations/<token>/return")
@access(Permission.BY_LINK)
def come_back(token: str) -> ResponseReturnValue:
    service.come_back(token)
    flash(_("You are registered again. A mail with all you need is on its way."), "success")
    return redirect(url_for("registrations.manage", token=token))


@blueprint.get("/<lang:language>/registrations/<token>/calendar.ics")
@access(Permission.BY_LINK)
def calendar_file(token: str) -> ResponseReturnValue:
    _link, registration = service.open_link(token)
    content = personal_file(registration) if registration.state in SEATED else None
    if content is None:
        raise NotFound()
    response = Response(content, content_type="text/calendar; charset=utf-8")
    response.headers.set("Content-Disposition", "attachment", filename=f"{registration.session.code}.ics")
    response.headers["Cache-Control"] = "no-store"
    return response


@blueprint.get("/<lang:language>/registrations/<token>/materials/<public_id>")
@access(Permission.BY_LINK)
def material_file(token: str, public_id: str) -> ResponseReturnValue:
    """A file of the session for somebody whose seat is confirmed; to others it is not there."""
    _link, registration = service.open_link(token)
    if registration.state is not RegistrationState.CONFIRMED:
        raise NotFound()
    return send_download(file_with_a_seat(registration.session, public_id))


def _public_session(code: str) -> TrainingSession:
    session = session_by_code(code)
    if session is None or session.state is SessionState.DRAFT:
        raise NotFound()
    return session


def _prefilled(session: TrainingSession) -> dict[str, str]:
    values = {"language_of_mails": current_language(), "zone": reader_zone().zone}
    person = person_signed_in()
    if person is None:
        return values
    if session.policy is RegistrationPolicy.NOMINATION:
        values |= {"office": person.office.code if person.office else ""}
    else:
        values |= {
            "name": person.name,
            "email": address_of(person),
            "office": person.office.code if person.office else "",
            "language_of_mails": person.language,
        }
    return values


def _register_page(form: RegistrationForm, session: TrainingSession, status: int = 200) -> ResponseReturnValue:
    return page(
        "registrations/register.html",
        status,
        form=form,
        session=session,
        title=session_title(session),
        is_open=registration_is_open_to(person_signed_in(), session),
        is_by_nomination=session.policy is RegistrationPolicy.NOMINATION,
        is_full=not has_free_seat(session) or people_waiting(session) > 0,
        meetings=meeting_lines(session, reader_zone().zone),
    )


def _manage_page(token: str, registration: Registration) -> ResponseReturnValue:
    session = registration.session
    is_waiting = registration.state is RegistrationState.WAITLISTED
    return page(
        "registrations/manage.html",
        token=token,
        registration=registration,
        session=session,
        title=session_title(session),
        state_label=registration_state_label(registration.state),
        is_active=registration.state in ACTIVE,
        is_open=takes_registrations(session),
        position=position_on_waiting_list(registration) if is_waiting else None,
        held_until=timefmt.moment(registration.held_until, registration.zone) if registration.held_until else None,
        meetings=meeting_lines(session, registration.zone),
        web_calendars=_web_calendars(registration) if registration.state in SEATED else [],
        materials=_materials(token, registration),
        States=RegistrationState,
    )


def _materials(token: str, registration: Registration) -> list[MaterialRow]:
    """What somebody gets whose seat is confirmed, each with its download by their link."""
    if registration.state is not RegistrationState.CONFIRMED:
        return []

    def address(public_id: str) -> str:
        return url_for("registrations.material_file", token=token, public_id=public_id)

    return [material_row(material, address) for material in materials_with_a_seat(registration.session)]


def _web_calendars(registration: Registration) -> list[tuple[str, list[AddLink]]]:
    """Each meeting to come in words, with its links."""
    return [
        (timefmt.moment(meeting.starts_at, registration.zone), links)
        for meeting, links in web_calendar_links(registration)
        if meeting.starts_at is not None
    ]


def meeting_lines(session: TrainingSession, zone: str) -> list[list[timefmt.TimeLine]]:
    """When each meeting is: in `zone` first, then in the session's own."""
    return [
        timefmt.time_lines(meeting.starts_at, meeting.ends_at, zone, [meeting.zone])
        for meeting in planned_meetings(session)
        if meeting.starts_at is not None and meeting.ends_at is not None
    ]
