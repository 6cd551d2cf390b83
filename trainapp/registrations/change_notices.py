"""What a changed session says to its people, each in their own language and time."""

from collections.abc import Iterable
from typing import Any

from trainapp.accounts.models import Person
from trainapp.core.languages import _, speaking
from trainapp.core.tokens import public_id
from trainapp.core.urls import absolute_url
from trainapp.mail.message import Rendered, render_mail
from trainapp.registrations.change_news import common_facts, facts_of_change
from trainapp.registrations.change_words import sentences_of
from trainapp.registrations.changes import Content, content_of
from trainapp.registrations.invitations import due, takes_back_listed
from trainapp.registrations.models import ACTIVE, Mailing, Registration
from trainapp.registrations.notices import CHANGED, ROOM, facts_of, tell
from trainapp.scheduling.mails import focal_points_of, queue_session_mail
from trainapp.scheduling.models import SessionState, TrainingSession


def tell_of_change(registration: Registration, mailing: Mailing) -> None:
    """Write one person's mail about a change, with what their calendar now lacks; nothing for who has left."""
    if registration.state in ACTIVE:
        tell(registration, CHANGED, change=content_of(mailing.content))


def sample_of(registration: Registration, content: Content, *, has_calendar: bool) -> Rendered:
    """The mail that a person would get, without the links that are theirs alone."""
    with speaking(registration.language):
        hidden = _("(the reader's own link)")
    facts = {
        **facts_of(registration),
        "manage_url": hidden,
        "calendar_url": hidden,
        "has_calendar": has_calendar,
        "takes_back_listed": takes_back_listed(registration, due(registration)),
    }
    return render_mail(ROOM, CHANGED, registration.language, **{**facts, **facts_of_change(registration, content)})


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
        session, person, "session_changed", cause, sentences=sentences, **common_facts(session, content), **more
    )
