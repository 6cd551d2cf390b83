"""The coordinators' inbox: what it shows, how it is narrowed, and that its cost does not grow."""

import re
from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.client import CheckingClient
from tests.support.world import World, office_of, person_of
from trainapp.accounts.models import Person
from trainapp.catalogue.models import Subject
from trainapp.core.access import Role
from trainapp.core.clock import now, today
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.offices.models import LdcPeriod
from trainapp.requests.models import Channel, Mode, RequestEvent, RequestState, Step, TrainingRequest
from trainapp.scheduling.models import SessionState, TrainingSession

CODE = re.compile(r"R-\d{4}-\d{4}")

pytestmark = pytest.mark.usefixtures("coordinator")


@pytest.fixture
def asks(app: Flask, world: World, kenya: str) -> Callable[..., str]:
    """A request with some values of its own; gives its code."""

    def make(office: str = "KE", **changes: Any) -> str:
        subjects = changes.pop("subjects", None)
        days_ago = changes.pop("days_ago", 0)
        changes.setdefault("received_on", today() - timedelta(days=days_ago))
        public_id = world.request(office, kenya, **changes)
        with app.app_context(), unit_of_work():
            request = db.session.scalars(select(TrainingRequest).where(TrainingRequest.public_id == public_id)).one()
            for event in request.events:
                event.at = now() - timedelta(days=days_ago)
            if subjects is not None:
                request.subjects = list(db.session.scalars(select(Subject).where(Subject.code.in_(subjects))))
            return request.code

    return make


def codes_on(client: CheckingClient, query: str = "") -> list[str]:
    """The codes of the requests on a page of the inbox, in its order."""
    response = client.get(f"/en/inbox{query}")
    assert response.status_code == 200
    assert client.tree is not None
    rows = [row for row in client.tree.iter("tr") if row.find("th[@scope='row']") is not None]
    return [found[0] for row in rows if (found := CODE.search("".join(row.itertext())))]


def text_of(client: CheckingClient, path: str = "/en/inbox") -> str:
    client.get(path)
    assert client.tree is not None
    return " ".join("".join(client.tree.itertext()).split())


class TestWhoMaySeeIt:
    @pytest.mark.parametrize("path", ["/en/inbox", "/en/inbox/dates?request=x"])
    @pytest.mark.parametrize("role", [Role.FOCAL_POINT, Role.TRAINER, None])
    def test_nobody_but_coordinators(self, client: CheckingClient, world: World, role: Role | None, path: str) -> None:
        client.sign_in(world.person("Some One", role=role, office="BR" if role is Role.FOCAL_POINT else None))
        assert client.get(path).status_code == 403

    def test_visitors_are_asked_to_sign_in(self, client: CheckingClient) -> None:
        response = client.get("/en/inbox")
        assert response.status_code == 302
        assert "/sign-in" in response.location

    def test_drafts_are_nobodys_business(
        self, client: CheckingClient, coordinator: str, asks: Callable[..., str]
    ) -> None:
        asks(state=RequestState.DRAFT)
        sent = asks()
        client.sign_in(coordinator)
        assert codes_on(client) == [sent]
        assert codes_on(client, "?state=draft") == [sent], "not a choice, so it chooses nothing"


class TestWhatItShows:
    def test_the_facts_of_a_request(
        self, app: Flask, client: CheckingClient, world: World, coordinator: str, asks: Callable[..., str]
    ) -> None:
        world.session(
            "2025-IPC-EN-01",
            state=SessionState.DELIVERED,
            subjects=["IPC"],
            first_day=date(2025, 3, 3),
            titles={"en": "Classifying in Nairobi"},
            offices={"KE": "beneficiary"},
        )
        code = asks(days_ago=12, people=34, languages=["fr", "en"], state=RequestState.IN_REVIEW)
        with app.app_context(), unit_of_work():
            request = db.session.scalars(select(TrainingRequest).where(TrainingRequest.code == code)).one()
            request.assigned_to = person_of(coordinator)
        client.sign_in(coordinator)
        text = text_of(client)
        for part in ("Kenya", code, "Developing country", "In review", "Waiting for you", "Coordinator Example"):
            assert part in text, part
        assert "34" in text
        assert "French and English" in text
        assert "12 days" in text
        assert "Since the last step: 12 days" in text
        assert "Classifying in Nairobi" in text
        assert "Mar 3, 2025" in text
        assert "Never had: Nice Classification" in text

    def test_a_subject_that_the_office_had_is_not_named_as_new(
        self, client: CheckingClient, world: World, coordinator: str, asks: Callable[..., str]
    ) -> None:
        world.session("2025-NICE-EN-01", state=SessionState.DELIVERED, subjects=["NICE"], offices={"KE": "host"})
        asks()
        client.sign_in(coordinator)
        assert "Never had" not in text_of(client)

    def test_words_and_assignments_do_not_end_a_wait(
        self, app: Flask, client: CheckingClient, coordinator: str, asks: Callable[..., str]
    ) -> None:
        code = asks(days_ago=9)
        with app.app_context(), unit_of_work():
            request = db.session.scalars(select(TrainingRequest).where(TrainingRequest.code == code)).one()
            for step in (Step.COMMENT, Step.ASSIGN):
                request.events.append(
                    RequestEvent(
                        person=request.entered_by, step=step, from_state=request.state, to_state=request.state, at=now()
                    )
                )
        client.sign_in(coordinator)
        assert "Since the last step: 9 days" in text_of(client)

    def test_standing_is_that_of_the_day_of_the_request(
        self, app: Flask, client: CheckingClient, coordinator: str, asks: Callable[..., str]
    ) -> None:
        asks(received_on=date(2024, 5, 1))
        asks(received_on=date(2025, 5, 1))
        with app.app_context(), unit_of_work():
            office_of("KE").ldc_periods = [LdcPeriod(until=date(2025, 1, 1))]
        client.sign_in(coordinator)
        assert text_of(client).count("Least developed country") == 2, "once as a choice of the filter, once as a tag"
        assert len(codes_on(client, "?standing=ldc")) == 1
        assert len(codes_on(client, "?standing=developing")) == 2
        assert codes_on(client, "?standing=developed") == []

    def test_sessions_planned_already_and_another_one(
        self, app: Flask, client: CheckingClient, world: World, coordinator: str, asks: Callable[..., str]
    ) -> None:
        code = asks(state=RequestState.SCHEDULED)
        planned = world.session("2027-NICE-EN-07")
        cancelled = world.session("2027-NICE-EN-08", state=SessionState.CANCELLED)
        with app.app_context(), unit_of_work():
            request = db.session.scalars(select(TrainingRequest).where(TrainingRequest.code == code)).one()
            for each in (planned, cancelled):
                session = db.session.scalars(select(TrainingSession).where(TrainingSession.code == each)).one()
                session.requests.append(request)
            public_id = request.public_id
        client.sign_in(coordinator)
        response = client.get("/en/inbox").get_data(as_text=True)
        assert planned in response
        assert cancelled not in response
        assert f"/en/planning/new?request={public_id}" in response

    def test_nothing_to_show_says_why(self, client: CheckingClient, coordinator: str, asks: Callable[..., str]) -> None:
        client.sign_in(coordinator)
        assert "No requests yet" in text_of(client)
        asks()
        assert "No request fits" in text_of(client, "/en/inbox?state=declined")

    @pytest.mark.parametrize("language", ["ar", "ja"])
    def test_in_other_languages(
        self, client: CheckingClient, coordinator: str, asks: Callable[..., str], language: str
    ) -> None:
        asks()
        client.sign_in(coordinator)
        assert client.get(f"/{language}/inbox").status_code == 200


class TestFilters:
    @pytest.fixture
    def three(self, app: Flask, asks: Callable[..., str], coordinator: str) -> dict[str, str]:
        codes = {
            "old": asks("KE", days_ago=40, subjects=["IPC"], languages=["fr"], state=RequestState.SUBMITTED),
            "proposed": asks("EG", days_ago=20, languages=["ar", "en"], state=RequestState.PROPOSED),
            "declined": asks("CH", days_ago=30, languages=["de"], state=RequestState.DECLINED),
        }
        with app.app_context(), unit_of_work():
            request = db.session.scalars(select(TrainingRequest).where(TrainingRequest.code == codes["old"])).one()
            request.assigned_to = person_of(coordinator)
            request.period_from = today() + timedelta(days=200)
        return codes

    @pytest.mark.parametrize(
        ("query", "names"),
        [
            ("", ["proposed", "declined", "old"]),
            ("?sort=waiting", ["old", "proposed", "declined"]),
            ("?sort=period", ["proposed", "old", "declined"]),
            ("?state=proposed", ["proposed"]),
            ("?waiting=secretariat", ["old"]),
            ("?waiting=office", ["proposed"]),
            ("?assigned=me", ["old"]),
            ("?assigned=nobody", ["proposed", "declined"]),
            ("?assigned=somebody", ["old"]),
            ("?office=EG", ["proposed"]),
            ("?region=Europe", ["declined"]),
            ("?region=Africa", ["proposed", "old"]),
            ("?standing=developed", ["declined"]),
            ("?subject=IPC", ["old"]),
            ("?spoken=en", ["proposed"]),
            ("?spoken=de", ["declined"]),
            ("?waiting=office&office=KE", []),
        ],
    )
    def test_each_narrows(
        self, client: CheckingClient, coordinator: str, three: dict[str, str], query: str, names: list[str]
    ) -> None:
        client.sign_in(coordinator)
        assert codes_on(client, query) == [three[name] for name in names]

    def test_days_of_receipt_and_code(self, client: CheckingClient, coordinator: str, three: dict[str, str]) -> None:
        client.sign_in(coordinator)
        day = today() - timedelta(days=30)
        assert codes_on(client, f"?received_from={day}&received_to={day}") == [three["declined"]]
        assert codes_on(client, f"?received_to={day}") == [three["declined"], three["old"]]
        assert codes_on(client, f"?code={three['old'].lower()}") == [three["old"]]
        assert codes_on(client, "?code=%25") == [], "a sign of the database is a sign to look for"

    @pytest.mark.parametrize(
        "query",
        [
            "?state=nothing&waiting=x&assigned=you&office=ZZZ&region=Mars&standing=rich&subject=X&spoken=xx&sort=luck",
            "?received_from=yesterday&received_to=9999-99-99",
            "?page=0",
            "?page=-1",
            "?page=99999999999999999999",
            "?state=&state=proposed",
            "?spoken=%25",
            "?request=x&with=y",
        ],
    )
    def test_what_is_not_offered_chooses_nothing(
        self, client: CheckingClient, coordinator: str, three: dict[str, str], query: str
    ) -> None:
        client.sign_in(coordinator)
        assert len(codes_on(client, query)) == len(three)

    @pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31"])
    def test_days_at_the_ends_of_the_calendar(
        self, client: CheckingClient, coordinator: str, three: dict[str, str], day: str
    ) -> None:
        client.sign_in(coordinator)
        codes_on(client, f"?received_from={day}&received_to={day}&code={'x' * 500}")

    def test_shortcuts_count_open_requests(
        self, client: CheckingClient, coordinator: str, three: dict[str, str]
    ) -> None:
        client.sign_in(coordinator)
        text = text_of(client)
        assert "Waiting for the secretariat: 1" in text
        assert "Waiting for the office: 1" in text
        assert "Assigned to me: 1" in text
        assert "Assigned to nobody: 1" in text, "a declined request needs nobody"

    def test_the_pager_keeps_the_filters(
        self, app: Flask, client: CheckingClient, coordinator: str, kenya: str
    ) -> None:
        many_requests(app, kenya, 60)
        client.sign_in(coordinator)
        assert len(codes_on(client, "?waiting=secretariat&spoken=en")) == 50
        page = client.get("/en/inbox?waiting=secretariat&spoken=en").get_data(as_text=True)
        assert "waiting=secretariat&amp;spoken=en&amp;page=2" in page
        assert len(codes_on(client, "?waiting=secretariat&spoken=en&page=2")) == 10


class TestSeveralAtOnce:
    @pytest.mark.parametrize(
        ("state", "may_be_chosen"),
        [
            (RequestState.SUBMITTED, True),
            (RequestState.PROPOSED, True),
            (RequestState.SCHEDULED, True),
            (RequestState.DECLINED, False),
        ],
    )
    def test_what_is_closed_is_not_chosen(
        self,
        client: CheckingClient,
        coordinator: str,
        asks: Callable[..., str],
        state: RequestState,
        may_be_chosen: bool,
    ) -> None:
        code = asks(state=state)
        client.sign_in(coordinator)
        client.get("/en/inbox")
        assert client.tree is not None
        boxes = [box.get("aria-label") for box in client.tree.iter("input") if box.get("name") == "request"]
        assert boxes == ([f"Choose {code}"] if may_be_chosen else [])

    def test_dates_for_several_go_to_the_first_with_the_others(self, client: CheckingClient, coordinator: str) -> None:
        client.sign_in(coordinator)
        response = client.get("/en/inbox/dates?request=aaa&request=bbb&request=ccc&request=aaa")
        assert response.status_code == 302
        assert response.location == "/en/requests/aaa/propose?with=bbb&with=ccc"

    def test_nothing_chosen_comes_back(self, client: CheckingClient, coordinator: str) -> None:
        client.sign_in(coordinator)
        response = client.get("/en/inbox/dates", follow_redirects=True)
        assert "Choose at least one request." in response.get_data(as_text=True)


def test_the_number_of_queries_is_fixed(
    app: Flask, client: CheckingClient, world: World, coordinator: str, kenya: str, queries: list[str]
) -> None:
    trainer = world.person("Trainer Example", role=Role.TRAINER)
    for number in range(3):
        code = f"2025-NICE-EN-{number:02d}"
        world.session(code, state=SessionState.DELIVERED, offices={"KE": "requester"}, subjects=["NICE"])
        world.session(f"2027-NICE-EN-{number:02d}", trainer=trainer, offices={"KE": "host"})
    client.sign_in(coordinator)
    counts = []
    for total in (10, 990):
        many_requests(app, kenya, total)
        queries.clear()
        shown = codes_on(client)
        counts.append(len(queries))
        assert len(shown) == min(50, total)
    assert counts[0] == counts[1]


def many_requests(app: Flask, entered_by: str, count: int) -> None:
    """Requests of many offices, each with a session that answers it."""
    with app.app_context(), unit_of_work():
        person = person_of(entered_by)
        subject = db.session.scalars(select(Subject).where(Subject.code == "NICE")).one()
        offices = [office_of(code) for code in ("KE", "EG", "CH", "BR", "JP")]
        session = db.session.scalars(select(TrainingSession).order_by(TrainingSession.id).limit(1)).one_or_none()
        known = db.session.query(TrainingRequest).count()
        for number in range(known + 1, known + count + 1):
            request = a_request(person, f"R-2026-{number:04d}", offices[number % len(offices)], subject)
            db.session.add(request)
            if session is not None:
                session.requests.append(request)


def a_request(person: Person, code: str, office: Any, subject: Subject) -> TrainingRequest:
    return TrainingRequest(
        code=code,
        office=office,
        state=RequestState.SUBMITTED,
        mode=Mode.ONLINE,
        level="introduction",
        languages=["en"],
        audience="Examiners",
        people=20,
        period_from=today() + timedelta(days=30),
        period_to=today() + timedelta(days=60),
        channel=Channel.OFFICE,
        received_on=today(),
        entered_by=person,
        assigned_to=person,
        subjects=[subject],
        events=[RequestEvent(person=person, step=Step.SUBMIT, from_state=None, to_state=RequestState.SUBMITTED)],
    )
