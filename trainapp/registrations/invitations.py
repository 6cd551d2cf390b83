"""The invitation ledger: what each person's calendar was last told about each meeting.

What is sent is never decided by the act that caused it: `due` compares what a calendar should hold with what it was
last told, and `note` writes down and makes what is missing. One REQUEST or CANCEL per person and meeting, with a
SEQUENCE that only grows (RFC 5546 §2.1.4) and the moment it was queued as DTSTAMP.
"""

from collections.abc import Sequence
from dataclasses import astuple, dataclass, replace
from datetime import datetime, timedelta

from trainapp.accounts.links import address_of
from trainapp.calendar import files
from trainapp.calendar.check import Shape, problems
from trainapp.calendar.entries import Entry, Party
from trainapp.calendar.links import AddLink, add_links
from trainapp.core.addresses import keyed_address
from trainapp.core.clock import now
from trainapp.core.config import bureau_name, settings
from trainapp.core.database import db
from trainapp.core.languages import speaking
from trainapp.core.tokens import digest
from trainapp.mail.outbox import supersede, supersede_threads
from trainapp.registrations.models import SEATED, Invitation, InvitationMethod, Registration, Reply
from trainapp.scheduling.calendar_entries import entry_of
from trainapp.scheduling.models import Meeting, MeetingState, SessionState
from trainapp.scheduling.queries import planned_meetings

MOST_SINGLE_INVITATIONS = 5
Said = dict[tuple[int, str, str], str]
"""What entries say, as digests, by meeting, language and zone."""
REQUEST, CANCEL, LISTED = InvitationMethod.REQUEST, InvitationMethod.CANCEL, InvitationMethod.LISTED


@dataclass(frozen=True)
class Due:
    """What a person's calendar is still to be told about one meeting.

    `sequence` is the one it will carry; `is_single` whether it goes out as a calendar message, not in the file alone.
    """

    meeting: Meeting
    method: InvitationMethod
    sequence: int
    is_single: bool
    told_digest: str


@dataclass(frozen=True)
class CalendarPart:
    """The calendar bytes of one mail, and the ledger row they come from."""

    invitation: Invitation
    method: InvitationMethod
    content: bytes


@dataclass(frozen=True)
class Noted:
    """What `note` made: the calendar messages in the order of their meetings, and the kinds of mails they replace.

    `replaced` holds the templates of mails that had not left yet and never will, so that what else they said is not
    lost.
    """

    parts: list[CalendarPart]
    replaced: set[str]


def meetings_to_come(registration: Registration) -> list[Meeting]:
    """The meetings that are still ahead and have hours: those a calendar can hold."""
    return [meeting for meeting in planned_meetings(registration.session) if _is_ahead(meeting, now())]


def _is_ahead(meeting: Meeting, at: datetime) -> bool:
    return meeting.ends_at is not None and meeting.ends_at > at


def due(registration: Registration, said: Said | None = None) -> list[Due]:
    """What the person's calendar lacks or holds wrongly, meeting by meeting; what has taken place stays as it is.

    Who asks for many people at once lends them one `said`, in which each text is made once.
    """
    at = now()
    said = {} if said is None else said
    ledger = {row.meeting_id: row for row in registration.invitations}
    found = [
        _due_of(registration, meeting, ledger.get(meeting.id), said)
        for meeting in registration.session.meetings
        if _is_ahead(meeting, at)
    ]
    return _single_or_listed([each for each in found if each is not None], ledger)


def _due_of(registration: Registration, meeting: Meeting, told: Invitation | None, said: Said) -> Due | None:
    if not _should_hold(registration, meeting):
        if told is None or told.method is CANCEL:
            return None
        return Due(meeting, CANCEL, _next_sequence(told, meeting), True, told.told_digest)
    saying = _saying(registration, meeting, said)
    if told is None:
        return Due(meeting, REQUEST, meeting.sequence, True, saying)
    if told.method is CANCEL or meeting.sequence > told.sequence:
        return Due(meeting, REQUEST, _next_sequence(told, meeting), True, saying)
    if saying != told.told_digest and told.told_digest:
        return Due(meeting, REQUEST, told.sequence, True, saying)  # other words keep the answer that was given
    return None


def _saying(registration: Registration, meeting: Meeting, said: Said) -> str:
    """The digest of what an entry says; it is the same for all who read a language in a zone."""
    key = (meeting.id, registration.language, registration.zone)
    if key not in said:
        said[key] = _digest_of(own_entry(registration, meeting, None))
    return said[key]


def _should_hold(registration: Registration, meeting: Meeting) -> bool:
    return (
        registration.state in SEATED
        and registration.session.state in (SessionState.PUBLISHED, SessionState.DELIVERED)
        and meeting.state is MeetingState.PLANNED
    )


def _next_sequence(told: Invitation, meeting: Meeting) -> int:
    """A move raised the meeting's above every invitation's; a person's own leaving and return raise theirs alone."""
    return meeting.sequence if meeting.sequence > told.sequence else told.sequence + 1


def _single_or_listed(found: list[Due], ledger: dict[int, Invitation]) -> list[Due]:
    """A message each, unless there are too many: then those alone whose meeting a calendar holds from a message."""

    def came_alone(each: Due) -> bool:
        told = ledger.get(each.meeting.id)
        return told is not None and told.method is REQUEST

    others = [each for each in found if not came_alone(each)]
    if len(others) <= MOST_SINGLE_INVITATIONS:
        return found
    return [each if came_alone(each) else replace(each, is_single=False) for each in found]


def all_taken_back(registration: Registration) -> list[Due]:
    """A CANCEL for every meeting ahead that the calendar of the person's present address holds from a message."""
    at = now()
    return [
        Due(row.meeting, CANCEL, _next_sequence(row, row.meeting), True, row.told_digest)
        for row in registration.invitations
        if row.method is REQUEST and _is_ahead(row.meeting, at)
    ]


def takes_back_listed(registration: Registration, dues: Sequence[Due]) -> bool:
    """Whether meetings go that the calendar may hold from the file, out of which no message is sure to take them.

    Asked before `note`, which writes down that they have gone.
    """
    listed = {row.meeting_id for row in registration.invitations if row.method is LISTED}
    return any(each.method is CANCEL and each.meeting.id in listed for each in dues)


def note(registration: Registration, dues: Sequence[Due]) -> Noted:
    """Write what is due into the ledger, and make its messages; what they make stale and has not left, never will.

    Only a message takes the place of another: a CANCEL before a meeting that from now on stands in the file must leave.
    """
    ledger = {row.meeting_id: row for row in registration.invitations}
    told = [(ledger[each.meeting.id], each.is_single) for each in dues if each.meeting.id in ledger]
    mail_ids = [row.mail_id for row, is_single in told if is_single and row.mail_id is not None]
    replaced = supersede(mail_ids, address_of(registration.person))
    supersede_threads([reminder_thread(row) for row, _is_single in told])
    rows = [_write(registration, each, ledger.get(each.meeting.id)) for each in dues]
    db.session.flush()
    parts = [_part(registration, row) for row, each in zip(rows, dues, strict=True) if each.is_single]
    return Noted(parts, replaced)


def _write(registration: Registration, each: Due, row: Invitation | None) -> Invitation:
    if row is None:
        row = Invitation(meeting=each.meeting, dtstamp=now())
        registration.invitations.append(row)
    else:
        row.dtstamp = later_than(row.dtstamp)
        row.reminded_for = None  # also where a meeting comes back to the hour that somebody was reminded of
        if each.sequence > row.sequence:
            _forget_reply(row)
    row.method = LISTED if each.method is REQUEST and not each.is_single else each.method
    row.sequence, row.told_digest, row.language = each.sequence, each.told_digest, registration.language
    return row


def _forget_reply(row: Invitation) -> None:
    """What was answered to another time, place or state is no answer to this one."""
    row.reply = Reply.NONE
    row.replied_at = row.reply_sequence = row.reply_dtstamp = None


def invitation_thread(invitation: Invitation) -> str:
    """The thread of the mails that carry an invitation."""
    return f"invitation:{invitation.id}"


def reminder_thread(invitation: Invitation) -> str:
    """The thread of the reminders of an invitation: one that has not left says nothing any more after a change."""
    return f"reminder:{invitation.id}"


def later_than(previous: datetime) -> datetime:
    """Now, but always after the revision before: two changes in one second stay in order (RFC 5546 §2.1.5)."""
    return max(now(), previous + timedelta(seconds=1))


def again(registration: Registration, besides: Sequence[Due]) -> list[CalendarPart]:
    """The invitations a calendar was sent, once more as they stand: with a newer DTSTAMP and nothing else new.

    `besides` is what the calendar lacked and was just told, which is not said twice.
    """
    wanted = {meeting.id for meeting in meetings_to_come(registration)} - {each.meeting.id for each in besides}
    rows = [row for row in registration.invitations if row.method is REQUEST and row.meeting_id in wanted]
    for row in rows:
        row.dtstamp = later_than(row.dtstamp)
    db.session.flush()
    return [_part(registration, row) for row in rows]


def _part(registration: Registration, invitation: Invitation) -> CalendarPart:
    entry = own_entry(registration, invitation.meeting, invitation)
    with speaking(registration.language):
        organizer = Party(bureau_name(), organizer_address(invitation))
    attendee = Party(registration.name, address_of(registration.person))
    is_cancel = invitation.method is CANCEL
    if is_cancel:
        entry = replace(entry, conference_url="")
    build = files.cancel if is_cancel else files.request
    content = build(entry, organizer=organizer, attendee=attendee, dtstamp=invitation.dtstamp)
    faults = problems(content, Shape.CANCEL if is_cancel else Shape.REQUEST)
    if faults:
        raise ValueError(f"an invitation that may not leave: {faults}")
    return CalendarPart(invitation, invitation.method, content)


def organizer_address(invitation: Invitation) -> str:
    """Where a calendar answers: our mailbox, with the key of the invitation, the same for as long as it lives."""
    configured = settings()
    if invitation.token is None:
        return configured.mail_from
    return keyed_address(configured.inbound_address, invitation.token)


def _digest_of(entry: Entry) -> str:
    """Of everything a reader sees of an entry."""
    return digest(repr(astuple(replace(entry, sequence=0, revised_at=entry.starts_at))))


def own_entry(registration: Registration, meeting: Meeting, told: Invitation | None) -> Entry:
    """A meeting as this person reads it, with the link to join and the sequence their calendar was last told."""
    return entry_of(
        registration.session,
        meeting,
        registration.language,
        join_link=True,
        sequence=told.sequence if told is not None else None,
        zone=registration.zone,
    )


def personal_file(registration: Registration, number: int | None = None) -> bytes | None:
    """The person's own download, of one meeting by its number or of all: their sequences and the join link.

    None when nothing of it is left to come.
    """
    coming = zip(meetings_to_come(registration), own_entries(registration), strict=True)
    entries = [entry for meeting, entry in coming if number in (None, meeting.number)]
    return files.download(entries) if entries else None


def own_entries(registration: Registration) -> list[Entry]:
    """What the person's own file and feed say of the meetings to come."""
    ledger = {row.meeting_id: row for row in registration.invitations}
    return [own_entry(registration, meeting, ledger.get(meeting.id)) for meeting in meetings_to_come(registration)]


def web_calendar_links(registration: Registration) -> list[tuple[Meeting, list[AddLink]]]:
    """For each meeting to come, links that fill in an entry of a web calendar; no later change reaches it."""
    return [
        (meeting, add_links(entry))
        for meeting, entry in zip(meetings_to_come(registration), own_entries(registration), strict=True)
    ]
