"""Sending again what a server would not take, once what stood in the way is mended."""

from datetime import datetime

from sqlalchemy import select, update

from trainapp.core.audit import record_act
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import Conflict, NotFound
from trainapp.core.languages import lazy
from trainapp.mail.models import MailState, OutboxMail
from trainapp.mail.queries import died, is_lasting, is_stale


def send_again(actor_id: int, mail_id: int) -> OutboxMail:
    """Queue a dead mail anew, with the same bytes. It leaves before what its recipient is to get after it.

    Raises `NotFound`, or `Conflict` where it is not dead any more, is stale, or its text is gone.
    """
    mail = db.session.get(OutboxMail, mail_id, with_for_update=True, populate_existing=True)
    if mail is None:
        raise NotFound()
    if mail.state is not MailState.DEAD:
        raise Conflict(lazy("This mail is not among those that could not be delivered any more."))
    if mail.content is None:
        raise Conflict(lazy("The text of this mail is not kept any more, so it cannot be sent again."))
    if db.session.scalar(select(OutboxMail.id).where(OutboxMail.id == mail.id, is_stale())):
        raise Conflict(
            lazy("A later mail says something newer about the same matter, so this one is not sent any more.")
        )
    mail.state, mail.attempts, mail.due_at, mail.error = MailState.QUEUED, 0, now(), ""
    record_act(actor_id, "mail sent again", f"outbox_mail:{mail.id}")
    return mail


def send_all_again(actor_id: int, first: datetime, last: datetime) -> int:
    """Queue anew the mails that died in a span of time, but those that are stale or gone. Gives how many."""
    changed = db.session.scalars(
        update(OutboxMail)
        .where(died(first, last), is_lasting())
        .values(state=MailState.QUEUED, attempts=0, due_at=now(), error="")
        .returning(OutboxMail.id)
        .execution_options(synchronize_session=False)
    )
    count = len(changed.all())
    span = {"first": first.isoformat(), "last": last.isoformat(), "count": count}
    record_act(actor_id, "mails sent again", "outbox_mail:", after=span)
    return count
