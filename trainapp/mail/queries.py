"""Reads about the outbox: how mails fare, and which need somebody. No body of a mail is read for it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.orm import aliased, defer

from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.mail.models import WAITING_STATES, MailState, OutboxMail

PAGE_SIZE = 50
MOST_REASONS = 20
HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Fate(StrEnum):
    """What a list of mails is narrowed to, those that need somebody first."""

    DEAD = "dead"
    RETURNED = "returned"
    WAITING = "waiting"
    SENT = "sent"
    SUPERSEDED = "superseded"
    ALL = "all"


STATES_OF: dict[Fate, Sequence[MailState]] = {
    Fate.DEAD: (MailState.DEAD,),
    Fate.RETURNED: (MailState.RETURNED,),
    Fate.WAITING: WAITING_STATES,
    Fate.SENT: (MailState.SENT,),
    Fate.SUPERSEDED: (MailState.SUPERSEDED,),
    Fate.ALL: tuple(MailState),
}


@dataclass(frozen=True)
class Counts:
    """How many mails fare how, since when the oldest of those that may leave waits, and how many were sent lately."""

    of: dict[Fate, int]
    oldest_due_at: datetime | None
    sent_last_hour: int
    sent_last_day: int


@dataclass(frozen=True)
class MailPage:
    """One page of mails, the latest first.

    `stale` holds the ids of those of which a later mail says something newer, `lasting` of those still to be sent.
    """

    mails: list[OutboxMail]
    stale: frozenset[int]
    lasting: frozenset[int]
    total: int
    number: int

    @property
    def pages(self) -> int:
        return max(1, -(-self.total // PAGE_SIZE))


def counts() -> Counts:
    at = now()
    by_state = dict(db.session.execute(select(OutboxMail.state, func.count()).group_by(OutboxMail.state)).all())
    oldest = db.session.scalar(
        select(func.min(OutboxMail.due_at)).where(OutboxMail.state == MailState.QUEUED, OutboxMail.due_at <= at)
    )
    of = {fate: sum(by_state.get(state, 0) for state in states) for fate, states in STATES_OF.items()}
    return Counts(of, oldest, _sent_since(at - HOUR), _sent_since(at - DAY))


def _sent_since(at: datetime) -> int:
    """Asked of the moment of the try, which is indexed and seconds before."""
    taken = (MailState.SENT, MailState.RETURNED)
    query = select(func.count()).where(OutboxMail.tried_at > at, OutboxMail.state.in_(taken))
    return db.session.scalar(query) or 0


def mails_page(fate: Fate, recipient: str, page: int) -> MailPage:
    """The mails of a fate, of recipients whose address holds `recipient` where that is given."""
    fits: list[ColumnElement[bool]] = [OutboxMail.state.in_(STATES_OF[fate])]
    if recipient:
        fits.append(func.lower(OutboxMail.recipient).contains(recipient.lower(), autoescape=True))
    total = db.session.scalar(select(func.count()).select_from(OutboxMail).where(*fits)) or 0
    number = min(max(1, page), max(1, -(-total // PAGE_SIZE)))
    query = (
        select(OutboxMail)
        .where(*fits)
        .options(defer(OutboxMail.content))
        .order_by(OutboxMail.id.desc())
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    )
    mails = list(db.session.scalars(query))
    ids = [mail.id for mail in mails]
    return MailPage(mails, _those(ids, is_stale()), _those(ids, is_lasting()), total, number)


def _those(mail_ids: list[int], are: ColumnElement[bool]) -> frozenset[int]:
    return frozenset(db.session.scalars(select(OutboxMail.id).where(OutboxMail.id.in_(mail_ids), are)))


def is_stale() -> ColumnElement[bool]:
    """Whether a later mail of the same thread, to the same mailbox, says anew what this one says."""
    later = aliased(OutboxMail)
    return (
        select(later.id)
        .where(
            OutboxMail.thread != "",
            later.thread == OutboxMail.thread,
            later.order_key == OutboxMail.order_key,
            later.id > OutboxMail.id,
        )
        .exists()
    )


@dataclass(frozen=True)
class Died:
    """Mails that died in a span of time: how many may be sent again, how many may not, and the most frequent reasons
    with how many of the former died of each.
    """

    again: int
    not_again: int
    reasons: list[tuple[str, int]]


def died_between(first: datetime, last: datetime) -> Died:
    """What became of the mails whose last try was in a span of time and which died."""
    count, lasting = func.count(), is_lasting()
    again, not_again = db.session.execute(
        select(count.filter(lasting), count.filter(~lasting)).where(died(first, last))
    ).one()
    reasons = (
        select(OutboxMail.error, count)
        .where(died(first, last), lasting)
        .group_by(OutboxMail.error)
        .order_by(count.desc(), OutboxMail.error)
        .limit(MOST_REASONS)
    )
    return Died(again, not_again, [(reason, number) for reason, number in db.session.execute(reasons)])


def died(first: datetime, last: datetime) -> ColumnElement[bool]:
    return (OutboxMail.state == MailState.DEAD) & OutboxMail.tried_at.between(first, last)


def is_lasting() -> ColumnElement[bool]:
    """Whether a mail still is what its reader should get: it is there, and no later one says otherwise."""
    return OutboxMail.content.is_not(None) & ~is_stale()
