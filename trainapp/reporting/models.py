"""What a year's report rests on beside the records: its mandate."""

from typing import Any

from sqlalchemy import JSON, String
from sqlalchemy.orm import Mapped, mapped_column

from trainapp.core.database import Model


class YearMandate(Model):
    """To which committee a year is reported, by which decision, and who hears of it next."""

    __tablename__ = "year_mandate"

    year: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    committee: Mapped[str] = mapped_column(String(200))
    mandate: Mapped[dict[str, Any]] = mapped_column(JSON)
    next_recipient: Mapped[dict[str, Any]] = mapped_column(JSON)
    register_url: Mapped[str] = mapped_column(String(200), default="")
