"""One session as its people live it: what they were promised, and how the product's services do things to it."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from flask import Flask
from sqlalchemy import func, select, update

from tests.support.model_calendar import Entry, Message, entries_of_file, language_of, read_message
from tests.support.post import Post
from tests.support.wall_oracle import instants_of
from tests.support.world import person_of
from trainapp.accounts.links import issue_link
from trainapp.accounts.models import Person
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import DomainError
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.delivery import deliver_next
from trainapp.mail.models import MailState, OutboxMail
from trainapp.mail.resending import send_again
from trainapp.registrations import service
from trainapp.registrations.change_preview import apply, rehearse
from trainapp.registrations.changes import Change
from trainapp.registrations.invitations import due, personal_file
from trainapp.registrations.mailings import write_mailings
from trainapp.registrations.models import SEATED, InvitationMethod, Mailing, Registration, RegistrationState
from trainapp.registrations.zone_laws import follow_zone_laws
from trainapp.scheduling.models import TrainingSession
from trainapp.scheduling.queries import session_by_code

LENGTH = timedelta(minutes=90)
LEASE = timedelta(minutes=5)
NO_LAW = timedelta(0)
"""How far the instants that people were told are from those of the law of today."""


@dataclass
class Planned:
    """A meeting as people were promised it."""

    uid: str
    day: date
    start: time
    law: timedelta
    is_on: bool = True


class LivedSession:
    """What is known of a session beside the database: its meetings, who reads which language at which address.

    `owner` keeps every address somebody ever had; `told` the latest message of each person and meeting.
    """

    app: Flask
    coordinator: str
    code: str
    zone: str
    is_on: bool
    titles: dict[str, str]
    language: dict[str, str]
    address: dict[str, str]
    owner: dict[str, str]
    meetings: dict[int, Planned]
    post: Post
    told: dict[tuple[str, str], Message]
    last_mail: int

    def register(self, name: str, zone: str) -> None:
        details = self.details(name, zone)
        assert self.do(lambda: service.register(self.session(), details)) == self.is_on

    def follow_the_law(self) -> None:
        """The zones' data were renewed: what had been planned by an older law is found and told."""
        with self.app.app_context(), unit_of_work():
            follow_zone_laws()
        for meeting in self.meetings.values():
            meeting.law = NO_LAW

    def look_at_new_mails(self) -> None:
        """Of every mail written since the last look: its language, and where it stands among those of its meeting."""
        with self.app.app_context():
            mails = list(
                db.session.scalars(select(OutboxMail).where(OutboxMail.id > self.last_mail).order_by(OutboxMail.id))
            )
            for mail in mails:
                self.last_mail = mail.id
                if mail.content is not None and mail.recipient in self.owner:
                    self.look_at(self.owner[mail.recipient], mail)
            db.session.rollback()

    def look_at(self, name: str, mail: OutboxMail) -> None:
        assert mail.content is not None
        assert mail.language == language_of(mail.content) == self.language[name]
        message = read_message(mail.content)
        if message is None:
            return
        assert message.language == self.language[name]
        before = self.told.get((name, message.uid))
        self.told[name, message.uid] = message
        if before is None:
            return
        assert message.dtstamp > before.dtstamp
        assert message.sequence >= before.sequence
        if _status(message) != _status(before):
            assert message.sequence > before.sequence, "a program may pass over what has the same SEQUENCE"

    def settle(self) -> None:
        """All that was caused is written and delivered; what died is sent again where nothing newer was said."""
        self.post.gone.clear()
        self.follow_the_law()
        self.write_mailings()
        self.deliver(None)
        self.send_again_what_died()
        self.deliver(None)

    def send_again_what_died(self) -> None:
        with self.app.app_context():
            dead = db.session.scalars(select(OutboxMail.id).where(OutboxMail.state == MailState.DEAD)).all()
            for mail_id in dead:
                self.do(lambda mail_id=mail_id: send_again(0, mail_id))

    def write_mailings(self) -> None:
        with self.app.app_context():
            while db.session.scalar(select(func.count()).where(Mailing.finished_at.is_(None))):
                with unit_of_work():
                    write_mailings()
        self.look_at_new_mails()

    def deliver(self, count: int | None) -> None:
        with self.app.app_context():
            with unit_of_work():
                db.session.execute(update(OutboxMail).where(OutboxMail.due_at > now()).values(due_at=now()))
            delivered = 0
            while (count is None or delivered < count) and deliver_next(self.post, LEASE):
                delivered += 1
            if count is None:
                self.deliver_what_was_put_off()

    def deliver_what_was_put_off(self) -> None:
        """A busy server was told of once; the second time it takes everything."""
        with unit_of_work():
            db.session.execute(update(OutboxMail).where(OutboxMail.due_at > now()).values(due_at=now()))
        while deliver_next(self.post, LEASE):
            pass

    def compare(self) -> None:
        with self.app.app_context():
            for address, name in self.owner.items():
                registration = self.registration_or_none(name)
                has_seat = registration is not None and registration.state in SEATED
                promised = self.promised(name) if has_seat and address == self.address[name] else {}
                rows = registration.invitations if registration is not None else []
                listed = {row.meeting.uid for row in rows if row.method is InvitationMethod.LISTED}
                told = {uid: entry for uid, entry in promised.items() if uid not in listed}
                assert self.post.entries_of(address) == told, address
                assert registration is None or due(registration) == []
                if registration is not None and promised:
                    assert entries_of_file(personal_file(registration) or b"") == promised, "the person's own file"
            db.session.rollback()

    def promised(self, name: str) -> dict[str, Entry]:
        """What a person with a seat was promised, from wall times alone."""
        language = self.language[name]
        promised = {}
        for meeting in self.meetings.values():
            if self.is_on and meeting.is_on:
                [start] = instants_of(datetime.combine(meeting.day, meeting.start), self.zone)
                start += meeting.law
                promised[meeting.uid] = Entry(start, start + LENGTH, self.titles[language], language)
        return promised

    # How it is done

    def session(self) -> TrainingSession:
        session = session_by_code(self.code)
        assert session is not None
        return session

    def registration_or_none(self, name: str) -> Registration | None:
        return db.session.scalar(
            select(Registration)
            .join(TrainingSession)
            .where(TrainingSession.code == self.code, Registration.name == name.title())
        )

    def registration(self, name: str) -> Registration:
        registration = self.registration_or_none(name)
        assert registration is not None
        return registration

    def state(self, name: str) -> RegistrationState | None:
        with self.app.app_context():
            registration = self.registration_or_none(name)
            state = registration.state if registration else None
            db.session.rollback()
        return state

    def is_known(self, name: str) -> bool:
        """Whether somebody has registered, which they do now if they can."""
        if self.state(name) is None and self.is_on:
            self.register(name, self.zone)
            self.look_at_new_mails()
        return self.state(name) is not None

    def by_link(self, name: str, act: Callable[[str], object]) -> bool:
        """Do something by the link of a registration, where there is one."""
        if not self.is_known(name):
            return False
        with self.app.app_context(), unit_of_work():
            registration = self.registration(name)
            token = issue_link(registration.person, f"registration:{registration.id}")
        return self.do(lambda: act(token))

    def do(self, act: Callable[[], object]) -> bool:
        """Try something in a unit of work of its own; gives whether it was done."""
        try:
            with self.app.app_context(), unit_of_work():
                act()
        except DomainError:
            return False
        return True

    def change(self, change: Change) -> bool:
        """Look at what a change does, then do it."""
        seen: list[str] = []
        wanted = replace(change, despite_clashes=True)

        def look() -> None:
            seen.append(rehearse(self.actor(), self.session(), wanted).effect.digest())

        return self.do(look) and self.do(lambda: apply(self.actor(), self.session(), wanted, seen[0]))

    def details(self, name: str, zone: str) -> service.Details:
        return service.Details(name.title(), self.address[name], self.language[name], zone, None)

    def actor(self) -> Person:
        return person_of(self.coordinator)


def end_of(start: time) -> time:
    return (datetime.combine(date.min, start) + LENGTH).time()


def _status(message: Message) -> tuple[object, ...]:
    return message.method, message.starts_at, message.ends_at
