"""Reads about people and roles."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Select, or_, select
from sqlalchemy.orm import selectinload

from trainapp.accounts.models import EmailAddress, Person, RoleGrant
from trainapp.core.access import PERMISSIONS_OF, Permission, Role
from trainapp.core.addresses import normalize_address
from trainapp.core.clock import today
from trainapp.core.database import db


def person_by_address(address: str) -> Person | None:
    return db.session.scalar(
        select(Person)
        .join(EmailAddress)
        .where(EmailAddress.normalized == normalize_address(address), Person.erased_at.is_(None))
        .options(selectinload(Person.grants), selectinload(Person.addresses))
    )


def person_by_public_id(public_id: str) -> Person | None:
    return db.session.scalar(
        select(Person)
        .where(Person.public_id == public_id, Person.erased_at.is_(None))
        .options(selectinload(Person.grants), selectinload(Person.addresses))
    )


def person_by_id(person_id: int) -> Person | None:
    return db.session.get(Person, person_id)


def valid_grants(person: Person, on: date | None = None) -> list[RoleGrant]:
    """The roles a person has on a day (default: today, UTC)."""
    at = on or today()
    return [
        grant for grant in person.grants if grant.valid_from <= at and (grant.valid_to is None or at <= grant.valid_to)
    ]


def roles_of(person: Person) -> frozenset[Role]:
    return frozenset(grant.role for grant in valid_grants(person))


def permissions_of(person: Person) -> frozenset[Permission]:
    granted: set[Permission] = {Permission.SIGNED_IN}
    for role in roles_of(person):
        granted |= PERMISSIONS_OF[role]
    return frozenset(granted)


def may(person: Person, permission: Permission) -> bool:
    return permission in permissions_of(person)


def offices_spoken_for(person: Person) -> frozenset[int]:
    """The ids of the offices whose focal point a person is."""
    return frozenset(
        grant.office_id
        for grant in valid_grants(person)
        if grant.role is Role.FOCAL_POINT and grant.office_id is not None
    )


def may_edit_office(person: Person, office_id: int) -> bool:
    """Whether a person may change what an office says of itself: its focal points, and coordinators."""
    return office_id in offices_spoken_for(person) or may(person, Permission.COORDINATE)


def people_with_role(role: Role, office_id: int | None = None) -> list[Person]:
    """Everybody who has a role today, for one office where given; ordered by name."""
    query = _having(role).options(selectinload(Person.addresses)).order_by(Person.name, Person.id)
    if office_id is not None:
        query = query.where(RoleGrant.office_id == office_id)
    return list(db.session.scalars(query))


def _having(role: Role) -> Select[Person]:
    at = today()
    return (
        select(Person)
        .join(RoleGrant, RoleGrant.person_id == Person.id)
        .where(
            RoleGrant.role == role,
            RoleGrant.valid_from <= at,
            or_(RoleGrant.valid_to.is_(None), RoleGrant.valid_to >= at),
            Person.erased_at.is_(None),
        )
        .distinct()
    )


def trainers_by_public_id(public_ids: Iterable[str]) -> list[Person]:
    """Those of the named people who are trainers today."""
    return list(db.session.scalars(_having(Role.TRAINER).where(Person.public_id.in_(list(public_ids)))))


def people_who_may(permission: Permission) -> list[Person]:
    """Everybody whose role of today allows something; ordered by name."""
    roles = [role for role, granted in PERMISSIONS_OF.items() if permission in granted]
    found = {person.id: person for role in roles for person in people_with_role(role)}
    return sorted(found.values(), key=lambda person: (person.name, person.id))
