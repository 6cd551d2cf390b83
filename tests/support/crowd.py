"""Many people who register for one session at once, over real web processes, and what must be true afterwards."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter, sleep

from flask import Flask
from sqlalchemy import select

from tests.support.server import Server, Visitor
from trainapp.accounts.models import EmailAddress
from trainapp.core.database import db
from trainapp.mail.models import OutboxMail
from trainapp.registrations.models import Registration, RegistrationState

OFFICE, LANGUAGE, ZONE = "KE", "en", "Africa/Nairobi"
BUSY = 503
MOST_TRIES = 5
WAITING_LIST = "waiting list"


@dataclass(frozen=True)
class Arrivals:
    """How a crowd fared: each person's seconds from opening the form to the answer, and how often one was told 503."""

    seconds: float
    each: Sequence[float]
    told_to_try_again: int

    @property
    def p95(self) -> float:
        return sorted(self.each)[int(len(self.each) * 0.95)]


def arrive(server: Server, code: str, people: int, connections: int) -> Arrivals:
    """Let people open the form and send it, each as a browser of their own; raises where one did not succeed."""

    def one(number: int) -> tuple[float, int]:
        began = perf_counter()
        tries = _register(Visitor(server.base_url), f"/en/sessions/{code}/register", number)
        return perf_counter() - began, tries - 1

    began = perf_counter()
    with ThreadPoolExecutor(connections) as crowd:
        fared = list(crowd.map(one, range(people)))
    return Arrivals(perf_counter() - began, [seconds for seconds, _again in fared], sum(again for _s, again in fared))


def _register(visitor: Visitor, path: str, number: int) -> int:
    """How many tries it took; a person whom the server asks to wait does so, and sends the form again."""
    form = {
        "name": f"Person {number}",
        "email": f"person{number}@example.org",
        "office": OFFICE,
        "language_of_mails": LANGUAGE,
        "zone": ZONE,
    }
    for tries in range(1, MOST_TRIES + 1):
        status, _address = visitor.submit(path, form)
        if status == 200:
            return tries
        if status != BUSY:
            raise AssertionError(f"person {number} was answered {status}")
        sleep(1)
    raise AssertionError(f"person {number} was told to wait {MOST_TRIES} times")


def check_seats(app: Flask, people: int, seats: int) -> None:
    """Every seat is held, everybody else waits in order, nobody is lost or there twice, each has the right mail."""
    with app.app_context():
        came = db.session.execute(
            select(EmailAddress.address, Registration.state, Registration.place)
            .join(EmailAddress, EmailAddress.person_id == Registration.person_id)
            .order_by(Registration.place)
        ).all()
        mails = db.session.execute(select(OutboxMail.recipient, OutboxMail.subject)).all()
        db.session.rollback()
    assert [place for _address, _state, place in came] == list(range(1, people + 1)), "in order, nobody lost"
    assert len({address for address, _state, _place in came}) == people, "nobody twice"
    states = [state for _address, state, _place in came]
    assert states[:seats] == [RegistrationState.PENDING] * seats
    assert states[seats:] == [RegistrationState.WAITLISTED] * (people - seats)
    told_to_wait = sorted((recipient, WAITING_LIST in subject) for recipient, subject in mails)
    waits = sorted((address, state is RegistrationState.WAITLISTED) for address, state, _place in came)
    assert told_to_wait == waits, "one mail each, and the right one"
