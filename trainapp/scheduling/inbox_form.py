"""The filters of the inbox. A value that is not offered chooses nothing."""

from datetime import date
from typing import Any

from wtforms import DateField, Field, SelectField, StringField

from trainapp.catalogue.queries import subject_choices
from trainapp.core.forms import QueryForm, optional, stripped
from trainapp.core.languages import _, lazy
from trainapp.offices.models import Office
from trainapp.offices.queries import office_name
from trainapp.offices.standing import Standing, region_choices, standing_label
from trainapp.requests.labels import state_label
from trainapp.requests.models import RequestState
from trainapp.requests.steps import Side
from trainapp.scheduling.forms import language_choices
from trainapp.scheduling.inbox_queries import Assigned, InboxFilter, Order

CODE_LIMIT = 32


class InboxForm(QueryForm):
    """What the inbox shows, as it stands in its address."""

    waiting = SelectField(lazy("Whose turn it is"), validate_choice=False)
    state = SelectField(lazy("State"), validate_choice=False)
    assigned = SelectField(lazy("Assigned to"), validate_choice=False)
    sort = SelectField(lazy("Order"), validate_choice=False)
    office = SelectField(lazy("IP office"), validate_choice=False)
    region = SelectField(lazy("Region"), validate_choice=False)
    standing = SelectField(lazy("Standing on the day of the request"), validate_choice=False)
    subject = SelectField(lazy("Subject"), validate_choice=False)
    # Not `language`: that name is the page's own in every address.
    spoken = SelectField(lazy("Language"), validate_choice=False)
    received_from = DateField(lazy("Received from"), [optional()])
    received_to = DateField(lazy("Received up to"), [optional()])
    code = StringField(lazy("Code"), filters=[stripped])

    def offer(self, offices: list[Office]) -> None:
        """Set the choices, in the reader's language; `offices` are those that have asked."""
        self.waiting.choices = [("", _("Anybody's")), *_turn_choices()]
        sent = [state for state in RequestState if state is not RequestState.DRAFT]
        self.state.choices = [("", _("All states")), *((state.value, state_label(state)) for state in sent)]
        self.assigned.choices = [("", _("Anybody")), *_assigned_choices()]
        self.sort.choices = _order_choices()
        names = sorted(((office.code, office_name(office)) for office in offices), key=lambda choice: choice[1])
        self.office.choices = [("", _("All offices")), *names]
        self.region.choices = [("", _("All regions")), *region_choices()]
        self.standing.choices = [("", _("Any standing")), *((each.value, standing_label(each)) for each in Standing)]
        self.subject.choices = [("", _("All subjects")), *subject_choices()]
        self.spoken.choices = [("", _("All languages")), *language_choices()]

    def wanted(self) -> InboxFilter:
        return InboxFilter(
            state=_chosen(self.state, RequestState),
            waiting_for=_chosen(self.waiting, Side),
            assigned=_chosen(self.assigned, Assigned),
            office=_chosen(self.office, str),
            region=_chosen(self.region, str),
            standing=_chosen(self.standing, Standing),
            subject=_chosen(self.subject, str),
            language=_chosen(self.spoken, str),
            received_from=self.received_from.data if isinstance(self.received_from.data, date) else None,
            received_to=self.received_to.data if isinstance(self.received_to.data, date) else None,
            code=(self.code.data or "")[:CODE_LIMIT] or None,
            order=_chosen(self.sort, Order) or Order.NEWEST,
        )

    def in_address(self) -> dict[str, str]:
        """What was chosen, as it stands in the address; the rest is left out."""
        return {field.name: value for field in self if (value := _value_of(field))}

    def has_rare_choice(self) -> bool:
        """Whether one of the filters is set that are folded away at first."""
        return any(field.name in self.in_address() for field in self.rare())

    def rare(self) -> tuple[Field, ...]:
        return (
            self.office,
            self.region,
            self.standing,
            self.subject,
            self.spoken,
            self.received_from,
            self.received_to,
            self.code,
        )


def _value_of(field: Field) -> str:
    if isinstance(field, SelectField):
        return field.data if field.data in dict(field.choices) else ""
    if isinstance(field, DateField):
        return field.data.isoformat() if field.data else ""
    return (field.data or "")[:CODE_LIMIT]


def _chosen(field: SelectField, kind: type[Any]) -> Any:
    value = _value_of(field)
    return kind(value) if value else None


def _turn_choices() -> list[tuple[str, str]]:
    return [
        (Side.SECRETARIAT.value, _("Waiting for the secretariat")),
        (Side.OFFICE.value, _("Waiting for the office")),
    ]


def _assigned_choices() -> list[tuple[str, str]]:
    return [
        (Assigned.ME.value, _("Me")),
        (Assigned.NOBODY.value, _("Nobody")),
        (Assigned.SOMEBODY.value, _("Somebody")),
    ]


def _order_choices() -> list[tuple[str, str]]:
    return [
        (Order.NEWEST.value, _("Newest first")),
        (Order.WAITING.value, _("Longest waiting first")),
        (Order.PERIOD.value, _("Earliest period first")),
    ]
