"""What is offered to an office: dates picked from those found, dates typed by hand, words and files."""

from collections.abc import Iterator, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Field, SelectField

from trainapp.core.errors import DomainError
from trainapp.core.forms import CheckboxList, QueryForm
from trainapp.core.languages import _, lazy
from trainapp.core.timefmt import known_zones
from trainapp.files.service import Upload
from trainapp.requests.slots import MOST_SLOT_MEETINGS, SlotOffer, offer_field, problems_of
from trainapp.requests.step_forms import SlotRows, StepInput, showable_copy
from trainapp.scheduling.forms import Choices
from trainapp.scheduling.proposals import read
from trainapp.scheduling.propose_form import zones_with

PICK, BY = "pick", "by-"
LONGEST_VALUE = 1000
MOST_PICKS = 20


class OwnDatesForm(QueryForm):
    """In which zone dates typed by hand are meant, and who would teach then."""

    own_zone = SelectField(lazy("Time zone of these dates"))
    own_trainers = CheckboxList(lazy("Trainers"), validate_choice=False)


class OfferInput:
    """Everything the form of the page sends; whatever becomes of it, it stands there again."""

    def __init__(self, sent: MultiDict[str, str] | None, meetings: int, zones: Choices, trainers: Any) -> None:
        """`meetings` is how many rows a first choice of dates has; it is meant in the first of the zones at first."""
        sent = None if sent is None else showable_copy(sent)
        rows = min(max(meetings, 1), MOST_SLOT_MEETINGS)
        self.typed = StepInput(None, [rows]) if sent is None else StepInput.sent(sent)
        self.own = OwnDatesForm(sent, data={"own_zone": zones[0][0]})
        self.own.own_zone.choices = zones_with(self.own.own_zone.data, zones)
        self.own.own_trainers.choices = trainers
        self.picked = _picked(sent)

    @property
    def slots(self) -> list[SlotRows]:
        return self.typed.slots

    @property
    def comment(self) -> str:
        return self.typed.comment

    def uploads(self) -> list[Upload]:
        return self.typed.uploads()

    def validate(self) -> bool:
        """Whether what was sent can be offered, as far as it can be known without the requests."""
        if not self.own.validate():
            self.typed.words.validate()
            return False
        if not self.typed.validate(self.own.own_zone.data):
            return False
        offers = self.offers()
        if not offers:
            self.form_errors.append(_("Choose at least one of the dates found, or type some yourself."))
            return False
        problems = problems_of(offers)
        for problem in problems:
            self.show_problem(problem)
        return not problems

    def offers(self) -> list[SlotOffer]:
        """What is offered: first what was typed, then what was picked. Call it where the rows are right."""
        return [*self.typed_offers().values(), *self.picked.values()]

    def typed_offers(self) -> dict[str, SlotOffer]:
        """Each choice typed by hand whose rows can be read, by its name; none in a zone that does not exist.

        It checks nothing, so errors told stay.
        """
        zone, trainers = str(self.own.own_zone.data), tuple(self.own.own_trainers.data or ())
        if zone not in known_zones():
            return {}
        filled = {slot.name: [row for _number, row in slot.filled()] for slot in self.slots}
        return {
            name: SlotOffer(zone, tuple(row.offer() for row in rows), trainers)
            for name, rows in filled.items()
            if rows and all(field.data is not None for row in rows for field in row.needed())
        }

    def show_problem(self, problem: DomainError) -> None:
        """Put a rule's sentence on the input it names, else above the form."""
        name = problem.field or ""
        typed = [offer_field(number) for number in range(1, len(self.typed_offers()) + 1)]
        if name in ("comment", "files") or any(name.startswith(f"{each}-meeting") for each in typed):
            self.typed.show_problem(problem)
        elif name == "trainers":
            self.own.own_trainers.errors = [*self.own.own_trainers.errors, str(problem.message)]
        else:
            self.form_errors.append(str(problem.message))

    # What `error_summary` reads of a form.
    @property
    def errors(self) -> bool:
        return bool(self.typed.errors) or bool(self.own.errors)

    @property
    def form_errors(self) -> list[str]:
        found: list[str] = self.typed.words.form_errors
        return found

    def __iter__(self) -> Iterator[Field]:
        yield from self.own
        yield from self.typed


def _picked(sent: MultiDict[str, str] | None) -> dict[str, SlotOffer]:
    """The slots that were picked, by the value that the form carried; what no page of ours wrote is left out."""
    values: Sequence[str] = [] if sent is None else sent.getlist(PICK)[:MOST_PICKS]
    found: dict[str, SlotOffer] = {}
    for value in values:
        offer = read(value, _trainers(sent, value)) if len(value) <= LONGEST_VALUE else None
        if offer is not None:
            found[value] = offer
    return found


def _trainers(sent: MultiDict[str, str] | None, value: str) -> list[str]:
    """Who was chosen to teach at a found slot."""
    return [] if sent is None else list(dict.fromkeys(sent.getlist(BY + value)))
