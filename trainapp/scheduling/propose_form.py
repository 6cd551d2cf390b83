"""What dates are looked for, as it stands in the address of the page that answers a request."""

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import DateField, IntegerField, SelectField

from trainapp.accounts.models import Person
from trainapp.core.clock import now, today
from trainapp.core.forms import CheckboxList, QueryForm, between, required
from trainapp.core.languages import _, lazy
from trainapp.core.timefmt import UTC_NAME, known_zones, zone_label
from trainapp.offices.queries import office_choices
from trainapp.requests.models import TrainingRequest
from trainapp.requests.slots import MOST_SLOT_MEETINGS, SECRETARIAT_ZONE
from trainapp.scheduling.forms import Choices
from trainapp.scheduling.slot_search import SlotWish
from trainapp.scheduling.slot_terms import Condition, Pattern
from trainapp.scheduling.slot_words import condition_label
from trainapp.scheduling.trainer_queries import Trainer

SHORTEST, LONGEST = 15, 8 * 60
LONGEST_PERIOD = timedelta(days=184)
MOST_OFFICES = 20
USUAL = (1, 90)
"""How many meetings and of how many minutes, where no course says it."""
WISH_FIELDS = (
    "meetings",
    "minutes",
    "pattern",
    "first",
    "last",
    "zone",
    "trainers",
    "relaxed",
    "office",
    "add_office",
)


class WishForm(QueryForm):
    """How many meetings of what length, when, by whom and for whom, and which conditions need not be kept."""

    meetings = IntegerField(lazy("Number of meetings"), [required(), between(1, MOST_SLOT_MEETINGS)])
    minutes = IntegerField(lazy("Minutes of each"), [required(), between(SHORTEST, LONGEST)])
    pattern = SelectField(lazy("On which days"))
    first = DateField(lazy("First day"), [required()])
    last = DateField(lazy("Last day"), [required()])
    zone = SelectField(lazy("Time zone of the session"))
    trainers = CheckboxList(
        lazy("Trainers"), description=lazy("Without a choice, everybody who can teach this."), validate_choice=False
    )
    relaxed = CheckboxList(lazy("What need not be kept"), validate_choice=False)
    office = CheckboxList(lazy("Other offices that take part"), validate_choice=False)
    add_office = SelectField(lazy("Add an office"), validate_choice=False)

    def offer(self, trainers: dict[str, Choices], zones: Choices) -> None:
        """Set the choices, in the reader's language."""
        self.pattern.choices = [
            (Pattern.CONSECUTIVE.value, _("On working days one after the other")),
            (Pattern.ANY.value, _("On any working days, within three weeks")),
        ]
        self.zone.choices = zones_with(self.zone.data, zones)
        self.trainers.choices = trainers
        self.relaxed.choices = [(each.value, condition_label(each)) for each in Condition]
        names = dict(office_choices())
        if self.add_office.data in names and self.add_office.data not in (self.office.data or ()):
            self.office.data = [*(self.office.data or ()), self.add_office.data][:MOST_OFFICES]
            self.add_office.data = ""
        self.office.choices = [(code, names[code]) for code in self.office.data or () if code in names]
        self.add_office.choices = [("", _("No office in particular")), *names.items()]

    def validate(self, extra_validators: Any = None) -> bool:
        is_right: bool = super().validate(extra_validators)
        if is_right and self.last.data < self.first.data:
            self.last.errors = [_("The last day comes before the first.")]
        elif is_right and self.last.data - self.first.data > LONGEST_PERIOD:
            self.last.errors = [_("Please choose a period of at most %(days)s days.", days=LONGEST_PERIOD.days)]
        return is_right and not self.last.errors

    def wish(self) -> SlotWish:
        """What was typed, as plain values. Call it on a valid form only."""
        known = [code for code, _name in _flat(self.trainers.choices)]
        return SlotWish(
            offices=tuple(code for code, _name in self.office.choices),
            trainers=tuple(public_id for public_id in known if public_id in (self.trainers.data or ())),
            meetings=self.meetings.data,
            minutes=self.minutes.data,
            pattern=Pattern(self.pattern.data),
            first=self.first.data,
            last=self.last.data,
            relaxed=frozenset(each for each in Condition if each.value in (self.relaxed.data or ())),
            zone=self.zone.data,
        )

    def in_address(self) -> dict[str, list[str]]:
        """What is looked for as it stands in the address. Call it on a valid form only."""
        wish = self.wish()
        return {
            "meetings": [str(wish.meetings)],
            "minutes": [str(wish.minutes)],
            "pattern": [wish.pattern.value],
            "first": [wish.first.isoformat()],
            "last": [wish.last.isoformat()],
            "zone": [wish.zone],
            "trainers": list(wish.trainers),
            "relaxed": [each.value for each in Condition if each in wish.relaxed],
            "office": list(wish.offices),
        }


def first_wish(requests: Sequence[TrainingRequest], able: Iterable[Person]) -> MultiDict[str, str]:
    """What the requests themselves suggest to look for, as it would stand in the address.

    That is how their course is held, in the period common to all, by those who can teach it.
    """
    course = next((request.course for request in requests if request.course is not None), None)
    meetings, minutes = (course.meetings, course.minutes) if course else USUAL
    first, last = _period(requests)
    suggested = {
        "meetings": str(min(meetings, MOST_SLOT_MEETINGS)),
        "minutes": str(min(max(minutes, SHORTEST), LONGEST)),
        "pattern": Pattern.CONSECUTIVE.value,
        "first": first.isoformat(),
        "last": last.isoformat(),
        "zone": requests[0].office.zone,
    }
    return MultiDict([*suggested.items(), *(("trainers", person.public_id) for person in able)])


def _period(requests: Sequence[TrainingRequest]) -> tuple[date, date]:
    """The days that suit everybody, else the first request; from tomorrow on, and no longer than may be searched."""
    first = max(request.period_from for request in requests)
    last = min(request.period_to for request in requests)
    if last < first:
        first, last = requests[0].period_from, requests[0].period_to
    first = max(first, today() + timedelta(days=1))
    return first, min(max(last, first), first + LONGEST_PERIOD)


def _flat(choices: Any) -> Choices:
    return [pair for pairs in choices.values() for pair in pairs] if isinstance(choices, dict) else list(choices)


def zones_to_choose(requests: Iterable[TrainingRequest], zone: str) -> Choices:
    """The zones that matter here: of the offices that ask, of the secretariat, of the reader, and UTC."""
    zones = [*(request.office.zone for request in requests), SECRETARIAT_ZONE, zone, UTC_NAME]
    return [(each, zone_label(each, now())) for each in dict.fromkeys(zones)]


def zones_with(zone: str | None, choices: Choices) -> Choices:
    """The zones to choose from, with the one that is set where there is such a zone."""
    if not zone or zone in dict(choices) or zone not in known_zones():
        return choices
    return [*choices, (zone, zone_label(zone, now()))]


def trainer_choices(trainers: Iterable[Trainer], able: Collection[Person]) -> dict[str, Choices]:
    """Those who can teach what is asked first, the others apart."""
    pairs = {person: (person.public_id, person.name) for person, _profile in trainers}
    groups = {
        _("Able by subject and language"): [pair for person, pair in pairs.items() if person in able],
        _("Other trainers"): [pair for person, pair in pairs.items() if person not in able],
    }
    return {name: choices for name, choices in groups.items() if choices}
