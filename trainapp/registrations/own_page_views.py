"""The page of one's own registration: what it holds in every state, and what its person can do there."""

from dataclasses import dataclass
from typing import Any

from flask import url_for

from trainapp.calendar.links import AddLink
from trainapp.core import timefmt
from trainapp.core.clock import now
from trainapp.core.config import bureau_name
from trainapp.core.web import page
from trainapp.offices.queries import office_name
from trainapp.registrations.forms import DeclineForm
from trainapp.registrations.invitations import web_calendar_links
from trainapp.registrations.labels import registration_state_label
from trainapp.registrations.models import ACTIVE, SEATED, Registration, RegistrationState
from trainapp.registrations.own_details import may_change_details
from trainapp.registrations.queries import is_on_reserve, position_on_waiting_list
from trainapp.registrations.service import may_come_back
from trainapp.scheduling.material_rows import MaterialRow, material_row
from trainapp.scheduling.materials import materials_with_a_seat
from trainapp.scheduling.models import SessionState, TrainingSession
from trainapp.scheduling.queries import is_over, planned_meetings, session_title


@dataclass(frozen=True)
class CalendarRow:
    """A meeting to come in words, the address of its file, and the links that fill in an entry of a web calendar."""

    when: str
    file_url: str
    links: list[AddLink]


def own_page(token: str, registration: Registration, status: int = 200, **context: Any) -> Any:
    """`decline_form` is the form of a no that was not right."""
    session = registration.session
    is_active, over = registration.state in ACTIVE, is_over(session)
    is_ahead = is_active and not over and session.state is SessionState.PUBLISHED
    is_waiting = registration.state is RegistrationState.WAITLISTED
    return page(
        "registrations/manage.html",
        status,
        token=token,
        registration=registration,
        session=session,
        title=session_title(session),
        state_label=registration_state_label(registration.state),
        is_seated=registration.state in SEATED,
        is_active=is_active,
        is_ahead=is_ahead,
        is_over=over,
        is_called_off=session.state is SessionState.CANCELLED,
        may_come_back=may_come_back(registration, session),
        may_change_details=may_change_details(registration),
        position=position_on_waiting_list(registration) if is_waiting else None,
        is_on_reserve=is_on_reserve(registration),
        held_until=timefmt.moment(registration.held_until, registration.zone) if registration.held_until else None,
        meetings=meeting_lines(session, registration.zone),
        facts=_facts(registration),
        calendar_rows=_calendar_rows(token, registration),
        materials=_materials(token, registration),
        States=RegistrationState,
        **{"decline_form": DeclineForm() if is_ahead and registration.nominated_by_id else None, **context},
    )


def _facts(registration: Registration) -> dict[str, str]:
    """What the registration says of its person, in the reader's language."""
    nominator, replaced = registration.nominated_by, registration.substitute_for
    named_by = (office_name(nominator.office) if nominator.office else bureau_name()) if nominator else ""
    return {
        "office": office_name(registration.office) if registration.office else "",
        "zone": timefmt.zone_label(registration.zone, now()),
        "named_by": named_by,
        "instead_of": replaced.name if replaced else "",
    }


def _calendar_rows(token: str, registration: Registration) -> list[CalendarRow]:
    """Each meeting to come of somebody who has a seat."""
    if registration.state not in SEATED or registration.session.state is SessionState.CANCELLED:
        return []
    return [
        CalendarRow(
            timefmt.moment(meeting.starts_at, registration.zone),
            url_for("registrations.meeting_file", token=token, number=meeting.number),
            links,
        )
        for meeting, links in web_calendar_links(registration)
        if meeting.starts_at is not None
    ]


def _materials(token: str, registration: Registration) -> list[MaterialRow]:
    """What somebody gets whose seat is confirmed, each with its download by their link."""
    if registration.state is not RegistrationState.CONFIRMED:
        return []

    def address(public_id: str) -> str:
        return url_for("registrations.material_file", token=token, public_id=public_id)

    return [material_row(material, address) for material in materials_with_a_seat(registration.session)]


def meeting_lines(session: TrainingSession, zone: str) -> list[list[timefmt.TimeLine]]:
    """When each meeting is: in `zone` first, then in the session's own; the day alone where there are no hours."""
    return [
        timefmt.time_lines(meeting.starts_at, meeting.ends_at, zone, [meeting.zone])
        if meeting.starts_at is not None and meeting.ends_at is not None
        else [timefmt.day_line(meeting.on_date)]
        for meeting in planned_meetings(session)
    ]
