"""Addresses that mails come back from."""

from collections.abc import Iterable

from sqlalchemy import select

from trainapp.accounts.models import EmailAddress
from trainapp.core.addresses import normalize_address
from trainapp.core.clock import now
from trainapp.core.database import db


def mark_bounced(address: str, reason: str) -> None:
    """Note at an address that a mail to it came back, and why; its next use by its owner takes the mark away."""
    query = select(EmailAddress).where(EmailAddress.normalized == normalize_address(address)).with_for_update()
    found = db.session.scalar(query)
    if found is not None:
        found.bounced_at, found.bounce_reason = now(), reason


def bounced_among(addresses: Iterable[str]) -> set[str]:
    """Which of these addresses, as people's, are marked so; in the spelling of `normalize_address`."""
    asked = {normalize_address(address) for address in addresses}
    query = select(EmailAddress.normalized).where(
        EmailAddress.normalized.in_(asked), EmailAddress.bounced_at.is_not(None)
    )
    return set(db.session.scalars(query))
