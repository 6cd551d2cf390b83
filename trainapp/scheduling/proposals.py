"""Proposing dates: the same slots to one or several offices at once, all of them or none."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from trainapp.accounts.models import Person
from trainapp.core.errors import DomainError
from trainapp.core.timefmt import known_zones
from trainapp.core.walltime import instant_of
from trainapp.files.service import Upload
from trainapp.requests.models import RequestEvent, RequestState, Step, TrainingRequest
from trainapp.requests.service import begin_review, take_step
from trainapp.requests.slots import MOST_SLOT_MEETINGS, MeetingOffer, SlotOffer
from trainapp.requests.steps import Side, find_rule
from trainapp.scheduling.spans import Span

PROPOSABLE = frozenset({RequestState.SUBMITTED}) | {
    state for state in RequestState if find_rule(Step.PROPOSE, state, {Side.SECRETARIAT})
}
"""Where a request may stand when dates are proposed; one that was only sent is taken into review first."""
MOST_JOINED = 20
"""So many requests are answered together, at the most."""
LONGEST_NUMBER = 11
"""Digits of a count of seconds since 1970 that still is a day of the calendar."""


@dataclass(frozen=True)
class Asked:
    """A request as the person who answers saw it: with the version of the page they read."""

    request: TrainingRequest
    version: int


def propose(
    actor: Person, asked: Sequence[Asked], slots: Sequence[SlotOffer], comment: str, files: Sequence[Upload] = ()
) -> list[RequestEvent]:
    """Propose the same dates for every request.

    They are locked in one order, whoever proposes. Raises what `take_step` raises; then nothing may be kept of it.
    """
    return [
        _propose_one(actor, each, slots, comment, files) for each in sorted(asked, key=lambda each: each.request.id)
    ]


def _propose_one(
    actor: Person, asked: Asked, slots: Sequence[SlotOffer], comment: str, files: Sequence[Upload]
) -> RequestEvent:
    version: int | None = asked.version
    if asked.request.state is RequestState.SUBMITTED:
        begin_review(actor, asked.request, version)
        version = None  # ours since then
    return take_step(actor, asked.request, Step.PROPOSE, comment, version, slots=slots, files=files)


def offer_of(meetings: Sequence[Span], zones: Iterable[str], trainers: Sequence[str] = ()) -> SlotOffer | None:
    """Times as an offer in the first of the zones whose clocks can say them; None where none can.

    A zone can where each meeting begins and ends on one day, at whole minutes, and reads back as the same instants.
    """
    for zone in zones:
        offers = tuple(_meeting_offer(span, zone) for span in meetings)
        if all(_reads_back(offer, span, zone) for offer, span in zip(offers, meetings, strict=True)):
            return SlotOffer(zone, offers, tuple(trainers))
    return None


def _meeting_offer(span: Span, zone: str) -> MeetingOffer:
    start, end = (at.astimezone(ZoneInfo(zone)) for at in (span.starts_at, span.ends_at))
    is_later = bool(start.fold or end.fold)
    return MeetingOffer(
        start.date(), start.time().replace(tzinfo=None, fold=0), end.time().replace(tzinfo=None, fold=0), is_later
    )


def _reads_back(offer: MeetingOffer, span: Span, zone: str) -> bool:
    if offer.wall_end <= offer.wall_start:
        return False
    try:
        starts_at, ends_at = (
            instant_of(offer.on_date, wall, zone, offer.is_later) for wall in (offer.wall_start, offer.wall_end)
        )
    except DomainError:  # a zone whose clocks cannot say it is not the one to use
        return False
    return Span(starts_at, ends_at) == span


def written(offer: SlotOffer, meetings: Sequence[Span]) -> str:
    """A found slot as a form carries it: the zone, and the seconds since 1970 of each start and end."""
    times = ",".join(f"{span.starts_at.timestamp():.0f}-{span.ends_at.timestamp():.0f}" for span in meetings)
    return f"{offer.zone}|{times}"


def read(text: str, trainers: Sequence[str] = ()) -> SlotOffer | None:
    """The offer that a form carried; None for what no page of ours has written."""
    zone, _bar, times = text.partition("|")
    meetings = spans_in(text)
    if zone not in known_zones() or meetings is None:
        return None
    return offer_of(meetings, [zone], trainers) if times else None


def spans_in(text: str) -> list[Span] | None:
    """The times that a form carried; None for what no page of ours has written."""
    pairs = [pair.split("-") for pair in text.partition("|")[2].split(",")]
    if not 1 <= len(pairs) <= MOST_SLOT_MEETINGS or not all(
        len(pair) == 2 and all(map(_is_number, pair)) for pair in pairs
    ):
        return None
    return [Span(*(datetime.fromtimestamp(int(number), UTC) for number in pair)) for pair in pairs]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER
