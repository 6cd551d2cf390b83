"""Input of what an office says of itself, and of its contacts."""

from typing import Any

from wtforms import EmailField, HiddenField, SelectField, StringField, TelField, TextAreaField, TimeField
from wtforms.validators import Regexp

from trainapp.accounts.forms import ADDRESS_LIMIT
from trainapp.core.clock import now
from trainapp.core.forms import (
    LONG_TEXT_LIMIT,
    BaseForm,
    CheckboxList,
    at_most,
    chosen,
    mail_address,
    optional,
    plain_line,
    plain_text,
    required,
    showable,
    stripped,
)
from trainapp.core.languages import LANGUAGES, _, language_name, lazy
from trainapp.core.timefmt import known_zones, weekday_name, zone_choices, zone_label
from trainapp.offices.contacts import ContactDetails
from trainapp.offices.domains import domains_in
from trainapp.offices.models import Office, OfficeContact
from trainapp.offices.working_week import DAYS_OF_A_WEEK, WorkingWeek, mark_of

PHONE_LIMIT = 64


def _line(label: Any, *checks: Any) -> StringField:
    return StringField(label, [*checks, at_most(), plain_line], filters=[stripped])


def _readable(codes: list[str] | None) -> list[str]:
    """What was sent as choices, fit to be named on a page that refuses it."""
    return [showable(code) for code in codes or ()]


class OfficeSettingsForm(BaseForm):
    """The working week, the zone, and for coordinators the domains of an office."""

    weekend = CheckboxList(lazy("Days without work"), [chosen], filters=[_readable])
    work_start = TimeField(lazy("Work begins"), [required()])
    work_end = TimeField(lazy("Work ends"), [required()])
    zone = SelectField(lazy("Time zone"), [required()])
    domains = TextAreaField(
        lazy("Domains of the office's e-mail addresses"),
        [optional(), at_most(LONG_TEXT_LIMIT), plain_text],
        filters=[stripped],
    )
    seen = HiddenField()

    def __init__(self, office: Office, *args: Any, sets_domains: bool, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.weekend.choices = [(str(day), weekday_name(day)) for day in range(1, DAYS_OF_A_WEEK + 1)]
        self.zone.choices = _zones(self.zone.data, office.zone)
        if not sets_domains:
            del self.domains

    def wanted(self) -> WorkingWeek:
        """What was typed. Raises `DomainError` for a domain that is none."""
        return WorkingWeek(
            weekend=tuple(int(day) for day in self.weekend.data),
            work_start=self.work_start.data,
            work_end=self.work_end.data,
            zone=self.zone.data,
            domains=domains_in(self.domains.data or "", "domains") if self.domains else None,
        )


def values_of(office: Office) -> dict[str, Any]:
    """What an office says of itself as the form shows it."""
    return {
        "weekend": [str(day) for day in office.weekend],
        "work_start": office.work_start,
        "work_end": office.work_end,
        "zone": office.zone,
        "domains": "\n".join(office.email_domains),
        "seen": mark_of(office),
    }


def _zones(wanted: str | None, current: str) -> list[tuple[str, str]]:
    """Every zone; an old name that the office still has is offered as it is."""
    at = now()
    choices = zone_choices(at)
    kept = wanted if wanted in known_zones() else current
    if kept not in dict(choices):
        choices.insert(0, (kept, zone_label(kept, at)))
    return choices


class ContactForm(BaseForm):
    """Somebody to write to at an office."""

    name = _line(lazy("Name"), required())
    function = _line(lazy("Function"), optional())
    address = EmailField(
        lazy("E-mail address"), [optional(), at_most(ADDRESS_LIMIT), plain_line, mail_address], filters=[stripped]
    )
    phone = TelField(
        lazy("Telephone"),
        [
            optional(),
            at_most(PHONE_LIMIT),
            plain_line,
            Regexp(r"\+?[0-9 ()./-]{3,}\Z", message=lazy("Please use digits, and a plus sign for the country.")),
        ],
        filters=[stripped],
    )
    # Not `language`: that name is the page's own in every address.
    spoken = SelectField(lazy("Language"), default="")
    about = _line(lazy("What to write to them about"), optional())

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.spoken.choices = [("", _("Not known")), *((code, language_name(code)) for code in LANGUAGES)]

    def details(self) -> ContactDetails:
        return ContactDetails(
            name=self.name.data or "",
            function=self.function.data or "",
            address=self.address.data or "",
            phone=self.phone.data or "",
            language=self.spoken.data or None,
            about=self.about.data or "",
        )


def values_of_contact(contact: OfficeContact) -> dict[str, Any]:
    return {
        "name": contact.name,
        "function": contact.function,
        "address": contact.address,
        "phone": contact.phone,
        "spoken": contact.language or "",
        "about": contact.about,
    }
