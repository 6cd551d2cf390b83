"""IP offices: who they are, when they work, and what they were counted as at a date."""

from datetime import date
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from trainapp.core.database import Choice, LocalizedText, Model


class OfficeKind(StrEnum):
    STATE_OR_TERRITORY = "state_or_territory"
    ORGANIZATION = "organization"


class Development(StrEnum):
    """The United Nations' last published split (2021)."""

    DEVELOPED = "developed"
    DEVELOPING = "developing"


class Office(Model):
    """An IP office by its code: the one of WIPO Standard ST.3 where there is one (`is_st3`).

    `weekend` holds ISO weekdays (1 is Monday); `zone` an IANA time zone; `languages` those PCT languages that are
    official there, never used to guess a person's language.
    """

    __tablename__ = "office"

    id: Mapped[int] = mapped_column(primary_key=True)
    code: Mapped[str] = mapped_column(String(8), unique=True)
    is_st3: Mapped[bool]
    kind: Mapped[OfficeKind] = mapped_column(Choice(OfficeKind))
    names: Mapped[LocalizedText]
    region: Mapped[str] = mapped_column(String(32))
    subregion: Mapped[str] = mapped_column(String(64), default="")
    development: Mapped[Development | None] = mapped_column(Choice(Development))
    languages: Mapped[list[str]]
    weekend: Mapped[list[int]]
    weekend_source: Mapped[str] = mapped_column(String(64))
    zone: Mapped[str] = mapped_column(String(64))
    email_domains: Mapped[list[str]] = mapped_column(default=list)
    ldc_periods: Mapped[list["LdcPeriod"]] = relationship(
        back_populates="office", cascade="all, delete-orphan", order_by="LdcPeriod.id"
    )


class LdcPeriod(Model):
    """A time in which the United Nations listed the state among the least developed countries; open where null."""

    __tablename__ = "ldc_period"

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    from_date: Mapped[date | None]
    until: Mapped[date | None]
    office: Mapped[Office] = relationship(back_populates="ldc_periods")
