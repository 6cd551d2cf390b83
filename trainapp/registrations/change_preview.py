"""Who gets what by a change, seen before anything is saved: the change is carried out and taken back.

What is shown and what is done come from the same function (`_effect_of`), and a digest of all of it travels with the
form: nothing is sent that was not shown.
"""

import json
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import datetime
from email import message_from_bytes
from email.policy import SMTP

from sqlalchemy import event, select
from sqlalchemy.orm import Session, SessionTransaction, subqueryload

from trainapp.accounts.models import Person
from trainapp.core.clashes import Clash, ClashKind, Severity, in_order, worst
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import Conflict, DomainError
from trainapp.core.languages import lazy
from trainapp.core.tokens import digest
from trainapp.mail.message import Rendered
from trainapp.mail.models import OutboxMail
from trainapp.registrations.change_notices import sample_of
from trainapp.registrations.change_words import sentences_of
from trainapp.registrations.changes import Change, Content, SessionAct, Times, What
from trainapp.registrations.invitations import Due, Said, due
from trainapp.registrations.mailings import start_mailing
from trainapp.registrations.models import (
    ACTIVE,
    SEATED,
    InvitationMethod,
    Mailing,
    MailingKind,
    Registration,
    RegistrationState,
)
from trainapp.registrations.session_changes import carry_out
from trainapp.registrations.waiting_list import move_up
from trainapp.scheduling.clash_facts import facts_for, planned_of
from trainapp.scheduling.clashes import clashes_of
from trainapp.scheduling.models import TrainingSession
from trainapp.scheduling.service import lock_session

SAID_ELSEWHERE = (ClashKind.TRAINER_UNCONFIRMED, ClashKind.TRAINER_DECLINED, ClashKind.PAST)
"""At new times every trainer is asked again, and a time that has passed is refused."""


@dataclass(frozen=True)
class CalendarChange:
    """What one calendar is told about one meeting; one that is not `is_single` stands in the file and feed alone.

    `told_digest` is of what the entry says; empty for a meeting that is added, whose UID does not exist before.
    """

    number: int
    method: str
    sequence: int
    starts_at: datetime
    ends_at: datetime
    is_single: bool
    told_digest: str


@dataclass(frozen=True)
class Told:
    """One of the people who get a mail, and what it does to their calendar."""

    public_id: str
    name: str
    language: str
    zone: str
    state: RegistrationState
    changes: tuple[CalendarChange, ...]

    def mails(self) -> int:
        """A mail of its own for each calendar message after the first."""
        return max(1, sum(each.is_single for each in self.changes))


@dataclass(frozen=True)
class OtherMail:
    """A mail to a trainer, a focal point, or somebody who moves up: it is queued with the change itself."""

    name: str
    address: str
    language: str
    kind: str
    subject: str


@dataclass(frozen=True)
class Effect:
    """All that a change does outside the session itself."""

    content: Content
    people: tuple[Told, ...]
    others: tuple[OtherMail, ...]
    clashes: tuple[Clash, ...]
    ids: tuple[int, ...]

    def digest(self) -> str:
        """A mark that differs as soon as anybody would get anything else. A trainer's mail may say so in passing."""
        others = sorted((each.address, each.kind, each.language, each.subject) for each in self.others)
        return digest(repr((json.dumps(self.content.as_json()), self.people, others)))

    def mails(self) -> int:
        return sum(each.mails() for each in self.people) + len(self.others)

    def methods(self) -> Counter[str]:
        """How many calendar messages of each kind leave, and how many meetings change in files and feeds alone."""
        return Counter(
            change.method if change.is_single else InvitationMethod.LISTED.value
            for each in self.people
            for change in each.changes
        )

    def is_possible(self) -> bool:
        return worst(self.clashes) is not Severity.BLOCKS


@dataclass(frozen=True)
class Preview:
    """The effect; what changes, for the one who looks; and for each language a mail as one of its readers gets it."""

    effect: Effect
    sentences: list[str] = field(default_factory=list)
    samples: dict[str, Rendered] = field(default_factory=dict)


class EffectMoved(Conflict):
    """Somebody registered, left or changed something since the preview: it is shown anew."""

    def __init__(self) -> None:
        super().__init__(
            lazy(
                "Something has changed since you looked: somebody registered, left, or changed their language or time. "
                "Please look at it again, then save."
            )
        )


def rehearse(actor: Person, session: TrainingSession, change: Change) -> Preview:
    """What a change would do. Nothing of it stays. Raises as `carry_out`."""
    lock_session(session.id)
    trial = db.session.begin_nested()
    try:
        effect = _effect_of(actor, session, change)
        sentences = sentences_of(session, effect.content, actor.zone, has_link=True)
        return Preview(effect, sentences, _samples(effect))
    finally:
        _take_back(trial)


def _take_back(trial: SessionTransaction) -> None:
    trial.rollback()
    db.session.expire_all()


def apply(actor: Person, session: TrainingSession, change: Change, seen: str) -> Mailing:
    """Carry a change out, and name the people whose mails the worker then writes.

    `seen` is the digest of the effect that was shown. Raises `EffectMoved` where it would be another one now,
    `DomainError` where something that cannot be stands against it and nobody said to do it all the same, and as
    `carry_out`.
    """
    lock_session(session.id)
    trial = db.session.begin_nested()
    try:
        effect = _effect_of(actor, session, change)
        _check(effect, change, seen)
    except DomainError:
        _take_back(trial)
        raise
    trial.commit()
    return start_mailing(actor, session, MailingKind.CHANGE, effect.content.as_json(), effect.ids)


def _check(effect: Effect, change: Change, seen: str) -> None:
    if effect.digest() != seen:
        raise EffectMoved()
    if not effect.is_possible() and not change.despite_clashes:
        raise DomainError(
            lazy("Something stands against it that is not possible. If it is right all the same, say so below."),
            "despite_clashes",
        )


def _effect_of(actor: Person, session: TrainingSession, change: Change) -> Effect:
    with _mails_queued() as queued:
        content = carry_out(actor, session, change)
        seated_now = _let_move_up(session) if change.act is SessionAct.REINSTATE else frozenset()
    said: Said = {}
    told = [
        (registration, due(registration, said))
        for registration in _people_of(session)
        if registration.id not in seated_now and _is_concerned(registration, content)
    ]
    added = {fact.number for fact in content.facts if fact.what is What.ADDED}
    return Effect(
        content,
        tuple(_told(registration, dues, added) for registration, dues in told),
        tuple(_other_mail(mail) for mail in queued),
        tuple(_clashes(session, content)),
        tuple(registration.id for registration, _dues in told),
    )


@contextmanager
def _mails_queued() -> Iterator[list[OutboxMail]]:
    """The mails that are put into the outbox meanwhile, by this unit of work alone."""
    queued: list[OutboxMail] = []

    def note(session: Session, _context: object) -> None:
        queued.extend(each for each in session.new if isinstance(each, OutboxMail))

    event.listen(db.session(), "after_flush", note)
    try:
        yield queued
    finally:
        event.remove(db.session(), "after_flush", note)


def _let_move_up(session: TrainingSession) -> frozenset[int]:
    """Seats left while the session was cancelled go to who waits; their mail about the seat says all of it."""
    waiting = _waiting_ids(session)
    move_up(session)
    db.session.flush()
    return waiting - _waiting_ids(session)


def _waiting_ids(session: TrainingSession) -> frozenset[int]:
    query = select(Registration.id).where(
        Registration.session_id == session.id, Registration.state == RegistrationState.WAITLISTED
    )
    return frozenset(db.session.scalars(query))


def _people_of(session: TrainingSession) -> list[Registration]:
    """Everybody who has not left, in their order, with what their calendars were told, in two queries."""
    query = (
        select(Registration)
        .join(Registration.person)
        .where(Registration.session_id == session.id, Registration.state.in_(ACTIVE), Person.erased_at.is_(None))
        .options(subqueryload(Registration.invitations))
        .order_by(Registration.place)
        .execution_options(populate_existing=True)
    )
    return list(db.session.scalars(query))


def _is_concerned(registration: Registration, content: Content) -> bool:
    """The link to join is the business of those who have it."""
    return registration.state in SEATED or not content.is_link_alone()


def _told(registration: Registration, dues: Sequence[Due], added: Collection[int | None]) -> Told:
    return Told(
        registration.public_id,
        registration.name,
        registration.language,
        registration.zone,
        registration.state,
        tuple(_calendar_change(each, added) for each in dues),
    )


def _calendar_change(each: Due, added: Collection[int | None]) -> CalendarChange:
    meeting = each.meeting
    assert meeting.starts_at is not None
    assert meeting.ends_at is not None
    return CalendarChange(
        meeting.number,
        each.method.value,
        each.sequence,
        meeting.starts_at,
        meeting.ends_at,
        each.is_single,
        "" if meeting.number in added else each.told_digest,
    )


def _other_mail(mail: OutboxMail) -> OtherMail:
    to = message_from_bytes(mail.content or b"", policy=SMTP)["To"]
    name = to.addresses[0].display_name if to is not None and to.addresses else ""
    return OtherMail(name, mail.recipient, mail.language, mail.kind, mail.subject)


def _clashes(session: TrainingSession, content: Content) -> list[Clash]:
    """What stands against the new times; against all that are to come where there are new trainers."""
    planned = planned_of(session)
    times = [times for times in planned.meetings if times[1] > now()]
    if not content.has(What.TRAINERS, What.REINSTATED):
        new = {fact.after for fact in content.facts if fact.after is not None}
        times = [each for each in times if each in new]
    if not times or content.has(What.CANCELLED):
        return []
    ahead = replace(planned, meetings=tuple(times))
    found = clashes_of(ahead, facts_for([ahead]), now())
    return in_order(clash for each in found for clash in each if clash.kind not in SAID_ELSEWHERE)


def _samples(effect: Effect) -> dict[str, Rendered]:
    """One mail for each language among the people: that of the first with a calendar change, else of the first."""
    chosen: dict[str, tuple[int, Told]] = {}
    for registration_id, told in zip(effect.ids, effect.people, strict=True):
        known = chosen.get(told.language)
        if known is None or (told.changes and not known[1].changes):
            chosen[told.language] = (registration_id, told)
    return {
        language: sample_of(
            db.session.get_one(Registration, registration_id),
            effect.content,
            has_calendar=any(change.is_single for change in told.changes),
        )
        for language, (registration_id, told) in chosen.items()
    }


def moves_of(content: Content) -> list[tuple[int, Times | None, Times | None]]:
    """The meetings whose time or status a change alters: number, time before, time after."""
    return [
        (fact.number, fact.before, None if fact.what is What.MEETING_CANCELLED else fact.after)
        for fact in content.facts
        if fact.number is not None
    ]
