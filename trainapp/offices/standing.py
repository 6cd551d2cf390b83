"""How the United Nations count an office's state at a day: its standing of development, and its region."""

from datetime import date
from enum import StrEnum

from sqlalchemy import ColumnElement, and_, or_
from sqlalchemy.orm import InstrumentedAttribute

from trainapp.core.languages import _, current_language, locale_of
from trainapp.offices.models import Development, LdcPeriod, Office
from trainapp.offices.queries import is_least_developed

REGIONS = {"Africa": "002", "Americas": "019", "Asia": "142", "Europe": "150", "Oceania": "009"}
"""The regions of our data and their codes in the UN's M49, by which CLDR names them."""


class Standing(StrEnum):
    """What a state is counted as. A least developed country is a developing one too."""

    LEAST_DEVELOPED = "ldc"
    DEVELOPING = "developing"
    DEVELOPED = "developed"


def standing_of(office: Office, on: date) -> Standing | None:
    """The narrowest standing of an office's state on a day; None where the UN count no such state.

    The list of least developed countries is dated; developing and developed are the UN's last published split (2021).
    """
    if is_least_developed(office, on):
        return Standing.LEAST_DEVELOPED
    return Standing(office.development.value) if office.development is not None else None


def standing_label(standing: Standing) -> str:
    labels = {
        Standing.LEAST_DEVELOPED: _("Least developed country"),
        Standing.DEVELOPING: _("Developing country"),
        Standing.DEVELOPED: _("Developed country"),
    }
    return labels[standing]


def has_standing(standing: Standing, on: InstrumentedAttribute[date]) -> ColumnElement[bool]:
    """The condition that an office's state had a standing on the day in a column of the row it is joined to.

    Asking for developing countries gives the least developed among them too.
    """
    if standing is not Standing.LEAST_DEVELOPED:
        return Office.development == Development(standing.value)
    return Office.ldc_periods.any(
        and_(
            or_(LdcPeriod.from_date.is_(None), LdcPeriod.from_date <= on),
            or_(LdcPeriod.until.is_(None), LdcPeriod.until > on),
        )
    )


def region_name(region: str, language: str | None = None) -> str:
    """A region of our data as the reader's language names it, by CLDR."""
    code = REGIONS.get(region, "")
    return str(locale_of(language or current_language()).territories.get(code, region))


def region_choices() -> list[tuple[str, str]]:
    """Every region and its name."""
    return [(region, region_name(region)) for region in REGIONS]
