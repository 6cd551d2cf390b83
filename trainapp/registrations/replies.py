"""What people's calendars answered to their invitations. An answer is noted; it never gives up a seat."""

import re

from sqlalchemy import select

from trainapp.calendar.replies import CalendarReply
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.registrations.models import SEATED, Invitation, InvitationMethod, Registration, Reply
from trainapp.registrations.notices import ask_about_decline
from trainapp.registrations.queries import registration_by_id
from trainapp.scheduling.locks import lock_session
from trainapp.scheduling.models import MeetingState

ANSWERS = {"ACCEPTED": Reply.ACCEPTED, "TENTATIVE": Reply.TENTATIVE, "DECLINED": Reply.DECLINED}
_TOKEN = re.compile(r"[0-9a-f]{24}")


class NotOurs(Exception):
    """The reply is to nothing we sent, or says what no machine acts on; people read it."""


def take_reply(token: str, reply: CalendarReply) -> bool:
    """Note a reply that came to the address with this key. False where it is older than what is known, or too late.

    Who sent it is known by the key, which stood in their invitation alone, and never by the sender a mail names. Raises
    `NotOurs` where key, meeting, revision or answer are none of ours.
    """
    invitation = _held_invitation(token)
    if invitation is None:
        raise NotOurs
    answer = ANSWERS.get(reply.answer)
    if answer is None or reply.uid != invitation.meeting.uid or reply.sequence > invitation.sequence:
        raise NotOurs
    if not _is_news(invitation, reply):
        return False
    was = invitation.reply
    invitation.reply, invitation.replied_at = answer, now()
    invitation.reply_sequence, invitation.reply_dtstamp = reply.sequence, reply.dtstamp
    if answer is Reply.DECLINED and was is not Reply.DECLINED and _can_still_come(invitation):
        ask_about_decline(invitation)
    return True


def _held_invitation(token: str) -> Invitation | None:
    """The invitation of a key as it stands now, its session held until the unit of work ends."""
    if not _TOKEN.fullmatch(token):
        return None
    query = (
        select(Invitation.id, Registration.id, Registration.session_id)
        .join(Invitation.registration)
        .where(Invitation.token == token)
    )
    found = db.session.execute(query).one_or_none()
    if found is None:
        return None
    invitation_id, registration_id, session_id = found
    lock_session(session_id)
    registration = registration_by_id(registration_id)
    rows = registration.invitations if registration is not None else []
    return next((row for row in rows if row.id == invitation_id), None)


def _is_news(invitation: Invitation, reply: CalendarReply) -> bool:
    """Whether a reply is to the invitation as it stands, and later than the last one (RFC 5546 §2.1.5)."""
    is_asked = invitation.method is InvitationMethod.REQUEST and reply.sequence == invitation.sequence
    return is_asked and (invitation.reply_dtstamp is None or reply.dtstamp > invitation.reply_dtstamp)


def _can_still_come(invitation: Invitation) -> bool:
    registration, meeting = invitation.registration, invitation.meeting
    is_ahead = meeting.ends_at is not None and meeting.ends_at > now()
    return registration.state in SEATED and meeting.state is MeetingState.PLANNED and is_ahead
