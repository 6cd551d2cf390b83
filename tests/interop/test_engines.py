"""Real calendar programs read every file of ours at exactly the instants that an oracle of our own names."""

import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from http.client import HTTPConnection
from pathlib import Path
from zoneinfo import ZoneInfo

import ics
import pytest
import vobject
from ical.calendar_stream import IcsCalendarStream

from tests.support.wall_oracle import instants_of
from trainapp.calendar.check import Shape, problems
from trainapp.calendar.entries import Entry, Party
from trainapp.calendar.feeds import block, feed
from trainapp.calendar.files import cancel, download
from trainapp.calendar.files import request as invite

Times = dict[str, tuple[datetime, datetime]]


@dataclass(frozen=True)
class Case:
    """A meeting at a wall time in a zone; ``passage`` is 1 for the second of two equal wall times."""

    name: str
    zone: str
    wall: datetime
    passage: int = 0
    minutes: int = 90


CASES = [
    Case("casablanca-in-ramadan", "Africa/Casablanca", datetime(2027, 2, 20, 10, 0)),
    Case("casablanca-after-ramadan", "Africa/Casablanca", datetime(2027, 4, 20, 10, 0)),
    Case("zurich-after-spring-change", "Europe/Zurich", datetime(2027, 3, 28, 3, 15)),
    Case("zurich-over-spring-change", "Europe/Zurich", datetime(2027, 3, 28, 1, 15)),
    Case("zurich-first-half-past-two", "Europe/Zurich", datetime(2027, 10, 31, 2, 30), passage=0),
    Case("zurich-second-half-past-two", "Europe/Zurich", datetime(2027, 10, 31, 2, 30), passage=1),
    Case("gaza-before-ramadan", "Asia/Gaza", datetime(2027, 2, 1, 9, 0)),
    Case("gaza-in-summer", "Asia/Gaza", datetime(2027, 7, 1, 9, 0)),
    Case("kathmandu", "Asia/Kathmandu", datetime(2027, 5, 5, 14, 20)),
    Case("apia", "Pacific/Apia", datetime(2027, 1, 1, 0, 30)),
    Case("chatham-in-summer", "Pacific/Chatham", datetime(2027, 1, 15, 9, 0)),
    Case("chatham-in-winter", "Pacific/Chatham", datetime(2027, 7, 15, 9, 0)),
    Case("lord-howe-in-summer", "Australia/Lord_Howe", datetime(2027, 1, 15, 9, 0)),
    Case("lord-howe-in-winter", "Australia/Lord_Howe", datetime(2027, 7, 15, 9, 0)),
    Case("lord-howe-over-midnight", "Australia/Lord_Howe", datetime(2027, 4, 3, 23, 30), minutes=240),
]
TITLES = ["ندوة عن المعيار ST.26", "标准研讨会、第二部分", "Séance n° 2; suite, fin", "C:\\New 👩‍💻"]
REVISED = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
ORGANIZER = Party("International Bureau", "invite+k3y@trainings.example.org")
ATTENDEE = Party('أمينة; "Amina", Otieno', "amina.otieno@office.example.org")


def oracle(case: Case) -> tuple[datetime, datetime]:
    """The instants of start and end."""
    start = instants_of(case.wall, case.zone)[case.passage]
    return start, start + timedelta(minutes=case.minutes)


ORACLE: Times = {f"{case.name}@trainings.example.org": oracle(case) for case in CASES}


def entry(case: Case) -> Entry:
    zone = ZoneInfo(case.zone)
    start = case.wall.replace(tzinfo=zone, fold=case.passage)
    end = (start.astimezone(UTC) + timedelta(minutes=case.minutes)).astimezone(zone)
    return Entry(
        uid=f"{case.name}@trainings.example.org",
        sequence=2,
        revised_at=REVISED,
        starts_at=start,
        ends_at=end,
        language="ar",
        summary=TITLES[CASES.index(case) % len(TITLES)],
        description=f"{case.wall:%H:%M} {case.zone}\nEND:VEVENT\n" + "نص طويل " * 60,
        location="Online",
        url="https://trainings.example.org/ar/sessions/2027-ST26-AR-01",
        conference_url="https://meet.example.org/j/8841?pwd=a,b;c",
    )


ENTRIES = [entry(case) for case in CASES]


def mailed(make: Callable[..., bytes]) -> list[bytes]:
    return [make(one, organizer=ORGANIZER, attendee=ATTENDEE, dtstamp=REVISED) for one in ENTRIES]


FEED_HEADER = {
    "name": "Trainings, all",
    "language": "ar",
    "source_url": "https://trainings.example.org/ar/calendar.ics",
}
FILES: dict[Shape, list[bytes]] = {
    Shape.DOWNLOAD: [download(ENTRIES)],
    Shape.REQUEST: mailed(invite),
    Shape.CANCEL: mailed(cancel),
    Shape.FEED: [feed([block(one, public=False) for one in ENTRIES], **FEED_HEADER)],
    Shape.ALARM_FEED: [feed([block(one, public=False, alarm=True) for one in ENTRIES], **FEED_HEADER)],
}

# The programs


def by_vobject(text: str) -> dict[str, tuple[datetime, datetime, str]]:
    return {
        event.uid.value: (event.dtstart.value, event.dtend.value, event.summary.value)
        for calendar in vobject.readComponents(text)
        for event in calendar.vevent_list
    }


def by_ics_py(text: str) -> dict[str, tuple[datetime, datetime, str]]:
    return {event.uid: (event.begin.datetime, event.end.datetime, event.name) for event in ics.Calendar(text).events}


def by_home_assistant(text: str) -> dict[str, tuple[datetime, datetime, str]]:
    return {
        str(event.uid): (event.start_datetime, event.end_datetime, str(event.summary))
        for event in IcsCalendarStream.calendar_from_ics(text).events
    }


ENGINES = {"vobject": by_vobject, "ics.py": by_ics_py, "Home Assistant": by_home_assistant}


def test_the_oracle_knows_what_is_published_of_zurich() -> None:
    starts = {uid.split("@")[0]: start for uid, (start, _end) in ORACLE.items()}
    assert starts["zurich-after-spring-change"] == datetime(2027, 3, 28, 1, 15, tzinfo=UTC)
    assert starts["zurich-first-half-past-two"] == datetime(2027, 10, 31, 0, 30, tzinfo=UTC)
    assert starts["zurich-second-half-past-two"] == datetime(2027, 10, 31, 1, 30, tzinfo=UTC)
    assert starts["kathmandu"] == datetime(2027, 5, 5, 8, 35, tzinfo=UTC)


@pytest.mark.parametrize("shape", Shape)
def test_the_files_pass_our_own_check(shape: Shape) -> None:
    assert [problems(content, shape) for content in FILES[shape]] == [[]] * len(FILES[shape])


@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_program_reads_every_instant(engine: str, shape: Shape) -> None:
    found: Times = {}
    for content in FILES[shape]:
        for uid, (start, end, _title) in ENGINES[engine](content.decode("utf-8")).items():
            assert start.utcoffset() is not None
            found[uid] = (start.astimezone(UTC), end.astimezone(UTC))
    assert found == ORACLE


@pytest.mark.parametrize("shape", Shape)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_program_reads_every_title(engine: str, shape: Shape) -> None:
    found = {}
    for content in FILES[shape]:
        found.update({uid: read[2] for uid, read in ENGINES[engine](content.decode("utf-8")).items()})
    # ics.py takes the n of an escaped backslash before it for a line break, whoever wrote the file.
    known = {one.uid for one in ENTRIES if engine == "ics.py" and "\\" in one.summary}
    assert {uid: title for uid, title in found.items() if uid not in known} == {
        one.uid: one.summary for one in ENTRIES if one.uid not in known
    }


def test_home_assistant_reads_method_status_and_people() -> None:
    for method, contents in (("REQUEST", FILES[Shape.REQUEST]), ("CANCEL", FILES[Shape.CANCEL])):
        for content in contents:
            calendar = IcsCalendarStream.calendar_from_ics(content.decode("utf-8"))
            assert calendar.method == method
            event = calendar.events[0]
            assert event.sequence == 2
            assert event.status == {"REQUEST": "CONFIRMED", "CANCEL": "CANCELLED"}[method]
            assert [str(one.uri) for one in event.attendees] == ["mailto:amina.otieno@office.example.org"]
            assert event.attendees[0].common_name == "أمينة, 'Amina', Otieno"
            assert len(event.alarm) == (1 if method == "REQUEST" else 0)


@pytest.mark.parametrize("engine", ENGINES)
def test_a_program_reads_an_empty_feed(engine: str) -> None:
    content = feed([], **FEED_HEADER).decode("utf-8")
    if engine == "vobject":
        assert [calendar.contents.get("vevent", []) for calendar in vobject.readComponents(content)] == [[]]
    else:
        assert ENGINES[engine](content) == {}


# A CalDAV server


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for(port: int, server: "subprocess.Popen[bytes]", log: Path) -> None:
    for _ in range(200):
        if server.poll() is not None:
            break
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
        except OSError:
            time.sleep(0.05)
        else:
            return
    raise AssertionError(f"Radicale did not start: {log.read_text()}")


@pytest.fixture(scope="module")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A real Radicale server on this machine only, with an empty folder; gives its port."""
    folder = tmp_path_factory.mktemp("radicale")
    storage = ["--storage-filesystem-folder", str(folder / "data")]
    access = ["--auth-type", "none", "--rights-type", "authenticated"]
    log = folder / "log.txt"
    port = free_port()
    command = [sys.executable, "-m", "radicale", "--config", "", "--server-hosts", f"127.0.0.1:{port}"]
    with log.open("wb") as output:
        server = subprocess.Popen([*command, *storage, *access], stdout=output, stderr=subprocess.STDOUT)
        try:
            wait_for(port, server, log)
            yield port
        finally:
            server.terminate()
            server.wait(timeout=20)


def dav(port: int, method: str, path: str, body: bytes = b"", kind: str = "application/xml") -> tuple[int, str]:
    """One request as the reader ``reader``; the answer's status and text."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        headers = {
            "Content-Type": f"{kind}; charset=utf-8",
            "Authorization": "Basic cmVhZGVyOng=",
            "Depth": "1",
        }
        connection.request(method, path, body, headers)
        answer = connection.getresponse()
        return answer.status, answer.read().decode("utf-8")
    finally:
        connection.close()


Course = tuple[dict[str, list[bytes]], Times]


@pytest.fixture
def what_we_send(
    app: Flask, world: World, client: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> tuple[dict[str, list[bytes]], Times]:
    """Everything the product emits about a course of three meetings of which one was moved and one cancelled.

    Gives the files by their kind, and by UID the instants that an oracle says of the meetings that take place.
    """
    StoppedClock(monkeypatch, datetime(2027, 1, 4, 8, tzinfo=UTC))
    zone, moved = "Africa/Casablanca", datetime(2027, 3, 20, 9, 15)
    walls = [datetime(2027, 2, 20, 10), datetime(2027, 2, 21, 10), datetime(2027, 4, 20, 10)]
    course = Course(app, world)
    course.plan(tuple(planned(number, wall) for number, wall in enumerate(walls, 1)), zone)
    course.register("amina", "ar", "Asia/Kathmandu")
    sent = {"requests": [message.content for message in course.messages("amina")]}
    uids = [message.uid for message in course.messages("amina")]
    course.deliver()
    course.change(Change(meetings=(MeetingWish(1, times=planned(1, moved)), MeetingWish(2, is_cancelled=True))))
    changes = course.messages("amina")
    sent["moved"] = [message.content for message in changes if message.method == "REQUEST"]
    sent["cancelled"] = [message.content for message in changes if message.method == "CANCEL"]
    paths = {
        "session": f"/ar/sessions/{course.code}/calendar.ics",
        "own file": f"/ar/registrations/{course.tokens['amina']}/calendar.ics",
        "feed": "/ko/calendar.ics",
        "own feed": course.feed_of("amina"),
    }
    sent |= {name: [client.get(path).data] for name, path in paths.items()}
    starts = [instants_of(wall, zone)[0] for wall in (*walls, moved)]
    first, second, third, instead = ((start, start + timedelta(minutes=90)) for start in starts)
    told = {"requests": (first, second, third), "moved": (instead,), "cancelled": (second,)}
    ahead, all_of_them = (instead, third), (instead, second, third)
    told |= {"session": ahead, "own file": ahead, "feed": all_of_them, "own feed": all_of_them}
    assert len(uids) == len(set(uids)) == 3
    return sent, told


def planned(number: int, wall: datetime) -> MeetingPlan:
    return MeetingPlan(number, wall.date(), wall.time(), (wall + timedelta(minutes=90)).time())


@pytest.mark.causes_mails
def test_programs_read_all_that_is_sent_about_a_course(
    radicale: int, what_we_send: tuple[dict[str, list[bytes]], dict[str, Sequence[Span]]]
) -> None:
    sent, told = what_we_send
    for engine, read in ENGINES.items():
        for kind, contents in sent.items():
            found = [each for content in contents for each in read(content.decode("utf-8")).values()]
            assert sorted((start, end) for start, end, _title in found) == sorted(told[kind]), (engine, kind)
    path = "/reader/course/"
    assert dav(radicale, "MKCALENDAR", path)[0] in (201, 409)


@pytest.fixture(scope="module", params=["download", "feed"])
def collection(radicale: int, request: pytest.FixtureRequest) -> str:
    """A calendar into which every meeting was put, from a downloaded file or from a feed of one block."""
    path = f"/reader/{request.param}/"
    assert dav(radicale, "MKCALENDAR", path)[0] == 201
    for one in ENTRIES:
        content = download([one]) if request.param == "download" else feed([block(one, public=True)], **FEED_HEADER)
        assert dav(radicale, "PUT", f"{path}{one.uid}.ics", content, "text/calendar")[0] == 201
    return path


def between(port: int, path: str, start: datetime, end: datetime) -> set[str]:
    """The meetings the server finds in a range of time, by the name of their file."""
    body = (
        '<C:calendar-query xmlns:C="urn:ietf:params:xml:ns:caldav" xmlns:D="DAV:">'
        "<D:prop><D:getetag/></D:prop>"
        '<C:filter><C:comp-filter name="VCALENDAR"><C:comp-filter name="VEVENT">'
        f'<C:time-range start="{start:%Y%m%dT%H%M%SZ}" end="{end:%Y%m%dT%H%M%SZ}"/>'
        "</C:comp-filter></C:comp-filter></C:filter></C:calendar-query>"
    )
    status, answer = dav(port, "REPORT", path, body.encode())
    assert status == 207, answer
    return {uid for uid in ORACLE if f"{path}{uid}.ics" in answer.replace("%40", "@")}


def test_radicale_finds_each_meeting_at_its_instants_to_the_second(radicale: int, collection: str) -> None:
    second = timedelta(seconds=1)
    wrong = []
    for uid, (start, end) in ORACLE.items():
        found = [
            uid in between(radicale, collection, start - second, start),
            uid in between(radicale, collection, start, start + second),
            uid in between(radicale, collection, end - second, end),
            uid in between(radicale, collection, end, end + second),
        ]
        if found != [False, True, True, False]:
            wrong.append((uid, found))
    assert wrong == []


def test_radicale_keeps_the_texts(radicale: int, collection: str) -> None:
    for one in ENTRIES:
        status, content = dav(radicale, "GET", f"{collection}{one.uid}.ics")
        assert status == 200
        (read,) = by_home_assistant(content).values()
        assert read[2] == one.summary


def test_radicale_answers_a_range_without_meetings_with_none(radicale: int, collection: str) -> None:
    start = datetime(2028, 1, 1, tzinfo=UTC)
    assert between(radicale, collection, start, start + timedelta(days=30)) == set()
    assert between(radicale, collection, start - timedelta(days=400), start) == set(ORACLE)
