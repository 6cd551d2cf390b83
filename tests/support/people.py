"""A session full of all kinds of people, what is known of each, and reading the pages about them."""

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlsplit
from xml.etree.ElementTree import Element

from sqlalchemy import select

from tests.support.client import CheckingClient
from tests.support.world import World, office_of
from trainapp.accounts.models import EmailAddress, Person
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.message import Recipient, Rendered
from trainapp.mail.models import MailState
from trainapp.mail.outbox import queue_mail
from trainapp.registrations.mailings import start_mailing
from trainapp.registrations.models import (
    SEATED,
    Invitation,
    InvitationMethod,
    MailingKind,
    Registration,
    RegistrationState,
    Reply,
)
from trainapp.scheduling.models import TrainingSession

OFFICES = ("KE", "BR", None)
SPOKEN = ("fr", "ar", "en", "ru")
NAMES = ("Amélie", "Михаил", "أمينة", "Zoë")
STATES = tuple(RegistrationState)
MAIL_STATES = (MailState.SENT, MailState.QUEUED, MailState.DEAD)


@dataclass(frozen=True)
class Known:
    """What a test knows of somebody, from having made them."""

    name: str
    address: str
    state: RegistrationState
    office: str | None
    language: str
    replies: frozenset[Reply]
    came_back: bool
    not_delivered: bool


def crowd(world: World, code: str, people: int, start: int = 0, *, mailed: bool = True) -> list[Known]:
    """People of every state, office, language and answer, in the order of their places; a mail to each if `mailed`."""
    with world.app.app_context(), unit_of_work():
        session = db.session.scalars(select(TrainingSession).where(TrainingSession.code == code)).one()
        return [_add(session, number, mailed) for number in range(start, start + people)]


def _add(session: TrainingSession, number: int, mailed: bool) -> Known:
    address = f"p{number}@example.org"
    state, office = STATES[number % len(STATES)], OFFICES[number % len(OFFICES)]
    language = SPOKEN[number // 2 % len(SPOKEN)]
    came_back = number % 11 == 3
    person = Person(name="Somebody Else", language=language, zone="UTC")
    person.addresses.append(EmailAddress(address=f"old{address}", normalized=f"old{address}", bounced_at=now()))
    person.addresses.append(
        EmailAddress(address=address, normalized=address, confirmed_at=now(), bounced_at=now() if came_back else None)
    )
    registration = Registration(
        session=session,
        person=person,
        state=state,
        place=number + 1,
        name=f"{NAMES[number % len(NAMES)]} {number:03d}",
        office=office_of(office) if office else None,
        language=language,
        zone="Africa/Nairobi",
        confirmed_at=now(),
        ended_at=now() if state in (RegistrationState.CANCELLED, RegistrationState.DECLINED) else None,
    )
    db.session.add(registration)
    db.session.flush()
    replies = _invite(registration, number) if state in SEATED else frozenset()
    is_dead = mailed and _mail(registration, address, number)
    return Known(registration.name, address, state, office, language, replies, came_back, is_dead)


def _invite(registration: Registration, number: int) -> frozenset[Reply]:
    """A row of the ledger for each meeting; the last one was taken back, and its answer no longer counts."""
    *meetings, last = registration.session.meetings
    given = [list(Reply)[(number // 6 + place) % len(Reply)] for place, _meeting in enumerate(meetings)]
    for meeting, reply in zip(meetings, given, strict=True):
        row = Invitation(meeting=meeting, sequence=0, dtstamp=now(), method=InvitationMethod.REQUEST, language="en")
        row.reply = reply
        registration.invitations.append(row)
    taken = Invitation(meeting=last, sequence=1, dtstamp=now(), method=InvitationMethod.CANCEL, language="en")
    taken.reply = Reply.TENTATIVE
    registration.invitations.append(taken)
    db.session.flush()
    return frozenset(given)


def _mail(registration: Registration, address: str, number: int) -> bool:
    """A mail to everybody, for who has a seat the one with the first invitation; says whether it is dead."""
    asked = [row for row in registration.invitations if row.method is InvitationMethod.REQUEST]
    key = f"invitation:{asked[0].id}:0:REQUEST:x" if asked else f"registration:{registration.id}:waiting:x"
    mail = queue_mail(key, Recipient("", address, "en"), Rendered(f"Mail {number}", "Text.\n", "<p>Text.</p>"))
    mail.state = MAIL_STATES[number // 3 % len(MAIL_STATES)]
    if asked:
        asked[0].mail = mail
    return mail.state is MailState.DEAD


def names_on(client: CheckingClient) -> list[str]:
    """The people of the list that the client looks at."""
    assert client.tree is not None
    heads = [cell for cell in client.tree.iter("th") if cell.get("role") == "rowheader"]
    return [text_of(next(cell.iter("a"))) for cell in heads]


def ids_on(client: CheckingClient) -> dict[str, str]:
    """The public ids of the people on the list, by name."""
    assert client.tree is not None
    boxes = [str(box.get("value")) for box in client.tree.iter("input") if box.get("name") == "person"]
    return dict(zip(names_on(client), boxes, strict=True))


def text_of(element: Element | None) -> str:
    assert element is not None
    return " ".join("".join(element.itertext()).split())


def form_on(client: CheckingClient) -> dict[str, str]:
    """What the page's form would send, without its buttons."""
    assert client.tree is not None
    form = next(each for each in client.tree.iter("form") if each.get("class") == "form")
    values = {str(each.get("name")): each.get("value") or "" for each in form.iter("input") if each.get("name")}
    values |= {str(each.get("name")): each.text or "" for each in form.iter("textarea")}
    for each in form.iter("select"):
        chosen = [option for option in each.iter("option") if option.get("selected") is not None]
        values[str(each.get("name"))] = str(chosen[0].get("value")) if chosen else ""
    return values


def query_in(url: str) -> list[tuple[str, str]]:
    return parse_qsl(urlsplit(url).query)


def registration_id(world: World, name: str) -> str:
    with world.app.app_context():
        return str(db.session.scalars(select(Registration.public_id).where(Registration.name == name)).one())


def person_in(world: World, code: str, person: str) -> str:
    """A person's registration in a session; gives its public id."""
    world.registration_link(code, person)
    with world.app.app_context():
        query = select(Registration.public_id).join(Registration.session).where(TrainingSession.code == code)
        return db.session.scalars(query).one()


def mailing_in(world: World, code: str) -> str:
    """A mailing to nobody of a session; gives its public id."""
    with world.app.app_context(), unit_of_work():
        session = db.session.scalars(select(TrainingSession).where(TrainingSession.code == code)).one()
        return start_mailing(None, session, MailingKind.THANKS, {}, []).public_id
