"""Mails to many people of a session: the act that causes them names the people, the worker writes the mails in batches.

The ledger is asked at the moment of writing, so a mail says what holds then, whatever happened in between; who has left
meanwhile gets nothing. Each batch is one unit of work with the session held, so a person's mails stay in order.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import func, insert, select

from trainapp.accounts.models import Person
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.logs import log
from trainapp.registrations.change_notices import tell_of_change
from trainapp.registrations.message_notices import tell_message
from trainapp.registrations.models import Mailing, MailingKind, MailingRecipient, Registration
from trainapp.registrations.queries import registrations_by_id
from trainapp.registrations.thanks import thank
from trainapp.scheduling.models import TrainingSession
from trainapp.scheduling.service import lock_session

BATCH = 25
"""People in one unit of work: less than a second, for which others who write wait on SQLite."""
MOST_TRIED = 20
"""Mailings looked at, where the ones before fail."""

Writer = Callable[[Registration, Mailing], None]

WRITERS: dict[MailingKind, Writer] = {
    MailingKind.CHANGE: tell_of_change,
    MailingKind.MESSAGE: tell_message,
    MailingKind.THANKS: thank,
}


def start_mailing(
    actor: Person | None,
    session: TrainingSession,
    kind: MailingKind,
    content: dict[str, Any],
    registration_ids: Sequence[int],
) -> Mailing:
    """Name the people of a mailing, in the transaction of what it tells; the worker writes their mails soon after."""
    mailing = Mailing(session=session, person=actor, kind=kind, content=content)
    if not registration_ids:
        mailing.finished_at = now()
    db.session.add(mailing)
    db.session.flush()
    rows = [{"mailing_id": mailing.id, "registration_id": each} for each in registration_ids]
    if rows:
        db.session.execute(insert(MailingRecipient), rows)
    return mailing


def write_mailings() -> None:
    """The next batch of the oldest mailing that can be written, where no other worker is at it.

    One that fails is logged whole and tried again at the next time; the others do not wait for it.
    """
    for mailing in _unfinished():
        try:
            with db.session.begin_nested():
                _write_batch(mailing)
        except Exception:
            log.exception("a mailing could not be written", extra={"mailing": mailing.id})
        else:
            return


def _unfinished() -> list[Mailing]:
    query = (
        select(Mailing)
        .where(Mailing.finished_at.is_(None))
        .order_by(Mailing.id)
        .limit(MOST_TRIED)
        .with_for_update(skip_locked=True)
    )
    return list(db.session.scalars(query))


def _write_batch(mailing: Mailing) -> None:
    lock_session(mailing.session_id)
    waiting = _next_batch(mailing)
    found = registrations_by_id([row.registration_id for row in waiting])
    write = WRITERS[mailing.kind]
    for row in waiting:
        write(found[row.registration_id], mailing)
        row.written_at = now()
    if len(waiting) < BATCH:
        mailing.finished_at = now()


def _next_batch(mailing: Mailing) -> list[MailingRecipient]:
    query = (
        select(MailingRecipient)
        .where(MailingRecipient.mailing_id == mailing.id, MailingRecipient.written_at.is_(None))
        .order_by(MailingRecipient.id)
        .limit(BATCH)
    )
    return list(db.session.scalars(query))


def progress_of(mailing: Mailing) -> tuple[int, int]:
    """How many of a mailing's people have been written to, and how many they are."""
    query = select(func.count(), func.count(MailingRecipient.written_at)).where(
        MailingRecipient.mailing_id == mailing.id
    )
    total, written = db.session.execute(query).one()
    return written, total
