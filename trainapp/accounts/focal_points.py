"""The role of a focal point once it is given: how long it lasts, and giving it up."""

from datetime import date, timedelta

from trainapp.accounts import focal_point_notices as notices
from trainapp.accounts.focal_point_queries import focal_point_of, focal_points_of
from trainapp.accounts.models import Person, RoleGrant
from trainapp.accounts.queries import may
from trainapp.accounts.service import set_last_day
from trainapp.core.access import Permission
from trainapp.core.clock import now, today
from trainapp.core.errors import DomainError, Forbidden, NotFound
from trainapp.core.languages import lazy
from trainapp.core.timefmt import short_day
from trainapp.offices.locks import lock_office

USUAL_YEARS = 2
MOST_YEARS = 5


def usual_last_day() -> date:
    """The last day of a role that is given today, where nobody says otherwise."""
    return _years_on(today(), USUAL_YEARS)


def check_last_day(last_day: date) -> None:
    """A role ends today at the earliest, and not in a far future. Raises `DomainError`."""
    latest = _years_on(today(), MOST_YEARS)
    if not today() <= last_day <= latest:
        message = lazy("Please give a day from today to %(latest)s.", latest=short_day(latest))
        raise DomainError(message, "last_day")


def _years_on(start: date, years: int) -> date:
    """The same day some years on; 28 February where there is no 29th."""
    day = min(start.day, 28) if start.month == 2 else start.day
    return start.replace(year=start.year + years, day=day)


def own_role(person: Person, office_id: int) -> RoleGrant:
    """The role with which a person speaks for an office today. Raises `NotFound` for one they do not speak for."""
    for grant in focal_points_of(office_id):
        if grant.person_id == person.id:
            return grant
    raise NotFound()


def leave_on(actor: Person, grant: RoleGrant, last_day: date) -> None:
    """A focal point says when they leave: not later than their role lasts anyway. Hold the office before."""
    check_last_day(last_day)
    if grant.valid_to is not None and last_day > grant.valid_to:
        message = lazy(
            "Your role ends before, on %(day)s. The secretariat can extend it.", day=short_day(grant.valid_to)
        )
        raise DomainError(message, "last_day")
    set_last_day(actor, grant, last_day)
    grant.reminded_at = now()  # they know, having said so themselves
    notices.tell_of_leaving(grant)


def give_up(actor: Person, office_id: int, last_day: date | None = None) -> None:
    """Stop speaking for an office: at once, or after a day to come. Raises `NotFound` for who does not speak for it."""
    lock_office(office_id)
    grant = own_role(actor, office_id)
    if last_day is not None:
        leave_on(actor, grant, last_day)
    else:
        set_last_day(actor, grant, _yesterday())
        notices.tell_of_leaving(grant)
    notices.tell_of_term(grant)


def extend(actor: Person, office_id: int, public_id: str, last_day: date) -> None:
    """Let a focal point's role last up to a day. Raises `NotFound` where somebody ended it meanwhile."""
    check_last_day(last_day)
    grant = _hold_role(actor, office_id, public_id)
    if grant.valid_to != last_day:
        set_last_day(actor, grant, last_day)
        notices.tell_of_term(grant)


def end(actor: Person, office_id: int, public_id: str) -> None:
    """Take the role from a focal point at once."""
    grant = _hold_role(actor, office_id, public_id)
    set_last_day(actor, grant, _yesterday())
    notices.tell_of_term(grant)


def _hold_role(actor: Person, office_id: int, public_id: str) -> RoleGrant:
    if not may(actor, Permission.COORDINATE):
        raise Forbidden()
    lock_office(office_id)
    return focal_point_of(office_id, public_id)


def _yesterday() -> date:
    """A role holds through its last day, so one that is over now ended with the day before."""
    return today() - timedelta(days=1)
