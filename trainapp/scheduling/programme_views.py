"""The programme by month and by year, beside its list: public pages, by the days of the reader's zone."""

from datetime import date
from typing import Any
from zoneinfo import ZoneInfo

from flask import request, url_for
from flask.typing import ResponseReturnValue

from trainapp.core.access import Permission, access
from trainapp.core.clock import now
from trainapp.core.errors import NotFound
from trainapp.core.kept_pages import kept
from trainapp.core.languages import _
from trainapp.core.reader import reader_zone
from trainapp.core.timefmt import month as month_label
from trainapp.core.timefmt import number
from trainapp.core.urls import absolute_url
from trainapp.core.web import page
from trainapp.scheduling.blueprint import blueprint
from trainapp.scheduling.calendar_grid import (
    FIRST_YEAR,
    LAST_YEAR,
    Days,
    is_shown,
    month_after,
    month_before,
    month_of,
    year_of,
)
from trainapp.scheduling.month_calendar import month_view
from trainapp.scheduling.programme_queries import last_day_with_meetings, meetings_in, next_day_with_meetings
from trainapp.scheduling.queries import SessionFilter, programme_revision
from trainapp.scheduling.views import chosen_in, filter_form
from trainapp.scheduling.year_table import LanguageCount, year_view

LONGEST_NUMBER = 4


@blueprint.get("/<lang:language>/sessions/month")
@access(Permission.PUBLIC)
@kept(programme_revision)
def month() -> ResponseReturnValue:
    """A month as a calendar; the present one where the address names none."""
    zone, today = reader_zone().zone, _today()
    days = month_of(_month_asked_for(today), zone)
    form = filter_form()
    wanted, chosen = form.wanted(), chosen_in(form)
    view = month_view(days, meetings_in(days, wanted), today)
    return page(
        "scheduling/month.html",
        form=form,
        chosen=chosen,
        days=days,
        view=view,
        previous=_month_link(month_before(days.first), chosen),
        next=_month_link(month_after(days.first), chosen),
        this_month=None if days.hold(today) else _month_link(today, chosen),
        others=_months_with_sessions(days, wanted, chosen) if view.is_empty else [],
        canonical_url=absolute_url("scheduling.month", year=days.first.year, month=days.first.month),
    )


@blueprint.get("/<lang:language>/sessions/year")
@access(Permission.PUBLIC)
@kept(programme_revision)
def year() -> ResponseReturnValue:
    """A year by subject, month and language; the present one where the address names none."""
    shown_year = _number("year", _today().year, FIRST_YEAR, LAST_YEAR)
    days = year_of(shown_year, reader_zone().zone)
    form = filter_form()
    wanted, chosen = form.wanted(), chosen_in(form)
    view = year_view(days, meetings_in(days, wanted), wanted.subject)
    return page(
        "scheduling/year.html",
        form=form,
        chosen=chosen,
        shown_year=shown_year,
        view=view,
        bars=[_bar_of(count, shown_year, chosen) for count in view.languages],
        previous=shown_year - 1 if shown_year > FIRST_YEAR else None,
        next=shown_year + 1 if shown_year < LAST_YEAR else None,
        others=_years_with_sessions(days, wanted, chosen) if view.is_empty else [],
        canonical_url=absolute_url("scheduling.year", year=shown_year),
    )


def _bar_of(count: LanguageCount, year: int, chosen: dict[str, Any]) -> dict[str, Any]:
    """A language as a row of the bar chart, with the address of its sessions."""
    url = url_for("scheduling.year", **{**chosen, "year": year, "spoken": count.language}) if count.language else None
    return {"label": count.name, "value": count.total, "text": number(count.total), "url": url}


def _today() -> date:
    """The present day in the reader's zone."""
    return now().astimezone(ZoneInfo(reader_zone().zone)).date()


def _month_asked_for(today: date) -> date:
    """The first day of the month in the address. Raises `NotFound` for one that there is no calendar of."""
    return date(_number("year", today.year, FIRST_YEAR, LAST_YEAR), _number("month", today.month, 1, 12), 1)


def _number(name: str, default: int, lowest: int, highest: int) -> int:
    """A number in the address, the default where there is none. Raises `NotFound` for any other text."""
    text = request.args.get(name, "").strip()
    if not text:
        return default
    value = int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else None
    if value is None or not lowest <= value <= highest:
        first, last = str(FIRST_YEAR), str(LAST_YEAR)
        raise NotFound(
            _("There is no such month or year. The programme goes from %(first)s to %(last)s.", first=first, last=last)
        )
    return value


def _month_link(month: date, chosen: dict[str, Any]) -> tuple[str, str] | None:
    """The address of a month and its name; None where there is no calendar of it."""
    if not is_shown(month):
        return None
    return url_for("scheduling.month", **chosen, year=month.year, month=month.month), month_label(month)


def _months_with_sessions(days: Days, wanted: SessionFilter, chosen: dict[str, Any]) -> list[tuple[str, str]]:
    """The nearest months in which something takes place, the one to come first."""
    return [link for day in _nearest_days(days, wanted) if (link := _month_link(day, chosen))]


def _years_with_sessions(days: Days, wanted: SessionFilter, chosen: dict[str, Any]) -> list[tuple[str, str]]:
    years = [day.year for day in _nearest_days(days, wanted) if is_shown(day)]
    return [(url_for("scheduling.year", **chosen, year=each), str(each)) for each in years]


def _nearest_days(days: Days, wanted: SessionFilter) -> list[date]:
    found = (next_day_with_meetings(days, wanted), last_day_with_meetings(days, wanted))
    return [day for day in found if day is not None]
