"""Input of registering."""

from typing import Any

from wtforms import EmailField, SelectField, StringField, TextAreaField

from trainapp.accounts.forms import ADDRESS_LIMIT
from trainapp.core.clock import now
from trainapp.core.forms import (
    BaseForm,
    at_most,
    mail_address,
    optional,
    plain_line,
    plain_text,
    required,
    stripped,
)
from trainapp.core.languages import LANGUAGES, _, lazy
from trainapp.core.timefmt import known_zones, zone_choices, zone_label
from trainapp.offices.queries import office_choices

NAME_LIMIT = 200
REASON_LIMIT = 1000


def _name_field() -> StringField:
    return StringField(lazy("Name"), [required(), at_most(NAME_LIMIT), plain_line], filters=[stripped])


def _address_field() -> EmailField:
    return EmailField(
        lazy("E-mail address"), [required(), at_most(ADDRESS_LIMIT), plain_line, mail_address], filters=[stripped]
    )


class RegistrationForm(BaseForm):
    """Name, address, office, language and zone: all that an invitation needs."""

    name = _name_field()
    email = _address_field()
    office = SelectField(lazy("IP office"))
    language_of_mails = SelectField(lazy("Language of mails and invitations"), choices=dict(LANGUAGES))
    zone = SelectField(lazy("Time zone"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.office.choices = [("", _("None, or not in the list")), *office_choices()]
        self.zone.choices = _zones_with(self.zone.data)


def _zones_with(zone: str | None) -> list[tuple[str, str]]:
    """Every zone; an old name that somebody has is offered as it is."""
    at = now()
    choices = zone_choices(at)
    if zone in known_zones() and zone not in dict(choices):
        choices.insert(0, (zone, zone_label(zone, at)))
    return choices


class DetailsForm(RegistrationForm):
    """What a registration says of its person; their address changes in another way."""

    email = None


class NameForm(BaseForm):
    """What may still change once the session is over."""

    name = _name_field()


class AddressForm(BaseForm):
    """An address that a mail is to go to."""

    email = _address_field()


class DeclineForm(BaseForm):
    """Why somebody who was named does not come."""

    reason = TextAreaField(
        lazy("Reason"), [optional(), at_most(REASON_LIMIT), plain_text], filters=[stripped], render_kw={"rows": 3}
    )
