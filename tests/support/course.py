"""A session with its people and their calendars, by the product's own services."""

import re
from collections.abc import Callable
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from tests.support.model_calendar import Message, read_message, text_of
from tests.support.post import Post
from tests.support.world import World, person_of
from trainapp.accounts.links import issue_link
from trainapp.accounts.models import Person
from trainapp.core.access import Role
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.delivery import deliver_next
from trainapp.mail.models import MailState, OutboxMail
from trainapp.registrations import service
from trainapp.registrations.change_preview import apply, rehearse
from trainapp.registrations.changes import Change
from trainapp.registrations.mailings import write_mailings
from trainapp.registrations.models import Registration
from trainapp.registrations.own_address import ask_address_change, change_address
from trainapp.requests.models import Mode
from trainapp.scheduling.models import RegistrationPolicy, SessionKind, TrainingSession
from trainapp.scheduling.planning import new_draft
from trainapp.scheduling.plans import MeetingPlan, Plan
from trainapp.scheduling.queries import session_by_code
from trainapp.scheduling.service import publish

ADDRESS_LINK = re.compile(r"/address/([\w-]+)")


class Course:
    """A session, its people and their calendars, with the product's own services."""

    def __init__(self, app: Flask, world: World) -> None:
        self.app, self.world, self.post = app, world, Post()
        self.coordinator = world.person("Coordinator Example", role=Role.COORDINATOR)
        self.code = ""
        self.tokens: dict[str, str] = {}

    def plan(self, meetings: tuple[MeetingPlan, ...], zone: str = "Europe/Zurich", language: str = "en") -> None:
        """Plan a session in wall times, and publish it."""
        trainer = self.world.person("Trainer Example", role=Role.TRAINER)
        plan = Plan(
            kind=SessionKind.WEBINAR,
            language=language,
            mode=Mode.ONLINE,
            zone=zone,
            policy=RegistrationPolicy.OPEN,
            meetings=meetings,
            title="ST.26 for applicants",
            subjects=("ST26",),
            audience="examiners",
            join_url="https://meet.example.org/room",
            trainers=(trainer,),
        )
        with self.app.app_context(), unit_of_work():
            actor = person_of(self.coordinator)
            session = new_draft(actor, plan)
            publish(actor, session, despite_clashes=True)
            self.code = session.code

    def session(self) -> TrainingSession:
        session = session_by_code(self.code)
        assert session is not None
        return session

    def register(self, name: str, language: str = "en", zone: str = "Europe/Zurich") -> None:
        with self.app.app_context():
            with unit_of_work():
                details = service.Details(name, f"{name}@example.org", language, zone, None)
                service.register(self.session(), details)
            with unit_of_work():
                registration = self.registration(name)
                self.tokens[name] = issue_link(registration.person, f"registration:{registration.id}")

    def registration(self, name: str) -> Registration:
        return db.session.scalars(select(Registration).where(Registration.name == name)).one()

    def person(self, name: str) -> Person:
        return self.registration(name).person

    def feed_of(self, name: str) -> str:
        """The path of somebody's feed."""
        with self.app.app_context(), unit_of_work():
            person = self.person(name)
            return f"/calendar/{issue_link(person, f'feed:{person.id}')}.ics"

    def do(self, act: Callable[[], object]) -> None:
        with self.app.app_context(), unit_of_work():
            act()

    def change(self, change: Change) -> None:
        """Look at what a change does, do it, and write its mails."""
        with self.app.app_context():
            with unit_of_work():
                seen = rehearse(person_of(self.coordinator), self.session(), change).effect.digest()
            with unit_of_work():
                apply(person_of(self.coordinator), self.session(), change, seen)
            with unit_of_work():
                write_mailings()

    def change_address(self, name: str, address: str) -> None:
        """As the pages do it: by the link that is mailed to the new address."""
        self.do(lambda: ask_address_change(self.tokens[name], address))
        [mail] = self.world.mails(address)
        assert mail.content is not None
        link = ADDRESS_LINK.search(text_of(mail.content))
        assert link is not None
        self.do(lambda: change_address(link[1]))

    def dead_mails(self) -> list[int]:
        with self.app.app_context():
            dead = list(db.session.scalars(select(OutboxMail.id).where(OutboxMail.state == MailState.DEAD)))
            db.session.rollback()
        return dead

    def deliver(self) -> None:
        with self.app.app_context():
            while deliver_next(self.post, timedelta(minutes=5)):
                pass

    def messages(self, name: str) -> list[Message]:
        """The calendar messages to somebody that are still to leave, in their order."""
        mails = self.world.mails(f"{name}@example.org")
        read = [read_message(mail.content) for mail in mails if mail.content is not None]
        return [message for message in read if message is not None]
