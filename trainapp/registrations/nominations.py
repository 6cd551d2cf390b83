"""Offices name people for a session: one by one, or many in a list that is read, checked, looked at and confirmed.

Nothing of a list is registered before its maker confirms it; then the worker registers it row by row in its order, each
batch in a unit of work of its own, and goes on where it was after any interruption.
"""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import delete, insert, select
from sqlalchemy.exc import OperationalError

from trainapp.accounts.models import Person
from trainapp.core.addresses import normalize_address
from trainapp.core.audit import record_act
from trainapp.core.clock import now, today
from trainapp.core.database import db
from trainapp.core.errors import Conflict, DomainError, NotFound
from trainapp.core.languages import lazy
from trainapp.core.logs import log
from trainapp.offices.models import Office
from trainapp.registrations.decisions import hold
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.registrations.nomination_checks import Rights, judge
from trainapp.registrations.nomination_columns import MOST_PEOPLE, Given
from trainapp.registrations.nomination_models import ListSource, NominationList, NominationRow, RowVerdict
from trainapp.registrations.nomination_queries import (
    held_list,
    known_to,
    neighbour_in_line,
    next_list,
    next_rows,
    row_of,
    verdicts_of,
)
from trainapp.registrations.queries import next_place
from trainapp.registrations.service import Details, nominate
from trainapp.scheduling.models import RegistrationPolicy, TrainingSession
from trainapp.scheduling.queries import takes_registrations

BATCH = 30
"""People in one unit of work: about a second, for which others who write wait on SQLite."""
KEPT = timedelta(days=30)
"""How long a list is kept that nobody confirms, and any list after its session."""


def takes_nominations(session: TrainingSession) -> bool:
    return session.policy is RegistrationPolicy.NOMINATION and takes_registrations(session)


def _refuse_while_closed(session: TrainingSession) -> None:
    if not takes_nominations(session):
        raise DomainError(lazy("Nobody can be named for this session at this time."))


def name_person(actor: Person, session: TrainingSession, details: Details) -> None:
    """Name one person. Raises `DomainError` on `email` for somebody who is on the actor's own list already."""
    if known_to(actor, session, {normalize_address(details.address)}):
        raise DomainError(lazy("This person is registered for the session already."), "email")
    registration = nominate(actor, session, details)
    at = now()
    found = NominationList(
        session_id=session.id,
        office_id=details.office.id if details.office else None,
        person_id=actor.id,
        source=ListSource.FORM,
        checked_at=at,
        confirmed_at=at,
        finished_at=at,
    )
    row = NominationRow(nomination_list=found, number=1, verdict=RowVerdict.NEW, registration=registration, done_at=at)
    _write(row, details)
    db.session.add_all([found, row])


def _write(row: NominationRow, details: Details) -> None:
    row.name, row.address = details.name, details.address
    row.language, row.zone = details.language, details.zone
    row.office_id = details.office.id if details.office else None


def keep_list(
    actor: Person,
    session: TrainingSession,
    people: Sequence[Given],
    *,
    source: ListSource,
    office: Office | None = None,
    language: str = "",
    file_name: str = "",
) -> NominationList:
    """Keep a list as it was given, to be checked; `office` and `language` are of those for whom it names none.

    Raises `DomainError` while nobody can be named, and on `office` for one that is not the actor's.
    """
    _refuse_while_closed(session)
    if not Rights.of(actor).hold_for(office.id if office else None):
        raise DomainError(lazy("You can name people of your own office only."), "office")
    found = NominationList(session=session, office=office, person=actor, source=source, file_name=file_name)
    db.session.add(found)
    db.session.flush()
    common = {"list_id": found.id, "office_id": found.office_id, "language": language}
    rows: list[dict[str, Any]] = [
        {**common, "number": given.number, "given": given.texts, "problems": []} for given in people
    ]
    db.session.execute(insert(NominationRow), rows)
    return found


def _to_be_confirmed(found: NominationList) -> NominationList:
    held = held_list(found)
    if held.confirmed_at is not None:
        raise Conflict(lazy("This list is confirmed already."))
    if held.checked_at is None:
        raise Conflict(lazy("This list is still being checked."))
    return held


def mend(found: NominationList, number: int, details: Details) -> NominationRow:
    """Write a row anew as its maker means it. Raises `Conflict` once the list is confirmed."""
    held = _to_be_confirmed(found)
    row = row_of(held, number)
    if not Rights.of(held.person).hold_for(details.office.id if details.office else None):
        raise DomainError(lazy("You can name people of your own office only."), "office")
    before = normalize_address(row.address)
    _write(row, details)
    row.problems, row.verdict = [], None
    db.session.flush()
    judge(held, [row])
    _judge_joined_anew(held, before)
    return row


def leave_out(found: NominationList, number: int) -> None:
    """Take a row off a list. Raises `Conflict` once the list is confirmed."""
    held = _to_be_confirmed(found)
    row = row_of(held, number)
    db.session.delete(row)
    db.session.flush()
    _judge_joined_anew(held, normalize_address(row.address))


def _judge_joined_anew(held: NominationList, address: str) -> None:
    """A row that was joined to another may count by itself once that one is gone, or says something else."""
    db.session.flush()
    joined = next_rows(held, MOST_PEOPLE, NominationRow.verdict == RowVerdict.DUPLICATE)
    judge(held, [row for row in joined if normalize_address(row.address) == address])


def confirm_list(found: NominationList) -> None:
    """Let the worker name everybody whose row is right. Confirming twice is confirming once.

    Raises `Conflict` while the list is being checked, `DomainError` where it names nobody new, or nobody can be named.
    """
    held = held_list(found)
    if held.confirmed_at is not None:
        return
    held = _to_be_confirmed(held)
    _refuse_while_closed(held.session)
    new = verdicts_of(held).get(RowVerdict.NEW, 0)
    if not new:
        raise DomainError(lazy("There is nobody new to name in this list."))
    held.confirmed_at = now()
    record_act(held.person_id, "nominations confirmed", f"nomination_list:{held.id}", after={"people": new})


def discard_list(found: NominationList) -> None:
    """Delete a list that is not confirmed, with all its rows. Raises `Conflict` once it is."""
    held = held_list(found)
    if held.confirmed_at is not None:
        raise Conflict(lazy("This list is confirmed already."))
    _delete([held.id])


def register_nominated() -> None:
    """The next people of the oldest list that is confirmed, in its order."""
    found = next_list(NominationList.confirmed_at.is_not(None), NominationList.finished_at.is_(None))
    if found is None:
        return
    rows = next_rows(found, BATCH, NominationRow.verdict == RowVerdict.NEW, NominationRow.done_at.is_(None))
    for row in rows:
        _register(row, found)
    if len(rows) < BATCH:
        found.finished_at = now()


def _register(row: NominationRow, found: NominationList) -> None:
    """One person; where nobody can be named any more, the row says so. One that fails holds up no other."""
    details = Details(row.name, row.address, row.language, row.zone, row.office)
    try:
        with db.session.begin_nested():
            row.registration = nominate(found.person, found.session, details)
    except (DomainError, NotFound):
        row.verdict, row.problems = RowVerdict.PROBLEM, ["closed"]
    except OperationalError:  # the database's, not the row's: the whole batch is tried again
        raise
    except Exception:
        log.exception("a person could not be named", extra={"row": row.id})
        row.verdict, row.problems = RowVerdict.PROBLEM, ["failed"]
    row.done_at = now()


def move_in_line(actor: Person, registration: Registration, *, is_up: bool) -> None:
    """Let somebody who waits change places with the next of their own office; nobody else's place changes.

    Raises `NotFound` for who does not speak for the office, `Conflict` for somebody who waits no more.
    """
    registration, session = hold(actor, registration)
    if registration.state is not RegistrationState.WAITLISTED or registration.office_id is None:
        raise Conflict(lazy("This person is not on the waiting list any more."))
    other = neighbour_in_line(registration, is_before=is_up)
    if other is None:
        return
    first, second = registration.place, other.place
    registration.place = next_place(session)  # the two places are never taken twice, not even for a moment
    db.session.flush()
    other.place = first
    db.session.flush()
    registration.place = second
    record_act(actor.id, "order changed", f"registration:{registration.id}", {"place": first}, {"place": second})


def forget_old_lists() -> None:
    """Delete lists that nobody confirmed in time, and those of sessions long over: they hold names and addresses."""
    abandoned = select(NominationList.id).where(
        NominationList.confirmed_at.is_(None), NominationList.created_at < now() - KEPT
    )
    past = (
        select(NominationList.id)
        .join(TrainingSession)
        .where(NominationList.finished_at.is_not(None), TrainingSession.last_day < today() - KEPT)
    )
    _delete([*db.session.scalars(abandoned), *db.session.scalars(past)])


def _delete(ids: Sequence[int]) -> None:
    db.session.execute(delete(NominationRow).where(NominationRow.list_id.in_(ids)))
    db.session.execute(delete(NominationList).where(NominationList.id.in_(ids)))
