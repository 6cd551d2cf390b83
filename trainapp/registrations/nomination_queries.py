"""Reads about lists of people, and about the people an office has in a session."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, func, or_, select
from sqlalchemy.orm import joinedload, selectinload

from trainapp.accounts.models import EmailAddress, Person
from trainapp.accounts.queries import may, offices_spoken_for
from trainapp.core.access import Permission
from trainapp.core.addresses import normalize_address
from trainapp.core.database import db
from trainapp.core.errors import NotFound
from trainapp.offices.models import Office
from trainapp.registrations.models import ACTIVE, SEATED, Invitation, Registration, RegistrationState
from trainapp.registrations.nomination_models import NominationList, NominationRow, RowVerdict
from trainapp.registrations.queries import registration_by_public_id
from trainapp.scheduling.models import TrainingSession
from trainapp.scheduling.queries import PUBLIC_STATES, may_nominate, session_by_code

PAGE_SIZE = 50
GOOD = (RowVerdict.NEW, RowVerdict.KNOWN)
"""Rows whose address is taken within their list."""


@dataclass(frozen=True)
class PageOf:
    """Where a page stands among the pages of a list; they count from 1."""

    number: int
    pages: int
    total: int

    @property
    def offset(self) -> int:
        return (self.number - 1) * PAGE_SIZE


@dataclass(frozen=True)
class Share:
    """What an office has of a session's seats, and the places of the first and the last of its people who wait."""

    office: Office
    seated: int
    waiting: int
    first_waiting: int | None
    last_waiting: int | None


def session_to_nominate(person: Person, code: str) -> TrainingSession:
    """A session for which a person names people, which the public sees. Raises `NotFound` for everybody else."""
    session = session_by_code(code)
    if session.state not in PUBLIC_STATES or not may_nominate(person, session):
        raise NotFound()
    return session


def offices_named_for(person: Person, session: TrainingSession) -> list[Office]:
    """The offices whose people a person names by right: a coordinator for all that have a part in the session."""
    parts = {part.office_id: part.office for part in session.offices}
    if may(person, Permission.COORDINATE):
        return list(parts.values())
    spoken_for = offices_spoken_for(person)
    return [office for office_id, office in parts.items() if office_id in spoken_for]


def _seen_by(person: Person, session: TrainingSession) -> list[ColumnElement[bool]]:
    conditions: list[ColumnElement[bool]] = [Registration.session_id == session.id]
    if not may(person, Permission.COORDINATE):
        ids = [office.id for office in offices_named_for(person, session)]
        conditions.append(Registration.office_id.in_(ids))
    return conditions


def people_named(
    person: Person, session: TrainingSession, office: Office | None, page: int
) -> tuple[list[Registration], PageOf]:
    """One page of an office's people in a session, in their order, with their replies; of all offices where None."""
    conditions = _seen_by(person, session)
    if office is not None:
        conditions.append(Registration.office_id == office.id)
    where = _page_of(db.session.scalar(select(func.count()).select_from(Registration).where(*conditions)), page)
    query = (
        select(Registration)
        .where(*conditions)
        .options(
            joinedload(Registration.person).selectinload(Person.addresses),
            joinedload(Registration.office),
            joinedload(Registration.substitute_for),
            selectinload(Registration.invitations).joinedload(Invitation.meeting),
        )
        .order_by(Registration.place)
        .limit(PAGE_SIZE)
        .offset(where.offset)
    )
    return list(db.session.scalars(query)), where


def person_named(person: Person, session: TrainingSession, public_id: str) -> Registration:
    """One of them, whom somebody named: who came by themselves decides for themselves. Raises `NotFound`."""
    found = registration_by_public_id(public_id)
    seen = found is not None and db.session.scalar(
        select(Registration.id).where(Registration.id == found.id, *_seen_by(person, session))
    )
    if found is None or not seen or (found.nominated_by_id is None and found.state in ACTIVE):
        raise NotFound()
    return found


def shares_of(person: Person, session: TrainingSession) -> list[Share]:
    """The seats of each office whose people a person names."""
    is_waiting = Registration.state == RegistrationState.WAITLISTED
    rows = db.session.execute(
        select(
            Registration.office_id,
            func.count().filter(Registration.state.in_(SEATED)),
            func.count().filter(is_waiting),
            func.min(Registration.place).filter(is_waiting),
            func.max(Registration.place).filter(is_waiting),
        )
        .where(Registration.session_id == session.id)
        .group_by(Registration.office_id)
    )
    found = {office_id: tuple(counts) for office_id, *counts in rows}
    return [Share(office, *found.get(office.id, (0, 0, None, None))) for office in offices_named_for(person, session)]


def neighbour_in_line(registration: Registration, *, is_before: bool) -> Registration | None:
    """Who of the same office waits right before or after somebody."""
    place = Registration.place
    query = select(Registration).where(
        Registration.session_id == registration.session_id,
        Registration.office_id == registration.office_id,
        Registration.state == RegistrationState.WAITLISTED,
        place < registration.place if is_before else place > registration.place,
    )
    return db.session.scalar(query.order_by(place.desc() if is_before else place).limit(1))


def known_to(person: Person, session: TrainingSession, addresses: Collection[str]) -> set[str]:
    """Those of the normalized addresses whose people are in the session, as far as a person may know.

    A focal point knows of the people of their own offices; whether somebody came otherwise stays theirs to say.
    """
    query = (
        select(EmailAddress.normalized)
        .join(Registration, Registration.person_id == EmailAddress.person_id)
        .where(EmailAddress.normalized.in_(addresses), Registration.state.in_(ACTIVE), *_seen_by(person, session))
    )
    return set(db.session.scalars(query))


def list_of(person: Person, session: TrainingSession, public_id: str) -> NominationList:
    """A list that a person made for a session. Raises `NotFound`: a list is its maker's alone."""
    found = (
        db.session.scalar(
            select(NominationList)
            .where(NominationList.public_id == public_id)
            .options(joinedload(NominationList.office), joinedload(NominationList.person))
        )
        if public_id.isascii() and public_id.isprintable()
        else None
    )
    if found is None or found.person_id != person.id or found.session_id != session.id:
        raise NotFound()
    return found


def lists_not_finished(person: Person, session: TrainingSession) -> list[NominationList]:
    """A person's own lists that still wait for something, the newest first."""
    query = select(NominationList).where(
        NominationList.session_id == session.id,
        NominationList.person_id == person.id,
        NominationList.finished_at.is_(None),
    )
    return list(db.session.scalars(query.order_by(NominationList.id.desc()).limit(PAGE_SIZE)))


def held_list(found: NominationList) -> NominationList:
    """A list as it stands now, held to the end of the unit of work. Raises `NotFound` once it is discarded."""
    held = db.session.scalar(
        select(NominationList)
        .where(NominationList.id == found.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    if held is None:
        raise NotFound()
    return held


def next_list(*conditions: ColumnElement[bool]) -> NominationList | None:
    """The oldest list of a kind, where no other worker is at it."""
    return db.session.scalar(
        select(NominationList).where(*conditions).order_by(NominationList.id).limit(1).with_for_update(skip_locked=True)
    )


def row_of(found: NominationList, row_number: int) -> NominationRow:
    """A row of a list by its number in the sheet. Raises `NotFound`."""
    row = db.session.scalar(
        select(NominationRow).where(NominationRow.list_id == found.id, NominationRow.number == row_number)
    )
    if row is None:
        raise NotFound()
    return row


def rows_page(found: NominationList, verdict: RowVerdict | None, page: int) -> tuple[list[NominationRow], PageOf]:
    """One page of a list's rows, of one verdict where given."""
    conditions = [NominationRow.list_id == found.id]
    if verdict is not None:
        conditions.append(NominationRow.verdict == verdict)
    where = _page_of(db.session.scalar(select(func.count()).select_from(NominationRow).where(*conditions)), page)
    query = select(NominationRow).where(*conditions).options(joinedload(NominationRow.office))
    rows = db.session.scalars(query.order_by(NominationRow.number).limit(PAGE_SIZE).offset(where.offset))
    return list(rows), where


def next_rows(found: NominationList, most: int, *conditions: ColumnElement[bool]) -> Sequence[NominationRow]:
    query = select(NominationRow).where(NominationRow.list_id == found.id, *conditions)
    return db.session.scalars(query.order_by(NominationRow.number).limit(most)).all()


def verdicts_of(found: NominationList) -> dict[RowVerdict | None, int]:
    """How many rows have each verdict; None counts those not checked yet."""
    query = (
        select(NominationRow.verdict, func.count().label("rows"))
        .where(NominationRow.list_id == found.id)
        .group_by(NominationRow.verdict)
    )
    return {row.verdict: row.rows for row in db.session.execute(query)}


def rows_done(found: NominationList) -> int:
    query = select(func.count()).where(NominationRow.list_id == found.id, NominationRow.done_at.is_not(None))
    return db.session.scalar(query) or 0


def addresses_taken(found: NominationList) -> set[str]:
    """The normalized addresses of a list's good rows."""
    query = select(NominationRow.address).where(NominationRow.list_id == found.id, NominationRow.verdict.in_(GOOD))
    return {normalize_address(address) for address in db.session.scalars(query)}


def named_elsewhere(person: Person, session: TrainingSession) -> list[NominationRow]:
    """People whom a person's offices named and wrote to, and of whom their list shows nothing so far."""
    own = [office.id for office in offices_named_for(person, session)]
    query = (
        select(NominationRow)
        .join(NominationList)
        .where(
            NominationList.session_id == session.id,
            NominationRow.verdict == RowVerdict.NEW,
            NominationRow.done_at.is_not(None),
            NominationRow.registration_id.is_(None),
            or_(NominationRow.office_id.in_(own), NominationList.person_id == person.id),
        )
        .order_by(NominationRow.done_at.desc(), NominationRow.id.desc())
        .limit(PAGE_SIZE)
    )
    return list(db.session.scalars(query))


def _page_of(total: int | None, wanted: int) -> PageOf:
    pages = max(1, -(-(total or 0) // PAGE_SIZE))
    return PageOf(min(max(1, wanted), pages), pages, total or 0)
