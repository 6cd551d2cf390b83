"""Limits that hold across processes: how often one subject may do one thing in a time."""

from datetime import datetime, timedelta

from sqlalchemy import Index, String, delete, func, select
from sqlalchemy.orm import Mapped, mapped_column

from trainapp.core.clock import now
from trainapp.core.database import Model, db
from trainapp.core.tokens import digest


class Attempt(Model):
    """One try; the subject (an address, a network address) is kept as a digest only."""

    __tablename__ = "attempt"
    __table_args__ = (Index("ix_attempt_subject_at", "subject", "at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    subject: Mapped[str] = mapped_column(String(64))
    at: Mapped[datetime]


def allow(action: str, subject: str, most: int, within: timedelta) -> bool:
    """Count a try and say whether it is among the `most` allowed `within` the last span of time."""
    key = digest(f"{action}:{subject}")
    since = now() - within
    tries = db.session.scalar(select(func.count()).where(Attempt.subject == key, Attempt.at > since)) or 0
    if tries >= most:
        return False
    db.session.add(Attempt(subject=key, at=now()))
    return True


def forget_old_attempts(older_than: timedelta = timedelta(days=1)) -> None:
    db.session.execute(delete(Attempt).where(Attempt.at < now() - older_than))
