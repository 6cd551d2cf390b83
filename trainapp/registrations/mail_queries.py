"""What became of the mails to the people of a session."""

from collections import defaultdict
from collections.abc import Collection, Sequence
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, func, or_, select
from sqlalchemy.orm import joinedload

from trainapp.accounts.models import EmailAddress
from trainapp.core.database import db
from trainapp.core.errors import NotFound
from trainapp.mail.models import MailState, OutboxMail
from trainapp.mail.outbox import order_key
from trainapp.registrations.models import Invitation, Mailing, Registration
from trainapp.scheduling.models import TrainingSession

PAGE_SIZE = 50
MOST_MAILS_SHOWN = 50
MOST_DEAD_READ = 20_000
"""Far more than a session has people, and no more than a statement takes values."""


class MailTrouble(StrEnum):
    """What went wrong with a person's mails: one came back from their address, or one could not be handed over."""

    CAME_BACK = "came_back"
    NOT_DELIVERED = "not_delivered"


def mail_states(registrations: Sequence[Registration]) -> dict[int, set[MailState]]:
    """In what states the mails about these registrations are: those of their ledgers, and those without a calendar."""
    found: dict[int, set[MailState]] = defaultdict(set)
    ids = {registration.id for registration in registrations}
    told = db.session.execute(
        select(Invitation.registration_id, OutboxMail.state)
        .join(OutboxMail, OutboxMail.id == Invitation.mail_id)
        .where(Invitation.registration_id.in_(ids))
    )
    for registration_id, state in told:
        found[registration_id].add(state)
    others = db.session.execute(
        select(OutboxMail.key, OutboxMail.state).where(
            OutboxMail.order_key.in_(_order_keys(registrations)), OutboxMail.key.startswith("registration:")
        )
    )
    for key, state in others:
        if _registration_in(key) in ids:
            found[_registration_in(key)].add(state)
    return found


def mails_about(registration: Registration) -> Sequence[RowMapping]:
    """The mails to somebody about one registration, the newest first, without what they say."""
    beginnings = [f"registration:{registration.id}:"]
    for invitation in registration.invitations:
        beginnings += [f"invitation:{invitation.id}:", f"reminder:{invitation.id}:"]
    mail = OutboxMail
    query = (
        select(mail.subject, mail.language, mail.state, mail.queued_at, mail.sent_at, mail.attempts, mail.error)
        .where(
            mail.order_key.in_(_order_keys([registration])),
            or_(*(mail.key.startswith(each, autoescape=True) for each in beginnings)),
        )
        .order_by(mail.id.desc())
        .limit(MOST_MAILS_SHOWN)
    )
    return db.session.execute(query).mappings().all()


def _order_keys(registrations: Sequence[Registration]) -> Collection[str]:
    """By which the outbox finds everything sent to these people; its keys alone have no such index."""
    return {order_key(each.address) for registration in registrations for each in registration.person.addresses}


def _registration_in(key: str) -> int:
    """The registration a mail without a calendar is about (`registration:17:waiting:…`)."""
    return int(key.split(":")[1])


def bounced_at() -> ColumnElement[Any]:
    """When a mail came back from where a person's mails go (`accounts.links.mail_address_of`, as a statement)."""
    return (
        select(EmailAddress.bounced_at)
        .where(EmailAddress.person_id == Registration.person_id)
        .order_by(EmailAddress.confirmed_at.is_(None), EmailAddress.preferred_at.desc().nulls_last(), EmailAddress.id)
        .limit(1)
        .correlate(Registration)
        .scalar_subquery()
    )


def has_dead_mail(session: TrainingSession) -> ColumnElement[bool]:
    """Whether a mail about the registration is dead: the last one on a meeting, or any without a calendar."""
    in_ledger = (
        select(Invitation.registration_id)
        .join(OutboxMail, OutboxMail.id == Invitation.mail_id)
        .where(OutboxMail.state == MailState.DEAD)
    )
    others = db.session.scalars(
        select(OutboxMail.key)
        .where(
            OutboxMail.state == MailState.DEAD,
            OutboxMail.key.startswith("registration:"),
            OutboxMail.queued_at >= session.created_at,
        )
        .order_by(OutboxMail.id.desc())
        .limit(MOST_DEAD_READ)
    )
    named = {_registration_in(key) for key in others}
    return or_(Registration.id.in_(in_ledger), Registration.id.in_(named))


def mailings_of(session: TrainingSession, page: int) -> tuple[list[Mailing], int, int]:
    """A page of a session's mailings, the newest first; which page it is, and of how many."""
    total = db.session.scalar(select(func.count()).where(Mailing.session_id == session.id)) or 0
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, page), pages)
    query = (
        select(Mailing)
        .where(Mailing.session_id == session.id)
        .options(joinedload(Mailing.person))
        .order_by(Mailing.id.desc())
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    )
    return list(db.session.scalars(query)), number, pages


def mailing_of(session: TrainingSession, public_id: str) -> Mailing:
    """One mailing of a session. Raises `NotFound`."""
    mailing = mailing_named(session, public_id)
    if mailing is None:
        raise NotFound()
    return mailing


def mailing_named(session: TrainingSession, public_id: str) -> Mailing | None:
    return db.session.scalar(select(Mailing).where(Mailing.session_id == session.id, Mailing.public_id == public_id))
