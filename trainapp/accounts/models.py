"""People, their addresses, their roles, and the links mailed to them."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column, relationship

from trainapp.core.access import Role
from trainapp.core.clock import now
from trainapp.core.database import Choice, Model
from trainapp.core.tokens import public_id
from trainapp.offices.models import Office


class Person(Model):
    """One human being. `zone` is an IANA time zone, `language` one of the ten; both are chosen, never inferred."""

    __tablename__ = "person"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    name: Mapped[str] = mapped_column(String(200))
    language: Mapped[str] = mapped_column(String(2))
    zone: Mapped[str] = mapped_column(String(64))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"), index=True)
    created_at: Mapped[datetime] = mapped_column(default=now)
    erased_at: Mapped[datetime | None]
    office: Mapped[Office | None] = relationship()
    addresses: Mapped[list["EmailAddress"]] = relationship(
        back_populates="person", cascade="all, delete-orphan", order_by="EmailAddress.id"
    )
    grants: Mapped[list["RoleGrant"]] = relationship(
        back_populates="person", cascade="all, delete-orphan", foreign_keys="RoleGrant.person_id"
    )


class EmailAddress(Model):
    """An address of a person. `normalized` is what decides whether two spellings are the same mailbox.

    `preferred_at` is when the person chose it as the one their mails go to; `bounced_at` when a mail to it last came
    back, and why.
    """

    __tablename__ = "email_address"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    normalized: Mapped[str] = mapped_column(String(254), unique=True)
    confirmed_at: Mapped[datetime | None]
    preferred_at: Mapped[datetime | None]
    bounced_at: Mapped[datetime | None]
    bounce_reason: Mapped[str] = mapped_column(String(500), default="", server_default="")
    person: Mapped[Person] = relationship(back_populates="addresses")


class AddressChange(Model):
    """An address a person wants their mails to go to; it is theirs once its mailed link was used, not before."""

    __tablename__ = "address_change"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    address: Mapped[str] = mapped_column(String(254))
    asked_at: Mapped[datetime] = mapped_column(default=now)
    person: Mapped[Person] = relationship()


class RoleGrant(Model):
    """A role a person has from a day to a day (open where null), for one office or, where null, for all.

    `reminded_at` is when its end was announced to the person.
    """

    __tablename__ = "role_grant"

    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    role: Mapped[Role] = mapped_column(Choice(Role))
    office_id: Mapped[int | None] = mapped_column(ForeignKey("office.id"), index=True)
    valid_from: Mapped[date]
    valid_to: Mapped[date | None]
    reminded_at: Mapped[datetime | None]
    person: Mapped[Person] = relationship(back_populates="grants", foreign_keys=[person_id])
    office: Mapped[Office | None] = relationship()


class MailedLink(Model):
    """A secret mailed to a person. Only its digest is kept; it opens one `scope` and can be revoked.

    `address_id` is the address it went to, which whoever uses it has proven.

    Opening it shows, pressing its button acts: mail scanners open links.
    """

    __tablename__ = "mailed_link"

    id: Mapped[int] = mapped_column(primary_key=True)
    token_digest: Mapped[str] = mapped_column(String(64), unique=True)
    scope: Mapped[str] = mapped_column(String(64), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    address_id: Mapped[int | None] = mapped_column(ForeignKey("email_address.id"))
    created_at: Mapped[datetime] = mapped_column(default=now)
    expires_at: Mapped[datetime | None]
    used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
    person: Mapped[Person] = relationship()
    address: Mapped[EmailAddress | None] = relationship()


class ClaimState(StrEnum):
    """How far somebody is who asks to be a focal point: the address comes first, then the secretariat decides."""

    ASKED = "asked"
    CONFIRMED = "confirmed"
    ACCEPTED = "accepted"
    DECLINED = "declined"


class FocalPointClaim(Model):
    """Somebody asks to speak for an office, or is named by `handed_over_by` to do so in their place."""

    __tablename__ = "focal_point_claim"

    id: Mapped[int] = mapped_column(primary_key=True)
    public_id: Mapped[str] = mapped_column(String(16), unique=True, default=public_id)
    office_id: Mapped[int] = mapped_column(ForeignKey("office.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("person.id"), index=True)
    state: Mapped[ClaimState] = mapped_column(Choice(ClaimState), index=True, default=ClaimState.ASKED)
    name: Mapped[str] = mapped_column(String(200))
    address: Mapped[str] = mapped_column(String(254))
    function: Mapped[str] = mapped_column(String(200), default="")
    message: Mapped[str] = mapped_column(Text, default="")
    asked_at: Mapped[datetime] = mapped_column(default=now)
    confirmed_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    answer: Mapped[str] = mapped_column(Text, default="")
    handed_over_by_id: Mapped[int | None] = mapped_column(ForeignKey("person.id"))
    office: Mapped[Office] = relationship()
    person: Mapped[Person] = relationship(foreign_keys=[person_id])
    decided_by: Mapped[Person | None] = relationship(foreign_keys=[decided_by_id])
    handed_over_by: Mapped[Person | None] = relationship(foreign_keys=[handed_over_by_id])
