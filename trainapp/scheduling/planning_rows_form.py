"""The rows of a plan's form: a meeting, a moment of the registration window, an office with its part."""

from typing import Any

from wtforms import DateField, Field, RadioField, SelectChoice, SelectField, StringField, TimeField

from trainapp.core.forms import QueryForm, at_most, optional, plain_line, stripped
from trainapp.core.languages import _, lazy
from trainapp.scheduling.models import OfficeRole
from trainapp.scheduling.plans import EARLIER, LATER, MeetingPlan, MomentPlan, OfficePlan


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
    return None if not field.data else field.data == LATER


class Row(QueryForm):
    """Inputs that belong together: a row left empty says nothing, one that holds anything holds all it needs."""

    def needed(self) -> tuple[Field, ...]:
        raise NotImplementedError

    def is_empty(self) -> bool:
        return not any(field.raw_data and field.raw_data[0] for field in self.needed())

    def validate(self, extra_validators: Any = None) -> bool:
        is_right: bool = super().validate(extra_validators)
        if self.is_empty():
            return is_right
        for field in self.needed():
            if not field.data and not field.errors:
                field.errors = [_("Please fill this in.")]
                is_right = False
        return is_right


class MeetingRow(Row):
    """One meeting in wall time of the session's zone."""

    on_date = DateField(lazy("Date"), [optional()])
    wall_start = TimeField(lazy("Start"), [optional()])
    wall_end = TimeField(lazy("End"), [optional()])
    is_later = reading_field()

    def needed(self) -> tuple[Field, ...]:
        return self.on_date, self.wall_start, self.wall_end

    def planned(self, number: int) -> MeetingPlan | None:
        if self.on_date.data is None or self.wall_start.data is None or self.wall_end.data is None:
            return None
        return MeetingPlan(number, self.on_date.data, self.wall_start.data, self.wall_end.data, is_later(self.is_later))


class MomentRow(Row):
    """When registration opens or closes, in wall time of the session's zone."""

    on_date = DateField(lazy("Date"), [optional()])
    wall_time = TimeField(lazy("Time"), [optional()])
    is_later = reading_field()

    def needed(self) -> tuple[Field, ...]:
        return self.on_date, self.wall_time

    def planned(self, name: str) -> MomentPlan | None:
        if self.on_date.data is None or self.wall_time.data is None:
            return None
        return MomentPlan(name, self.on_date.data, self.wall_time.data, is_later(self.is_later))


class OfficeRow(Row):
    """An office and its part in the session; the part alone, which is always chosen, makes no row."""

    office = SelectField(lazy("Office"), [optional()])
    role = SelectField(lazy("Part"), default=OfficeRole.BENEFICIARY.value)
    designation = StringField(lazy("The office as reports name it"), [at_most(), plain_line], filters=[stripped])

    def needed(self) -> tuple[Field, ...]:
        return (self.office,)

    def is_empty(self) -> bool:
        return not self.office.data and not self.designation.data

    def planned(self, number: int) -> OfficePlan | None:
        if not self.office.data:
            return None
        return OfficePlan(number, self.office.data, OfficeRole(self.role.data), self.designation.data or "")
