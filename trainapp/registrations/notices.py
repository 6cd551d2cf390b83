"""The mails a registration causes, each in the language and time of the person who is coming."""

from typing import Any

from trainapp.accounts.links import address_of, issue_link
from trainapp.calendar.mime import add_invitation
from trainapp.core import timefmt
from trainapp.core.clock import now
from trainapp.core.languages import speaking
from trainapp.core.timefmt import TimeLine
from trainapp.core.tokens import public_id
from trainapp.core.urls import absolute_url
from trainapp.mail.message import Recipient, compose, render_mail
from trainapp.mail.models import OutboxMail
from trainapp.mail.outbox import queue_mail, queue_message
from trainapp.registrations.invitations import CalendarPart, invite, meetings_to_come, take_back
from trainapp.registrations.models import SEATED, Registration, RegistrationState
from trainapp.registrations.queries import position_on_waiting_list
from trainapp.scheduling.models import Meeting, TrainingSession
from trainapp.scheduling.queries import planned_meetings, session_title

ROOM = "registrations"


def tell_of_registration(registration: Registration) -> None:
    """The first mail: the seat with its invitations, or the place on the waiting list."""
    if registration.state is RegistrationState.WAITLISTED:
        _queue(registration, "waiting", position=position_on_waiting_list(registration))
    else:
        _queue_with_calendar(registration, "registered", invite(registration))


def tell_of_seat(registration: Registration) -> None:
    """A seat has become free for somebody who waited."""
    _queue_with_calendar(registration, "seat", invite(registration))


def tell_of_cancellation(registration: Registration) -> None:
    """The person has left: what was in their calendar is taken out of it."""
    _queue_with_calendar(registration, "cancelled", take_back(registration))


def tell_of_release(registration: Registration) -> None:
    """A seat was held for an address nobody confirmed, and has gone to the next who waited."""
    _queue_with_calendar(registration, "released", take_back(registration))


def send_link_again(registration: Registration) -> None:
    _queue(registration, "link_again")


def tell_not_registered(address: str, language: str, session: TrainingSession) -> None:
    """To the owner of an address that is not registered, so that the page need not tell anybody."""
    recipient = Recipient("", address, language)
    with speaking(language):
        context = {
            "title": session_title(session, language).text,
            "session_url": absolute_url("scheduling.session", code=session.code, language=language),
            "address": address,
        }
    queue_mail(f"not-registered:{public_id()}", recipient, render_mail(ROOM, "not_registered", language, **context))


def _queue(registration: Registration, mail: str, **context: Any) -> OutboxMail:
    rendered = render_mail(ROOM, mail, registration.language, **_facts(registration), **context)
    key = f"registration:{registration.id}:{mail}:{public_id()}"
    return queue_mail(key, _recipient(registration), rendered, holds_secret=True)


def _queue_with_calendar(registration: Registration, mail: str, parts: list[CalendarPart]) -> None:
    """The mail itself carries the first meeting; each further meeting has a mail of its own (one VEVENT each)."""
    if not parts:
        _queue(registration, mail, has_calendar=False)
        return
    first, *others = parts
    _queue_part(registration, mail, first, **_facts(registration), has_calendar=True)
    for part in others:
        meeting = part.invitation.meeting
        _queue_part(registration, "meeting", part, method=part.method.value, **_meeting_facts(registration, meeting))


def _queue_part(registration: Registration, mail: str, part: CalendarPart, **context: Any) -> None:
    invitation = part.invitation
    key = f"invitation:{invitation.id}:{invitation.sequence}:{part.method}:{public_id()}"
    recipient = _recipient(registration)
    at = now()
    message = compose(key, recipient, render_mail(ROOM, mail, registration.language, **context), at)
    add_invitation(message, part.content, part.method.value)
    invitation.mail = queue_message(key, recipient, message, at, holds_secret=True)


def _recipient(registration: Registration) -> Recipient:
    return Recipient(registration.name, address_of(registration.person), registration.language)


def _facts(registration: Registration) -> dict[str, Any]:
    """Everything a mail may say about a registration, as its reader reads it."""
    session, language = registration.session, registration.language
    meetings = meetings_to_come(registration) or planned_meetings(session)
    token = issue_link(registration.person, f"registration:{registration.id}")
    with speaking(language):
        return {
            "name": registration.name,
            "title": session_title(session, language).text,
            "meetings": [_lines(registration, meeting) for meeting in meetings],
            "venue": session.venue,
            "join_url": session.join_url if registration.state in SEATED else "",
            "manage_url": absolute_url("registrations.manage", token=token, language=language),
            "session_url": absolute_url("scheduling.session", code=session.code, language=language),
            "calendar_url": absolute_url("registrations.calendar_file", token=token, language=language),
            "is_pending": registration.state is RegistrationState.PENDING,
            "held_until": timefmt.moment(registration.held_until, registration.zone, language)
            if registration.held_until
            else "",
            "too_many_for_mails": len(meetings) > len(registration.invitations),
        }


def _meeting_facts(registration: Registration, meeting: Meeting) -> dict[str, Any]:
    session, language = registration.session, registration.language
    with speaking(language):
        return {
            "name": registration.name,
            "title": session_title(session, language).text,
            "number": meeting.number,
            "count": len(planned_meetings(session)),
            "lines": _lines(registration, meeting),
            "venue": session.venue,
            "join_url": session.join_url if registration.state in SEATED else "",
            "session_url": absolute_url("scheduling.session", code=session.code, language=language),
        }


def _lines(registration: Registration, meeting: Meeting) -> list[TimeLine]:
    """When a meeting is: in the reader's zone first, then in the session's."""
    if meeting.starts_at is None or meeting.ends_at is None:
        return [timefmt.day_line(meeting.on_date, registration.language)]
    return timefmt.time_lines(
        meeting.starts_at, meeting.ends_at, registration.zone, [meeting.zone], registration.language
    )
