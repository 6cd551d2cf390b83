"""A request as its reader reads it: what is asked for, in terms and values, on pages and in mails alike."""

from collections.abc import Iterator
from dataclasses import dataclass

from trainapp.catalogue.queries import course_text, level_label, subject_name
from trainapp.core import timefmt
from trainapp.core.clock import now
from trainapp.core.languages import Text, _, current_language, language_name
from trainapp.requests.labels import mode_label
from trainapp.requests.models import TrainingRequest


@dataclass(frozen=True)
class Fact:
    """A term and its value. `language` is the value's own; it is empty for what somebody typed, in any language."""

    term: str
    value: str
    language: str


def facts_of(request: TrainingRequest) -> list[Fact]:
    """What is asked for, in the language being spoken; what was not said is left out."""
    return [fact for fact in (*_about_what(request), *_when(request), *_what_for(request)) if fact.value]


def _about_what(request: TrainingRequest) -> Iterator[Fact]:
    course = course_title(request)
    if course is not None:
        yield Fact(_("Course"), course.text, course.language)
    elif request.is_tailored:
        yield _fact(_("Course"), _("A training made for this office"))
    yield _fact(_("Subjects"), timefmt.listed(subject_name(subject) for subject in request.subjects))
    yield _fact(_("Level"), level_label(request.level))
    yield _typed(_("For whom"), request.audience)
    yield _fact(_("Number of people"), timefmt.number(request.people))
    languages = timefmt.listed(language_name(code) for code in request.languages)
    yield _fact(_("Languages, in order of preference"), languages)
    if request.interpretation:
        yield _fact(_("Interpretation"), _("Acceptable"))
    yield _fact(_("How people meet"), mode_label(request.mode))


def _when(request: TrainingRequest) -> Iterator[Fact]:
    first, last = timefmt.short_day(request.period_from), timefmt.short_day(request.period_to)
    yield _fact(_("Period that suits"), _("From %(first)s to %(last)s", first=first, last=last))
    asked = hours_asked(request)
    yield _fact(_("Days and hours that suit"), asked)
    yield _typed(_("In the office's words") if asked else _("Days and hours that suit"), request.hours)


def _what_for(request: TrainingRequest) -> Iterator[Fact]:
    yield _typed(_("What people need to learn, and why"), request.needs)
    yield _typed(_("What they should be able to do afterwards"), request.outcome)
    yield _typed(_("Support from others"), request.support)


def hours_asked(request: TrainingRequest) -> str:
    """The weekdays and hours that suit, in the office's zone; empty where nothing was said of them."""
    parts = []
    if request.weekdays:
        parts.append(timefmt.listed(timefmt.weekday_name(weekday) for weekday in sorted(request.weekdays)))
    if request.hours_from is not None and request.hours_to is not None:
        parts.append(timefmt.wall_hours(request.hours_from, request.hours_to))
    if not parts:
        return ""
    separator = timefmt.SEPARATORS.get(current_language(), ", ")
    return separator.join([*parts, timefmt.zone_label(request.office.zone, now())])


def course_title(request: TrainingRequest) -> Text | None:
    """The title of the course asked for, in the language being spoken where there is one."""
    if request.course is None:
        return None
    text = course_text(request.course)
    return Text(text.title, text.language)


def _fact(term: str, value: str) -> Fact:
    return Fact(term, value, current_language())


def _typed(term: str, value: str) -> Fact:
    return Fact(term, value, "")
