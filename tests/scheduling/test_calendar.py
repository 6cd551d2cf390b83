"""Calendar files anybody may fetch, and the feed."""

import re
from datetime import timedelta
from time import perf_counter

from flask import Flask

from tests.support.client import CheckingClient
from tests.support.world import World, meeting_on
from trainapp.calendar.check import Shape, problems
from trainapp.core.clock import now, today
from trainapp.core.unit_of_work import unit_of_work
from trainapp.requests.models import Mode
from trainapp.scheduling.calendar_entries import entry_of
from trainapp.scheduling.feed import BlockCache, cache, public_feed
from trainapp.scheduling.models import MeetingState, SessionState
from trainapp.scheduling.queries import SessionFilter
from trainapp.scheduling.service import session_by_code

LINK = "meet.example.org"


def unfolded(content: bytes) -> str:
    return content.decode().replace("\r\n ", "")


def test_the_files_of_a_session(client: CheckingClient, world: World) -> None:
    world.session("2027-IPC-AR-01", language="ar", subjects=["IPC"], meetings=3)
    whole = client.get("/ar/sessions/2027-IPC-AR-01/calendar.ics")
    assert whole.headers["Content-Type"] == "text/calendar; charset=utf-8"
    assert whole.headers["Cache-Control"] == "public, max-age=300"
    assert "Set-Cookie" not in whole.headers
    assert problems(whole.data, Shape.DOWNLOAD) == []
    one = client.get("/ar/sessions/2027-IPC-AR-01/meetings/2.ics")
    assert problems(one.data, Shape.DOWNLOAD) == []
    uids = re.findall("UID:(.*)\r", unfolded(whole.data))
    assert len(uids) == 3
    assert re.findall("UID:(.*)\r", unfolded(one.data)) == uids[1:2]
    assert LINK not in unfolded(whole.data) + unfolded(one.data)
    assert client.get("/ar/sessions/2027-IPC-AR-01/meetings/4.ics").status_code == 404


def test_a_cancelled_meeting_leaves_the_file_of_the_session(client: CheckingClient, world: World, app: Flask) -> None:
    world.session("A-1", meetings=2)
    with app.app_context(), unit_of_work():
        session_by_code("A-1").meetings[0].state = MeetingState.CANCELLED
    assert client.get("/en/sessions/A-1/calendar.ics").data.count(b"BEGIN:VEVENT") == 1
    assert b"STATUS:CANCELLED" in client.get("/en/sessions/A-1/meetings/1.ics").data


def test_the_feed_answers_as_calendar_programs_ask(client: CheckingClient, world: World) -> None:
    world.session("A-1")
    client.get("/en/sign-in")  # a browser's cookie must change nothing
    first = client.get("/en/calendar.ics")
    assert problems(first.data, Shape.FEED) == []
    assert "Set-Cookie" not in first.headers
    assert LINK not in unfolded(first.data)
    assert "@example" not in unfolded(first.data)
    etag = first.headers["ETag"]
    unchanged = client.get("/en/calendar.ics", headers={"If-None-Match": etag})
    assert (unchanged.status_code, unchanged.data) == (304, b"")
    head = client.head("/en/calendar.ics")
    assert (head.status_code, head.data, head.headers["ETag"]) == (200, b"", etag)
    assert client.get("/ar/calendar.ics").headers["ETag"] != etag


def test_the_feed_changes_when_a_session_does(client: CheckingClient, world: World, app: Flask) -> None:
    """Also within the second in which it was first read."""
    world.session("A-1")
    etag = client.get("/en/calendar.ics").headers["ETag"]
    with app.app_context(), unit_of_work():
        session = session_by_code("A-1")
        session.titles = {"en": "Another title"}
        session.revised_at = now()
    changed = client.get("/en/calendar.ics", headers={"If-None-Match": etag})
    assert changed.status_code == 200
    assert "Another title" in unfolded(changed.data)
    with app.app_context(), unit_of_work():
        session = session_by_code("A-1")
        session.state, session.revised_at = SessionState.CANCELLED, now()
    cancelled = client.get("/en/calendar.ics", headers={"If-None-Match": changed.headers["ETag"]})
    assert "SUMMARY;LANGUAGE=en:Cancelled: Another title" in unfolded(cancelled.data)
    assert "STATUS:CANCELLED" in unfolded(cancelled.data)


def test_what_the_feed_holds(client: CheckingClient, world: World) -> None:
    world.session("OLD", first_day=today() - timedelta(days=40))
    world.session("RECENT", first_day=today() - timedelta(days=20))
    world.session("GONE", first_day=today() - timedelta(days=5), state=SessionState.CANCELLED)
    world.session("DRAFT", state=SessionState.DRAFT)
    world.session("ARABIC", language="ar", subjects=["IPC"])
    assert re.findall("SUMMARY.*:Session (.*)\r", unfolded(client.get("/en/calendar.ics").data)) == ["RECENT", "ARABIC"]
    narrowed = unfolded(client.get("/en/calendar.ics?subject=IPC&language=ar").data)
    assert re.findall("SUMMARY.*:Session (.*)\r", narrowed) == ["ARABIC"]
    assert "SOURCE;VALUE=URI:http://127.0.0.1:5000/en/calendar.ics?subject=IPC&language=ar" in narrowed
    assert "BEGIN:VEVENT" not in unfolded(client.get("/en/calendar.ics?subject=NICE").data)
    assert client.get("/en/calendar.ics?subject=HATS").status_code == 404
    assert client.get("/en/calendar.ics?language=xx").status_code == 404


def test_the_feed_of_an_office_and_the_page_that_offers_it(client: CheckingClient, world: World) -> None:
    world.session("EGYPT", offices={"EG": "beneficiary"}, language="ar", subjects=["IPC"])
    world.session("KENYA", offices={"KE": "host"})
    world.session("DRAFT", offices={"BR": "host"}, state=SessionState.DRAFT)
    content = unfolded(client.get("/en/calendar.ics?office=EG").data)
    assert re.findall("SUMMARY.*:Session (.*)\r", content) == ["EGYPT"]
    assert "SOURCE;VALUE=URI:http://127.0.0.1:5000/en/calendar.ics?office=EG" in content
    for value in ("XX", "%00", "EG%0D", "a" * 500, "é"):
        assert client.get(f"/en/calendar.ics?office={value}").status_code in (400, 404)
    page = client.get("/en/calendar?subject=IPC&spoken=ar&office=EG").text
    address = "/en/calendar.ics?subject=IPC&amp;language=ar&amp;office=EG"
    assert f'href="http://127.0.0.1:5000{address}"' in page
    assert '<option value="KE">' in page
    assert '<option value="BR">' not in page, "a draft tells nothing"
    assert 'href="http://127.0.0.1:5000/en/calendar.ics"' in client.get("/en/calendar?office=XX&spoken=xx").text
    assert "/en/calendar?subject=IPC&amp;spoken=ar" in client.get("/en/?subject=IPC&spoken=ar&kind=webinar").text


def test_a_thousand_meetings_within_fifty_milliseconds(app: Flask, world: World) -> None:
    """The blocks are made once; after that a feed is one query and a join."""
    for number in range(10):
        world.session(f"A-{number}")
    with app.app_context(), unit_of_work():
        for number in range(10):
            session = session_by_code(f"A-{number}")
            session.revised_at = now() - timedelta(days=1)
            session.meetings = [
                meeting_on(session.first_day + timedelta(days=day), day + 2, "Europe/Zurich") for day in range(100)
            ]
            for meeting in session.meetings:
                meeting.revised_at = now() - timedelta(days=1)
    with app.app_context():
        first = public_feed(SessionFilter(), "en", "https://example.org/feed.ics")
        assert first.count(b"BEGIN:VEVENT") == 1000
        seconds = []
        for _run in range(5):
            start = perf_counter()
            assert public_feed(SessionFilter(), "en", "https://example.org/feed.ics") == first
            seconds.append(perf_counter() - start)
    assert min(seconds) < 0.05


def test_the_cache_forgets_what_was_not_used() -> None:
    small = BlockCache(2)
    keys = [(str(number), now(), 0, False, "en") for number in range(3)]
    small.keep({keys[0]: b"0", keys[1]: b"1"})
    small.find([keys[0]])
    small.keep({keys[2]: b"2"})
    assert set(small.blocks) == {keys[0], keys[2]}


def test_a_revision_of_this_second_is_not_kept(app: Flask, context: None, world: World) -> None:
    world.session("A-1")
    before = set(cache.blocks)
    public_feed(SessionFilter(), "en", "https://example.org/feed.ics")
    with app.app_context():
        uid = session_by_code("A-1").meetings[0].uid
    kept = {key for key in set(cache.blocks) - before if key[0] == uid}
    assert all(key[1] < now() for key in kept)


def test_an_entry_speaks_one_language_and_names_every_zone(app: Flask, context: None, world: World) -> None:
    world.session("A-1", meetings=2, zone="Asia/Tokyo", mode=Mode.HYBRID, venue="Hall 3")
    session = session_by_code("A-1")
    entry = entry_of(session, session.meetings[1], "en", join_link=True, sequence=7, zone="Africa/Nairobi")
    lines = entry.description.split("\n")
    assert ["Nairobi (UTC+3)" in lines[0], "Tokyo (UTC+9)" in lines[1], lines[2].endswith("UTC")] == [True] * 3
    assert "This is meeting 2 of 2." in lines
    assert (entry.sequence, entry.conference_url) == (7, "https://meet.example.org/room")
    assert entry.location == "Hall 3, and online"
    assert entry.url == "http://127.0.0.1:5000/en/sessions/A-1"
    public = entry_of(session, session.meetings[1], "ar", join_link=False)
    assert (public.sequence, public.conference_url, public.language) == (0, "", "ar")
    assert LINK not in public.description
    assert "طوكيو" in public.description
