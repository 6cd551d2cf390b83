"""Roles that end: announced once, thirty days before, to who has them and to the coordinators."""

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from trainapp.accounts import focal_point_notices as notices
from trainapp.accounts.models import Person, RoleGrant
from trainapp.accounts.service import ANNOUNCED_BEFORE
from trainapp.core.clock import now, today
from trainapp.core.database import db

BATCH = 100


def remind_of_ending_roles() -> None:
    """Announce up to a batch of ends; what another worker holds at this moment is left to it."""
    grants = list(
        db.session.scalars(
            select(RoleGrant)
            .join(RoleGrant.person)
            .where(
                RoleGrant.valid_to.between(today(), today() + ANNOUNCED_BEFORE),
                RoleGrant.valid_from <= today(),
                RoleGrant.reminded_at.is_(None),
                Person.erased_at.is_(None),
            )
            .options(selectinload(RoleGrant.office), selectinload(RoleGrant.person).selectinload(Person.addresses))
            .order_by(RoleGrant.valid_to, RoleGrant.id)
            .limit(BATCH)
            .with_for_update(of=RoleGrant, skip_locked=True)
            .execution_options(populate_existing=True)
        )
    )
    if not grants:
        return
    for grant in grants:
        grant.reminded_at = now()
        notices.announce_end(grant)
    notices.announce_ends(grants)
