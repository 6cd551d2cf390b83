"""The invitation ledger: what each person's calendar was last told about each meeting.

Only what stands here is sent: one REQUEST or CANCEL per person and meeting, with a SEQUENCE that only grows
(RFC 5546 §2.1.4) and the moment it was queued as DTSTAMP.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from trainapp.accounts.links import address_of
from trainapp.calendar import files
from trainapp.calendar.check import Shape, problems
from trainapp.calendar.entries import Entry, Party
from trainapp.calendar.links import AddLink, add_links
from trainapp.core.clock import now
from trainapp.core.config import bureau_name, settings
from trainapp.core.database import db
from trainapp.core.languages import speaking
from trainapp.mail.outbox import supersede
from trainapp.registrations.models import Invitation, InvitationMethod, Registration
from trainapp.scheduling.calendar_entries import entry_of
from trainapp.scheduling.models import Meeting
from trainapp.scheduling.queries import planned_meetings

MOST_SINGLE_INVITATIONS = 5


@dataclass(frozen=True)
class CalendarPart:
    """The calendar bytes of one mail, and the ledger row they come from."""

    invitation: Invitation
    method: InvitationMethod
    content: bytes


def meetings_to_come(registration: Registration) -> list[Meeting]:
    """The meetings that are still ahead and have hours: those a calendar can hold."""
    at = now()
    return [
        meeting
        for meeting in planned_meetings(registration.session)
        if meeting.ends_at is not None and meeting.ends_at > at
    ]


def invite(registration: Registration) -> list[CalendarPart]:
    """Write the ledger's REQUESTs for every meeting to come; none where there are too many for single mails."""
    meetings = meetings_to_come(registration)
    if len(meetings) > MOST_SINGLE_INVITATIONS:
        return []
    return [_part(registration, _requested(registration, meeting)) for meeting in meetings]


def take_back(registration: Registration) -> list[CalendarPart]:
    """Write the ledger's CANCELs for every meeting ahead that the person was invited to; drop what was not sent.

    What has taken place stays in the person's calendar.
    """
    at = now()
    invited = [
        invitation
        for invitation in registration.invitations
        if invitation.method is InvitationMethod.REQUEST
        and invitation.meeting.ends_at is not None
        and invitation.meeting.ends_at > at
    ]
    supersede([invitation.mail_id for invitation in invited if invitation.mail_id is not None])
    for invitation in invited:
        _raise(invitation, invitation.meeting, InvitationMethod.CANCEL)
    return [_part(registration, invitation) for invitation in invited]


def _requested(registration: Registration, meeting: Meeting) -> Invitation:
    known = next((row for row in registration.invitations if row.meeting_id == meeting.id), None)
    if known is None:
        known = Invitation(
            meeting=meeting,
            sequence=meeting.sequence,
            dtstamp=now(),
            method=InvitationMethod.REQUEST,
            language=registration.language,
        )
        registration.invitations.append(known)
        db.session.flush()
        return known
    if known.method is InvitationMethod.CANCEL:
        _raise(known, meeting, InvitationMethod.REQUEST)
    known.language = registration.language
    return known


def _raise(invitation: Invitation, meeting: Meeting, method: InvitationMethod) -> None:
    """A person's own leaving and return change the status for them alone: only their sequence grows."""
    invitation.sequence = max(invitation.sequence, meeting.sequence) + 1
    invitation.method = method
    invitation.dtstamp = later_than(invitation.dtstamp)


def later_than(previous: datetime) -> datetime:
    """Now, but always after the revision before: two changes in one second stay in order (RFC 5546 §2.1.5)."""
    return max(now(), previous + timedelta(seconds=1))


def _part(registration: Registration, invitation: Invitation) -> CalendarPart:
    configured = settings()
    entry = entry_of(
        registration.session,
        invitation.meeting,
        registration.language,
        join_link=invitation.method is InvitationMethod.REQUEST,
        sequence=invitation.sequence,
        zone=registration.zone,
    )
    with speaking(registration.language):
        organizer = Party(bureau_name(), configured.mail_from)
    attendee = Party(registration.name, address_of(registration.person))
    is_request = invitation.method is InvitationMethod.REQUEST
    build = files.request if is_request else files.cancel
    content = build(entry, organizer=organizer, attendee=attendee, dtstamp=invitation.dtstamp)
    faults = problems(content, Shape.REQUEST if is_request else Shape.CANCEL)
    if faults:
        raise ValueError(f"an invitation that may not leave: {faults}")
    return CalendarPart(invitation, invitation.method, content)


def personal_file(registration: Registration) -> bytes | None:
    """The person's own download: their sequences and the join link; None when nothing is left to come."""
    entries = [_own_entry(registration, meeting) for meeting in meetings_to_come(registration)]
    return files.download(entries) if entries else None


def web_calendar_links(registration: Registration) -> list[tuple[Meeting, list[AddLink]]]:
    """For each meeting to come, links that fill in an entry of a web calendar; no later change reaches it."""
    return [(meeting, add_links(_own_entry(registration, meeting))) for meeting in meetings_to_come(registration)]


def _own_entry(registration: Registration, meeting: Meeting) -> Entry:
    sequences = {row.meeting_id: row.sequence for row in registration.invitations}
    return entry_of(
        registration.session,
        meeting,
        registration.language,
        join_link=True,
        sequence=sequences.get(meeting.id),
        zone=registration.zone,
    )
