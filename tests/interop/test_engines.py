"""Real calendar programs read every file of ours at exactly the instants that an oracle of our own names."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
import vobject
from ical.calendar_stream import IcsCalendarStream

from tests.support.engines import ENGINES, by_home_assistant
from tests.support.radicale import between, dav
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


@pytest.fixture(scope="module", params=["download", "feed"])
def collection(radicale: int, request: pytest.FixtureRequest) -> str:
    """A calendar into which every meeting was put, from a downloaded file or from a feed of one block."""
    path = f"/reader/{request.param}/"
    assert dav(radicale, "MKCALENDAR", path)[0] == 201
    for one in ENTRIES:
        content = download([one]) if request.param == "download" else feed([block(one, public=True)], **FEED_HEADER)
        assert dav(radicale, "PUT", f"{path}{one.uid}.ics", content, "text/calendar")[0] == 201
    return path


def test_radicale_finds_each_meeting_at_its_instants_to_the_second(radicale: int, collection: str) -> None:
    second = timedelta(seconds=1)
    wrong = []
    for uid, (start, end) in ORACLE.items():
        found = [
            uid in between(radicale, collection, ORACLE, start - second, start),
            uid in between(radicale, collection, ORACLE, start, start + second),
            uid in between(radicale, collection, ORACLE, end - second, end),
            uid in between(radicale, collection, ORACLE, end, end + second),
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
    assert between(radicale, collection, ORACLE, start, start + timedelta(days=30)) == set()
    assert between(radicale, collection, ORACLE, start - timedelta(days=400), start) == set(ORACLE)
