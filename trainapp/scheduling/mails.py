"""Mails about a session, each in its reader's language and with their own time first."""

from typing import Any

from sqlalchemy import select

from trainapp.accounts.links import address_of
from trainapp.accounts.models import Person
from trainapp.accounts.queries import people_with_role
from trainapp.core.access import Role
from trainapp.core.database import db
from trainapp.core.languages import _, language_name, speaking
from trainapp.core.timefmt import day_line, listed, time_lines
from trainapp.core.urls import absolute_url
from trainapp.mail.message import Recipient, render_mail
from trainapp.mail.models import OutboxMail
from trainapp.mail.outbox import order_key, queue_mail
from trainapp.scheduling.calendar_entries import location_of
from trainapp.scheduling.models import TeachingState, TrainingSession
from trainapp.scheduling.queries import office_names, planned_meetings, session_title, subject_names

ROOM = "scheduling"


def tell_focal_points(session: TrainingSession) -> None:
    """The training of an office is scheduled: one mail to each of its focal points."""
    for person in focal_points_of(session):
        queue_session_mail(session, person, "scheduled")


def focal_points_of(session: TrainingSession) -> list[Person]:
    """The focal points of the offices that take part in a session or asked for it, each once."""
    offices = dict.fromkeys(
        [*(entry.office for entry in session.offices), *(request.office for request in session.requests)]
    )
    people = [person for office in offices for person in people_with_role(Role.FOCAL_POINT, office.id)]
    return list(dict.fromkeys(people))


def tell_trainers(session: TrainingSession) -> None:
    """Each trainer who has said that they teach gets the session with its link to join; others once they say so."""
    confirmed = {entry.person_id for entry in session.teaching if entry.state is TeachingState.CONFIRMED}
    for person in session.trainers:
        if person.id in confirmed and person.erased_at is None and person.addresses:
            queue_session_mail(session, person, "teaching", join_url=session.join_url)


def mails_before(session: TrainingSession, person: Person) -> list[str]:
    """The names of the mails about a session that were queued to a person's address, in their order."""
    query = (
        select(OutboxMail.key)
        .where(
            OutboxMail.order_key == order_key(address_of(person)),
            OutboxMail.key.startswith(f"session:{session.id}:", autoescape=True),
            OutboxMail.key.endswith(f":to:{person.id}", autoescape=True),
        )
        .order_by(OutboxMail.id)
    )
    return [key.split(":")[2] for key in db.session.scalars(query)]


def queue_session_mail(session: TrainingSession, person: Person, name: str, cause: str = "", **more: Any) -> None:
    """Queue one mail about a session with all its facts; `cause` tells it from one of the same name before."""
    with speaking(person.language):
        facts = _facts(session, person)
    rendered = render_mail(ROOM, name, person.language, **facts, **more)
    recipient = Recipient(person.name, address_of(person), person.language)
    queue_mail(f"session:{session.id}:{name}{cause}:to:{person.id}", recipient, rendered)


def _facts(session: TrainingSession, person: Person) -> dict[str, Any]:
    """What both mails say, in the language being spoken."""
    return {
        "name": person.name,
        "title": session_title(session),
        "meetings": [
            time_lines(meeting.starts_at, meeting.ends_at, person.zone, (meeting.zone,))
            if meeting.starts_at is not None and meeting.ends_at is not None
            else [day_line(meeting.on_date)]
            for meeting in planned_meetings(session)
        ],
        "facts": _facts_besides_times(session),
        "url": absolute_url("scheduling.session", code=session.code, language=person.language),
    }


def _facts_besides_times(session: TrainingSession) -> list[tuple[str, str]]:
    """Terms and values; a value may be empty. The public place only: the link to join is the trainers'."""
    return [
        (_("Where"), location_of(session)),
        (_("Language of the session"), language_name(session.language) if session.language else ""),
        (_("Interpretation into"), listed(language_name(code) for code in session.interpretation)),
        (_("Subjects"), listed(subject_names(session))),
        (_("Offices"), listed(office_names(session))),
        (_("Trainers"), listed(trainer.name for trainer in session.trainers)),
    ]
