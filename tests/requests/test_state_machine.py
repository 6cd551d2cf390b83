"""Whatever people try, in whatever order: no event is lost, no mail skipped or doubled, no state reached that is not
declared, and what somebody may not do leaves no trace. The rules stand here a second time, written by hand."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, ClassVar

import pytest
from flask import Flask
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import func, select

from tests.requests.conftest import person, wish, writing
from tests.requests.offers import found, offer
from tests.support.world import World
from trainapp.accounts.models import MailedLink
from trainapp.core.access import Role
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.errors import DomainError
from trainapp.files.models import StoredFile
from trainapp.files.service import Upload
from trainapp.mail.models import OutboxMail
from trainapp.requests.asking import new_request
from trainapp.requests.models import Channel, RequestAttachment, RequestEvent, Slot
from trainapp.requests.models import RequestState as S
from trainapp.requests.models import Step as T
from trainapp.requests.queries import agreed_slot, standing_slots
from trainapp.requests.service import assign, mark_delivered, mark_scheduled, take_step

pytestmark = pytest.mark.causes_mails

PICTURE = Upload(
    "sign.png",
    bytes.fromhex(
        "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001"
        "a5f645400000000049454e44ae426082"
    ),
)
OPEN = (S.SUBMITTED, S.IN_REVIEW, S.NEEDS_INFORMATION, S.PROPOSED, S.COUNTERED, S.AGREED)
OFFICE_MOVES = {
    (T.ANSWER, S.NEEDS_INFORMATION): S.IN_REVIEW,
    (T.COUNTER, S.PROPOSED): S.COUNTERED,
    (T.AGREE, S.PROPOSED): S.AGREED,
    (T.REOPEN, S.WITHDRAWN): S.SUBMITTED,
    **{(T.WITHDRAW, state): S.WITHDRAWN for state in OPEN},
}
SECRETARIAT_MOVES = {
    (T.REVIEW, S.SUBMITTED): S.IN_REVIEW,
    (T.REVIEW, S.COUNTERED): S.IN_REVIEW,
    (T.ASK, S.IN_REVIEW): S.NEEDS_INFORMATION,
    (T.AGREE, S.IN_REVIEW): S.AGREED,
    (T.AGREE, S.COUNTERED): S.AGREED,
    (T.REOPEN, S.DECLINED): S.IN_REVIEW,
    **{(T.PROPOSE, state): S.PROPOSED for state in (S.IN_REVIEW, S.PROPOSED, S.COUNTERED, S.AGREED)},
    **{(T.DECLINE, state): S.DECLINED for state in (S.SUBMITTED, S.IN_REVIEW, S.NEEDS_INFORMATION, S.COUNTERED)},
}
WORDS_NEEDED = {T.ASK, T.ANSWER, T.DECLINE, T.COMMENT}
TABLES = {"mails": OutboxMail, "links": MailedLink, "events": RequestEvent, "files": StoredFile, "slots": Slot}
PEOPLE = ("focal", "colleague", "stranger", "coordinator", "second", "trainer", "nobody")
OFFICE, SECRETARIAT = {"focal", "colleague"}, {"coordinator", "second"}


@dataclass
class Cast:
    """Everybody, by public id and by address; the same for all ways that are tried on one database."""

    app: Flask
    people: dict[str, str]
    addresses: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Attempt:
    """What somebody tries: a step with or without words, a file, dates, and a choice among those that stand."""

    who: str
    step: T
    words: str
    with_file: bool
    slots: int
    choice: str


ATTEMPTS = st.builds(
    Attempt,
    who=st.sampled_from(PEOPLE),
    step=st.sampled_from(T),
    words=st.sampled_from(["", "  \n", "Words."]),
    with_file=st.booleans(),
    slots=st.integers(0, 2),
    choice=st.sampled_from(["", "first", "last", "old", "made up"]),
)


class Negotiation(RuleBasedStateMachine):
    """One request, everybody around it, and what must be true of it, kept beside the database."""

    cast: ClassVar[Cast]

    @initialize(by_letter=st.booleans())
    def ask(self, by_letter: bool) -> None:
        self.by_letter = by_letter
        self.state, self.assignee = S.SUBMITTED, ""
        self.old_slots: list[str] = []
        self.offered: list[str] = []
        self.agreed: str | None = None
        self.numbers = self._count()
        with writing(self.cast.app):
            if by_letter:
                letter = wish(channel=Channel.LETTER, received_on=today())
                request = new_request(self._person("coordinator"), letter)
            else:
                request = new_request(self._person("focal"), wish())
            self.public_id, self.version = request.public_id, request.version
            self.id = request.id
        self.events: list[tuple[Any, ...]] = []
        self._note("coordinator" if by_letter else "focal", T.SUBMIT, None, "", 0, 0)
        self._expect(OFFICE if by_letter else SECRETARIAT)

    @rule(attempt=ATTEMPTS)
    def try_anything(self, attempt: Attempt) -> None:
        self._try(attempt)

    @rule(attempt=ATTEMPTS, number=st.integers(0, 99))
    def go_on(self, attempt: Attempt, number: int) -> None:
        """A step that is open to somebody, with what it needs, so that ways grow long."""
        moves = [(who, step) for who in PEOPLE for step in T if self._target(who, step) is not None]
        who, step = moves[number % len(moves)]
        slots = max(1, attempt.slots) if step in (T.PROPOSE, T.COUNTER) else 0
        choice = ("first", "last")[number % 2] if step is T.AGREE else ""
        self._try(Attempt(who, step, "Words.", attempt.with_file, slots, choice))

    @rule(who=st.sampled_from(PEOPLE), colleague=st.sampled_from(("", *PEOPLE, "made up")))
    def try_to_assign(self, who: str, colleague: str) -> None:
        chosen = "" if not colleague else self.cast.people.get(colleague, colleague)
        before = self.assignee
        done = self._do(lambda request: assign(self._person(who), request, chosen, self.version))
        allowed = who in SECRETARIAT and (not colleague or colleague in SECRETARIAT)
        assert done == allowed
        if not allowed or colleague == before:
            self._expect(set())
            return
        self.assignee = colleague
        self._note(who, T.ASSIGN, self.state, self._name(colleague) if colleague else "", 0, 0)
        self._expect({colleague} - {who, ""})

    @rule()
    def publish(self) -> None:
        done = self._do(lambda request: mark_scheduled(self._person("second"), request, "2027-NICE-EN-01"))
        assert done == (self.state in (S.AGREED, S.SCHEDULED, S.DELIVERED))
        if self.state is S.AGREED:
            self.state = S.SCHEDULED
            self._note("second", T.SCHEDULE, S.AGREED, "2027-NICE-EN-01", 0, 0)
        self._expect(set())

    @rule()
    def deliver(self) -> None:
        done = self._do(lambda request: mark_delivered(self._person("second"), request))
        assert done == (self.state in (S.SCHEDULED, S.DELIVERED))
        if self.state is not S.SCHEDULED:
            self._expect(set())
            return
        self.state = S.DELIVERED
        self._note("second", T.DELIVER, S.SCHEDULED, "", 0, 0)
        self._expect(OFFICE)

    @rule(attempt=ATTEMPTS)
    def try_from_an_old_page(self, attempt: Attempt) -> None:
        """Who has not seen the last event changes nothing, whatever they may do."""
        assert not self._do(
            lambda request: take_step(self._person(attempt.who), request, attempt.step, "Late.", self.version - 1)
        )
        self._expect(set())

    @invariant()
    def nothing_is_lost(self) -> None:
        with self.cast.app.app_context():
            request = found(self.public_id)
            assert request.state is self.state
            assert request.version == self.version
            assert (request.assigned_to.name if request.assigned_to else "") == self._name(self.assignee)
            kept = [
                (each.person.name, each.step, each.from_state, each.to_state, each.comment, *_sizes(each))
                for each in request.events
            ]
            assert kept == self.events
            assert [slot.public_id for slot in standing_slots(request)] == self._standing()
            agreed = agreed_slot(request)
            is_agreed = self.state in (S.AGREED, S.SCHEDULED, S.DELIVERED)
            assert (agreed.public_id if agreed else None) == (self.agreed if is_agreed else None)
            db.session.rollback()

    def _try(self, attempt: Attempt) -> None:
        chosen = self._chosen(attempt)
        slots = [offer(35 + 7 * number) for number in range(attempt.slots)]
        files = [PICTURE] if attempt.with_file else []
        event_ids: list[int] = []

        def take(request: Any) -> None:
            actor = self._person(attempt.who)
            event = take_step(
                actor, request, attempt.step, attempt.words, self.version, slots=slots, chosen=chosen, files=files
            )
            event_ids.append(event.id)

        done = self._do(take)
        target = self._target(attempt.who, attempt.step)
        expected = target is not None and self._has_its_content(attempt, chosen)
        assert done == expected, (attempt, self.state)
        if target is None or not expected:
            self._expect(set())
            return
        readers = self._readers(attempt)
        before, self.state = self.state, target
        self._note(attempt.who, attempt.step, before, attempt.words.strip(), len(files), len(slots))
        if attempt.step in (T.PROPOSE, T.COUNTER):
            self.old_slots += self.offered
            self.offered = self._slots_of(event_ids[0])
        if attempt.step is T.AGREE:
            self.agreed = chosen or None
        self._expect(readers)

    def _target(self, who: str, step: T) -> S | None:
        """Where a step of somebody leads; None where it is not theirs, or not possible now."""
        for_office = who in OFFICE or (self.by_letter and who in SECRETARIAT)
        if step is T.COMMENT and (for_office or who in SECRETARIAT):
            return self.state
        if for_office and (step, self.state) in OFFICE_MOVES:
            return OFFICE_MOVES[step, self.state]
        return SECRETARIAT_MOVES.get((step, self.state)) if who in SECRETARIAT else None

    def _has_its_content(self, attempt: Attempt, chosen: str) -> bool:
        words, standing = attempt.words.strip(), self._standing()
        if attempt.step in WORDS_NEEDED and not words:
            return False
        if attempt.slots and attempt.step not in (T.PROPOSE, T.COUNTER):
            return False
        if attempt.step is T.PROPOSE and not attempt.slots:
            return False
        if attempt.step is T.COUNTER and not attempt.slots and not words:
            return False
        if attempt.step is T.AGREE and standing:
            return chosen in standing
        return not chosen

    def _readers(self, attempt: Attempt) -> set[str]:
        """Who must get a mail, from where the request stands before the step."""
        is_recorded = self.by_letter and attempt.who in SECRETARIAT and (attempt.step, self.state) in OFFICE_MOVES
        if attempt.who in OFFICE or is_recorded:
            there = {self.assignee} if self.assignee else set(SECRETARIAT)
            return (there | (OFFICE if is_recorded else set())) - {attempt.who}
        return set(OFFICE)

    def _standing(self) -> list[str]:
        return self.offered if self.state in (S.PROPOSED, S.COUNTERED) else []

    def _chosen(self, attempt: Attempt) -> str:
        standing = self._standing()
        named = {"first": standing[:1], "last": standing[-1:], "old": self.old_slots[-1:], "made up": ["made-up-slot"]}
        return next(iter(named.get(attempt.choice, [])), "")

    def _do(self, act: Callable[[Any], object]) -> bool:
        """Try something in a unit of work of its own, as a page does; gives whether it was done."""
        try:
            with writing(self.cast.app):
                request = found(self.public_id)
                act(request)
                db.session.flush()
                version = request.version
        except DomainError:
            return False
        self.version = version
        return True

    def _note(self, who: str, step: T, before: S | None, words: str, files: int, slots: int) -> None:
        self.events.append((self._name(who), step, before, self.state, words, files, slots))

    def _expect(self, readers: set[str]) -> None:
        """Exactly these people were mailed since the last look, once each, and nothing else was left behind."""
        before, self.numbers = self.numbers, self._count()
        with self.cast.app.app_context():
            newest = db.session.scalars(
                select(OutboxMail).order_by(OutboxMail.id.desc()).limit(self.numbers["mails"] - before["mails"])
            ).all()
            told = sorted(mail.recipient for mail in newest)
            links = [mail for mail in newest if mail.holds_secret]
            db.session.rollback()
        assert told == sorted(self.cast.addresses[who] for who in readers)
        assert self.numbers["links"] - before["links"] == len(links)
        assert self.numbers["events"] == before["events"] + (len(self.events) - self.counted)
        assert self.numbers["files"] - before["files"] == sum(event[5] for event in self.events[self.counted :])
        assert self.numbers["slots"] - before["slots"] == sum(event[6] for event in self.events[self.counted :])
        self.counted = len(self.events)

    counted = 0

    def _count(self) -> dict[str, int]:
        with self.cast.app.app_context():
            counted = {
                name: db.session.scalar(select(func.count()).select_from(table)) or 0 for name, table in TABLES.items()
            }
            db.session.rollback()
        return counted

    def _slots_of(self, event_id: int) -> list[str]:
        with self.cast.app.app_context():
            query = select(Slot.public_id).where(Slot.event_id == event_id).order_by(Slot.position)
            found_ids = list(db.session.scalars(query))
            db.session.rollback()
        return found_ids

    def _person(self, who: str) -> Any:
        return person(self.cast.people[who])

    def _name(self, who: str) -> str:
        return f"{who.title()} Example" if who else ""


def _sizes(event: RequestEvent) -> tuple[int, int]:
    query = select(func.count()).select_from(RequestAttachment).where(RequestAttachment.event_id == event.id)
    return db.session.scalar(query) or 0, len(event.slots)


def test_no_way_through_a_negotiation_loses_anything(app: Flask, world: World) -> None:
    roles: dict[str, tuple[Role | None, str | None]] = {
        "focal": (Role.FOCAL_POINT, "KE"),
        "colleague": (Role.FOCAL_POINT, "KE"),
        "stranger": (Role.FOCAL_POINT, "EG"),
        "coordinator": (Role.COORDINATOR, None),
        "second": (Role.COORDINATOR, None),
        "trainer": (Role.TRAINER, None),
        "nobody": (None, None),
    }
    people = {
        who: world.person(f"{who.title()} Example", role=role, office=office) for who, (role, office) in roles.items()
    }
    Negotiation.cast = Cast(app, people, {who: f"{who}.example@example.org" for who in people})
    run_state_machine_as_test(
        Negotiation,
        settings=settings(
            max_examples=12,
            stateful_step_count=30,
            deadline=None,
            database=None,
            phases=(Phase.generate,),  # making a failing way shorter takes minutes here
            suppress_health_check=list(HealthCheck),
        ),
    )
