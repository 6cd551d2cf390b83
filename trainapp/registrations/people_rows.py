"""The people of a session as their pages show them, in the reader's language and zone."""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from trainapp.accounts.links import mail_address_of
from trainapp.core.languages import _, language_name
from trainapp.core.timefmt import TimeLine, day_line, listed, moment, number, time_lines
from trainapp.mail.labels import mail_state_tag
from trainapp.mail.models import MailState
from trainapp.offices.queries import office_name
from trainapp.registrations.labels import registration_state_label
from trainapp.registrations.mail_queries import mail_states
from trainapp.registrations.models import Invitation, InvitationMethod, Registration, Reply
from trainapp.registrations.people_labels import (
    REPLY_TONES,
    STATE_TONES,
    mails_tag,
    method_label,
    reply_label,
)
from trainapp.scheduling.models import Meeting

Tag = tuple[str, str]
"""Words and their tone."""


@dataclass(frozen=True)
class PersonRow:
    """One line of the list; `came` are sentences on how somebody came, `mails` how it stands with their mails."""

    public_id: str
    name: str
    address: str
    office: str
    language: str
    state: Tag
    replies: list[Tag]
    mails: Tag | None
    came: list[str]


@dataclass(frozen=True)
class CalendarRow:
    """What somebody's calendar was last told about one meeting, and what it answered."""

    meeting: str
    lines: list[TimeLine]
    told: Tag
    at: str
    sequence: str
    language: str
    mail: Tag | None
    reply: Tag | None
    replied_at: str


def person_rows(registrations: Sequence[Registration]) -> list[PersonRow]:
    states = mail_states(registrations)
    return [person_row(registration, states.get(registration.id, ())) for registration in registrations]


def person_row(registration: Registration, states: Collection[MailState]) -> PersonRow:
    address = mail_address_of(registration.person)
    return PersonRow(
        public_id=registration.public_id,
        name=registration.name,
        address=address.address,
        office=office_name(registration.office) if registration.office else "",
        language=language_name(registration.language),
        state=state_tag(registration),
        replies=_reply_tags(registration),
        mails=mails_tag(states, address.bounced_at is not None),
        came=how_they_came(registration),
    )


def state_tag(registration: Registration) -> Tag:
    return registration_state_label(registration.state), STATE_TONES.get(registration.state, "neutral")


def _reply_tags(registration: Registration) -> list[Tag]:
    """The answers of a calendar: one word where it was asked once, else each with how many meetings it stands for."""
    asked = [row.reply for row in registration.invitations if row.method is InvitationMethod.REQUEST]
    if len(asked) == 1:
        return [_reply_tag(asked[0])]
    return [
        (
            _(
                "%(reply)s: %(count)s of %(all)s",
                reply=reply_label(reply),
                count=number(asked.count(reply)),
                all=number(len(asked)),
            ),
            REPLY_TONES.get(reply, "neutral"),
        )
        for reply in Reply
        if reply in asked
    ]


def _reply_tag(reply: Reply) -> Tag:
    return reply_label(reply), REPLY_TONES.get(reply, "neutral")


def how_they_came(registration: Registration) -> list[str]:
    """Named by somebody, or in the place of somebody; nothing for who registered alone."""
    found = []
    if registration.nominated_by is not None:
        found.append(_("Named by %(person)s", person=registration.nominated_by.name))
    if registration.substitute_for is not None:
        found.append(_("In the place of %(person)s", person=registration.substitute_for.name))
    return found


def calendar_rows(registration: Registration, zone: str) -> list[CalendarRow]:
    """What the ledger says, meeting by meeting."""
    rows = sorted(registration.invitations, key=lambda row: row.meeting.number)
    return [_calendar_row(row, zone) for row in rows]


def _calendar_row(row: Invitation, zone: str) -> CalendarRow:
    is_asked = row.method is InvitationMethod.REQUEST
    return CalendarRow(
        meeting=_("Meeting %(number)s", number=number(row.meeting.number)),
        lines=_lines(row.meeting, zone),
        told=(method_label(row.method), "neutral" if row.method is InvitationMethod.CANCEL else "good"),
        at=moment(row.dtstamp, zone),
        sequence=number(row.sequence),
        language=language_name(row.language),
        mail=mail_state_tag(row.mail.state) if row.mail else None,
        reply=_reply_tag(row.reply) if is_asked else None,
        replied_at=moment(row.replied_at, zone) if is_asked and row.replied_at else "",
    )


def _lines(meeting: Meeting, zone: str) -> list[TimeLine]:
    if meeting.starts_at is None or meeting.ends_at is None:
        return [day_line(meeting.on_date)]
    return time_lines(meeting.starts_at, meeting.ends_at, zone, [meeting.zone])


def sheet_headers() -> list[str]:
    return [
        _("Name"),
        _("E-mail address"),
        _("IP office"),
        _("Language"),
        _("Time zone"),
        _("State"),
        _("Answer to an invitation"),
        _("How they came"),
        _("Reason"),
    ]


def sheet_rows(registrations: Sequence[Registration]) -> Iterator[list[Any]]:
    """The list for a file, a line for each person."""
    for one in registrations:
        yield [
            one.name,
            mail_address_of(one.person).address,
            office_name(one.office) if one.office else "",
            language_name(one.language),
            one.zone,
            registration_state_label(one.state),
            listed(words for words, _tone in _reply_tags(one)),
            listed(how_they_came(one)),
            one.reason,
        ]
