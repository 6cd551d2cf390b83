"""What a changed session says to its people, each in their own language and time."""

from collections.abc import Iterable
from typing import Any

from sqlalchemy import func, select

from trainapp.accounts.models import Person
from trainapp.core.database import db
from trainapp.core.languages import _, direction_of, speaking
from trainapp.core.tokens import public_id
from trainapp.core.urls import absolute_url
from trainapp.mail.message import Rendered, render_mail
from trainapp.mail.models import MailState, OutboxMail
from trainapp.registrations.change_words import sentences_of
from trainapp.registrations.changes import Content, What, content_of, with_news
from trainapp.registrations.invitations import due
from trainapp.registrations.models import (
    ACTIVE,
    SEATED,
    Invitation,
    Mailing,
    MailingKind,
    MailingRecipient,
    Registration,
)
from trainapp.registrations.notices import ROOM, facts_of, tell
from trainapp.scheduling.mails import focal_points_of, queue_session_mail
from trainapp.scheduling.models import SessionState, TrainingSession

MAIL = "changed"


def tell_of_change(registration: Registration, mailing: Mailing) -> None:
    """Write one person's mail about a change, with what their calendar now lacks; nothing for who has left."""
    if registration.state in ACTIVE:
        content = with_news(_news_not_sent(registration, mailing), content_of(mailing.content))
        tell(registration, MAIL, **_own_facts(registration, content))


def _news_not_sent(registration: Registration, mailing: Mailing) -> list[Content]:
    """What earlier changes told in mails that have not left, and that the mail of this one replaces."""
    oldest = db.session.scalar(
        select(func.min(OutboxMail.queued_at))
        .join(Invitation, Invitation.mail_id == OutboxMail.id)
        .where(
            Invitation.registration_id == registration.id,
            Invitation.meeting_id.in_([each.meeting.id for each in due(registration)]),
            OutboxMail.state == MailState.QUEUED,
            OutboxMail.kind == f"{ROOM}.{MAIL}",
        )
    )
    if oldest is None:
        return []
    earlier = (
        select(Mailing)
        .join(MailingRecipient)
        .where(
            MailingRecipient.registration_id == registration.id,
            MailingRecipient.written_at >= oldest,
            Mailing.kind == MailingKind.CHANGE,
            Mailing.id < mailing.id,
        )
        .order_by(Mailing.id)
    )
    return [content_of(each.content) for each in db.session.scalars(earlier)]


def sample_of(registration: Registration, content: Content, *, has_calendar: bool) -> Rendered:
    """The mail that a person would get, without the links that are theirs alone."""
    with speaking(registration.language):
        hidden = _("(the reader's own link)")
    facts = {**facts_of(registration), "manage_url": hidden, "calendar_url": hidden, "has_calendar": has_calendar}
    return render_mail(ROOM, MAIL, registration.language, **{**facts, **_own_facts(registration, content)})


def _own_facts(registration: Registration, content: Content) -> dict[str, Any]:
    session, has_seat = registration.session, registration.state in SEATED
    is_cancelled = session.state is SessionState.CANCELLED
    with speaking(registration.language):
        return {
            "sentences": sentences_of(session, content, registration.zone, has_link=has_seat),
            "state": registration.state.value,
            "is_cancelled": is_cancelled,
            "join_url": session.join_url if has_seat and not is_cancelled else "",
            **_common(session, content),
        }


def _common(session: TrainingSession, content: Content) -> dict[str, Any]:
    """What every mail about a change holds; a text of somebody's stays in its own language."""
    return {
        "news": _news(session, content),
        "words": content.words,
        "words_language": content.words_language,
        "words_direction": direction_of(content.words_language),
    }


def _news(session: TrainingSession, content: Content) -> str:
    if session.state is SessionState.CANCELLED:
        return "cancelled"
    return "reinstated" if content.has(What.REINSTATED) else "changed"


def tell_trainers_of_change(
    session: TrainingSession, content: Content, people: Iterable[Person], asked: Iterable[Person]
) -> None:
    """Tell trainers what changed; those who are asked whether they still teach it find where to answer."""
    asking = set(asked)
    for person in people:
        if person.erased_at is None and person.addresses:
            answer_url = absolute_url("scheduling.trainer", public_id=person.public_id, language=person.language)
            join_url = session.join_url if session.state is not SessionState.CANCELLED else ""
            more = {"asks": person in asking, "answer_url": answer_url, "join_url": join_url, "teaches": True}
            _queue(session, content, person, has_link=True, **more)


def tell_focal_points_of_change(session: TrainingSession, content: Content, except_for: Iterable[Person]) -> None:
    """Tell the focal points of the session's offices what the public may know."""
    others = set(except_for)
    if not content.is_link_alone():
        for person in focal_points_of(session):
            if person not in others:
                _queue(session, content, person, has_link=False)


def _queue(session: TrainingSession, content: Content, person: Person, *, has_link: bool, **more: Any) -> None:
    with speaking(person.language):
        sentences = sentences_of(session, content, person.zone, has_link=has_link)
    cause = f":{public_id()}"
    queue_session_mail(
        session, person, "session_changed", cause, sentences=sentences, **_common(session, content), **more
    )
