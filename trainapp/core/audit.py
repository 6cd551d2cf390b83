"""The audit trail: who did what to which record, before and after. Append-only."""

from datetime import datetime
from typing import Any

from sqlalchemy import String
from sqlalchemy.orm import Mapped, mapped_column

from trainapp.core.clock import now
from trainapp.core.database import Model, db


class AuditEvent(Model):
    """One act. The actor is named by id without a foreign key, so that core knows no room above it."""

    __tablename__ = "audit_event"

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(default=now, index=True)
    actor_id: Mapped[int | None]
    action: Mapped[str] = mapped_column(String(64))
    record: Mapped[str] = mapped_column(String(64), index=True)
    before: Mapped[dict[str, Any]] = mapped_column(default=dict)
    after: Mapped[dict[str, Any]] = mapped_column(default=dict)


def record_act(
    actor_id: int | None,
    action: str,
    record: str,
    before: dict[str, Any] | None = None,
    after: dict[str, Any] | None = None,
) -> None:
    """Note an act on a record named `table:id`; `before` and `after` hold only what changed, as JSON values."""
    db.session.add(AuditEvent(actor_id=actor_id, action=action, record=record, before=before or {}, after=after or {}))
