"""The preview of a change put into words for the one who is about to save it."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, time
from zoneinfo import ZoneInfo

from trainapp.core.clashes import Clash
from trainapp.core.languages import _, current_language, direction_of, language_name
from trainapp.core.timefmt import span, zone_city
from trainapp.registrations.change_preview import CalendarChange, Effect, Preview, Told, moves_of
from trainapp.registrations.changes import Times
from trainapp.registrations.labels import registration_state_label
from trainapp.registrations.models import InvitationMethod

PEOPLE_ON_A_PAGE = 50
MOST_ZONES = 40
EARLY, LATE = time(7), time(22)
"""What begins before or ends after is at night for its people."""


@dataclass(frozen=True)
class LanguageRow:
    """The readers of one language, and the mail they get."""

    language: str
    direction: str
    name: str
    people: int
    mails: int
    subject: str
    text: str


@dataclass(frozen=True)
class ZoneLine:
    """One meeting as the clocks of a zone show it; a text is empty where there is no such time."""

    number: int
    before: str
    after: str
    is_night: bool


@dataclass(frozen=True)
class ZoneRow:
    city: str
    people: int
    lines: list[ZoneLine]


@dataclass(frozen=True)
class CalendarRow:
    """How many calendars are told the same about a meeting."""

    number: int
    what: str
    sequence: int
    people: int


@dataclass(frozen=True)
class PersonRow:
    name: str
    language: str
    state: str
    mails: int


@dataclass(frozen=True)
class OtherRow:
    name: str
    language: str
    subject: str


@dataclass(frozen=True)
class PreviewPage:
    """All that the preview shows; `people` are those of one page of `pages`."""

    sentences: list[str]
    languages: list[LanguageRow]
    zones: list[ZoneRow]
    more_zones: int
    calendars: list[CalendarRow]
    people: list[PersonRow]
    total: int
    page: int
    pages: int
    others: list[OtherRow]
    mails: int
    clashes: list[Clash]
    is_possible: bool
    seen: str


def preview_page(preview: Preview, page: int) -> PreviewPage:
    effect = preview.effect
    pages = max(1, -(-len(effect.people) // PEOPLE_ON_A_PAGE))
    number = min(max(1, page), pages)
    zones = _zones(effect)
    return PreviewPage(
        sentences=preview.sentences,
        languages=_languages(preview),
        zones=zones[:MOST_ZONES],
        more_zones=max(0, len(zones) - MOST_ZONES),
        calendars=_calendars(effect.people),
        people=[_person(each) for each in effect.people[(number - 1) * PEOPLE_ON_A_PAGE : number * PEOPLE_ON_A_PAGE]],
        total=len(effect.people),
        page=number,
        pages=pages,
        others=[OtherRow(each.name, language_name(each.language), each.subject) for each in effect.others],
        mails=effect.mails(),
        clashes=list(effect.clashes),
        is_possible=effect.is_possible(),
        seen=effect.digest(),
    )


def _languages(preview: Preview) -> list[LanguageRow]:
    """The languages by the number of their readers."""
    people, mails = Counter[str](), Counter[str]()
    for each in preview.effect.people:
        people[each.language] += 1
        mails[each.language] += each.mails()
    return [
        LanguageRow(
            language=language,
            direction=direction_of(language),
            name=language_name(language),
            people=count,
            mails=mails[language],
            subject=preview.samples[language].subject,
            text=preview.samples[language].text,
        )
        for language, count in people.most_common()
    ]


def _zones(effect: Effect) -> list[ZoneRow]:
    """The meetings whose time changes, as the clocks of each zone show them, by the number of people there."""
    moves = moves_of(effect.content)
    if not moves:
        return []
    people = Counter(each.zone for each in effect.people)
    return [
        ZoneRow(zone_city(zone, current_language()), count, [_zone_line(move, zone) for move in moves])
        for zone, count in people.most_common()
    ]


def _zone_line(move: tuple[int, Times | None, Times | None], zone: str) -> ZoneLine:
    number, before, after = move
    return ZoneLine(
        number,
        span(*before, zone) if before else "",
        span(*after, zone) if after else "",
        after is not None and _is_night(after, zone),
    )


def _is_night(times: Times, zone: str) -> bool:
    start, end = (_wall(each, zone) for each in times)
    return start.time() < EARLY or end.time() > LATE or end.date() > start.date()


def _wall(instant: datetime, zone: str) -> datetime:
    return instant.astimezone(ZoneInfo(zone))


def _calendars(people: Iterable[Told]) -> list[CalendarRow]:
    """What calendars are told, meeting by meeting."""
    told = Counter((change.number, _what(change), change.sequence) for each in people for change in each.changes)
    return [CalendarRow(*key, count) for key, count in sorted(told.items())]


def _what(change: CalendarChange) -> str:
    if change.method == InvitationMethod.CANCEL.value:
        return _("It is taken out of the calendar (CANCEL)")
    if change.is_single:
        return _("It is put into the calendar or corrected there (REQUEST)")
    return _("It changes in the calendar file and the feed; there are too many for a mail each")


def _person(each: Told) -> PersonRow:
    return PersonRow(each.name, language_name(each.language), registration_state_label(each.state), each.mails())
