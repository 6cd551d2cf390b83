"""Whether mails leave, and how fast: pause and resume, and a rate that holds over all workers together."""

from datetime import datetime, timedelta

from sqlalchemy import func, select
from sqlalchemy.exc import IntegrityError

from trainapp.core.audit import record_act
from trainapp.core.clock import now
from trainapp.core.config import settings
from trainapp.core.database import db
from trainapp.mail.models import MailFlow, OutboxMail

THE_ONE = 1
MINUTE = timedelta(minutes=1)


def may_leave(at: datetime) -> bool:
    """Whether a mail may be handed to the server now, in the transaction that claims it.

    With a rate the flow is held until that transaction ends, so that workers count one after the other.
    """
    rate = settings().mails_per_minute
    if paused_since(_held_flow() if rate else _flow()) is not None:
        return False
    return not rate or tried_since(at - MINUTE) < rate


def paused_at() -> datetime | None:
    """Since when no mail leaves; None while they do."""
    return paused_since(_flow())


def paused_by_id() -> int | None:
    """Who paused them, by id, as the room knows no people."""
    flow = _flow()
    return None if flow is None else flow.paused_by_id


def paused_since(flow: MailFlow | None) -> datetime | None:
    return None if flow is None else flow.paused_at


def tried_since(at: datetime) -> int:
    """How many mails were handed to the server at or after a moment."""
    return db.session.scalar(select(func.count()).where(OutboxMail.tried_at >= at)) or 0


def pause(actor_id: int) -> None:
    """No mail leaves from now on, until `resume`; one that is on its way arrives."""
    flow = _held_flow()
    if flow.paused_at is None:
        flow.paused_at, flow.paused_by_id = now(), actor_id
        record_act(actor_id, "mails paused", f"mail_flow:{THE_ONE}")


def resume(actor_id: int) -> None:
    """Mails leave again."""
    flow = _held_flow()
    if flow.paused_at is not None:
        record_act(actor_id, "mails resumed", f"mail_flow:{THE_ONE}", {"paused_at": flow.paused_at.isoformat()})
        flow.paused_at = flow.paused_by_id = None


def _flow() -> MailFlow | None:
    return db.session.get(MailFlow, THE_ONE, populate_existing=True)


def _held_flow() -> MailFlow:
    """The one row, made by whoever needs it first, locked to the end of the transaction."""
    flow = _lock()
    if flow is None:
        try:
            with db.session.begin_nested():
                db.session.add(MailFlow(id=THE_ONE))
        except IntegrityError:  # somebody else made it at this moment
            db.session.expire_all()
        flow = _lock()
    assert flow is not None
    return flow


def _lock() -> MailFlow | None:
    return db.session.get(MailFlow, THE_ONE, with_for_update=True, populate_existing=True)
