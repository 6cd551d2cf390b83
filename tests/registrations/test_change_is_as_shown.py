"""Preview equals effect: for any change to any session, what was shown is exactly what the outbox then holds."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any

import pytest
from flask import Flask
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.changing import (
    Message,
    carry_through,
    invite,
    let_all_leave,
    meetings_of,
    message_in,
    state_of,
)
from tests.support.world import World
from trainapp.core.access import Role
from trainapp.core.errors import DomainError
from trainapp.registrations.change_preview import Effect
from trainapp.registrations.changes import Change, MeetingWish, SessionAct
from trainapp.registrations.models import RegistrationState
from trainapp.requests.models import Mode
from trainapp.scheduling.models import MeetingState, SessionState
from trainapp.scheduling.plans import MeetingPlan

pytestmark = pytest.mark.causes_mails
LANGUAGES = ("en", "ar", "ja", "ru")
ZONES = ("Europe/Zurich", "Asia/Gaza", "Asia/Tokyo", "America/St_Johns", "Africa/Casablanca")
DAYS = st.dates(date(2030, 1, 1), date(2030, 12, 28))
STATES = st.sampled_from(list(RegistrationState))


@st.composite
def wishes(draw: Any, number: int) -> MeetingWish:
    if draw(st.booleans()):
        return MeetingWish(number, is_cancelled=draw(st.booleans()))
    start = draw(st.integers(0, 21))
    plan = MeetingPlan(number, draw(DAYS), time(start, 30), time(start + 1, 45), draw(st.booleans()))
    return MeetingWish(number, times=plan)


@st.composite
def changes(draw: Any, count: int) -> Change:
    words = draw(st.sampled_from(["", "Bring paper", "قلم"]))
    act = draw(st.sampled_from([None, None, None, SessionAct.CANCEL, SessionAct.REINSTATE]))
    if act is SessionAct.CANCEL:
        return Change(act=act, words=words or "Ill")
    return Change(
        act=act,
        meetings=tuple(draw(wishes(number)) for number in range(1, count + 1) if draw(st.booleans())),
        added=(MeetingPlan(count + 1, draw(DAYS), time(22), time(23)),) if draw(st.booleans()) else (),
        mode=draw(st.sampled_from([None, Mode.ONLINE, Mode.HYBRID])),
        venue=draw(st.sampled_from([None, "Room 1", "Room 2"])),
        join_url=draw(st.sampled_from([None, "https://meet.example.org/a", "https://meet.example.org/b"])),
        words=words,
        words_language=draw(st.sampled_from(LANGUAGES)),
        despite_clashes=True,
    )


PLANS = st.integers(1, 7).flatmap(
    lambda count: st.tuples(
        st.just(count), st.lists(STATES, min_size=0, max_size=5), st.lists(changes(count), min_size=1, max_size=4)
    )
)


def test_what_was_shown_is_what_is_sent(app: Flask, world: World) -> None:
    """Each run has a session of its own in the one database."""
    runs = Runs(app, world)

    @settings(max_examples=10, deadline=None, derandomize=True)
    @given(PLANS, st.booleans())
    def whatever_changes(plan: tuple[int, list[RegistrationState], list[Change]], leaves_between: bool) -> None:
        runs.run(*plan, leaves_between=leaves_between)

    whatever_changes()
    assert runs.compared >= 5, "changes that were carried out"
    assert runs.messages >= 10, "calendar messages that were compared"


class Runs:
    """Sessions with people and trainers that are changed, and how much was compared."""

    def __init__(self, app: Flask, world: World) -> None:
        self.app, self.world = app, world
        self.number = self.compared = self.messages = 0

    def run(self, count: int, states: list[RegistrationState], wanted: list[Change], *, leaves_between: bool) -> None:
        """`leaves_between`: whether the mails of each change leave before the next; else they are superseded."""
        self.number += 1
        code = f"RUN-{self.number}"
        coordinator = self._set_up(code, count, states)
        for change in wanted:
            if leaves_between:
                let_all_leave(self.app)
            known, before = len(self.world.mails()), state_of(self.app, code)
            try:
                preview = carry_through(self.app, coordinator, code, change)
            except DomainError:
                assert state_of(self.app, code) == before, "what is refused leaves nothing"
                continue
            self.compared += 1
            self.messages += sum(preview.effect.methods().values())
            compare(self.app, code, preview.effect, self.world, known)

    def _set_up(self, code: str, count: int, states: list[RegistrationState]) -> str:
        """A session with people; gives who changes it."""
        world, number = self.world, self.number
        coordinator = world.person("Coordinator", role=Role.COORDINATOR, email=f"c{number}@example.org")
        trainer = world.person("Trainer", role=Role.TRAINER, email=f"t{number}@example.org")
        world.session(code, meetings=count, trainer=trainer, first_day=date(2029, 3, 1), capacity=2, venue="Room 1")
        for place, state in enumerate(states):
            address = f"p{place}-{number}@example.org"
            language, zone = LANGUAGES[place % 4], ZONES[place % 5]
            person = world.person(f"Person {place}", language=language, zone=zone, email=address)
            world.registration_link(code, person, state=state)
        invite(self.app, code)
        return coordinator


def compare(app: Flask, code: str, effect: Effect, world: World, known: int) -> None:
    mails = world.mails()[known:]
    uids = {meeting.number: meeting.uid for meeting in meetings_of(app, code)}
    sent = [(mail.recipient, message_in(mail), mail.kind) for mail in mails]
    others = sorted((each.address, each.kind) for each in effect.others)
    run = code.removeprefix("RUN-")
    addresses = {f"p{each.name.removeprefix('Person ')}-{run}@example.org": each for each in effect.people}
    to_people = [entry for entry in sent if entry[0] in addresses]
    assert sorted((recipient, kind) for recipient, _message, kind in sent if recipient not in addresses) == others
    assert len(mails) == effect.mails()
    assert {recipient for recipient, _message, _kind in to_people} == set(addresses), "who was shown, and nobody else"
    shown = {
        Message(address, uids[each.number], each.method, each.sequence, each.starts_at)
        for address, told in addresses.items()
        for each in told.changes
        if each.is_single
    }
    messages = [message for _recipient, message, _kind in to_people if message is not None]
    assert set(messages) == shown
    assert len(messages) == len(shown)
    for address, told in addresses.items():
        kinds = [kind for recipient, _message, kind in to_people if recipient == address]
        assert len(kinds) == told.mails()
        assert kinds[0] == "registrations.changed"


def test_a_time_in_the_preview_is_that_of_the_wall_clock(app: Flask, world: World) -> None:
    coordinator = world.person("Coordinator", role=Role.COORDINATOR)
    code = world.session("2027-ST26-EN-01", zone="Asia/Gaza")
    world.registration_link(code, world.person("Anna", language="ar", zone="Asia/Tokyo"))
    invite(app, code)
    plan = MeetingPlan(1, date(2029, 7, 3), time(10), time(11))
    preview = carry_through(app, coordinator, code, Change(meetings=(MeetingWish(1, times=plan),)))
    (told,) = preview.effect.people
    assert told.changes[0].starts_at == datetime(2029, 7, 3, 7, tzinfo=UTC)
    assert meetings_of(app, code)[0].state is MeetingState.PLANNED
    assert state_of(app, code)["session"][0] is SessionState.PUBLISHED
    assert state_of(app, code)["days"] == (date(2029, 7, 3), date(2029, 7, 3))
    assert timedelta(hours=1) == told.changes[0].ends_at - told.changes[0].starts_at
