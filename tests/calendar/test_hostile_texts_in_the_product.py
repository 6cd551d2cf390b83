"""Whatever stands in titles, places and names: every file the product emits is right, byte by byte, on its real way."""

from email import message_from_bytes
from email.policy import SMTP
from itertools import count

import pytest
import vobject
from flask import Flask
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from tests.support.client import CheckingClient
from tests.support.plain_bytes import plain_faults
from tests.support.world import World
from trainapp.accounts.links import issue_link
from trainapp.calendar.check import Shape, problems
from trainapp.calendar.text import clean_line
from trainapp.core.database import db
from trainapp.core.languages import LANGUAGES
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.models import OutboxMail
from trainapp.registrations import service
from trainapp.registrations.models import Registration
from trainapp.requests.models import Mode
from trainapp.scheduling.models import TrainingSession
from trainapp.scheduling.queries import session_by_code

HOSTILE = (
    "\r\nATTACH:https://evil.example.org/x",
    "\nEND:VEVENT\nEND:VCALENDAR",
    "\r",
    '";ROLE=CHAIR:mailto:evil@x',
    "C:\\New \\n \\N",
    "\x07\x0b\x1f\x7f",
    "\x85\u2028\u2029",
    "\u202e\u2066\ufeff",
    "^n^'",
    ",;:\"'",
    "\t   ",
    "BEGIN:VALARM",
    "=?utf-8?q?encoded?=",
)
WORDS = (
    "ندوةعبرالإنترنت" * 27,
    "٢٠٢٧",
    "关于标准的网络研讨会" * 9,
    "標準に関するウェビナー 𠮷",
    "표준에 관한 웨비나",
    "Übung für Prüferinnen ß",
    "Вебинар о стандарте ё",
    "¿Formación a distancia?",
    "👩‍💻👨‍👩‍👧‍👦",
    "e\u0301\u0323",
)
NUMBERS = count()
NAME_LIMIT = 200
# What a database cannot hold (NUL, lone surrogates) the forms refuse before it comes here.
texts = st.lists(
    st.sampled_from(HOSTILE)
    | st.sampled_from(WORDS)
    | st.text(st.characters(codec="utf-8", exclude_characters="\x00"), max_size=8),
    min_size=1,
    max_size=6,
).map(lambda parts: f"x{''.join(parts)}")


@pytest.mark.causes_mails
@settings(
    max_examples=10,
    deadline=None,
    database=None,
    phases=(Phase.generate,),
    suppress_health_check=list(HealthCheck),
)
@given(data=st.data())
def test_every_file_that_leaves_is_right(app: Flask, world: World, client: CheckingClient, data: st.DataObject) -> None:
    language = data.draw(st.sampled_from(tuple(LANGUAGES)))
    titles = {each: data.draw(texts) for each in LANGUAGES}
    number = next(NUMBERS)
    code = world.session(
        f"2030-HOSTILE-{number}",
        titles=titles,
        venue=data.draw(texts),
        mode=data.draw(st.sampled_from((Mode.HYBRID, Mode.IN_PERSON, Mode.ONLINE))),
        join_url="https://meet.example.org/a,b;c?d=%7B#e",
        meetings=2,
    )
    name, address = data.draw(texts)[:NAME_LIMIT], f"hostile{number}@example.org"
    details = service.Details(name, address, language, "Asia/Kathmandu", None)
    with app.app_context():
        with unit_of_work():
            service.register(_session(code), details)
        sent = _waiting_for(address)
        with unit_of_work():
            registration = db.session.scalars(select(Registration).order_by(Registration.id.desc()).limit(1)).one()
            person = registration.person
            token = issue_link(person, f"registration:{registration.id}")
            feed_token = issue_link(person, f"feed:{person.id}")
        for act in (service.cancel, service.come_back):
            with unit_of_work():
                act(token)
            sent += _waiting_for(address)
    assert [shape for shape, _content in sent] == [Shape.REQUEST] * 2 + [Shape.CANCEL] * 2 + [Shape.REQUEST] * 2
    title = clean_line(titles[language])
    fetched = [
        (Shape.DOWNLOAD, f"/{language}/registrations/{token}/calendar.ics"),
        (Shape.DOWNLOAD, f"/{language}/sessions/{code}/calendar.ics"),
        (Shape.DOWNLOAD, f"/{language}/sessions/{code}/meetings/2.ics"),
        (Shape.FEED, f"/{language}/calendar.ics"),
        (Shape.FEED, f"/calendar/{feed_token}.ics"),
        (Shape.ALARM_FEED, f"/calendar/{feed_token}.ics?alarm=1"),
    ]
    for shape, content in [*sent, *((shape, _fetched(client, path)) for shape, path in fetched)]:
        assert problems(content, shape) == []
        assert plain_faults(content) == []
        events = vobject.readOne(content.decode("utf-8")).vevent_list
        assert title in {event.summary.value for event in events}


def _session(code: str) -> TrainingSession:
    session = session_by_code(code)
    assert session is not None
    return session


def _waiting_for(address: str) -> list[tuple[Shape, bytes]]:
    """The calendar parts of the mails to an address that have not left, each of the shape its mail says."""
    mails = db.session.scalars(select(OutboxMail).where(OutboxMail.recipient == address).order_by(OutboxMail.id))
    messages = [message_from_bytes(mail.content, policy=SMTP) for mail in mails if mail.content is not None]
    db.session.rollback()
    parts = [part for message in messages for part in message.walk() if part.get_content_type() == "text/calendar"]
    return [(Shape(str(part.get_param("method")).lower()), part.get_payload(decode=True)) for part in parts]


def _fetched(client: CheckingClient, path: str) -> bytes:
    response = client.get(path)
    assert response.status_code == 200, path
    return response.data
