"""What those who run a session, and offices, decide about people: who comes, who does not, who comes elsewhere.

Whoever changed since a list was shown is left as they are, and counted as skipped.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from trainapp.accounts.models import Person
from trainapp.accounts.queries import offices_spoken_for
from trainapp.core.audit import record_act
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import Conflict, DomainError, NotFound
from trainapp.core.languages import lazy
from trainapp.registrations.decision_notices import tell_of_approval, tell_of_move, tell_of_refusal, tell_of_withdrawal
from trainapp.registrations.models import ACTIVE, SEATED, Registration, RegistrationState
from trainapp.registrations.notices import tell_of_registration
from trainapp.registrations.queries import registration_by_id, registration_of, registrations_named
from trainapp.registrations.service import refuse_when_not_to_come, refuse_when_over
from trainapp.registrations.waiting_list import apply_for_place, leave, move_up, settle, take_place
from trainapp.scheduling.models import RegistrationPolicy, TrainingSession
from trainapp.scheduling.queries import may_manage, may_nominate
from trainapp.scheduling.service import lock_session

REASON_LIMIT = 1000


@dataclass
class Outcome:
    """How many of those named got a seat, wait for one or for approval, were declined, and were left as they were."""

    seated: int = 0
    waiting: int = 0
    declined: int = 0
    skipped: int = 0

    def count(self, registration: Registration) -> None:
        """Count somebody by what they have now."""
        if registration.state in SEATED:
            self.seated += 1
        elif registration.state in ACTIVE:
            self.waiting += 1
        else:
            self.declined += 1


def approve(actor: Person, session: TrainingSession, public_ids: Iterable[str]) -> Outcome:
    """Give applicants a seat, or their place in line, in the order in which they applied; each gets a mail.

    Raises `NotFound` for who may not manage the session, `DomainError` for one that is not to come.
    """

    def one(registration: Registration, session: TrainingSession) -> bool:
        if registration.state is not RegistrationState.APPLIED:
            return False
        settle(registration, session)
        _note_decision(actor, registration, "application approved")
        tell_of_approval(registration)
        return True

    return _decide(actor, session, public_ids, one, only_to_come=True)


def decline(actor: Person, session: TrainingSession, public_ids: Iterable[str], reason: str = "") -> Outcome:
    """Say no to people, whatever they have; `reason` stands in their mail. Their seats go to those who wait.

    Raises `NotFound` for who may not manage the session, `DomainError` for one that is over.
    """

    def one(registration: Registration, session: TrainingSession) -> bool:
        before = registration.state
        if before not in ACTIVE:
            return False
        leave(registration, RegistrationState.DECLINED)
        registration.reason = reason
        _note_decision(actor, registration, "registration declined")
        tell_of_refusal(registration, before)
        return True

    return _decide(actor, session, public_ids, one)


def _decide(
    actor: Person,
    session: TrainingSession,
    public_ids: Iterable[str],
    one: Callable[[Registration, TrainingSession], bool],
    *,
    only_to_come: bool = False,
) -> Outcome:
    """Take one decision about each of the named in their order, then give the seats it made free to those who wait."""
    session = _managed(actor, session)
    (refuse_when_not_to_come if only_to_come else refuse_when_over)(session)
    wanted = set(public_ids)
    found = registrations_named(session, wanted)
    outcome = Outcome(skipped=len(wanted) - len(found))
    for registration in found:
        if one(registration, session):
            outcome.count(registration)
        else:
            outcome.skipped += 1
    move_up(session)
    return outcome


def _managed(actor: Person, session: TrainingSession) -> TrainingSession:
    session = lock_session(session.id)
    if not may_manage(actor, session):
        raise NotFound()
    return session


def _note_decision(actor: Person, registration: Registration, act: str) -> None:
    registration.decided_by_id, registration.decided_at = actor.id, now()
    after = {"state": registration.state.value} | ({"reason": registration.reason} if registration.reason else {})
    record_act(actor.id, act, f"registration:{registration.id}", after=after)
    db.session.flush()


def move_to(actor: Person, session: TrainingSession, public_ids: Iterable[str], target: TrainingSession) -> Outcome:
    """Register people in another session with what they said of themselves, and take them out of this one.

    There they get a seat or a place at the end of the line; an application stays one where people apply. Who is
    registered there already, or has left here, is skipped. Raises `NotFound` unless both sessions are the actor's to
    manage, `DomainError` for the same session twice and for a target that is not to come.
    """
    if session.id == target.id:
        raise DomainError(lazy("Choose another session than this one."), "session")
    held = {each: lock_session(each) for each in sorted((session.id, target.id))}
    session, target = held[session.id], held[target.id]
    if not may_manage(actor, session) or not may_manage(actor, target):
        raise NotFound()
    refuse_when_over(session)
    refuse_when_not_to_come(target)
    wanted = set(public_ids)
    found = registrations_named(session, wanted)
    outcome = Outcome(skipped=len(wanted) - len(found))
    for registration in found:
        moved = _move(actor, registration, target)
        if moved is None:
            outcome.skipped += 1
        else:
            outcome.count(moved)
    move_up(session)
    return outcome


def _move(actor: Person, registration: Registration, target: TrainingSession) -> Registration | None:
    there = registration_of(target, registration.person)
    if registration.state not in ACTIVE or (there is not None and there.state in ACTIVE):
        return None
    before = registration.state
    moved = _same_person_in(target, registration, there)
    is_application = before is RegistrationState.APPLIED and target.policy is RegistrationPolicy.APPROVAL
    begin = apply_for_place if is_application else take_place
    begin(moved, target, address_is_proven=registration.confirmed_at is not None)
    leave(registration)
    db.session.add(moved)
    db.session.flush()
    after = {"session": target.code, "registration": moved.id}
    record_act(actor.id, "moved to another session", f"registration:{registration.id}", after=after)
    record_act(actor.id, "moved from another session", f"registration:{moved.id}")
    tell_of_move(registration, moved)
    tell_of_registration(moved)
    return moved


def _same_person_in(target: TrainingSession, source: Registration, there: Registration | None) -> Registration:
    """A person's registration in another session, which may be one they have left before, with the same details."""
    moved = there or Registration(session=target, person=source.person)
    moved.name, moved.office = source.name, source.office
    moved.language, moved.zone = source.language, source.zone
    moved.nominated_by = source.nominated_by
    return moved


def withdraw(actor: Person, registration: Registration) -> None:
    """Take somebody off a session, by the focal point of their office or who runs it; they are told so.

    A nomination is withdrawn with it: where one is needed, the person does not come back by themselves.
    Raises `NotFound` for others, `Conflict` for somebody who has left meanwhile, `DomainError` once it is over.
    """
    registration, session = hold(actor, registration)
    if registration.state not in ACTIVE:
        raise Conflict(lazy("This person has left the session meanwhile."))
    refuse_when_over(session)
    leave(registration)
    registration.nominated_by = None
    record_act(actor.id, "taken off", f"registration:{registration.id}")
    db.session.flush()
    tell_of_withdrawal(registration)
    move_up(session)


def hold(actor: Person, registration: Registration) -> tuple[Registration, TrainingSession]:
    """A registration and its session as they stand, held; for who runs the session, or sends the people of its office.

    Who came by themselves is not the office's to send: for those too, and for others, `NotFound` is raised.
    """
    session = lock_session(registration.session_id)
    found = registration_by_id(registration.id)
    if found is None or not (may_manage(actor, session) or _may_send(actor, found, session)):
        raise NotFound()
    return found, session


def _may_send(actor: Person, registration: Registration, session: TrainingSession) -> bool:
    is_named = registration.nominated_by_id is not None or registration.state not in ACTIVE
    return is_named and registration.office_id in offices_spoken_for(actor) and may_nominate(actor, session)
