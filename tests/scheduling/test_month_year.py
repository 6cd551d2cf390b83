"""The programme by month and by year: every session on its day in the reader's zone, in any language and year."""

from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from flask import Flask

from tests.support.client import CheckingClient
from tests.support.statements import statements_of
from tests.support.world import World
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.scheduling.models import Meeting, MeetingState, SessionKind, SessionState
from trainapp.scheduling.queries import session_by_code


def page_of(client: CheckingClient, path: str) -> Element:
    assert client.get(path).status_code == 200, path
    assert client.tree is not None
    return client.tree


def words_of(element: Element) -> str:
    return " ".join("".join(element.itertext()).split())


def with_class(tree: Element, tag: str, name: str) -> list[Element]:
    return [element for element in tree.iter(tag) if name in (element.get("class") or "").split()]


def days_with_sessions(tree: Element) -> dict[str, list[str]]:
    """The days of a month that have sessions, by their date, with what each says of them."""
    found: dict[str, list[str]] = {}
    for cell in with_class(tree, "td", "day"):
        items = with_class(cell, "li", "day-session")
        if items:
            found[str(next(cell.iter("time")).get("datetime"))] = [words_of(item) for item in items]
    return found


def rows_of_year(tree: Element) -> dict[str, list[str]]:
    """The cells of each subject of a year."""
    table = with_class(tree, "table", "year")[0]
    rows = [row for row in table.iter("tr") if row.find("td") is not None]
    return {words_of(row.findall("th")[0]): [words_of(cell) for cell in row.findall("td")] for row in rows}


def change_meetings(app: Flask, code: str, **values: Any) -> None:
    with app.app_context(), unit_of_work():
        for meeting in session_by_code(code).meetings:
            for name, value in values.items():
                setattr(meeting, name, value)


def test_a_month_has_each_meeting_on_its_day(client: CheckingClient, world: World) -> None:
    client.set_cookie("zone", "Africa/Nairobi")
    world.session("A-1", first_day=date(2027, 7, 6), meetings=2, language="ar", subjects=["NICE"])
    world.session("A-2", first_day=date(2027, 7, 7), zone="Asia/Tokyo")
    world.session("A-3", first_day=date(2027, 8, 2))
    tree = page_of(client, "/en/sessions/month?year=2027&month=7")
    found = days_with_sessions(tree)
    assert list(found) == ["2027-07-06", "2027-07-07"]
    assert found["2027-07-06"] == ["11:00 AM – 12:30 PM Session A-1 Arabic Nice Classification"]
    assert [text.split(" Session")[0] for text in found["2027-07-07"]] == ["4:00 AM – 5:30 AM", "11:00 AM – 12:30 PM"]
    assert words_of(next(tree.iter("h1"))) == "July 2027"
    assert words_of(next(tree.iter("caption"))) == "Times in Nairobi (UTC+3)"
    assert len(with_class(tree, "td", "day")) == 35


def test_a_meeting_stands_on_the_day_of_the_readers_zone(client: CheckingClient, world: World, app: Flask) -> None:
    """23:30 UTC on the last day of July is the first of August in Tokyo; a day without hours stays where it is."""
    world.session("A-1", first_day=date(2027, 7, 31), zone="UTC")
    late = datetime(2027, 7, 31, 23, 30, tzinfo=UTC)
    change_meetings(app, "A-1", starts_at=late, ends_at=late + timedelta(hours=1), wall_start=time(23, 30))
    world.session("A-2", first_day=date(2027, 7, 31))
    change_meetings(app, "A-2", starts_at=None, ends_at=None, wall_start=None, wall_end=None)
    client.set_cookie("zone", "UTC")
    in_utc = days_with_sessions(page_of(client, "/en/sessions/month?year=2027&month=7"))
    assert in_utc == {
        "2027-07-31": [
            "Session A-2 English WIPO Standard ST.26",
            "11:30 PM – 12:30 AM Session A-1 English WIPO Standard ST.26",
        ]
    }
    client.set_cookie("zone", "Asia/Tokyo")
    assert list(days_with_sessions(page_of(client, "/en/sessions/month?year=2027&month=8"))) == ["2027-08-01"]
    assert [
        text[:11] for text in days_with_sessions(page_of(client, "/en/sessions/month?year=2027&month=7"))["2027-07-31"]
    ] == ["Session A-2"]


def test_weeks_begin_where_the_reader_is_and_today_is_marked(client: CheckingClient, world: World) -> None:
    client.set_cookie("zone", "Africa/Cairo")
    tree = page_of(client, "/ar/sessions/month")
    heads = [words_of(head) for head in tree.iter("th") if head.get("scope") == "col"]
    assert (heads[0], len(heads)) == ("السبت", 7)
    marked = [cell for cell in tree.iter("td") if cell.get("aria-current") == "date"]
    assert len(marked) == 1
    client.set_cookie("zone", "Europe/Zurich")
    tree = page_of(client, "/de/sessions/month")
    assert words_of(next(head for head in tree.iter("th") if head.get("scope") == "col")) == "Montag"


def test_a_change_of_the_clocks_is_said(client: CheckingClient) -> None:
    client.set_cookie("zone", "Europe/Zurich")
    caption = words_of(next(page_of(client, "/en/sessions/month?year=2026&month=10").iter("caption")))
    assert caption == (
        "Times in Zurich (UTC+2) The clocks change on Sunday, October 25, 2026. From then on: Zurich (UTC+1)"
    )


def test_only_what_the_public_may_see_is_shown(client: CheckingClient, world: World, app: Flask) -> None:
    day = date(2027, 7, 6)
    for state in SessionState:
        world.session(f"A-{state}", state=state, first_day=day)
    world.session("A-part", first_day=day, meetings=2)
    with app.app_context(), unit_of_work():
        session_by_code("A-part").meetings[0].state = MeetingState.CANCELLED
    coordinatorless = days_with_sessions(page_of(client, "/en/sessions/month?year=2027&month=7"))
    cancelled = {text.split("Session ")[1].split()[0]: "Cancelled" in text for text in coordinatorless["2027-07-06"]}
    assert cancelled == {"A-published": False, "A-cancelled": True, "A-delivered": False, "A-part": True}
    assert "Cancelled" not in coordinatorless["2027-07-07"][0]
    year = rows_of_year(page_of(client, "/en/sessions/year?year=2027"))["WIPO Standard ST.26"]
    assert "A-draft" not in year[2]
    assert year[2].count("Cancelled") == 1
    assert year[4].endswith("3")


def test_views_are_narrowed_alike_and_keep_what_was_chosen(client: CheckingClient, world: World) -> None:
    world.session("A-1", first_day=date(2027, 7, 6), subjects=["NICE"], language="fr")
    world.session("A-2", first_day=date(2027, 7, 6), subjects=["NICE"], language="fr", kind=SessionKind.TRAINING)
    world.session("A-3", first_day=date(2027, 7, 6), subjects=["IPC"], language="fr")
    world.session("A-4", first_day=date(2027, 7, 6), subjects=["NICE", "VIENNA"], language="ru")
    chosen = "subject=NICE&spoken=fr&kind=training"
    for path in (
        f"/en/?{chosen}",
        f"/en/sessions/month?{chosen}&year=2027&month=7",
        f"/en/sessions/year?{chosen}&year=2027",
    ):
        tree = page_of(client, path)
        text = words_of(next(tree.iter("main")))
        assert "Session A-2" in text, path
        assert not any(f"Session A-{number}" in text for number in (1, 3, 4)), path
        links = [str(link.get("href")) for link in with_class(tree, "nav", "views")[0].iter("a")]
        assert all("subject=NICE" in link and "spoken=fr" in link and "kind=training" in link for link in links), path
        assert "Subject: Nice Classification" in text
    assert list(rows_of_year(page_of(client, "/en/sessions/year?year=2027&subject=NICE"))) == ["Nice Classification"]


def test_an_empty_month_leads_to_the_next_with_something(client: CheckingClient, world: World) -> None:
    world.session("A-1", first_day=date(2028, 3, 9), subjects=["NICE"])
    world.session("A-2", first_day=date(2026, 1, 9), subjects=["NICE"])
    world.session("A-3", first_day=date(2027, 8, 9), subjects=["IPC"])
    tree = page_of(client, "/en/sessions/month?year=2027&month=7&subject=NICE")
    links = [str(link.get("href")) for link in tree.iter("a")]
    assert "/en/sessions/month?subject=NICE&year=2028&month=3" in links
    assert "/en/sessions/month?subject=NICE&year=2026&month=1" in links
    assert not any("year=2027&month=8" in link for link in links if "subject" not in link)
    tree = page_of(client, "/en/sessions/year?year=2027&subject=NICE")
    links = [str(link.get("href")) for link in tree.iter("a")]
    assert "/en/sessions/year?subject=NICE&year=2028" in links
    empty = page_of(client, "/en/sessions/month?year=1995&month=7&subject=VIENNA")
    assert "There is no session in this month for what you chose." in words_of(empty)


def test_a_year_counts_each_session_once(client: CheckingClient, world: World) -> None:
    world.session("A-1", first_day=date(2027, 3, 31), meetings=2, subjects=["NICE", "VIENNA"], language="ar")
    world.session("A-2", first_day=date(2027, 5, 3), subjects=["NICE"], language="ar")
    world.session("A-3", first_day=date(2027, 5, 4), subjects=[], language=None)
    client.set_cookie("zone", "Europe/Zurich")
    tree = page_of(client, "/en/sessions/year?year=2027")
    rows = rows_of_year(tree)
    assert list(rows) == ["Nice Classification", "Vienna Classification", "Without a subject"]
    assert rows["Nice Classification"][:2] == [
        "Mar 31 Arabic Session A-1",
        "Apr 1 Arabic Session A-1 May 3 Arabic Session A-2",
    ]
    assert rows["Nice Classification"][4] == "Nice Classification: 2"
    bars = with_class(tree, "table", "bars")[0]
    counts = {
        words_of(row.findall("th")[0]): words_of(with_class(row, "span", "bar-value")[0])
        for row in bars.iter("tr")
        if row.find("td") is not None
    }
    assert counts == {"Arabic": "2", "Not on record": "1"}
    links = [str(link.get("href")) for link in bars.iter("a")]
    assert links == ["/en/sessions/year?year=2027&spoken=ar"]
    assert "3 sessions in all." in words_of(tree)


@pytest.mark.parametrize("view", ["month", "year"])
@pytest.mark.parametrize(
    "query",
    ["year=0", "year=-1", "year=1989", "year=2101", "year=99999999999999999999", "year=abc", "year=²", "year=2027.0",
     "year=%F0%9F%92%A9", "year=1e3", "year=10000"],
)  # fmt: skip
def test_a_year_that_is_not_shown_is_said_clearly(client: CheckingClient, view: str, query: str) -> None:
    response = client.get(f"/en/sessions/{view}?{query}")
    assert response.status_code == 404
    assert "The programme goes from 1990 to 2100." in response.get_data(as_text=True)


@pytest.mark.parametrize("value", ["0", "13", "-1", "999999999999", "x", "1.5", "٣"])
def test_a_month_that_there_is_not_is_said_clearly(client: CheckingClient, value: str) -> None:
    assert client.get(f"/en/sessions/month?year=2027&month={value}").status_code == 404


def test_the_edges_of_the_programme_are_pages(client: CheckingClient, world: World) -> None:
    for zone in ("Pacific/Kiritimati", "America/Los_Angeles"):
        client.set_cookie("zone", zone)
        for path in ("month?year=1990&month=1", "month?year=2100&month=12", "year?year=1990", "year?year=2100"):
            links = [str(link.get("href")) for link in page_of(client, f"/en/sessions/{path}").iter("a")]
            assert not any("year=1989" in link or "year=2101" in link for link in links)
    for repeated in ("year=2027&year=x&month=3&month=99", "year=&month=", "subject=%27&spoken=zz&kind=9&page=-1"):
        assert client.get(f"/en/sessions/month?{repeated}").status_code == 200, repeated


@pytest.mark.parametrize("path", ["/en/sessions/month?year=2027&month=7", "/en/sessions/year?year=2027"])
def test_a_full_view_runs_as_many_queries_as_a_sparse_one(
    client: CheckingClient, world: World, app: Flask, path: str
) -> None:
    def count() -> int:
        with statements_of(app) as seen:
            assert client.get(path).status_code == 200
        return len(seen)

    world.session("A-0", first_day=date(2027, 7, 1), subjects=["IPC", "NICE"], meetings=2)
    few = count()
    grow(app, 1200)
    assert count() == few
    assert few <= 8


def grow(app: Flask, meetings: int) -> None:
    """Many meetings in July 2027, of sessions with two subjects each."""
    with app.app_context(), unit_of_work():
        first = session_by_code("A-0")
        for number in range(1, meetings // 2):
            copy = type(first)(
                code=f"A-{number}", kind=first.kind, state=first.state, titles=first.titles, language="fr",
                mode=first.mode, zone=first.zone, policy=first.policy, first_day=first.first_day,
                last_day=first.last_day,
            )  # fmt: skip
            copy.subjects = [type(entry)(subject=entry.subject) for entry in first.subjects]
            copy.meetings = [
                Meeting(
                    number=meeting.number,
                    on_date=meeting.on_date,
                    zone=meeting.zone,
                    starts_at=meeting.starts_at,
                    ends_at=meeting.ends_at,
                )
                for meeting in first.meetings
            ]
            db.session.add(copy)


@pytest.mark.parametrize("path", ["/en/sessions/month", "/en/sessions/year"])
def test_the_views_are_kept_for_the_public_and_not_when_the_programme_changes(
    client: CheckingClient, world: World, app: Flask, path: str
) -> None:
    before = now() - timedelta(minutes=1)
    world.session("A-1", revised_at=before, created_at=before, first_day=now().date())
    change_meetings(app, "A-1", revised_at=before)
    assert "Session A-1" in words_of(page_of(client, path))
    with statements_of(app) as seen:
        assert client.get(path).status_code == 200
    assert len([statement for statement in seen if statement.startswith("SELECT")]) == 1
    with app.app_context(), unit_of_work():
        session_by_code("A-1").state = SessionState.DRAFT
    assert "Session A-1" not in words_of(page_of(client, path))


def test_a_view_names_its_one_address(client: CheckingClient, world: World) -> None:
    tree = page_of(client, "/fr/sessions/month?year=2027&month=7&subject=NICE")
    canonical = next(link for link in tree.iter("link") if link.get("rel") == "canonical")
    assert str(canonical.get("href")).endswith("/fr/sessions/month?year=2027&month=7")
