"""Input of requests: what is asked for, a step with its words, and the filters of the list."""

import re
from typing import Any

from wtforms import HiddenField, SelectField, StringField, TextAreaField, ValidationError

from trainapp.core.forms import (
    LONG_TEXT_LIMIT,
    QueryForm,
    at_most,
    optional,
    plain_line,
    plain_text,
    stripped,
)
from trainapp.core.languages import _, lazy
from trainapp.offices.models import Office
from trainapp.offices.queries import office_name
from trainapp.requests.labels import state_label
from trainapp.requests.models import RequestState

LINE_END = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")


def lines(text: Any) -> Any:
    """Every kind of line end as one sign: forms send two (WHATWG HTML §4.10.21.5), word processors others."""
    return LINE_END.sub("\n", text).strip() if isinstance(text, str) else text


def offered(form: Any, field: Any) -> None:
    """Every choice is one of the list."""
    if set(field.data or ()) - {choice[0] for choice in field.choices}:
        raise ValidationError(lazy("Not a valid choice."))


def line_field(label: Any, *validators: Any) -> StringField:
    return StringField(label, [*validators, at_most(), plain_line], filters=[stripped])


def text_field(label: Any) -> TextAreaField:
    return TextAreaField(label, [optional(), at_most(LONG_TEXT_LIMIT), plain_text], filters=[lines])


class FilterForm(QueryForm):
    """What the list shows. A value that is not offered chooses nothing."""

    state = SelectField(lazy("State"))
    office = SelectField(lazy("IP office"))

    def __init__(self, arguments: Any, states: list[RequestState], offices: list[Office]) -> None:
        super().__init__(arguments)
        self.state.choices = [("", _("All states")), *((state.value, state_label(state)) for state in states)]
        self.office.choices = [("", _("All offices")), *sorted(office_choices(offices), key=lambda choice: choice[1])]

    def chosen_state(self) -> RequestState | None:
        return RequestState(self.state.data) if _is_offered(self.state) else None

    def chosen_office(self) -> str | None:
        return str(self.office.data) if _is_offered(self.office) else None


def version_of(field: HiddenField) -> int:
    """The version a page carried; one that cannot be read is no version there is."""
    text = field.data or ""
    return int(text) if text.isascii() and text.isdigit() and len(text) < len(str(2**31)) else 0


def _is_offered(field: SelectField) -> bool:
    return bool(field.data) and field.data in [choice[0] for choice in field.choices]


def office_choices(offices: list[Office]) -> list[tuple[str, str]]:
    return [(office.code, office_name(office)) for office in offices]
