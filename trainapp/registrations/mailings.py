"""Mails to many people of a session: the act that causes them names the people, the worker writes the mails in batches.

The ledger is asked at the moment of writing, so a mail says what holds then, whatever happened in between; who has left
meanwhile gets nothing. Each batch is one unit of work with the session held, and nobody is written to before what an
earlier mailing has for them is written, so a person's mails stay in order.
"""

from collections.abc import Callable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, exists, func, insert, select
from sqlalchemy.orm import aliased

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

    What fails is logged whole and tried again at the next time; the others do not wait for it.
    """
    for mailing in _unfinished():
        with db.session.begin_nested() as held:
            if _write_batch(mailing):
                return
            held.rollback()


def _unfinished() -> list[Mailing]:
    query = (
        select(Mailing)
        .where(Mailing.finished_at.is_(None))
        .order_by(Mailing.id)
        .limit(MOST_TRIED)
        .with_for_update(skip_locked=True)
    )
    return list(db.session.scalars(query))


def _write_batch(mailing: Mailing) -> bool:
    """Write to the next people of a mailing, or to some by chance where none of those can be; False for nobody."""
    lock_session(mailing.session_id)
    is_done = _write(mailing, _next_batch(mailing)) or _write(mailing, _next_batch(mailing, by_chance=True))
    if not db.session.scalar(select(exists().where(*_is_waiting(mailing)))):
        mailing.finished_at = now()
        return True
    return is_done


def _write(mailing: Mailing, waiting: Sequence[MailingRecipient]) -> bool:
    """Write to each of these people, whatever fails for others of them; False where it failed for all."""
    found = registrations_by_id([row.registration_id for row in waiting])
    written = 0
    for row in waiting:
        try:
            with db.session.begin_nested():
                WRITERS[mailing.kind](found[row.registration_id], mailing)
                row.written_at = now()
            written += 1
        except Exception:
            about = {"mailing": mailing.id, "registration": row.registration_id}
            log.exception("a mail could not be written", extra=about)
    return written > 0


def _next_batch(mailing: Mailing, *, by_chance: bool = False) -> list[MailingRecipient]:
    """Those of a mailing to be written to; chance lets nobody wait for ever behind many whose mails fail."""
    earlier = aliased(MailingRecipient)
    waits_for_earlier = exists().where(
        earlier.registration_id == MailingRecipient.registration_id,
        earlier.mailing_id < mailing.id,
        earlier.written_at.is_(None),
    )
    query = (
        select(MailingRecipient)
        .where(*_is_waiting(mailing), ~waits_for_earlier)
        .order_by(func.random() if by_chance else MailingRecipient.id)
        .limit(BATCH)
    )
    return list(db.session.scalars(query))


def _is_waiting(mailing: Mailing) -> tuple[ColumnElement[bool], ...]:
    return MailingRecipient.mailing_id == mailing.id, MailingRecipient.written_at.is_(None)


def progress_of(mailing: Mailing) -> tuple[int, int]:
    """How many of a mailing's people have been written to, and how many they are."""
    query = select(func.count(), func.count(MailingRecipient.written_at)).where(
        MailingRecipient.mailing_id == mailing.id
    )
    total, written = db.session.execute(query).one()
    return written, total
