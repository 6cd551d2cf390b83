"""The rows of a plan's form: a meeting, a moment of the registration window, an office with its part."""

from wtforms import DateField, SelectField, StringField, TimeField

from trainapp.core.forms import at_most, optional, plain_line, stripped
from trainapp.core.languages import lazy
from trainapp.core.row_forms import MeetingRow, Row, is_later, reading_field
from trainapp.scheduling.models import OfficeRole
from trainapp.scheduling.plans import MeetingPlan, MomentPlan, OfficePlan


class PlannedMeetingRow(MeetingRow):
    """One meeting in wall time of the session's zone."""

    def planned(self, number: int) -> MeetingPlan | None:
        if self.on_date.data is None or self.wall_start.data is None or self.wall_end.data is None:
            return None
        return MeetingPlan(number, self.on_date.data, self.wall_start.data, self.wall_end.data, is_later(self.is_later))


class MomentRow(Row):
    """When registration opens or closes, in wall time of the session's zone."""

    on_date = DateField(lazy("Date"), [optional()])
    wall_time = TimeField(lazy("Time"), [optional()])
    is_later = reading_field()
    needs = ("on_date", "wall_time")

    def planned(self, name: str) -> MomentPlan | None:
        if self.on_date.data is None or self.wall_time.data is None:
            return None
        return MomentPlan(name, self.on_date.data, self.wall_time.data, is_later(self.is_later))


class OfficeRow(Row):
    """An office and its part in the session; the part alone, which is always chosen, makes no row."""

    office = SelectField(lazy("Office"), [optional()])
    role = SelectField(lazy("Part"), default=OfficeRole.BENEFICIARY.value)
    designation = StringField(lazy("The office as reports name it"), [at_most(), plain_line], filters=[stripped])
    needs = ("office",)

    def is_empty(self) -> bool:
        return not self.office.data and not self.designation.data

    def planned(self, number: int) -> OfficePlan | None:
        if not self.office.data:
            return None
        return OfficePlan(number, self.office.data, OfficeRole(self.role.data), self.designation.data or "")
