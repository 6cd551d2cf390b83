"""Programs that others wrote read all that the product sends about a course of which a meeting moved and one fell."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from ical.calendar_stream import IcsCalendarStream

from tests.support.client import CheckingClient
from tests.support.course import Course
from tests.support.engines import ENGINES
from tests.support.model_calendar import Message
from tests.support.radicale import between, dav
from tests.support.stopped_clock import StoppedClock
from tests.support.wall_oracle import instants_of
from tests.support.world import World
from trainapp.core.tokens import public_id
from trainapp.registrations.changes import Change, MeetingWish
from trainapp.scheduling.plans import MeetingPlan

ZONE = "Africa/Casablanca"
LENGTH = timedelta(minutes=90)
SECOND = timedelta(seconds=1)
WALLS = (datetime(2027, 2, 20, 10), datetime(2027, 2, 21, 10), datetime(2027, 4, 20, 10))
MOVED = datetime(2027, 3, 20, 9, 15)

Span = tuple[datetime, datetime]


@dataclass(frozen=True)
class Sent:
    """Files of one kind, and the spans that an oracle says they hold."""

    kind: str
    contents: Sequence[bytes]
    spans: Sequence[Span]


def span(wall: datetime) -> Span:
    [start] = instants_of(wall, ZONE)
    return start, start + LENGTH


def planned(number: int, wall: datetime) -> MeetingPlan:
    return MeetingPlan(number, wall.date(), wall.time(), (wall + LENGTH).time())


@pytest.fixture
def sent(app: Flask, world: World, client: CheckingClient, monkeypatch: pytest.MonkeyPatch) -> list[Sent]:
    """All that leaves about three meetings, of which the first was then moved and the second cancelled."""
    StoppedClock(monkeypatch, datetime(2027, 1, 4, 8, tzinfo=UTC))
    course = Course(app, world)
    course.plan(tuple(planned(number, wall) for number, wall in enumerate(WALLS, 1)), ZONE)
    course.register("amina", "ar", "Asia/Kathmandu")
    invited = course.messages("amina")
    course.deliver()
    course.change(Change(meetings=(MeetingWish(1, times=planned(1, MOVED)), MeetingWish(2, is_cancelled=True))))
    changes = course.messages("amina")
    first, second, third, instead = map(span, (*WALLS, MOVED))

    def fetched(kind: str, path: str, *spans: Span) -> Sent:
        response = client.get(path)
        assert response.status_code == 200
        return Sent(kind, [response.data], spans)

    return [
        Sent("invitations", contents(invited, "REQUEST"), (first, second, third)),
        Sent("the move", contents(changes, "REQUEST"), (instead,)),
        Sent("the cancellation", contents(changes, "CANCEL"), (second,)),
        fetched("the file of the session", f"/fr/sessions/{course.code}/calendar.ics", instead, third),
        fetched("the file of a meeting", f"/ru/sessions/{course.code}/meetings/3.ics", third),
        fetched("the person's own file", f"/ar/registrations/{course.tokens['amina']}/calendar.ics", instead, third),
        fetched("the public feed", "/ko/calendar.ics", instead, second, third),
        fetched("the person's own feed", f"{course.feed_of('amina')}?alarm=1", instead, second, third),
    ]


def contents(messages: Sequence[Message], method: str) -> list[bytes]:
    return [message.content for message in messages if message.method == method]


def one_by_one(content: bytes) -> Iterator[tuple[str, bytes]]:
    """The meetings of a file by UID, each as a file of its own, as a CalDAV server wants them (RFC 4791 §4.1)."""
    head, *blocks = content.removesuffix(b"END:VCALENDAR\r\n").split(b"BEGIN:VEVENT\r\n")
    for block in blocks:
        single = head + b"BEGIN:VEVENT\r\n" + block + b"END:VCALENDAR\r\n"
        [uid] = ENGINES["vobject"](single.decode("utf-8"))
        yield uid, single


@pytest.mark.causes_mails
def test_programs_read_all_that_is_sent_at_its_instants(sent: list[Sent]) -> None:
    for each in sent:
        for engine, read in ENGINES.items():
            found = [entry for content in each.contents for entry in read(content.decode("utf-8")).values()]
            spans = sorted((start.astimezone(UTC), end.astimezone(UTC)) for start, end, _title in found)
            assert spans == sorted(each.spans), (engine, each.kind)
    methods = {}
    for each in sent[:3]:
        calendars = [IcsCalendarStream.calendar_from_ics(content.decode("utf-8")) for content in each.contents]
        methods[each.kind] = {(calendar.method, calendar.events[0].sequence) for calendar in calendars}
    assert methods == {
        "invitations": {("REQUEST", 0)},
        "the move": {("REQUEST", 1)},
        "the cancellation": {("CANCEL", 1)},
    }


@pytest.mark.causes_mails
def test_a_caldav_server_finds_each_meeting_of_files_and_feeds(sent: list[Sent], radicale: int) -> None:
    for each in sent[3:]:
        collection = f"/reader/{public_id()}/"
        assert dav(radicale, "MKCALENDAR", collection)[0] == 201
        uids = []
        for uid, content in one_by_one(each.contents[0]):
            assert dav(radicale, "PUT", f"{collection}{uid}.ics", content, "text/calendar")[0] == 201
            uids.append(uid)
        assert len(uids) == len(each.spans)
        for start, end in each.spans:
            counts = [
                len(between(radicale, collection, uids, first, first + SECOND))
                for first in (start - SECOND, start, end - SECOND, end)
            ]
            assert counts == [0, 1, 1, 0], each.kind
