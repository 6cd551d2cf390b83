"""Reads about focal points: who speaks for an office, who asks to, and what was before."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date

from sqlalchemy import ColumnElement, Select, case, func, or_, select
from sqlalchemy.orm import selectinload

from trainapp.accounts.models import ClaimState, FocalPointClaim, Person, RoleGrant
from trainapp.core.access import Role
from trainapp.core.audit import AuditEvent
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.errors import NotFound
from trainapp.offices.models import Office

PAGE_SIZE = 50
MOST_EARLIER = 20
ROLE_ACTS = ("role granted", "role changed", "role ended")


@dataclass(frozen=True)
class ClaimPage:
    """One page of claims; `total` counts all that match."""

    claims: list[FocalPointClaim]
    total: int
    page: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))


@dataclass(frozen=True)
class Act:
    """One entry of the audit trail about a role, with the names of who did it and whose role it is."""

    event: AuditEvent
    actor: str
    person: str


def focal_points_of(office_id: int) -> list[RoleGrant]:
    """Who speaks for an office today, who has done so longest first."""
    at = today()
    in_force = (RoleGrant.valid_from <= at, or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= at))
    return list(db.session.scalars(_grants(office_id).where(*in_force)))


def past_focal_points_of(office_id: int) -> list[RoleGrant]:
    """Who spoke for an office before, who left last first."""
    query = _grants(office_id).where(RoleGrant.valid_to < today())
    return list(db.session.scalars(query.order_by(None).order_by(RoleGrant.valid_to.desc()).limit(MOST_EARLIER)))


def _grants(office_id: int) -> Select[RoleGrant]:
    return (
        select(RoleGrant)
        .join(RoleGrant.person)
        .where(RoleGrant.role == Role.FOCAL_POINT, RoleGrant.office_id == office_id, Person.erased_at.is_(None))
        .options(
            selectinload(RoleGrant.office),
            selectinload(RoleGrant.person).selectinload(Person.addresses),
        )
        .order_by(RoleGrant.valid_from, RoleGrant.id)
        .execution_options(populate_existing=True)
    )


def focal_point_of(office_id: int, person_public_id: str) -> RoleGrant:
    """The role with which a person speaks for an office today. Raises `NotFound`."""
    for grant in focal_points_of(office_id):
        if grant.person.public_id == person_public_id:
            return grant
    raise NotFound()


def claim_by_public_id(public_id: str) -> FocalPointClaim:
    """A claim with all its page shows. Raises `NotFound`."""
    claim = db.session.scalar(
        _with_names(select(FocalPointClaim))
        .where(FocalPointClaim.public_id == public_id)
        .execution_options(populate_existing=True)
    )
    if claim is None:
        raise NotFound()
    return claim


def claims(state: ClaimState | None = None, office_code: str | None = None, page: int = 1) -> ClaimPage:
    """Who asks to be a focal point: those who wait for the secretariat first, the longest first; then the newest."""
    conditions: list[ColumnElement[bool]] = []
    if state is not None:
        conditions.append(FocalPointClaim.state == state)
    if office_code is not None:
        conditions.append(FocalPointClaim.office.has(Office.code == office_code))
    total = db.session.scalar(select(func.count()).select_from(FocalPointClaim).where(*conditions)) or 0
    page = min(max(page, 1), ClaimPage([], total, page).pages)
    waits = FocalPointClaim.state == ClaimState.CONFIRMED
    rows = db.session.scalars(
        _with_names(select(FocalPointClaim))
        .where(*conditions)
        .order_by(
            case((waits, 0), else_=1),
            case((waits, FocalPointClaim.confirmed_at)),
            case((waits, FocalPointClaim.id)),
            FocalPointClaim.asked_at.desc(),
            FocalPointClaim.id.desc(),
        )
        .limit(PAGE_SIZE)
        .offset((page - 1) * PAGE_SIZE)
    )
    return ClaimPage(list(rows), total, page)


def offices_with_claims() -> list[Office]:
    return list(db.session.scalars(select(Office).where(Office.id.in_(select(FocalPointClaim.office_id)))))


def claims_beside(claim: FocalPointClaim) -> list[FocalPointClaim]:
    """Other claims of the same person or for the same office, the newest first."""
    return list(
        db.session.scalars(
            _with_names(select(FocalPointClaim))
            .where(
                FocalPointClaim.id != claim.id,
                FocalPointClaim.state != ClaimState.ASKED,
                or_(FocalPointClaim.person_id == claim.person_id, FocalPointClaim.office_id == claim.office_id),
            )
            .order_by(FocalPointClaim.asked_at.desc(), FocalPointClaim.id.desc())
            .limit(MOST_EARLIER)
        )
    )


def successors_named(office_id: int) -> list[FocalPointClaim]:
    """People named by focal points of an office on whom nobody has decided yet."""
    return list(
        db.session.scalars(
            _with_names(select(FocalPointClaim))
            .where(
                FocalPointClaim.office_id == office_id,
                FocalPointClaim.handed_over_by_id.is_not(None),
                FocalPointClaim.state.in_((ClaimState.ASKED, ClaimState.CONFIRMED)),
            )
            .order_by(FocalPointClaim.asked_at.desc(), FocalPointClaim.id.desc())
            .limit(MOST_EARLIER)
        )
    )


def _with_names(query: Select[FocalPointClaim]) -> Select[FocalPointClaim]:
    return query.options(
        selectinload(FocalPointClaim.office),
        selectinload(FocalPointClaim.person),
        selectinload(FocalPointClaim.decided_by),
        selectinload(FocalPointClaim.handed_over_by),
    )


def acts_on_roles(office_code: str, person_ids: Collection[int]) -> list[Act]:
    """What the audit trail holds on these people's roles for an office, the oldest first."""
    events = db.session.scalars(
        select(AuditEvent)
        .where(AuditEvent.record.in_([f"person:{number}" for number in person_ids]), AuditEvent.action.in_(ROLE_ACTS))
        .order_by(AuditEvent.at, AuditEvent.id)
    )
    found = [event for event in events if event.after.get("office") == office_code]
    named = {event.actor_id for event in found if event.actor_id} | set(person_ids)
    people = db.session.scalars(select(Person).where(Person.id.in_(named)))
    names = {person.id: person.name for person in people}
    return [Act(event, names.get(event.actor_id or 0, ""), names.get(_number(event), "")) for event in found]


def _number(event: AuditEvent) -> int:
    return int(event.record.partition(":")[2])


def others_after(office_id: int, last_day: date, leaving: Person) -> int:
    """How many people still speak for an office on the day after a person's last."""
    return sum(
        grant.person_id != leaving.id and (grant.valid_to is None or grant.valid_to > last_day)
        for grant in focal_points_of(office_id)
    )
