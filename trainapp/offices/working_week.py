"""What an office says of itself: its weekend, its working hours, its zone, and the domains of its addresses."""

import json
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, time
from enum import StrEnum
from typing import Any

from trainapp.core.audit import record_act
from trainapp.core.clock import today
from trainapp.core.errors import Conflict, DomainError
from trainapp.core.languages import _, lazy
from trainapp.core.timefmt import parse_zone, short_day
from trainapp.core.tokens import digest
from trainapp.offices.locks import lock_office
from trainapp.offices.models import Office

DAYS_OF_A_WEEK = 7


class Source(StrEnum):
    """Who said when an office works; everything else is what the reference data came with."""

    OFFICE = "office"
    SECRETARIAT = "secretariat"


@dataclass(frozen=True)
class WorkingWeek:
    """`weekend` holds ISO weekdays; the hours are wall times in `zone`. `domains` is None to leave them as they are."""

    weekend: Collection[int]
    work_start: time
    work_end: time
    zone: str
    domains: list[str] | None = None


def change_working_week(actor_id: int, office_id: int, wanted: WorkingWeek, source: Source, seen: str) -> Office:
    """Set what an office said. `seen` is the mark of what its page showed.

    Raises `DomainError` for what cannot be, and `Conflict` when somebody changed it since it was shown.
    """
    _check(wanted)
    office = lock_office(office_id)
    if mark_of(office) != seen:
        raise Conflict.of_writers()
    before = _values(office)
    office.weekend = sorted(set(wanted.weekend))
    office.work_start, office.work_end = wanted.work_start, wanted.work_end
    office.zone = parse_zone(wanted.zone).key
    if wanted.domains is not None:
        office.email_domains = wanted.domains
    office.weekend_source = f"{source.value} {today().isoformat()}"
    after = _values(office)
    changed = [name for name in after if before[name] != after[name]]
    record_act(
        actor_id,
        "office changed",
        f"office:{office.id}",
        {name: before[name] for name in changed},
        {name: after[name] for name in changed},
    )
    return office


def _check(wanted: WorkingWeek) -> None:
    days = set(wanted.weekend)
    if not days <= set(range(1, DAYS_OF_A_WEEK + 1)):
        raise DomainError(lazy("Not a valid choice."), "weekend")
    if len(days) == DAYS_OF_A_WEEK:
        raise DomainError(lazy("An office works on at least one day of the week."), "weekend")
    if wanted.work_end <= wanted.work_start:
        raise DomainError(lazy("The end must come after the start, on the same day."), "work_end")
    parse_zone(wanted.zone)


def add_domain(actor_id: int, office: Office, domain: str) -> None:
    """Note that addresses of this domain are the office's. Hold the office before, with `lock_office`."""
    if domain in office.email_domains:
        return
    before = list(office.email_domains)
    office.email_domains = [*before, domain]
    record_act(
        actor_id,
        "office changed",
        f"office:{office.id}",
        {"email_domains": before},
        {"email_domains": office.email_domains},
    )


def mark_of(office: Office) -> str:
    """A short mark that differs as soon as anything of this differs."""
    return digest(json.dumps(_values(office), sort_keys=True))[:16]


def _values(office: Office) -> dict[str, Any]:
    return {
        "weekend": list(office.weekend),
        "work_start": office.work_start.isoformat(),
        "work_end": office.work_end.isoformat(),
        "zone": office.zone,
        "email_domains": list(office.email_domains),
        "weekend_source": office.weekend_source,
    }


def weekend_said(office: Office) -> str:
    """Where the working week comes from, in the language being spoken: `Said by the office on Nov 22, 2026`."""
    source, _space, on = office.weekend_source.partition(" ")
    if source == Source.OFFICE:
        return _("Said by the office on %(day)s", day=short_day(date.fromisoformat(on)))
    if source == Source.SECRETARIAT:
        return _("Entered by the secretariat on %(day)s", day=short_day(date.fromisoformat(on)))
    return _("From our reference data; the office has not confirmed it")
