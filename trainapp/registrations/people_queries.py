"""The people of a session as those who run it look at them: narrowed, counted, and with what became of their mails."""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import ColumnElement, Select, and_, exists, func, or_, select
from sqlalchemy.orm import joinedload, selectinload, subqueryload

from trainapp.accounts.models import EmailAddress, Person
from trainapp.accounts.queries import may
from trainapp.catalogue.models import Course
from trainapp.core.access import Permission
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import NotFound
from trainapp.mail.models import OutboxMail
from trainapp.offices.models import Office
from trainapp.registrations.mail_queries import MailTrouble, bounced_at, has_dead_mail
from trainapp.registrations.models import (
    ACTIVE,
    SEATED,
    Invitation,
    InvitationMethod,
    Registration,
    RegistrationState,
    Reply,
)
from trainapp.scheduling.models import (
    Meeting,
    MeetingState,
    SessionState,
    SessionSubject,
    SessionTrainer,
    TeachingState,
    TrainingSession,
)
from trainapp.scheduling.queries import may_manage, session_by_code

PAGE_SIZE = 50


@dataclass(frozen=True)
class PeopleFilter:
    """What the list is narrowed to; None narrows nothing. `office` and `language` are codes, `words` part of a name."""

    state: RegistrationState | None = None
    office: str | None = None
    language: str | None = None
    reply: Reply | None = None
    trouble: MailTrouble | None = None
    words: str | None = None


@dataclass(frozen=True)
class Selection:
    """Some people of a session by their public ids, or where these are None all whom a filter leaves."""

    public_ids: tuple[str, ...] | None
    wanted: PeopleFilter = PeopleFilter()


@dataclass(frozen=True)
class PeoplePage:
    """One page of the list; `total` counts all that fit, pages count from 1."""

    registrations: list[Registration]
    total: int
    number: int
    pages: int


@dataclass(frozen=True)
class PeopleCounts:
    """How many people are in each state, gave each reply to at least one meeting, and have trouble with mails."""

    states: dict[RegistrationState, int]
    replies: dict[Reply, int]
    troubles: dict[MailTrouble, int]

    @property
    def seats(self) -> int:
        return sum(self.states.get(state, 0) for state in SEATED)

    @property
    def everybody(self) -> int:
        return sum(self.states.values())


@dataclass(frozen=True)
class Reader:
    """Somebody who can be written to."""

    id: int
    public_id: str
    language: str
    state: RegistrationState


def session_to_run(person: Person, code: str) -> TrainingSession:
    """The session, for who coordinates or teaches it. Raises `NotFound` for everybody else."""
    session = session_by_code(code)
    if not may_manage(person, session):
        raise NotFound()
    return session


def people_page(session: TrainingSession, wanted: PeopleFilter, page: int) -> PeoplePage:
    """The people who fit, in the order they came, with all that the list shows of them."""
    conditions = _conditions(session, wanted)
    total = _how_many(conditions)
    pages = max(1, -(-total // PAGE_SIZE))
    number = min(max(1, page), pages)
    query = (
        _with_all_shown(select(Registration).where(*conditions))
        .order_by(Registration.place)
        .limit(PAGE_SIZE)
        .offset((number - 1) * PAGE_SIZE)
    )
    return PeoplePage(list(db.session.scalars(query)), total, number, pages)


def people_fitting(session: TrainingSession, wanted: PeopleFilter) -> list[Registration]:
    """All who fit, for a file: in a fixed number of queries, however many they are."""
    query = (
        select(Registration)
        .where(*_conditions(session, wanted))
        .options(
            joinedload(Registration.office),
            joinedload(Registration.nominated_by),
            joinedload(Registration.substitute_for),
            joinedload(Registration.person).subqueryload(Person.addresses),
            subqueryload(Registration.invitations),
        )
        .order_by(Registration.place)
    )
    return list(db.session.scalars(query))


def people_chosen(session: TrainingSession, selection: Selection) -> list[Registration]:
    """Those of a selection who are people of this session, in the order they came; without their mails and replies."""
    query = select(Registration).where(*_chosen(session, selection)).options(joinedload(Registration.office))
    return list(db.session.scalars(query.order_by(Registration.place)))


def _chosen(session: TrainingSession, selection: Selection) -> list[ColumnElement[bool]]:
    if selection.public_ids is None:
        return _conditions(session, selection.wanted)
    known = [each for each in selection.public_ids if each.isascii() and each.isprintable()]
    return [Registration.session_id == session.id, Registration.public_id.in_(known)]


def readers_chosen(session: TrainingSession, selection: Selection) -> list[Reader]:
    """Those of a selection who can be written to, in the order they came."""
    return _readers(_chosen(session, selection))


def readers_taking_part(session: TrainingSession) -> list[Reader]:
    """Everybody who has not left."""
    return _readers([Registration.session_id == session.id, Registration.state.in_(ACTIVE)])


def readers_named(session: TrainingSession, public_ids: Iterable[str]) -> list[Reader]:
    return readers_chosen(session, Selection(tuple(public_ids)))


def _readers(conditions: list[ColumnElement[bool]]) -> list[Reader]:
    query = (
        select(Registration.id, Registration.public_id, Registration.language, Registration.state)
        .join(Registration.person)
        .where(*conditions, Person.erased_at.is_(None), Person.addresses.any())
        .order_by(Registration.place)
        .execution_options(populate_existing=True)
    )
    return [Reader(*row) for row in db.session.execute(query)]


def people_counts(session: TrainingSession) -> PeopleCounts:
    """What stands above the list."""
    states = db.session.execute(
        select(Registration.state, func.count())
        .where(Registration.session_id == session.id)
        .group_by(Registration.state)
    )
    replies = db.session.execute(
        select(Invitation.reply, func.count(Invitation.registration_id.distinct()))
        .join(Invitation.registration)
        .where(Registration.session_id == session.id, _IS_INVITED)
        .group_by(Invitation.reply)
    )
    troubles = {each: _how_many(_conditions(session, PeopleFilter(trouble=each))) for each in MailTrouble}
    return PeopleCounts(dict(states.all()), dict(replies.all()), troubles)


def offices_of_people(session: TrainingSession) -> list[Office]:
    of_people = select(Registration.office_id).where(Registration.session_id == session.id)
    return list(db.session.scalars(select(Office).where(Office.id.in_(of_people))))


def languages_of_people(session: TrainingSession) -> list[str]:
    query = select(Registration.language).where(Registration.session_id == session.id).distinct()
    return list(db.session.scalars(query))


def registration_to_run(session: TrainingSession, public_id: str) -> Registration:
    """One person of a session with all their page shows. Raises `NotFound`."""
    registration = db.session.scalar(
        _with_all_shown(select(Registration))
        .where(Registration.session_id == session.id, Registration.public_id == public_id)
        .options(
            selectinload(Registration.invitations).joinedload(Invitation.meeting),
            selectinload(Registration.invitations).joinedload(Invitation.mail).load_only(OutboxMail.state),
        )
    )
    if registration is None:
        raise NotFound()
    return registration


def substitute_of(registration: Registration) -> Registration | None:
    """Who comes instead of somebody."""
    return db.session.scalar(
        select(Registration).where(Registration.substitute_for_id == registration.id).order_by(Registration.id.desc())
    )


def person_names(ids: Iterable[int | None]) -> dict[int, str]:
    """The names of people by id."""
    wanted = {each for each in ids if each is not None}
    rows = db.session.execute(select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return dict(rows.all())


def sessions_to_move_to(actor: Person, session: TrainingSession) -> list[TrainingSession]:
    """The other sessions to come that the actor runs too, with what their titles are made of."""
    is_to_come = exists().where(
        Meeting.session_id == TrainingSession.id, Meeting.state == MeetingState.PLANNED, Meeting.ends_at > now()
    )
    query = (
        select(TrainingSession)
        .where(TrainingSession.id != session.id, TrainingSession.state == SessionState.PUBLISHED, is_to_come)
        .options(
            joinedload(TrainingSession.course).subqueryload(Course.texts),
            subqueryload(TrainingSession.subjects).joinedload(SessionSubject.subject),
        )
        .order_by(TrainingSession.first_day, TrainingSession.code)
    )
    if not may(actor, Permission.COORDINATE):
        teaches = and_(SessionTrainer.person_id == actor.id, SessionTrainer.state != TeachingState.DECLINED)
        query = query.where(TrainingSession.teaching.any(teaches))
    return list(db.session.scalars(query))


_IS_INVITED = Invitation.method == InvitationMethod.REQUEST
"""What a calendar was asked to answer; meetings taken back, and those in a file alone, have no reply."""


def _conditions(session: TrainingSession, wanted: PeopleFilter) -> list[ColumnElement[bool]]:
    found: list[ColumnElement[bool]] = [Registration.session_id == session.id]
    if wanted.state is not None:
        found.append(Registration.state == wanted.state)
    if wanted.office is not None:
        found.append(Registration.office.has(Office.code == wanted.office))
    if wanted.language is not None:
        found.append(Registration.language == wanted.language)
    if wanted.reply is not None:
        found.append(Registration.invitations.any(and_(_IS_INVITED, Invitation.reply == wanted.reply)))
    if wanted.trouble is MailTrouble.CAME_BACK:
        found.append(bounced_at().is_not(None))
    if wanted.trouble is MailTrouble.NOT_DELIVERED:
        found.append(has_dead_mail(session))
    if wanted.words:
        found.append(_says(wanted.words))
    return found


def _says(words: str) -> ColumnElement[bool]:
    """Part of a name or address. SQLite folds only ASCII, so other spellings of the same words are looked for too."""
    spellings = {words, words.lower(), words.upper(), words.title()}
    return or_(
        *(Registration.name.icontains(each, autoescape=True) for each in sorted(spellings)),
        Registration.person.has(Person.addresses.any(EmailAddress.normalized.icontains(words, autoescape=True))),
    )


def _how_many(conditions: list[ColumnElement[bool]]) -> int:
    return db.session.scalar(select(func.count()).select_from(Registration).where(*conditions)) or 0


def _with_all_shown(query: Select[Registration]) -> Select[Registration]:
    return query.options(
        joinedload(Registration.office),
        joinedload(Registration.nominated_by),
        joinedload(Registration.substitute_for),
        joinedload(Registration.person).selectinload(Person.addresses),
        selectinload(Registration.invitations),
    )
