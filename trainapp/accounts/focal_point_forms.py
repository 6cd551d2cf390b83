"""Input of becoming a focal point, of handing over, and of the decisions on it."""

from datetime import date
from typing import Any

from wtforms import BooleanField, DateField, EmailField, RadioField, SelectField, StringField, TextAreaField

from trainapp.accounts.forms import ADDRESS_LIMIT
from trainapp.accounts.labels import claim_state_label
from trainapp.accounts.models import ClaimState
from trainapp.core.forms import (
    LONG_TEXT_LIMIT,
    BaseForm,
    QueryForm,
    at_most,
    mail_address,
    optional,
    plain_line,
    plain_text,
    required,
    stripped,
)
from trainapp.core.languages import LANGUAGES, _, lazy
from trainapp.offices.models import Office
from trainapp.offices.queries import office_choices, office_name

STAYS, LEAVES, AT_ONCE = "stays", "leaves", "at_once"


def _name() -> StringField:
    return StringField(lazy("Name"), [required(), at_most(), plain_line], filters=[stripped])


def _address(label: Any) -> EmailField:
    return EmailField(label, [required(), at_most(ADDRESS_LIMIT), plain_line, mail_address], filters=[stripped])


def _function() -> StringField:
    return StringField(lazy("Function"), [optional(), at_most(), plain_line], filters=[stripped])


class AskForm(BaseForm):
    """Who asks to speak for an office."""

    name = _name()
    email = _address(lazy("E-mail address at the office"))
    office = SelectField(lazy("IP office"), [required()])
    function = _function()
    message = TextAreaField(
        lazy("What the secretariat should know"),
        [optional(), at_most(LONG_TEXT_LIMIT), plain_text],
        filters=[stripped],
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.office.choices = [("", _("Choose an office")), *office_choices()]


class SuccessorForm(BaseForm):
    """Whom a focal point names, and whether they go on themselves."""

    name = _name()
    email = _address(lazy("E-mail address at the office"))
    function = _function()
    language_of_mails = SelectField(lazy("Language of mails and invitations"), choices=dict(LANGUAGES))
    what_then = RadioField(lazy("And you yourself?"), [required()], validate_choice=True)
    last_day = DateField(lazy("Last day of your own role"), [optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.what_then.choices = [
            (STAYS, _("I go on speaking for the office as well")),
            (LEAVES, _("I leave on the day below, whoever follows me")),
        ]

    def validate(self, extra_validators: Any = None) -> bool:
        return super().validate(extra_validators) and _has_day(self.last_day, self.what_then.data == LEAVES)

    def chosen_day(self) -> date | None:
        """The last day of who names; None where they go on."""
        return self.last_day.data if self.what_then.data == LEAVES else None


def _has_day(field: DateField, needs_one: bool) -> bool:
    if needs_one and field.data is None:
        field.errors = [_("Please fill this in.")]
        return False
    return True


class GiveUpForm(BaseForm):
    """When a focal point stops; nothing is chosen at first, because it cannot be taken back."""

    when = RadioField(lazy("When"), [required()])
    last_day = DateField(lazy("Last day of the role"), [optional()])

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.when.choices = [(AT_ONCE, _("At once")), (LEAVES, _("After the day below"))]

    def validate(self, extra_validators: Any = None) -> bool:
        return super().validate(extra_validators) and _has_day(self.last_day, self.when.data == LEAVES)

    def chosen_day(self) -> date | None:
        """The last day; None where the role ends at once."""
        return self.last_day.data if self.when.data == LEAVES else None


class TermForm(BaseForm):
    last_day = DateField(lazy("Last day of the role"), [required()])


class AcceptForm(BaseForm):
    last_day = DateField(lazy("Last day of the role"), [required()])
    adds_domain = BooleanField()

    def offer(self, domain: str) -> None:
        self.adds_domain.label.text = _("Note %(domain)s as a domain of this office", domain=domain)


class DeclineForm(BaseForm):
    reason = TextAreaField(lazy("Why not"), [required(), at_most(LONG_TEXT_LIMIT), plain_text], filters=[stripped])


class ClaimFilter(QueryForm):
    """What the list of claims shows. A value that is not offered chooses nothing."""

    state = SelectField(lazy("State"), validate_choice=False)
    office = SelectField(lazy("IP office"), validate_choice=False)

    def offer(self, offices: list[Office]) -> None:
        self.state.choices = [("", _("All states")), *((state.value, claim_state_label(state)) for state in ClaimState)]
        names = sorted(((office.code, office_name(office)) for office in offices), key=lambda choice: choice[1])
        self.office.choices = [("", _("All offices")), *names]

    def chosen_state(self) -> ClaimState | None:
        chosen = _offered(self.state)
        return ClaimState(chosen) if chosen else None

    def chosen_office(self) -> str | None:
        return _offered(self.office)

    def in_address(self) -> dict[str, str]:
        """What was chosen, as it stands in the address."""
        return {field.name: value for field in self if (value := _offered(field))}


def _offered(field: SelectField) -> str | None:
    return str(field.data) if field.data and field.data in dict(field.choices) else None
