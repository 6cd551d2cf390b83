"""The lives of some people's registrations for one session, and the calendars that follow them by mail.

Whatever is done to the session and by its people, in whatever order, and however late, often or not at all a mail
arrives: once all of them are there, each calendar holds exactly the meetings its owner should attend, once each, at the
instants that an oracle names, in the owner's language.
"""

import re
from collections.abc import Sequence
from datetime import datetime, time, timedelta
from random import Random
from typing import Any, ClassVar

from flask import Flask
from hypothesis import HealthCheck, Phase, note, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select, update

from tests.support.lived_session import NO_LAW, LivedSession, Planned, end_of
from tests.support.model_calendar import Message, text_of
from tests.support.post import Post
from tests.support.world import World, meeting_on
from trainapp.core.access import Role
from trainapp.core.clock import now, today
from trainapp.core.database import db
from trainapp.core.languages import LANGUAGES
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.delivery import claim
from trainapp.mail.models import OutboxMail
from trainapp.registrations import decisions, service
from trainapp.registrations.changes import Change, MeetingWish, SessionAct
from trainapp.registrations.models import ACTIVE, SEATED, Registration, RegistrationState
from trainapp.registrations.own_address import ask_address_change, change_address
from trainapp.registrations.own_details import OwnDetails, change_details
from trainapp.registrations.substitutes import substitute_by_link
from trainapp.registrations.waiting_list import release_overdue_seats
from trainapp.scheduling.models import RegistrationPolicy, TrainingSession
from trainapp.scheduling.plans import MeetingPlan

PEOPLE = ("amina", "bao", "chloe")
ZONES = ("Europe/Zurich", "America/New_York", "Africa/Casablanca", "Asia/Kathmandu", "Australia/Lord_Howe")
HOURS = (time(9), time(10, 30), time(15, 15))
WAITED = timedelta(days=3)
ADDRESS_LINK = re.compile(r"/address/([\w-]+)")

DAYS, NUMBERS = range(2, 361), range(1, 4)
TOO_MANY_FOR_MAILS = 6
ACTS: dict[str, tuple[int, tuple[Sequence[Any], ...]]] = {
    "register": (4, (PEOPLE, ZONES)),
    "confirm": (2, (PEOPLE,)),
    "leave": (4, (PEOPLE,)),
    "come_back": (4, (PEOPLE,)),
    "send_somebody_else": (1, (PEOPLE, PEOPLE)),
    "change_language_or_zone": (4, (PEOPLE, tuple(LANGUAGES), ZONES)),
    "change_address": (2, (PEOPLE,)),
    "ask_for_the_link": (2, (PEOPLE,)),
    "let_a_held_seat_run_out": (2, (PEOPLE,)),
    "approve": (2, (PEOPLE,)),
    "decline": (1, (PEOPLE,)),
    "move": (4, (NUMBERS, DAYS, HOURS)),
    "cancel_or_reinstate_a_meeting": (4, (NUMBERS,)),
    "cancel_or_reinstate_the_session": (2, ()),
    "change_the_link_to_join": (2, (DAYS,)),
    "follow_the_law": (2, ()),
    "deliver_some": (4, (range(1, 9),)),
    "die_after_sending": (2, ()),
    "find_the_server_busy": (2, (PEOPLE,)),
    "lose_the_next_mail": (2, (PEOPLE,)),
    "write_some_mailings": (3, ()),
    "let_all_arrive": (2, ()),
}
"""What may happen, how often beside the rest, and from what each of its values is chosen."""


class Life(LivedSession, RuleBasedStateMachine):
    """One session, three people, and what must be true of their calendars."""

    examples: ClassVar[int] = 0

    @initialize(seed=st.integers(0, 2**32))
    def plan(self, seed: int) -> None:
        chance = Random(seed)
        self.steps = 0
        zone, start, law = chance.choice(ZONES), chance.choice(HOURS), chance.choice((NO_LAW, timedelta(hours=1)))
        capacity, count = chance.choice((None, 1, 2, 2, 3)), chance.choice((1, 2, 3, 3, TOO_MANY_FOR_MAILS))
        policy = chance.choice((RegistrationPolicy.OPEN, RegistrationPolicy.OPEN, RegistrationPolicy.APPROVAL))
        confirm_hours = chance.choice((None, 24))
        speaks = chance.sample(tuple(LANGUAGES), len(PEOPLE))
        first_day = today() + timedelta(days=chance.choice(DAYS))
        note(f"{policy}, {capacity} seats, {count} meetings from {first_day} {start} {zone}, law {law}, {speaks}")
        type(self).examples += 1
        number = self.examples
        self.code, self.zone, self.capacity = f"2030-LIFE-{number}", zone, capacity
        self.titles = {language: f"{name} {number}" for language, name in LANGUAGES.items()}
        self.language = dict(zip(PEOPLE, speaks, strict=True))
        self.address = {name: f"{name}.{number}@example.org" for name in PEOPLE}
        self.owner = {address: name for name, address in self.address.items()}
        self.post = Post()
        self.is_on = True
        self.told: dict[tuple[str, str], Message] = {}
        World(self.app).session(
            self.code,
            capacity=capacity,
            policy=policy,
            confirm_hours=confirm_hours,
            zone=zone,
            meetings=count,
            first_day=first_day,
            titles=dict(self.titles),
        )
        with self.app.app_context(), unit_of_work():
            self.meetings = {}
            for meeting in self.session().meetings:
                other = meeting_on(meeting.on_date, meeting.number, zone, start, end_of(start))
                meeting.wall_start, meeting.wall_end = start, end_of(start)
                meeting.starts_at, meeting.ends_at = _shifted(other.starts_at, law), _shifted(other.ends_at, law)
                self.meetings[meeting.number] = Planned(meeting.uid, meeting.on_date, start, law)
            self.last_mail = db.session.scalar(select(func.max(OutboxMail.id))) or 0
        for name in PEOPLE[:2]:
            self.register(name, zone)

    @rule(seed=st.integers(0, 2**32))
    def something_happens(self, seed: int) -> None:
        """The choice is made here: left to themselves, rules are chosen very unevenly in few and short lives."""
        self.steps += 1
        chance = Random(f"{seed} {self.steps}")
        [act] = chance.choices(list(ACTS), [weight for weight, _choices in ACTS.values()])
        values = [chance.choice(choices) for choices in ACTS[act][1]]
        note(f"{act}{tuple(map(str, values))}")
        getattr(self, act)(*values)

    # What people do

    def confirm(self, name: str) -> None:
        self.by_link(name, service.confirm)

    def leave(self, name: str) -> None:
        if self.by_link(name, service.cancel):
            assert self.state(name) not in ACTIVE

    def come_back(self, name: str) -> None:
        self.by_link(name, service.come_back)

    def send_somebody_else(self, name: str, other: str) -> None:
        self.by_link(name, lambda token: substitute_by_link(token, self.details(other, self.zone)))

    def change_language_or_zone(self, name: str, language: str, zone: str) -> None:
        wanted = OwnDetails(name.title(), None, language, zone)
        if self.by_link(name, lambda token: change_details(token, wanted)):
            self.language[name] = language

    def change_address(self, name: str) -> None:
        """As pages do it: by a link mailed to the new address; the old one's calendar is then to hold nothing."""
        number = len(self.owner)
        address = f"{name}.{self.examples}.{number}@example.org"
        self.owner[address] = name
        if not self.by_link(name, lambda token: ask_address_change(token, address)):
            return
        with self.app.app_context():
            content = db.session.scalar(select(OutboxMail.content).where(OutboxMail.recipient == address))
            db.session.rollback()
        if content is None:
            return  # asked for too often
        token = ADDRESS_LINK.search(text_of(content))
        assert token is not None
        if self.do(lambda: change_address(token[1])):
            self.address[name] = address

    def ask_for_the_link(self, name: str) -> None:
        if self.is_known(name):
            self.do(lambda: service.send_link_again(self.session(), self.address[name], self.language[name]))

    def let_a_held_seat_run_out(self, name: str) -> None:
        def run_out() -> None:
            db.session.execute(
                update(Registration)
                .where(Registration.id == self.registration(name).id, Registration.held_until.is_not(None))
                .values(held_until=now() - WAITED)
            )
            release_overdue_seats()

        if self.is_known(name):
            self.do(run_out)

    # What those who run the session do

    def approve(self, name: str) -> None:
        if self.is_known(name):
            self.do(lambda: decisions.approve(self.actor(), self.session(), [self.registration(name).public_id]))

    def decline(self, name: str) -> None:
        if self.is_known(name):
            self.do(lambda: decisions.decline(self.actor(), self.session(), [self.registration(name).public_id]))

    def move(self, number: int, day: int, start: time) -> None:
        meeting = self.meetings.get(number)
        if meeting is None or not meeting.is_on:
            return
        on_day = today() + timedelta(days=day)
        plan = MeetingPlan(number, on_day, start, end_of(start))
        if self.change(Change(meetings=(MeetingWish(number, times=plan),))):
            meeting.day, meeting.start, meeting.law = on_day, start, NO_LAW

    def cancel_or_reinstate_a_meeting(self, number: int) -> None:
        meeting = self.meetings.get(number)
        if meeting is not None and self.change(Change(meetings=(MeetingWish(number, is_cancelled=meeting.is_on),))):
            meeting.is_on = not meeting.is_on

    def cancel_or_reinstate_the_session(self) -> None:
        act = SessionAct.CANCEL if self.is_on else SessionAct.REINSTATE
        assert self.change(Change(act=act))
        self.is_on = not self.is_on

    def change_the_link_to_join(self, number: int) -> None:
        self.change(Change(join_url=f"https://meet.example.org/{number}"))

    # What happens to the mails

    def deliver_some(self, count: int) -> None:
        self.deliver(count)

    def die_after_sending(self) -> None:
        """A worker sends a mail and is killed before it can note so; the next one sends the same bytes again."""
        self.post.busy.clear()
        with self.app.app_context():
            claimed = claim(timedelta(0))
            if claimed is not None:
                self.post.send("", claimed.recipient, claimed.content)
        self.deliver(1)

    def find_the_server_busy(self, name: str) -> None:
        self.post.busy.add(self.address[name])

    def lose_the_next_mail(self, name: str) -> None:
        self.post.gone.add(self.address[name])
        self.deliver(3)
        self.post.gone.clear()

    def write_some_mailings(self) -> None:
        self.write_mailings()

    def let_all_arrive(self) -> None:
        self.settle()
        self.compare()

    # What must be true

    @invariant()
    def revisions_grow(self) -> None:
        self.look_at_new_mails()

    @invariant()
    def seats_are_never_too_many(self) -> None:
        with self.app.app_context():
            query = select(Registration.state).join(TrainingSession).where(TrainingSession.code == self.code)
            states = list(db.session.scalars(query))
            db.session.rollback()
        seated = sum(state in SEATED for state in states)
        assert self.capacity is None or seated <= self.capacity
        waits = RegistrationState.WAITLISTED in states
        assert not (waits and self.is_on and (self.capacity is None or seated < self.capacity))

    def teardown(self) -> None:
        if hasattr(self, "meetings"):
            self.settle()
            self.compare()


def _shifted(moment: datetime | None, law: timedelta) -> datetime:
    assert moment is not None
    return moment + law


def live(app: Flask, examples: int, steps: int) -> None:
    """Let so many lives be lived; raises where a calendar ends up wrong."""
    Life.app, Life.coordinator = app, World(app).person("Coordinator Example", role=Role.COORDINATOR)
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=examples,
            stateful_step_count=steps,
            deadline=None,
            database=None,
            phases=(Phase.generate,),  # making a failing way shorter takes minutes here
            suppress_health_check=list(HealthCheck),
        ),
    )
