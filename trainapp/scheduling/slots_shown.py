"""Slots as the page that answers a request shows them: those found, those picked before, those typed by hand."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from trainapp.accounts.models import Person
from trainapp.core import timefmt
from trainapp.core.clashes import Clash, in_order
from trainapp.core.clock import now
from trainapp.core.errors import DomainError
from trainapp.core.timefmt import UTC_NAME, TimeLine
from trainapp.offices.queries import all_offices
from trainapp.requests.models import TrainingRequest
from trainapp.requests.slots import SECRETARIAT_ZONE, SlotOffer, times_of, weekly_hours_of
from trainapp.scheduling.clash_facts import Planned, facts_for
from trainapp.scheduling.clashes import OfficeAndHours, clashes_of
from trainapp.scheduling.offer_form import OfferInput
from trainapp.scheduling.proposals import offer_of, spans_in, written
from trainapp.scheduling.slot_terms import FoundSlot, Result
from trainapp.scheduling.slot_words import Parties, Sentence, against, in_favour
from trainapp.scheduling.spans import Span
from trainapp.scheduling.trainer_queries import Trainer


@dataclass(frozen=True)
class Card:
    """A slot to pick: `value` is what its checkbox carries; trainers with their public id, name, and whether chosen."""

    number: int
    value: str
    days: str
    meetings: list[list[TimeLine]]
    in_favour: list[Sentence]
    against: list[Sentence]
    clashes: list[Clash]
    trainers: list[tuple[str, str, bool]]
    is_picked: bool


@dataclass(frozen=True)
class OwnCheck:
    """Dates typed by hand, in each zone, with what stands against them."""

    meetings: list[list[TimeLine]]
    clashes: list[Clash]


@dataclass(frozen=True)
class Viewer:
    """What every slot on one page is looked at with."""

    requests: Sequence[TrainingRequest]
    offices: Sequence[OfficeAndHours]
    trainers: Mapping[str, Person]
    zone: str

    def lines(self, meetings: Iterable[Span], zone: str) -> list[list[TimeLine]]:
        """Each meeting in the reader's zone, then in that of each office and of the secretariat."""
        others = [zone, *(office.zone for office, _hours in self.offices), SECRETARIAT_ZONE]
        return [timefmt.time_lines(span.starts_at, span.ends_at, self.zone, others) for span in meetings]

    def zones(self, first: str) -> list[str]:
        """The zones in which a slot may be written, the best first."""
        return [first, *(office.zone for office, _hours in self.offices), SECRETARIAT_ZONE, UTC_NAME]

    def planned(self, meetings: Iterable[Span], trainers: Iterable[str], zone: str) -> Planned:
        """The slot as something that may clash, with the trainers named by their public ids."""
        return Planned(
            meetings=tuple((span.starts_at, span.ends_at) for span in meetings),
            offices=tuple(self.offices),
            trainers=tuple(self.trainers[each] for each in trainers if each in self.trainers),
            subject_codes=tuple(dict.fromkeys(subject.code for each in self.requests for subject in each.subjects)),
            zone=zone,
            request_ids=frozenset(each.id for each in self.requests),
        )

    def parties(self) -> Parties:
        """The same people as the finder's words name them."""
        return Parties(
            offices={office.code: office for office, _hours in self.offices},
            trainers={person.id: person.name for person in self.trainers.values()},
            zone=self.zone,
        )


def viewer_of(
    requests: Sequence[TrainingRequest], others: Sequence[str], trainers: Iterable[Trainer], zone: str
) -> Viewer:
    """`others` are the codes of offices that take part without a request."""
    offices: list[OfficeAndHours] = [(request.office, weekly_hours_of(request)) for request in requests]
    asking = {request.office_id for request in requests}
    if others:
        offices += [(each, None) for each in all_offices() if each.code in others and each.id not in asking]
    return Viewer(requests, offices, {person.public_id: person for person, _profile in trainers}, zone)


@dataclass(frozen=True)
class _Shown:
    """A slot on its way to a card: the offer it stands for, its times, and what the finder said of it."""

    value: str
    offer: SlotOffer
    spans: Sequence[Span]
    found: FoundSlot | None
    free: Sequence[str]


def cards_of(result: Result | None, offer: OfferInput, viewer: Viewer, zone: str) -> list[Card]:
    """The slots found, the best first, and before them those picked earlier that the search does not give any more.

    `zone` is the one their wall times are round in.
    """
    found = [] if result is None else [shown for slot in result.slots if (shown := _of_found(slot, viewer, zone))]
    values = {shown.value for shown in found}
    earlier = [_of_picked(value, each) for value, each in offer.picked.items() if value not in values]
    return _cards([*earlier, *found], offer, viewer)


def _of_found(slot: FoundSlot, viewer: Viewer, zone: str) -> _Shown | None:
    """None for a slot that no clock on the page can say, because it goes over midnight everywhere."""
    written_offer = offer_of(slot.meetings, viewer.zones(zone))
    if written_offer is None:
        return None
    public_ids = {person.id: public_id for public_id, person in viewer.trainers.items()}
    free = [public_ids[each] for each in slot.trainers if each in public_ids]
    return _Shown(written(written_offer, slot.meetings), written_offer, slot.meetings, slot, free)


def _of_picked(value: str, offer: SlotOffer) -> _Shown:
    return _Shown(value, offer, spans_in(value) or (), None, ())


def _cards(shown: Sequence[_Shown], offer: OfferInput, viewer: Viewer) -> list[Card]:
    chosen = [_chosen_trainers(each, offer) for each in shown]
    planned = [
        viewer.planned(each.spans, trainers, each.offer.zone) for each, trainers in zip(shown, chosen, strict=True)
    ]
    facts, parties = facts_for(planned), viewer.parties()
    return [
        Card(
            number=number,
            value=each.value,
            days=timefmt.days([meeting.on_date for meeting in each.offer.meetings]),
            meetings=viewer.lines(each.spans, each.offer.zone),
            in_favour=in_favour(each.found, parties) if each.found else [],
            against=against(each.found, parties, beside_clashes=True) if each.found else [],
            clashes=in_order(clash for found in clashes_of(plan, facts, now()) for clash in found),
            trainers=[
                (public_id, viewer.trainers[public_id].name, public_id in trainers)
                for public_id in dict.fromkeys([*each.free, *trainers])
                if public_id in viewer.trainers
            ],
            is_picked=each.value in offer.picked,
        )
        for number, (each, trainers, plan) in enumerate(zip(shown, chosen, planned, strict=True), 1)
    ]


def _chosen_trainers(shown: _Shown, offer: OfferInput) -> list[str]:
    """Who was chosen with the slot, else the fittest of those who are free."""
    picked = offer.picked.get(shown.value)
    return list(picked.trainers) if picked else list(shown.free[:1])


def own_checks(offer: OfferInput, viewer: Viewer) -> dict[str, OwnCheck]:
    """Each choice of dates typed by hand, by its name, as far as its times can be."""
    typed = offer.typed_offers()
    placed = {name: spans for name, each in typed.items() if (spans := _spans_of(each)) is not None}
    planned = {name: viewer.planned(spans, typed[name].trainers, typed[name].zone) for name, spans in placed.items()}
    facts = facts_for(list(planned.values()))
    return {
        name: OwnCheck(
            viewer.lines(placed[name], typed[name].zone),
            in_order(clash for found in clashes_of(plan, facts, now()) for clash in found),
        )
        for name, plan in planned.items()
    }


def _spans_of(offer: SlotOffer) -> list[Span] | None:
    """The times of an offer; None where one of them cannot be, which its input says."""
    try:
        return [Span(*times_of(meeting, offer.zone)) for meeting in offer.meetings]
    except DomainError:  # told where the offer is checked, beside the input it is about
        return None
