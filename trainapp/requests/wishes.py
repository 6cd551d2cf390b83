"""What an office asks for, in plain values: when it is right, how it is put into a request and read out of one."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from typing import Any

from trainapp.catalogue.models import Course, Level, Subject
from trainapp.catalogue.queries import course_by_code, subjects_by_code
from trainapp.core.clock import today
from trainapp.core.errors import DomainError
from trainapp.core.languages import DEFAULT_LANGUAGE, LANGUAGES, lazy
from trainapp.requests.models import Channel, Mode, TrainingRequest

MOST_PEOPLE = 10_000
MOST_LANGUAGES = 3
EARLIEST_YEAR = 2000
YEARS_AHEAD = 5
USUAL_PERIOD = timedelta(days=90)
WEEKDAYS = range(1, 8)
"""ISO: 1 is Monday."""
LANGUAGE_FIELDS = ("first_language", "second_language", "third_language")


@dataclass(frozen=True)
class Wish:
    """What an office asks for.

    `weekdays` and `hours_from` to `hours_to` are wall time in the office's zone, `hours` what a letter says about it
    in words; `received_on` is given only for what came by letter or e-mail.
    """

    office_code: str
    level: Level
    languages: tuple[str, ...]
    mode: Mode
    people: int
    period_from: date
    period_to: date
    course_code: str = ""
    is_tailored: bool = False
    subject_codes: tuple[str, ...] = ()
    interpretation: bool = False
    audience: str = ""
    weekdays: tuple[int, ...] = ()
    hours_from: time | None = None
    hours_to: time | None = None
    hours: str = ""
    needs: str = ""
    outcome: str = ""
    support: str = ""
    channel: Channel = Channel.OFFICE
    received_on: date | None = None


def fill_in(request: TrainingRequest, wish: Wish) -> None:
    """Put what is asked for into a request that is sent. Raises `DomainError` on the first field that is not right."""
    for fault in faults_of(wish):
        raise fault
    _put(request, wish)
    if not request.subjects:
        raise DomainError(lazy("Choose a course, or at least one subject."), "subjects")
    if not request.audience:
        raise DomainError(lazy("Say who the training is for."), "audience")


def fill_in_what_is_right(request: TrainingRequest, wish: Wish) -> None:
    """Put into a draft what of a wish is right already; what is not, it keeps as it was typed."""
    changes: dict[str, Any] = {}
    for fault in faults_of(wish):
        changes |= _neutral(wish, fault.field or "")
    _put(request, replace(wish, **changes))


def wish_of(request: TrainingRequest) -> Wish:
    """What a request asks for."""
    return Wish(
        office_code=request.office.code,
        level=request.level,
        languages=tuple(request.languages),
        mode=request.mode,
        people=request.people,
        period_from=request.period_from,
        period_to=request.period_to,
        course_code=request.course.code if request.course else "",
        is_tailored=request.is_tailored,
        subject_codes=tuple(subject.code for subject in request.subjects),
        interpretation=request.interpretation,
        audience=request.audience,
        weekdays=tuple(request.weekdays),
        hours_from=request.hours_from,
        hours_to=request.hours_to,
        hours=request.hours,
        needs=request.needs,
        outcome=request.outcome,
        support=request.support,
    )


def same_wish(one: Wish, other: Wish) -> bool:
    """Whether two wishes ask for the same, however each was entered."""
    return _comparable(one) == _comparable(other)


def _comparable(wish: Wish) -> Wish:
    course = course_by_code(wish.course_code) if wish.course_code else None
    subjects = _subjects_of(wish.subject_codes, course)
    return replace(
        wish,
        subject_codes=tuple(subject.code for subject in subjects),
        weekdays=tuple(sorted(set(wish.weekdays))),
        channel=Channel.OFFICE,
        received_on=None,
    )


def faults_of(wish: Wish) -> Iterator[DomainError]:
    """What is not right in a wish, each on the field to mend."""
    yield from _language_faults(wish.languages)
    yield from _period_faults(wish)
    if not 1 <= wish.people <= MOST_PEOPLE:
        yield DomainError(lazy("Please check the number of people."), "people")
    if set(wish.weekdays) - set(WEEKDAYS):
        yield DomainError(lazy("Not a valid choice."), "weekdays")
    if wish.hours_from is not None and wish.hours_to is not None and wish.hours_to <= wish.hours_from:
        yield DomainError(lazy("The end must come after the start, on the same day."), "hours_to")
    if wish.course_code and course_by_code(wish.course_code) is None:
        yield DomainError(lazy("There is no such course in the catalogue."), "course")


def _language_faults(languages: tuple[str, ...]) -> Iterator[DomainError]:
    if not 1 <= len(languages) <= MOST_LANGUAGES or any(code not in LANGUAGES for code in languages):
        yield DomainError(lazy("There is no such language here."), LANGUAGE_FIELDS[0])
    for place, code in enumerate(languages[:MOST_LANGUAGES]):
        if code in languages[:place]:
            yield DomainError(lazy("This language is chosen already."), LANGUAGE_FIELDS[place])


def _period_faults(wish: Wish) -> Iterator[DomainError]:
    if wish.period_to < wish.period_from:
        yield DomainError(lazy("The last day comes before the first."), "period_to")
    elif wish.channel is Channel.OFFICE and wish.period_to < today():
        yield DomainError(lazy("This period is over. Choose days to come."), "period_to")
    for field, value in (("period_from", wish.period_from), ("period_to", wish.period_to)):
        if not EARLIEST_YEAR <= value.year <= today().year + YEARS_AHEAD:
            yield DomainError(lazy("Please check the year."), field)


def _neutral(wish: Wish, field: str) -> dict[str, Any]:
    """What stands in a draft's columns for what is not right yet."""
    if field in LANGUAGE_FIELDS:
        known = dict.fromkeys(code for code in wish.languages if code in LANGUAGES)
        return {"languages": tuple(known)[:MOST_LANGUAGES] or (DEFAULT_LANGUAGE,)}
    if field in ("period_from", "period_to"):
        return {"period_from": today(), "period_to": today() + USUAL_PERIOD}
    if field == "hours_to":
        return {"hours_from": None, "hours_to": None}
    stands_in: dict[str, Any] = {"people": 1, "weekdays": (), "course": ""}
    return {"course_code" if field == "course" else field: stands_in[field]}


def _put(request: TrainingRequest, wish: Wish) -> None:
    course = course_by_code(wish.course_code) if wish.course_code else None
    subjects = _subjects_of(wish.subject_codes, course)  # read before the first change, so that all go in one flush
    request.course = course
    request.is_tailored = wish.is_tailored and course is None
    request.subjects = subjects
    request.level = wish.level
    request.languages = list(wish.languages)
    request.interpretation = wish.interpretation
    request.mode = wish.mode
    request.audience = wish.audience
    request.people = wish.people
    request.period_from = wish.period_from
    request.period_to = wish.period_to
    request.weekdays = sorted(set(wish.weekdays))
    request.hours_from = wish.hours_from
    request.hours_to = wish.hours_to
    request.hours = wish.hours
    request.needs = wish.needs
    request.outcome = wish.outcome
    request.support = wish.support


def _subjects_of(codes: tuple[str, ...], course: Course | None) -> list[Subject]:
    """The subjects named, else those of the course."""
    named = subjects_by_code(list(codes)) if codes else []
    return named or (list(course.subjects) if course else [])
