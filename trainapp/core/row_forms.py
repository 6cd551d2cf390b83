"""Rows of a form: inputs that belong together, such as the date and the hours of one meeting."""

from typing import Any, ClassVar

from wtforms import DateField, Field, RadioField, SelectChoice, TimeField

from trainapp.core.forms import QueryForm, optional
from trainapp.core.languages import _, lazy
from trainapp.core.walltime import EARLIER, LATER


def reading_field() -> RadioField:
    """Which of the two is meant, where the clocks show a time twice."""
    return RadioField(
        lazy("Which of the two times"),
        [optional()],
        choices=[
            SelectChoice(EARLIER, lazy("The earlier one, before the clocks go back")),
            SelectChoice(LATER, lazy("The later one, after the clocks have gone back")),
        ],
    )


def is_later(field: RadioField) -> bool | None:
    """What was chosen there; None where nothing was."""
    return None if not field.data else field.data == LATER


class Row(QueryForm):
    """A row left empty says nothing; one that holds anything holds all that `needs` names."""

    needs: ClassVar[tuple[str, ...]] = ()

    def needed(self) -> tuple[Field, ...]:
        return tuple(self[name] for name in self.needs)

    def is_empty(self) -> bool:
        return not any(field.raw_data and field.raw_data[0].strip() for field in self.needed())

    def validate(self, extra_validators: Any = None) -> bool:
        is_right: bool = super().validate(extra_validators)
        for field in () if self.is_empty() else self.needed():
            if not field.data and not field.errors:
                field.errors = [_("Please fill this in.")]
                is_right = False
        return is_right


class MeetingRow(Row):
    """One meeting in wall time of a zone that the form says."""

    on_date = DateField(lazy("Date"), [optional()])
    wall_start = TimeField(lazy("Start"), [optional()])
    wall_end = TimeField(lazy("End"), [optional()])
    is_later = reading_field()
    needs = ("on_date", "wall_start", "wall_end")
