"""Files people upload: kept in the database, so that they share its transactions and its backup."""

from datetime import datetime

from sqlalchemy import LargeBinary, String
from sqlalchemy.orm import Mapped, mapped_column

from trainapp.core.clock import now
from trainapp.core.database import Model
from trainapp.core.tokens import public_id


class StoredFile(Model):
    """A file as it came; `media_type` is what its content is, `digest` its SHA-256 in hexadecimal, `size` in bytes."""

    __tablename__ = "stored_file"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    name: Mapped[str] = mapped_column(String(200))
    media_type: Mapped[str] = mapped_column(String(100))
    size: Mapped[int]
    digest: Mapped[str] = mapped_column(String(64))
    content: Mapped[bytes] = mapped_column(LargeBinary, deferred=True, deferred_raiseload=False)
    created_at: Mapped[datetime] = mapped_column(default=now)
