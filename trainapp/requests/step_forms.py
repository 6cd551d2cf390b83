"""Input of a step: its words and files, the dates it offers, and whom a request is assigned to."""

import re
from collections.abc import Iterator, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Field, HiddenField, SelectField, TextAreaField

from trainapp.accounts.models import Person
from trainapp.core.errors import DomainError
from trainapp.core.forms import (
    LONG_TEXT_LIMIT,
    BaseForm,
    at_most,
    optional,
    plain_text,
    showable,
    with_error,
)
from trainapp.core.languages import _, lazy
from trainapp.core.row_forms import MeetingRow, is_later
from trainapp.files.forms import UploadsField, uploads_of
from trainapp.files.service import Upload
from trainapp.requests.forms import lines, version_of
from trainapp.requests.labels import slot_label
from trainapp.requests.models import Slot, Step
from trainapp.requests.slots import MOST_SLOT_MEETINGS, MOST_SLOTS, MeetingOffer, SlotOffer, offer_field, problems_of

MORE = "more"
"""The button that adds a meeting or a choice, and takes no step."""
ROWS_SHOWN = 3
"""How many rows for dates a new form has, where each choice is one meeting."""
OFFER_FIELD = re.compile(r"slot_([1-5])-meeting_(1[0-2]|[1-9])-([a-z_]+)")
MORE_MEETINGS = re.compile(r"slot_([1-5])")
CHOSEN_LIMIT = 16
"""Characters of a public id."""


class StepForm(BaseForm):
    """The words and files of a step; `version` and `last_event` are what its page showed of the request."""

    comment = TextAreaField(lazy("Your message"), [optional(), at_most(LONG_TEXT_LIMIT), plain_text], filters=[lines])
    files = UploadsField(lazy("Attachments"))
    version = HiddenField()
    last_event = HiddenField()

    class Meta(BaseForm.Meta):
        def wrap_formdata(self, form: Any, formdata: Any) -> Any:
            """Who asks for more rows sees the form again unchecked, so without what no page can hold."""
            sent = super().wrap_formdata(form, formdata)
            return showable_copy(sent) if sent is not None and MORE in sent else sent


class AssignForm(BaseForm):
    """The colleague who looks after a request."""

    colleague = SelectField(lazy("Assigned to"))
    version = HiddenField()

    def offer(self, people: Sequence[Person]) -> None:
        """Set the choices: everybody who may answer requests, or nobody in particular."""
        self.colleague.choices = [("", _("Nobody")), *((person.public_id, person.name) for person in people)]


class OfferRow(MeetingRow):
    """One meeting of a choice of dates."""

    def offer(self) -> MeetingOffer:
        """The meeting of a row that is valid and not empty."""
        assert self.on_date.data is not None
        assert self.wall_start.data is not None
        assert self.wall_end.data is not None
        return MeetingOffer(self.on_date.data, self.wall_start.data, self.wall_end.data, is_later(self.is_later))


class SlotRows:
    """One choice of dates in the form: the rows of its meetings."""

    def __init__(self, number: int, rows: int, typed: MultiDict[str, str] | None) -> None:
        self.number = number
        self.name = offer_field(number)
        self.label = slot_label(number)
        self.rows = [OfferRow(typed, prefix=f"{offer_field(number, row)}-") for row in range(1, rows + 1)]
        self.takes_more = rows < MOST_SLOT_MEETINGS

    def filled(self) -> list[tuple[int, OfferRow]]:
        return [(number, row) for number, row in enumerate(self.rows, 1) if not row.is_empty()]


class StepInput:
    """Everything one form of the request page sends. Nothing typed is lost, whatever becomes of it.

    Choices of dates are `slot_1`, `slot_2` …, their meetings `meeting_1` …; a button adds a meeting or a choice.
    """

    def __init__(self, typed: MultiDict[str, str] | None, shape: Sequence[int]) -> None:
        self.words = StepForm()
        self.slots = [SlotRows(number, rows, typed) for number, rows in enumerate(shape, 1)]
        self.takes_more = len(shape) < MOST_SLOTS
        self.wanted = typed.get("step", "") if typed else ""
        self.chosen = (typed.get("chosen") or "")[: CHOSEN_LIMIT + 1] if typed else ""
        self.asks_for_rows = bool(typed) and MORE in (typed or {})
        self.has_moved = False

    @classmethod
    def empty(cls, standing: Sequence[Slot]) -> "StepInput":
        """A form to fill in, with rows for dates in the pattern of those that were offered."""
        meetings = len(standing[0].meetings) if standing else 1
        return cls(None, [meetings] if meetings > 1 else [1] * ROWS_SHOWN)

    @classmethod
    def sent(cls, values: MultiDict[str, str]) -> "StepInput":
        """What was sent, with one more row or choice where its button was pressed."""
        typed = showable_copy(values)
        return cls(typed, _shape_of(typed))

    def step(self) -> Step | None:
        """The step whose button was pressed; accepting a slot is agreeing to it. None for one that is none."""
        if self.chosen:
            return Step.AGREE
        return Step(self.wanted) if self.wanted in list(Step) else None

    @property
    def comment(self) -> str:
        return self.words.comment.data or ""

    @property
    def version(self) -> int:
        return version_of(self.words.version)

    @property
    def last_event(self) -> int:
        """The newest event its page showed; all of them are newer than one that cannot be read."""
        return version_of(self.words.last_event)

    def uploads(self) -> list[Upload]:
        return uploads_of(self.words.files)

    def lost_files(self) -> bool:
        """Whether files came that the page cannot hold when it is shown again."""
        return bool(self.words.files.data)

    def has_dates(self) -> bool:
        return any(slot.filled() for slot in self.slots)

    def offers(self, zone: str) -> tuple[SlotOffer, ...]:
        """The dates of a form that is valid, in wall time of a zone."""
        return tuple(
            SlotOffer(zone, tuple(row.offer() for _number, row in slot.filled()))
            for slot in self.slots
            if slot.filled()
        )

    def validate(self, zone: str) -> bool:
        """Whether all that was typed is right by itself; everything that is not is said at its input."""
        rows = [row for slot in self.slots for row in slot.rows]
        results = [self.words.validate(), *(row.validate() for row in rows)]
        if not all(results):
            return False
        problems = problems_of(self.offers(zone))
        for problem in problems:
            self.show_problem(problem)
        return not problems

    def show_problem(self, problem: DomainError) -> None:
        """Put a rule's sentence on the input it names, else above the form."""
        found = OFFER_FIELD.fullmatch(problem.field or "")
        if found is None:
            with_error(self.words, problem)
            return
        filled = [slot for slot in self.slots if slot.filled()]
        _number, row = filled[int(found[1]) - 1].filled()[int(found[2]) - 1]
        field = row[found[3]]
        field.errors = [*field.errors, str(problem.message)]

    # What `error_summary` reads of a form.
    @property
    def errors(self) -> bool:
        return bool(self.words.errors) or any(row.errors for slot in self.slots for row in slot.rows)

    @property
    def form_errors(self) -> Sequence[str]:
        return self.words.form_errors

    def __iter__(self) -> Iterator[Field]:
        for slot in self.slots:
            for row in slot.rows:
                yield from row
        yield from self.words


def showable_copy(sent: MultiDict[str, Any]) -> MultiDict[str, Any]:
    """What a form sent, its files as they are, its texts without what no page and no column can hold."""
    pairs = sent.items(multi=True)
    return MultiDict([(name, showable(value) if isinstance(value, str) else value) for name, value in pairs])


def _shape_of(typed: MultiDict[str, str]) -> list[int]:
    """How many meetings each choice of a form has, with what its button adds."""
    found = [OFFER_FIELD.fullmatch(name) for name in typed]
    rows = {(int(match[1]), int(match[2])) for match in found if match}
    shape = [max((row for slot, row in rows if slot == number), default=1) for number in range(1, _last(rows) + 1)]
    more = typed.get(MORE, "")
    grown = MORE_MEETINGS.fullmatch(more)
    if grown and int(grown[1]) <= len(shape):
        shape[int(grown[1]) - 1] = min(shape[int(grown[1]) - 1] + 1, MOST_SLOT_MEETINGS)
    elif more == "slot":
        shape = [*shape, shape[-1]][:MOST_SLOTS]
    return shape


def _last(rows: set[tuple[int, int]]) -> int:
    return max((slot for slot, _row in rows), default=ROWS_SHOWN)
