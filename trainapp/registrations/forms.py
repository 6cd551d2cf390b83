"""Input of registering."""

from typing import Any

from wtforms import EmailField, SelectField, StringField

from trainapp.accounts.forms import ADDRESS_LIMIT
from trainapp.core.clock import now
from trainapp.core.forms import BaseForm, at_most, mail_address, plain_line, required, stripped
from trainapp.core.languages import LANGUAGES, _, lazy
from trainapp.core.timefmt import zone_choices
from trainapp.offices.queries import office_choices

NAME_LIMIT = 200


class RegistrationForm(BaseForm):
    """Name, address, office, language and zone: all that an invitation needs."""

    name = StringField(lazy("Name"), [required(), at_most(NAME_LIMIT), plain_line], filters=[stripped])
    email = EmailField(
        lazy("E-mail address"), [required(), at_most(ADDRESS_LIMIT), plain_line, mail_address], filters=[stripped]
    )
    office = SelectField(lazy("IP office"))
    language_of_mails = SelectField(lazy("Language of mails and invitations"), choices=dict(LANGUAGES))
    zone = SelectField(lazy("Time zone"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.office.choices = [("", _("None, or not in the list")), *office_choices()]
        self.zone.choices = zone_choices(now())


class LinkAgainForm(BaseForm):
    email = EmailField(
        lazy("E-mail address"), [required(), at_most(ADDRESS_LIMIT), plain_line, mail_address], filters=[stripped]
    )
