"""IP offices: who they are, when they work, and what they were counted as at a date."""

from datetime import date, time
from enum import StrEnum

from sqlalchemy import ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column, relationship

from trainapp.core.database import Choice, LocalizedText, Model
from trainapp.core.tokens import public_id


class OfficeKind(StrEnum):
    STATE_OR_TERRITORY = "state_or_territory"
    ORGANIZATION = "organization"


class Development(StrEnum):
    """The United Nations' last published split (2021)."""

    DEVELOPED = "developed"
    DEVELOPING = "developing"


WORK_START, WORK_END = time(9), time(17)
"""The working hours an office is taken to keep until somebody who knows says otherwise."""


class Office(Model):
    """An IP office by its code: the one of WIPO Standard ST.3 where there is one (`is_st3`).

    `weekend` holds ISO weekdays (1 is Monday); `zone` an IANA time zone; `work_start` and `work_end` wall times there;
    `languages` those PCT languages that are official there, never used to guess a person's language.
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
    work_start: Mapped[time] = mapped_column(default=WORK_START, server_default="09:00:00")
    work_end: Mapped[time] = mapped_column(default=WORK_END, server_default="17:00:00")
    email_domains: Mapped[list[str]] = mapped_column(default=list)
    ldc_periods: Mapped[list["LdcPeriod"]] = relationship(
        back_populates="office", cascade="all, delete-orphan", order_by="LdcPeriod.id"
    )
    contacts: Mapped[list["OfficeContact"]] = relationship(
        back_populates="office", cascade="all, delete-orphan", order_by="OfficeContact.id"
    )


class OfficeContact(Model):
    """Whom to write to at an office, and about what; apart from accounts: a contact need not sign in."""

    __tablename__ = "office_contact"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    name: Mapped[str] = mapped_column(String(200))
    function: Mapped[str] = mapped_column(String(200), default="")
    address: Mapped[str] = mapped_column(String(254), default="")
    phone: Mapped[str] = mapped_column(String(64), default="")
    language: Mapped[str | None] = mapped_column(String(2))
    about: Mapped[str] = mapped_column(String(200), default="")
    office: Mapped[Office] = relationship(back_populates="contacts")


class LdcPeriod(Model):
    """A time in which the United Nations listed the state among the least developed countries; open where null."""

    __tablename__ = "ldc_period"

    id: Mapped[int] = mapped_column(primary_key=True)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    from_date: Mapped[date | None]
    until: Mapped[date | None]
    office: Mapped[Office] = relationship(back_populates="ldc_periods")
