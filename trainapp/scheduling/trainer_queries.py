"""Reads about trainers: who they are, and who can teach what."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import ColumnElement, and_, func, select
from sqlalchemy.orm import selectinload
from sqlalchemy.orm.interfaces import ORMOption

from trainapp.accounts.models import Person
from trainapp.accounts.queries import people_with_role
from trainapp.core.access import Role
from trainapp.core.database import db
from trainapp.scheduling.models import (
    Meeting,
    MeetingState,
    SessionState,
    SessionTrainer,
    TeachingState,
    TrainerProfile,
    TrainingSession,
)
from trainapp.scheduling.queries import every_session, next_meeting

LOAD_DAYS = timedelta(days=90)

Trainer = tuple[Person, TrainerProfile | None]


@dataclass(frozen=True)
class Load:
    """What a trainer has before them: meetings to come, hours of those in the next 90 days, sessions not answered."""

    meetings: int = 0
    hours: float = 0.0
    unanswered: int = 0


def trainer_profiles() -> list[Trainer]:
    """The trainers of today by name, each with what they said of themselves, in a fixed number of queries."""
    people = people_with_role(Role.TRAINER)
    profiles = profiles_of(person.id for person in people)
    return [(person, profiles.get(person.id)) for person in people]


def profiles_of(person_ids: Iterable[int]) -> dict[int, TrainerProfile]:
    """The profiles of these people that have one, whole, in a fixed number of queries."""
    query = select(TrainerProfile).where(TrainerProfile.person_id.in_(list(person_ids))).options(*_whole_profile())
    return {profile.person_id: profile for profile in db.session.scalars(query)}


def profile_of(person: Person) -> TrainerProfile | None:
    """What a trainer said of themselves; None where they said nothing yet."""
    return profiles_of([person.id]).get(person.id)


def _whole_profile() -> tuple[ORMOption, ...]:
    return (
        selectinload(TrainerProfile.subjects),
        selectinload(TrainerProfile.hours),
        selectinload(TrainerProfile.exceptions),
    )


def can_teach(profile: TrainerProfile | None, subject_codes: Collection[str], language: str | None) -> bool:
    """Whether a trainer teaches all these subjects in this language.

    Of a trainer who named no subject, or no language, nobody said that they cannot.
    """
    return not missing_subjects(profile, subject_codes) and speaks(profile, language)


def missing_subjects(profile: TrainerProfile | None, subject_codes: Iterable[str]) -> list[str]:
    """Those of the subjects that a trainer does not teach."""
    if profile is None or not profile.subjects:
        return []
    taught = {subject.code for subject in profile.subjects}
    return [code for code in subject_codes if code not in taught]


def speaks(profile: TrainerProfile | None, language: str | None) -> bool:
    """Whether a trainer teaches in a language; None is a session whose language is not said."""
    return profile is None or not profile.languages or language is None or language in profile.languages


def able_trainers(subject_codes: Collection[str], languages: Collection[str]) -> list[Trainer]:
    """The trainers of today who teach all these subjects in any of these languages, by name."""
    return [
        (person, profile)
        for person, profile in trainer_profiles()
        if any(can_teach(profile, subject_codes, language) for language in languages or (None,))
    ]


def teaching_of(person: Person, at: datetime) -> list[tuple[SessionTrainer, TrainingSession]]:
    """The sessions to come in which a trainer has a part, whatever they answered, by their next meeting."""
    query = (
        select(SessionTrainer, TrainingSession)
        .join(TrainingSession, TrainingSession.id == SessionTrainer.session_id)
        .where(SessionTrainer.person_id == person.id, *_is_to_come(at))
        .options(*every_session())
    )
    rows = [(row, session) for row, session in db.session.execute(query)]
    return sorted(rows, key=lambda each: (_next_start(each[1], at), each[1].id))


def _next_start(session: TrainingSession, at: datetime) -> datetime:
    meeting = next_meeting(session, at)
    return (meeting.starts_at if meeting else None) or at


def _is_to_come(at: datetime) -> tuple[ColumnElement[bool], ...]:
    return (
        TrainingSession.state.in_((SessionState.DRAFT, SessionState.PUBLISHED)),
        TrainingSession.meetings.any(and_(Meeting.state == MeetingState.PLANNED, Meeting.ends_at > at)),
    )


def loads(at: datetime) -> dict[int, Load]:
    """What each trainer has before them, by the trainer's id, in two queries; nothing for those who have nothing."""
    times = (
        select(SessionTrainer.person_id, Meeting.starts_at, Meeting.ends_at)
        .join(TrainingSession, TrainingSession.id == SessionTrainer.session_id)
        .join(Meeting, Meeting.session_id == TrainingSession.id)
        .where(
            SessionTrainer.state != TeachingState.DECLINED,
            TrainingSession.state.in_((SessionState.DRAFT, SessionState.PUBLISHED)),
            Meeting.state == MeetingState.PLANNED,
            Meeting.ends_at > at,
        )
    )
    asks = (
        select(SessionTrainer.person_id, func.count())
        .join(TrainingSession, TrainingSession.id == SessionTrainer.session_id)
        .where(SessionTrainer.state == TeachingState.ASKED, *_is_to_come(at))
        .group_by(SessionTrainer.person_id)
    )
    unanswered: dict[int, int] = dict(db.session.execute(asks).all())
    meetings: dict[int, list[timedelta]] = {person_id: [] for person_id in unanswered}
    for person_id, starts_at, ends_at in db.session.execute(times):
        assert starts_at is not None  # a meeting that ends has a start
        assert ends_at is not None
        is_near = starts_at < at + LOAD_DAYS
        meetings.setdefault(person_id, []).append(ends_at - starts_at if is_near else timedelta())
    return {
        person_id: Load(len(lengths), sum(lengths, timedelta()) / timedelta(hours=1), unanswered.get(person_id, 0))
        for person_id, lengths in meetings.items()
    }
