"""Who could teach a session instead of somebody else, and what stands against each."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from trainapp.accounts.models import Person
from trainapp.core.clashes import Clash, Severity, worst
from trainapp.core.database import db
from trainapp.core.languages import _
from trainapp.scheduling.clashes import clashes_of_candidates
from trainapp.scheduling.labels import teaching_state_label
from trainapp.scheduling.models import SessionTrainer, TeachingState, TrainingSession
from trainapp.scheduling.trainer_queries import able_trainers, trainer_profiles


@dataclass(frozen=True)
class Candidate:
    """A trainer who does not teach the session yet; the worst clash comes first."""

    public_id: str
    name: str
    clashes: list[Clash]


def candidates_for(session: TrainingSession, at: datetime, *, shows_all: bool) -> list[Candidate]:
    """Trainers by what stands against them, then by name: those able by subject and language, or all of today."""
    codes = [entry.subject.code for entry in session.subjects]
    languages = [session.language] if session.language else []
    found = trainer_profiles() if shows_all else able_trainers(codes, languages)
    people = [person for person, _profile in found if person not in session.trainers]
    clashes = clashes_of_candidates(session, people, at)
    candidates = [Candidate(person.public_id, person.name, each) for person, each in zip(people, clashes, strict=True)]
    return sorted(candidates, key=_place)


def _place(candidate: Candidate) -> tuple[int, int, str]:
    severity = worst(candidate.clashes)
    order = list(Severity)
    return -(order.index(severity) if severity else len(order)), len(candidate.clashes), candidate.name


def answers_of(session: TrainingSession) -> list[tuple[str, str]]:
    """The trainers of a session by public id, each with what they answered."""
    query = (
        select(Person.public_id, Person.name, SessionTrainer.state)
        .join(SessionTrainer, SessionTrainer.person_id == Person.id)
        .where(SessionTrainer.session_id == session.id)
        .order_by(Person.name, Person.id)
    )
    return [(public_id, _named(name, state)) for public_id, name, state in db.session.execute(query)]


def _named(name: str, state: TeachingState) -> str:
    return _("%(label)s: %(value)s", label=name, value=teaching_state_label(state))
