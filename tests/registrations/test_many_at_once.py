"""When registration opens, hundreds arrive at once: seats are never exceeded and nobody is lost."""

from concurrent.futures import ThreadPoolExecutor

from sqlalchemy import func, select

from tests.support.server import Visitor, serving
from tests.support.world import World
from trainapp.core.database import db
from trainapp.mail.models import OutboxMail
from trainapp.registrations.models import Registration, RegistrationState

PEOPLE = 200
SEATS = 50
PROCESSES = 3


def test_two_hundred_people_for_fifty_seats(world: World) -> None:
    code = world.session(capacity=SEATS)
    path = f"/en/sessions/{code}/register"

    def arrive(number: int) -> int:
        form = {
            "name": f"Person {number}",
            "email": f"person{number}@example.org",
            "office": "KE",
            "language_of_mails": "en",
            "zone": "Africa/Nairobi",
        }
        return Visitor(server.base_url).submit(path, form)[0]

    settings = {
        "TRAINAPP_DATABASE_URL": world.app.config["SETTINGS"].database_url,
        "TRAINAPP_DATA": str(world.app.config["SETTINGS"].data),
        "TRAINAPP_POSTS_PER_MINUTE": "100000",
        "TRAINAPP_LOG_LEVEL": "ERROR",
    }
    with serving(settings, processes=PROCESSES, threads=16) as server, ThreadPoolExecutor(48) as crowd:
        assert set(crowd.map(arrive, range(PEOPLE))) == {200}

    with world.app.app_context():
        by_place = list(db.session.execute(select(Registration.state, Registration.place).order_by(Registration.place)))
        assert [place for _state, place in by_place] == list(range(1, PEOPLE + 1)), "in order, nobody twice"
        states = [state for state, _place in by_place]
        assert states[:SEATS] == [RegistrationState.PENDING] * SEATS
        assert states[SEATS:] == [RegistrationState.WAITLISTED] * (PEOPLE - SEATS)
        mails = db.session.execute(
            select(OutboxMail.recipient, OutboxMail.subject, func.count()).group_by(
                OutboxMail.recipient, OutboxMail.subject
            )
        ).all()
        assert len(mails) == PEOPLE
        assert all(count == 1 for _recipient, _subject, count in mails)
        waiting = sum("waiting list" in subject for _recipient, subject, _count in mails)
        assert waiting == PEOPLE - SEATS
    world.mails()
