"""What the slot finder found, as sentences in the language being spoken."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

from trainapp.core.languages import _, current_language, ngettext
from trainapp.core.timefmt import day, listed, moment, span, zone_city
from trainapp.offices.clashes import marked
from trainapp.offices.models import Office
from trainapp.offices.queries import office_name
from trainapp.offices.working_time import days_off
from trainapp.scheduling.slot_terms import Blocker, BlockerKind, Condition, FoundSlot, Reason, ReasonKind, Relaxation
from trainapp.scheduling.spans import Span

Sentence = str | Markup

SAID_BY_CLASHES = frozenset(ReasonKind) - {
    ReasonKind.NO_TRAINER,
    ReasonKind.INCONVENIENT,
    ReasonKind.CLOCKS_CHANGE,
    ReasonKind.BRIDGE_DAY,
}
"""What `scheduling.clashes` says of the same slot as well."""


@dataclass(frozen=True)
class Parties:
    """Who takes part: offices by code, trainers' names by id; `zone` is the reader's."""

    offices: Mapping[str, Office]
    trainers: Mapping[int, str]
    zone: str


def condition_label(condition: Condition) -> str:
    """A condition by its name, as it stands among others that may be relaxed."""
    labels = {
        Condition.WEEKEND: _("Weekends of the offices"),
        Condition.HOLIDAY: _("Public holidays"),
        Condition.OFFICE_HOURS: _("Working hours of the offices"),
        Condition.HOURS_ASKED: _("Hours that were asked for"),
        Condition.OFFICE_BUSY: _("Other sessions of the offices"),
        Condition.TRAINER_HOURS: _("Working hours of the trainers"),
        Condition.TRAINER_BUSY: _("What the trainers already have"),
    }
    return labels[condition]


def in_favour(slot: FoundSlot, parties: Parties) -> list[Sentence]:
    """What speaks for a slot."""
    return [_in_favour(reason, parties) for reason in slot.reasons if reason.is_for]


def against(slot: FoundSlot, parties: Parties, *, beside_clashes: bool = False) -> list[Sentence]:
    """What speaks against a slot; `beside_clashes` leaves out what a list of its clashes says already."""
    return [
        sentence
        for reason in slot.reasons
        if not reason.is_for and not (beside_clashes and reason.kind in SAID_BY_CLASHES)
        for sentence in _against(reason, parties)
    ]


def relaxation_text(relaxation: Relaxation, parties: Parties) -> str:
    """What giving up these conditions would bring."""
    return ngettext(
        "%(num)s choice of dates if this need not be kept: %(conditions)s. It begins on %(when)s.",
        "%(num)s choices of dates if this need not be kept: %(conditions)s. The best begins on %(when)s.",
        relaxation.count,
        conditions=listed(condition_label(each) for each in relaxation.conditions),
        when=moment(relaxation.best.meetings[0].starts_at, parties.zone),
    )


def blocker_text(blocker: Blocker, parties: Parties) -> str:
    """Why there is no slot."""
    names = listed(office_name(parties.offices[code]) for code in blocker.offices)
    texts = {
        BlockerKind.NO_TIME_LEFT: _("The period is over."),
        BlockerKind.TOO_FEW_DAYS: _("The period is too short for so many meetings."),
        BlockerKind.NO_TRAINER: _("There is no trainer: nobody was chosen, or nobody teaches this."),
        BlockerKind.TRAINERS: _("No trainer has time for so many meetings in the period."),
        BlockerKind.NO_WORKING_DAY: _("This office does not work on any day of the period: %(office)s.", office=names),
        BlockerKind.OFFICE: _("Nothing in the period suits this office: %(office)s.", office=names),
        BlockerKind.OFFICES: _("These offices have no time in common: %(offices)s.", offices=names),
        BlockerKind.OFFICE_AND_TRAINERS: _("No trainer has time when it suits this office: %(office)s.", office=names),
    }
    return texts[blocker.kind]


def _in_favour(reason: Reason, parties: Parties) -> Sentence:
    if reason.kind is ReasonKind.INSIDE_HOURS:
        return _("Every meeting is within the working hours of every office.")
    if reason.kind is ReasonKind.INSIDE_ASKED:
        return _("Every meeting is within the hours that were asked for.")
    names = listed(parties.trainers[trainer] for trainer in reason.trainers)
    return _("Free at every meeting: %(trainers)s.", trainers=names)


def _against(reason: Reason, parties: Parties) -> Iterator[Sentence]:
    if reason.kind is ReasonKind.NO_TRAINER:
        yield _("There is no trainer: nobody was chosen, or nobody teaches this.")
    elif reason.kind is ReasonKind.CLOCKS_CHANGE:
        yield from _clocks_change(reason)
    elif reason.kind is ReasonKind.INCONVENIENT:
        yield _inconvenient(reason, parties)
    elif reason.office is not None:
        office = parties.offices[reason.office]
        yield from _on_days(reason, office) if reason.days else [_at_office(reason, office)]
    else:
        yield _at_trainer(reason, parties)


def _clocks_change(reason: Reason) -> Iterator[Sentence]:
    zone = reason.zone or ""
    city = zone_city(zone, current_language())
    for meeting in reason.meetings:
        when = moment(meeting.starts_at, zone)
        yield _(
            "The clocks change between the meetings, and this one is at another hour in %(city)s: %(when)s.",
            city=city,
            when=when,
        )


def _inconvenient(reason: Reason, parties: Parties) -> Sentence:
    """An early or a late hour, and how many of them the same side had before."""
    if reason.office is not None:
        office = parties.offices[reason.office]
        who, zone = office_name(office), office.zone
    else:
        who, zone = parties.trainers[reason.trainers[0]], reason.zone or parties.zone
    when = _listed_spans(reason.meetings, zone)
    hours = -(-reason.past_minutes // 60)
    if not hours:
        return _("An early or late hour for %(who)s, who had none in the last two years: %(when)s.", who=who, when=when)
    return ngettext(
        "An early or late hour for %(who)s, who had %(num)s of them in the last two years: %(when)s.",
        "An early or late hour for %(who)s, who had %(num)s of them in the last two years: %(when)s.",
        hours,
        who=who,
        when=when,
    )


def _on_days(reason: Reason, office: Office) -> Iterator[Sentence]:
    name = office_name(office)
    for on in reason.days:
        if reason.kind is ReasonKind.WEEKEND:
            yield _("%(day)s is a weekend day for this office (%(office)s).", day=day(on), office=name)
        elif reason.kind is ReasonKind.BRIDGE_DAY:
            yield _("%(day)s lies between two days off for this office (%(office)s).", day=day(on), office=name)
        else:
            template = escape(_("%(day)s is a public holiday for this office (%(office)s): %(holiday)s."))
            for off in days_off(office, [on]):
                if off.holiday is not None:
                    yield template % {"day": day(on), "office": name, "holiday": marked(off.holiday)}


def _at_office(reason: Reason, office: Office) -> Sentence:
    name, when = office_name(office), _listed_spans(reason.meetings, office.zone)
    if reason.kind is ReasonKind.OFFICE_HOURS:
        return _("This is outside the working hours of this office (%(office)s): %(when)s.", office=name, when=when)
    if reason.kind is ReasonKind.HOURS_ASKED:
        return _("This is outside the hours this office asked for (%(office)s): %(when)s.", office=name, when=when)
    return _("This office (%(office)s) has another session at the same time: %(when)s.", office=name, when=when)


def _at_trainer(reason: Reason, parties: Parties) -> Sentence:
    name = parties.trainers[reason.trainers[0]]
    when = _listed_spans(reason.meetings, parties.zone)
    if reason.kind is ReasonKind.TRAINER_HOURS:
        return _("This is outside the working hours of %(trainer)s: %(when)s", trainer=name, when=when)
    return _("%(trainer)s has something else at the same time: %(when)s", trainer=name, when=when)


def _listed_spans(meetings: Sequence[Span], zone: str) -> str:
    return listed(span(each.starts_at, each.ends_at, zone) for each in meetings)
