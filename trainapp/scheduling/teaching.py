"""Asking trainers, their answers, and putting one in the place of another."""

from collections.abc import Iterable

from trainapp.accounts.models import Person
from trainapp.accounts.queries import people_who_may, trainers_by_public_id
from trainapp.core.access import Permission
from trainapp.core.audit import record_act
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import Conflict, DomainError, NotFound
from trainapp.core.languages import lazy
from trainapp.core.urls import absolute_url
from trainapp.scheduling.locks import lock_session
from trainapp.scheduling.mails import mails_before, queue_session_mail
from trainapp.scheduling.models import SessionState, SessionTrainer, TeachingState, TrainingSession
from trainapp.scheduling.queries import is_over

REASON_LIMIT = 1000
TEACHABLE = (SessionState.DRAFT, SessionState.PUBLISHED)


def ask_trainers(actor: Person, session: TrainingSession, newly: list[Person]) -> None:
    """Ask those who are new in a session whether they will teach it; who named themselves has said so."""
    db.session.flush()
    for person in newly:
        row = _row_of(session, person)
        if row is None:
            continue
        if person.id == actor.id:
            row.state, row.answered_at = TeachingState.CONFIRMED, now()
            _give_link(session, person)
        elif _takes_mail(person):
            _ask(session, person)
    db.session.flush()


def forget_answers(session: TrainingSession, people: Iterable[Person]) -> None:
    """What trainers said of a session whose times have changed was said of other times."""
    db.session.expire(session, ["teaching"])
    for person in people:
        row = db.session.get_one(SessionTrainer, (session.id, person.id))
        row.state, row.answered_at, row.reason = TeachingState.ASKED, None, ""


def release_trainers(actor: Person, session: TrainingSession, leaving: Iterable[Person]) -> None:
    """Tell those who were asked, and are no longer trainers of a session, that they do not teach it."""
    for person in leaving:
        if person.id != actor.id and _takes_mail(person):
            _tell(session, person, "teaching_ended", own_url=_own_page(person), words="")


def _ask(session: TrainingSession, person: Person, words: str = "") -> None:
    _tell(session, person, "teaching_asked", answer_url=_own_page(person), words=words)


def _give_link(session: TrainingSession, person: Person) -> None:
    """Send who will teach a published session its link to join, unless the publication or an earlier yes did so."""
    if session.state is not SessionState.PUBLISHED or not _takes_mail(person):
        return
    told = [name for name in mails_before(session, person) if name in ("teaching", "teaching_ended")]
    if not told or told[-1] == "teaching_ended":
        _tell(session, person, "teaching", join_url=session.join_url)


def _own_page(person: Person) -> str:
    return absolute_url("scheduling.trainer", public_id=person.public_id, language=person.language)


def is_asked(person: Person, session: TrainingSession) -> bool:
    """Whether a person has a part in the teaching of a session, whatever they answered."""
    return _row_of(session, person) is not None


def answer(actor: Person, session: TrainingSession, *, accepts: bool, reason: str = "") -> None:
    """A trainer says whether they will teach; who declines says why, and those who plan the session hear it.

    Who confirms a published session gets its link to join, unless they have it.
    Raises `NotFound` for somebody who is not asked, `Conflict` once the session is over or cancelled, and
    `DomainError` on `reason`.
    """
    session = lock_session(session.id)
    row = _row_of(session, actor)
    if row is None:
        raise NotFound()
    refuse_if_closed(session)
    reason = "" if accepts else reason.strip()
    if not accepts and not reason:
        raise DomainError(lazy("Please write why, so that somebody else can be found."), "reason")
    before = row.state
    state = TeachingState.CONFIRMED if accepts else TeachingState.DECLINED
    if (before, row.reason) == (state, reason):
        return
    row.state, row.reason, row.answered_at = state, reason, now()
    if TeachingState.DECLINED in (before, state):
        session.revised_at = now()  # its page does not name who declined
    db.session.flush()
    _note(actor, session, "teaching answered", {actor.public_id: before.value}, {actor.public_id: state.value})
    if accepts:
        _give_link(session, actor)
    else:
        _tell_planners(actor, session, "teaching_declined", trainer=actor.name, words=reason)


def substitute(actor: Person, session: TrainingSession, leaving_id: str, coming_id: str, words: str = "") -> Person:
    """Put one trainer in the place of another, who is told unless they had declined; the new one is asked, and given.

    Raises `Conflict` once the session is over or cancelled, or where the one who leaves is no trainer of it any more;
    `DomainError` on `coming` for somebody who is not a trainer, or teaches it already.
    """
    session = lock_session(session.id)
    refuse_if_closed(session)
    db.session.refresh(session, ["trainers"])
    leaving = next((person for person in session.trainers if person.public_id == leaving_id), None)
    if leaving is None:
        raise Conflict(lazy("Somebody has changed the trainers of this session. Look at it again."))
    coming = next(iter(trainers_by_public_id([coming_id])), None)
    if coming is None or coming in session.trainers:
        raise DomainError(lazy("Choose a trainer who does not teach this session yet."), "coming")
    had_declined = _has_declined(session, leaving)
    session.trainers = [person for person in session.trainers if person is not leaving] + [coming]
    session.revised_at = now()
    db.session.flush()
    db.session.expire(session, ["teaching"])
    _note(actor, session, "trainer replaced", {"trainer": leaving.public_id}, {"trainer": coming.public_id})
    if leaving.id != actor.id and _takes_mail(leaving) and not had_declined:
        _tell(session, leaving, "teaching_ended", own_url=_own_page(leaving), words=words)
    if coming.id == actor.id:
        ask_trainers(actor, session, [coming])
    elif _takes_mail(coming):
        _ask(session, coming, words)
    _tell_planners(actor, session, "teaching_replaced", leaving=leaving.name, coming=coming.name, words=words)
    return coming


def refuse_if_closed(session: TrainingSession) -> None:
    """Raises `Conflict` where nothing about the trainers of a session can change any more."""
    if session.state not in TEACHABLE or is_over(session):
        raise Conflict(lazy("This session is over or cancelled, so its trainers do not change any more."))


def _row_of(session: TrainingSession, person: Person) -> SessionTrainer | None:
    """What a trainer said about a session, as it stands now; once the session is locked it stays so."""
    return db.session.get(SessionTrainer, (session.id, person.id), populate_existing=True)


def _has_declined(session: TrainingSession, person: Person) -> bool:
    row = _row_of(session, person)
    return row is not None and row.state is TeachingState.DECLINED


def _tell_planners(actor: Person, session: TrainingSession, name: str, **more: str) -> None:
    """Tell the colleagues who look after the requests of a session; where there are none, everybody who plans."""
    planners = people_who_may(Permission.COORDINATE)
    assigned = {request.assigned_to_id for request in session.requests}
    for person in [each for each in planners if each.id in assigned] or planners:
        if person.id != actor.id and _takes_mail(person):
            url = absolute_url("scheduling.substitute_trainer", code=session.code, language=person.language)
            _tell(session, person, name, replace_url=url, **more)


def _tell(session: TrainingSession, person: Person, name: str, **more: str) -> None:
    """Mail a person each time, however soon after the last: who was replaced may be asked again at once."""
    cause = f":{now():%Y%m%dT%H%M%SZ}-{mails_before(session, person).count(name)}"
    queue_session_mail(session, person, name, cause, **more)


def _takes_mail(person: Person) -> bool:
    return person.erased_at is None and bool(person.addresses)


def _note(actor: Person, session: TrainingSession, action: str, before: dict[str, str], after: dict[str, str]) -> None:
    record_act(actor.id, action, f"session:{session.id}", before, after)
