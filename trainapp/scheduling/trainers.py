"""What trainers say of themselves: subjects, languages, the hours of their week, and the days that differ from it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, time

from sqlalchemy import select

from trainapp.accounts.models import Person
from trainapp.accounts.queries import may, person_by_public_id, roles_of
from trainapp.catalogue.queries import subjects_by_code
from trainapp.core.access import Permission, Role
from trainapp.core.audit import record_act
from trainapp.core.clock import now, today
from trainapp.core.database import db
from trainapp.core.errors import Conflict, DomainError, NotFound
from trainapp.core.languages import LANGUAGES, lazy
from trainapp.core.timefmt import known_zones
from trainapp.core.tokens import digest
from trainapp.scheduling.models import TrainerException, TrainerHours, TrainerProfile

NOTE_LIMIT = 200
MOST_EXCEPTIONS = 200
"""More than anybody needs, so that a page stays a page."""
YEARS_AHEAD = 5


@dataclass(frozen=True)
class HoursWish:
    """Hours on one ISO weekday, in wall time of the trainer's zone; `row` is the row of the form they came from."""

    weekday: int
    from_time: time
    to_time: time
    row: int = 1

    def field(self, name: str) -> str:
        return f"hours_{self.row}-{name}"


@dataclass(frozen=True)
class ProfileWish:
    """A profile as it was filled in; nothing chosen of subjects or languages means that nobody set a bound."""

    zone: str
    languages: tuple[str, ...] = ()
    subjects: tuple[str, ...] = ()
    hours: tuple[HoursWish, ...] = ()


@dataclass(frozen=True)
class ExceptionWish:
    """Days that differ: away, or working after all (`is_free`); whole days where no hours are given."""

    first_day: date
    last_day: date
    from_time: time | None = None
    to_time: time | None = None
    is_free: bool = False
    note: str = ""


def trainer_for(actor: Person, public_id: str) -> Person:
    """A trainer of today: oneself, or for those who coordinate anybody. Raises `NotFound` for all others."""
    person = person_by_public_id(public_id)
    if person is None or not may_see_trainer(actor, person) or Role.TRAINER not in roles_of(person):
        raise NotFound()
    return person


def may_see_trainer(actor: Person, person: Person) -> bool:
    return actor.id == person.id or may(actor, Permission.COORDINATE)


def save_profile(actor: Person, person: Person, wish: ProfileWish, seen: str) -> TrainerProfile:
    """Keep what a trainer says of themselves. `seen` is the mark of what the form showed.

    Raises `NotFound`, `Conflict` when somebody changed the profile since, and `DomainError` with the input to mend.
    """
    profile = _locked_profile(actor, person)
    if mark_of(profile, person) != seen:
        raise Conflict.of_writers()
    for problem in _problems_of(wish):
        raise problem
    before = _summary(profile)
    profile.zone, profile.languages = wish.zone, list(wish.languages)
    profile.subjects = subjects_by_code(list(wish.subjects))
    hours = dict.fromkeys((each.weekday, each.from_time, each.to_time) for each in wish.hours)
    profile.hours = [
        TrainerHours(weekday=weekday, from_time=first, to_time=last) for weekday, first, last in sorted(hours)
    ]
    profile.changed_at = now()
    db.session.flush()
    record_act(actor.id, "trainer profile changed", f"person:{person.id}", before, _summary(profile))
    return profile


def mark_of(profile: TrainerProfile | None, person: Person) -> str:
    """A short mark that differs as soon as the profile does; noting days that differ leaves it as it is."""
    said = _summary(profile or TrainerProfile(zone=person.zone, languages=[]))
    return digest(json.dumps(said, sort_keys=True))[:16]


def _problems_of(wish: ProfileWish) -> Iterator[DomainError]:
    if wish.zone not in known_zones():
        yield DomainError(lazy("There is no time zone of this name. Choose one from the list."), "zone")
    if not set(wish.languages) <= set(LANGUAGES):
        yield DomainError(lazy("There is no such language here."), "spoken")
    for each in wish.hours:
        if each.to_time <= each.from_time:
            yield DomainError(lazy("The end must come after the start, on the same day."), each.field("to_time"))


def add_exception(actor: Person, person: Person, wish: ExceptionWish) -> TrainerException:
    """Note days that differ from the week. Raises `NotFound`, and `DomainError` with the input to mend."""
    profile = _locked_profile(actor, person)
    for problem in _exception_problems(profile, wish):
        raise problem
    exception = TrainerException(
        first_day=wish.first_day,
        last_day=wish.last_day,
        from_time=wish.from_time,
        to_time=wish.to_time,
        is_free=wish.is_free,
        note=wish.note,
    )
    profile.exceptions.append(exception)
    profile.changed_at = now()
    db.session.flush()
    record_act(actor.id, "trainer exception added", f"person:{person.id}", after=_days_of(exception))
    return exception


def _exception_problems(profile: TrainerProfile, wish: ExceptionWish) -> Iterator[DomainError]:
    years = range(today().year - 1, today().year + YEARS_AHEAD + 1)
    for name, day in (("first_day", wish.first_day), ("last_day", wish.last_day)):
        if day.year not in years:
            yield DomainError(lazy("Please check the year."), name)
    if wish.last_day < wish.first_day:
        yield DomainError(lazy("The last day must not come before the first."), "last_day")
    if (wish.from_time is None) != (wish.to_time is None):
        missing = "from_time" if wish.from_time is None else "to_time"
        yield DomainError(lazy("Please fill this in."), missing)
    elif wish.from_time is not None and wish.to_time is not None and wish.to_time <= wish.from_time:
        yield DomainError(lazy("The end must come after the start, on the same day."), "to_time")
    if len(profile.exceptions) >= MOST_EXCEPTIONS:
        yield DomainError(lazy("There are too many entries. Remove some that are past first."), "first_day")


def remove_exception(actor: Person, person: Person, public_id: str) -> None:
    """Days are as in every week again. Raises `NotFound`, also for an entry of somebody else."""
    profile = _locked_profile(actor, person)
    exception = next((each for each in profile.exceptions if each.public_id == public_id), None)
    if exception is None:
        raise NotFound()
    record_act(actor.id, "trainer exception removed", f"person:{person.id}", before=_days_of(exception))
    profile.exceptions.remove(exception)
    profile.changed_at = now()
    db.session.flush()


def _locked_profile(actor: Person, person: Person) -> TrainerProfile:
    """The profile as it stands now, held until the unit of work ends; a first one is begun."""
    if not may_see_trainer(actor, person):
        raise NotFound()
    profile = db.session.scalar(
        select(TrainerProfile)
        .where(TrainerProfile.person_id == person.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if profile is None:
        profile = TrainerProfile(person=person, zone=person.zone)
        db.session.add(profile)
        db.session.flush()
    return profile


def _summary(profile: TrainerProfile) -> dict[str, object]:
    """What the audit trail keeps of a profile."""
    return {
        "zone": profile.zone,
        "languages": profile.languages,
        "subjects": [subject.code for subject in profile.subjects],
        "hours": [f"{each.weekday} {each.from_time:%H:%M}-{each.to_time:%H:%M}" for each in profile.hours],
    }


def _days_of(exception: TrainerException) -> dict[str, object]:
    """What the audit trail keeps of days that differ; why somebody is away is theirs."""
    return {
        "first_day": exception.first_day.isoformat(),
        "last_day": exception.last_day.isoformat(),
        "is_free": exception.is_free,
    }
