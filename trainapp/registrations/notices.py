"""The mails a registration causes, each in the language and time of the person who is coming.

Every notice first asks the ledger what the person's calendar lacks: the mail then carries it, whatever caused the mail.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from trainapp.accounts.links import address_of, issue_link
from trainapp.calendar.mime import add_invitation
from trainapp.core import timefmt
from trainapp.core.clock import now
from trainapp.core.config import settings
from trainapp.core.languages import speaking
from trainapp.core.timefmt import TimeLine
from trainapp.core.tokens import public_id
from trainapp.core.urls import absolute_url
from trainapp.mail.message import Recipient, compose, render_mail
from trainapp.mail.models import OutboxMail
from trainapp.mail.outbox import queue_mail, queue_message
from trainapp.offices.queries import office_name
from trainapp.registrations.change_news import facts_of_change, news_not_sent
from trainapp.registrations.changes import Content, with_news
from trainapp.registrations.invitations import (
    CalendarPart,
    Due,
    Noted,
    again,
    all_taken_back,
    due,
    invitation_thread,
    meetings_to_come,
    note,
    reminder_thread,
    takes_back_listed,
)
from trainapp.registrations.models import SEATED, Invitation, InvitationMethod, Registration, RegistrationState
from trainapp.registrations.queries import is_on_reserve, position_on_waiting_list
from trainapp.scheduling.models import Meeting, TrainingSession
from trainapp.scheduling.queries import planned_meetings, session_title

ROOM = "registrations"
REQUEST, CANCEL = InvitationMethod.REQUEST, InvitationMethod.CANCEL
OPENING = ("registered", "seat", "approved")
"""Mails that give somebody a seat; what replaces one before it has left must give it too."""
CHANGED = "changed"
"""The mail about a change of the session; what replaces one before it has left must tell its news too."""
GIVES_SEAT = (*OPENING, CHANGED)
"""Mails that say all that one of `OPENING` says, so that they may stand in its place."""


@dataclass(frozen=True)
class Unsent:
    """Mails that have not left and never will: their names, and the news of those about changes."""

    mails: frozenset[str] = frozenset()
    news: tuple[Content, ...] = ()

    def to_write_anew(self) -> str | None:
        """The one of them that says all that the others say, where anything would be lost."""
        return next((name for name in (CHANGED, *OPENING) if name in self.mails), None)


NOTHING_UNSENT = Unsent()


def tell_of_registration(registration: Registration) -> None:
    """The first mail: the seat with its invitations, the place on the waiting list, or that the application is here."""
    if registration.state is RegistrationState.WAITLISTED:
        tell_of_waiting(registration)
    elif registration.state is RegistrationState.APPLIED:
        _queue(registration, "applied")
    else:
        tell(registration, "registered", carries=REQUEST)


def tell_of_waiting(registration: Registration, **context: Any) -> None:
    """The place on the waiting list, and why the person is on it."""
    position, on_reserve = position_on_waiting_list(registration), is_on_reserve(registration)
    _queue(registration, "waiting", position=position, is_on_reserve=on_reserve, **context)


def tell_of_seat(registration: Registration) -> None:
    """A seat has become free for somebody who waited."""
    tell(registration, "seat", carries=REQUEST)


def tell_of_cancellation(registration: Registration) -> None:
    """The person has left: what was in their calendar is taken out of it."""
    tell(registration, "cancelled", carries=CANCEL)


def tell_of_release(registration: Registration) -> None:
    """A seat was held for somebody who did not confirm it, and has gone to the next who waited."""
    tell(registration, "released", carries=CANCEL)


def send_link_again(registration: Registration, mail: str = "link_again") -> None:
    """The link and, for who has a seat, the invitations once more."""
    tell(registration, mail, once_more=True)


def remind(invitation: Invitation) -> None:
    """A meeting begins soon: when and where it is, once more, without a calendar message."""
    thread = reminder_thread(invitation)
    key = f"{thread}:{invitation.sequence}:{invitation.meeting.starts_at:%Y%m%dT%H%M%SZ}"
    _queue_about_meeting(invitation, "reminder", key, thread)


def ask_about_decline(invitation: Invitation) -> None:
    """A calendar has declined one meeting: the seat is kept, and how to give it up is said."""
    thread = f"decline:{invitation.id}"
    _queue_about_meeting(invitation, "reply_declined", f"{thread}:{public_id()}", thread)


def _queue_about_meeting(invitation: Invitation, mail: str, key: str, thread: str) -> None:
    registration, meeting = invitation.registration, invitation.meeting
    context = {
        **facts_of(registration),
        "meetings": [_lines(registration, meeting)],
        "number": meeting.number,
        "count": len(registration.session.meetings),
    }
    rendered = render_mail(ROOM, mail, registration.language, **context)
    queue_mail(key, _recipient(registration), rendered, holds_secret=True, thread=thread)


def take_back(registration: Registration, mail: str) -> Unsent:
    """Take the meetings out of the calendar of an address that the person leaves, though they keep their seat.

    What the ledger then lacks goes to their other address, and never in the place of these mails; with what this gives,
    `tell` says there what never left for this one.
    """
    noted, unsent = _note(registration, all_taken_back(registration))
    if noted.parts:
        _send(registration, mail, noted.parts, CANCEL, join_url="", contact=settings().mail_from)
    return unsent


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


def tell(
    registration: Registration,
    mail: str,
    *,
    carries: InvitationMethod | None = None,
    always: bool = True,
    once_more: bool = False,
    change: Content | None = None,
    before: Unsent = NOTHING_UNSENT,
    **context: Any,
) -> None:
    """Queue the mail `mail` with what the person's calendar still lacks.

    The mail itself carries the first calendar message, if it is a `carries` (any where None); each further one has a
    mail of its own (one VEVENT each). A mail of `GIVES_SEAT` that had not left, now or `before`, is written anew in the
    place of this one, with its news. Where not `always`, nothing is written for a calendar that lacks nothing;
    `once_more` adds what it does not lack. `change` is what the mail `CHANGED` is about.
    """
    dues = due(registration)
    if not dues and not always:
        return
    context = {"takes_back_listed": takes_back_listed(registration, dues), **context}
    noted, unsent = _note(registration, dues)
    unsent = Unsent(before.mails | unsent.mails, (*before.news, *unsent.news))
    anew = unsent.to_write_anew()
    if anew is not None and mail not in GIVES_SEAT and registration.state in SEATED:
        mail, carries = anew, None if anew == CHANGED else REQUEST
    if mail == CHANGED:
        context |= facts_of_change(registration, with_news(unsent.news, change or Content()))
    repeated = again(registration, besides=dues) if once_more else []
    _send(registration, mail, [*noted.parts, *repeated], carries, **context)


def _note(registration: Registration, dues: Sequence[Due]) -> tuple[Noted, Unsent]:
    """Write what is due into the ledger, and see what is lost with the mails it replaces."""
    news = news_not_sent(registration, dues)
    noted = note(registration, dues)
    mails = frozenset(kind.removeprefix(f"{ROOM}.") for kind in noted.replaced)
    return noted, Unsent(mails, tuple(news) if CHANGED in mails else ())


def _send(
    registration: Registration,
    mail: str,
    parts: Sequence[CalendarPart],
    carries: InvitationMethod | None = None,
    **context: Any,
) -> None:
    own = next((part for part in parts if carries in (None, part.method)), None)
    if own is None:
        _queue(registration, mail, has_calendar=False, **context)
    else:
        _queue_part(registration, mail, own, **{**facts_of(registration), "has_calendar": True, **context})
    for part in parts:
        if part is not own:
            meeting = part.invitation.meeting
            _queue_part(
                registration, "meeting", part, method=part.method.value, **_meeting_facts(registration, meeting)
            )


def _queue(registration: Registration, mail: str, **context: Any) -> OutboxMail:
    rendered = render_mail(ROOM, mail, registration.language, **{**facts_of(registration), **context})
    key = f"registration:{registration.id}:{mail}:{public_id()}"
    return queue_mail(key, _recipient(registration), rendered, holds_secret=True)


def _queue_part(registration: Registration, mail: str, part: CalendarPart, **context: Any) -> None:
    invitation = part.invitation
    key = f"invitation:{invitation.id}:{invitation.sequence}:{part.method}:{public_id()}"
    recipient = _recipient(registration)
    at = now()
    rendered = render_mail(ROOM, mail, registration.language, **context)
    message = compose(key, recipient, rendered, at)
    add_invitation(message, part.content, part.method.value)
    invitation.mail = queue_message(
        key, recipient, message, at, kind=rendered.kind, holds_secret=True, thread=invitation_thread(invitation)
    )


def _recipient(registration: Registration) -> Recipient:
    return Recipient(registration.name, address_of(registration.person), registration.language)


def facts_of(registration: Registration) -> dict[str, Any]:
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
            "is_confirmed": registration.confirmed_at is not None,
            "named_by": registration.nominated_by.name if registration.nominated_by else "",
            "named_for": office_name(registration.office, language) if registration.office else "",
            "in_place_of": registration.substitute_for.name if registration.substitute_for else "",
            "reason": registration.reason,
            "held_until": timefmt.moment(registration.held_until, registration.zone, language)
            if registration.held_until
            else "",
            "takes_back_listed": False,
            "too_many_for_mails": any(row.method is InvitationMethod.LISTED for row in registration.invitations),
        }


def _meeting_facts(registration: Registration, meeting: Meeting) -> dict[str, Any]:
    session, language = registration.session, registration.language
    with speaking(language):
        return {
            "name": registration.name,
            "title": session_title(session, language).text,
            "number": meeting.number,
            "count": len(session.meetings),
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
