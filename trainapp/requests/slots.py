"""Slots: dates and times that one side offers the other, whether they can be, and what stands against them."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, time

from trainapp.accounts.models import Person
from trainapp.accounts.queries import trainers_by_public_id
from trainapp.core.clashes import Clash, ClashKind, Severity, in_order
from trainapp.core.clock import now, today
from trainapp.core.errors import DomainError
from trainapp.core.languages import _, lazy
from trainapp.core.timefmt import known_zones, span
from trainapp.core.walltime import instant_of
from trainapp.offices.clashes import Times, WeeklyHours, clock_changes, office_clashes
from trainapp.offices.queries import office_name
from trainapp.requests.models import Slot, SlotMeeting, TrainingRequest

MOST_SLOTS = 5
MOST_SLOT_MEETINGS = 12
YEARS_AHEAD = 5
SECRETARIAT_ZONE = "Europe/Zurich"
"""Where the secretariat works, and so the other side's clock for an office that reads an offer."""


@dataclass(frozen=True)
class MeetingOffer:
    """One meeting of a slot in wall time of the slot's zone; `is_later` tells two readings of one time apart."""

    on_date: date
    wall_start: time
    wall_end: time
    is_later: bool | None = None


@dataclass(frozen=True)
class SlotOffer:
    """Dates and times that go together; `trainers` are public ids of those whose time they hold while they stand."""

    zone: str
    meetings: tuple[MeetingOffer, ...]
    trainers: tuple[str, ...] = ()


def offer_field(slot: int, meeting: int = 0, name: str = "") -> str:
    """The name of an input of an offer in a form: `slot_1-meeting_2-wall_end`; both are counted from 1."""
    return "-".join(part for part in (f"slot_{slot}", f"meeting_{meeting}" if meeting else "", name) if part)


def slots_from(offers: Sequence[SlotOffer]) -> list[Slot]:
    """The rows of offered slots. Raises the first problem there is; see `problems_of`."""
    for problem in problems_of(offers):
        raise problem
    trainers = _trainers_of(offers)
    return [
        Slot(
            position=number,
            zone=offer.zone,
            meetings=[_meeting_row(index, meeting, offer.zone) for index, meeting in enumerate(offer.meetings, 1)],
            trainers=[trainers[public_id] for public_id in dict.fromkeys(offer.trainers)],
        )
        for number, offer in enumerate(offers, 1)
    ]


def _meeting_row(number: int, offer: MeetingOffer, zone: str) -> SlotMeeting:
    starts_at, ends_at = times_of(offer, zone)
    return SlotMeeting(
        number=number,
        on_date=offer.on_date,
        wall_start=offer.wall_start,
        wall_end=offer.wall_end,
        starts_at=starts_at,
        ends_at=ends_at,
    )


def problems_of(offers: Sequence[SlotOffer]) -> list[DomainError]:
    """Everything that keeps slots from being offered, each with the input to mend; empty where they can be."""
    if len(offers) > MOST_SLOTS:
        message = lazy("Please offer at most %(most)s choices of dates.", most=MOST_SLOTS)
        return [DomainError(message, offer_field(MOST_SLOTS + 1))]
    found = [problem for number, offer in enumerate(offers, 1) for problem in _slot_problems(number, offer)]
    known = _trainers_of(offers)
    if any(public_id not in known for offer in offers for public_id in offer.trainers):
        found.append(DomainError(lazy("Somebody chosen is not a trainer any more. Choose again."), "trainers"))
    return found


def _slot_problems(number: int, offer: SlotOffer) -> Iterator[DomainError]:
    if offer.zone not in known_zones():
        message = lazy("There is no time zone of this name. Choose one from the list.")
        yield DomainError(message, offer_field(number, name="zone"))
        return
    if not 1 <= len(offer.meetings) <= MOST_SLOT_MEETINGS:
        message = lazy("A choice of dates has from one to %(most)s meetings.", most=MOST_SLOT_MEETINGS)
        yield DomainError(message, offer_field(number, 1, "on_date"))
    placed: list[tuple[int, Times]] = []
    for index, meeting in enumerate(offer.meetings, 1):
        try:
            times = times_of(meeting, offer.zone, number, index)
        except DomainError as error:
            yield error
            continue
        other = next((each for each, taken in placed if times[0] < taken[1] and taken[0] < times[1]), None)
        if other is not None:
            message = lazy("This meeting overlaps with meeting %(number)s.", number=other)
            yield DomainError(message, offer_field(number, index, "wall_start"))
        placed.append((index, times))


def times_of(offer: MeetingOffer, zone: str, slot: int = 1, meeting: int = 1) -> Times:
    """When a meeting begins and ends, in UTC. Raises `DomainError` with the input to mend, by its numbers."""
    on_date = offer_field(slot, meeting, "on_date")
    if not today().year - 1 <= offer.on_date.year <= today().year + YEARS_AHEAD:
        raise DomainError(lazy("Please check the year."), on_date)
    if offer.wall_end <= offer.wall_start:
        message = lazy("The end must come after the start, on the same day.")
        raise DomainError(message, offer_field(slot, meeting, "wall_end"))
    starts_at, ends_at = (
        instant_of(
            offer.on_date,
            getattr(offer, name),
            zone,
            offer.is_later,
            field=offer_field(slot, meeting, name),
            choice_field=offer_field(slot, meeting, "is_later"),
        )
        for name in ("wall_start", "wall_end")
    )
    if starts_at <= now():
        raise DomainError(lazy("This time has passed. Choose one to come."), on_date)
    return starts_at, ends_at


def _trainers_of(offers: Sequence[SlotOffer]) -> dict[str, Person]:
    wanted = {public_id for offer in offers for public_id in offer.trainers}
    return {person.public_id: person for person in trainers_by_public_id(wanted)} if wanted else {}


def meeting_times(slot: Slot) -> list[Times]:
    return [(meeting.starts_at, meeting.ends_at) for meeting in slot.meetings]


def has_begun(slot: Slot) -> bool:
    """Whether it is too late to agree to a slot: its first meeting has begun, or is over."""
    return any(starts_at <= now() for starts_at, _ends_at in meeting_times(slot))


def weekly_hours_of(request: TrainingRequest) -> WeeklyHours | None:
    """The days and hours an office asked for; None where any time that it works suits it."""
    if not request.weekdays and request.hours_from is None and request.hours_to is None:
        return None
    return WeeklyHours(tuple(request.weekdays), request.hours_from, request.hours_to)


def slot_clashes(times: Sequence[Times], request: TrainingRequest) -> list[Clash]:
    """What stands against the meetings of a slot on the office's side, the worst first, in the language being spoken.

    What stands against them at the trainers is found where their time is known, in `scheduling`.
    """
    asked = weekly_hours_of(request)
    found = [clash for meeting in times for clash in office_clashes(request.office, meeting, asked)]
    found.extend(clash for meeting in times for clash in _passed(meeting, request))
    return in_order([*found, *clock_changes([request.office.zone, SECRETARIAT_ZONE], times)])


def _passed(meeting: Times, request: TrainingRequest) -> Iterator[Clash]:
    if meeting[0] <= now():
        when = span(*meeting, request.office.zone)
        sentence = _("This time has passed: %(when)s.", when=when)
        yield Clash(ClashKind.PAST, Severity.BLOCKS, office_name(request.office), when, meeting[0], sentence)
