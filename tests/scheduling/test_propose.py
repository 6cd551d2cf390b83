"""The page that answers requests with dates: who reaches it, what is looked for, and what is found."""

from collections.abc import Callable
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.answering import (
    MONDAY,
    NAIROBI,
    ZURICH,
    fields_of,
    path_of,
    picks_of,
    request_of,
    text_of,
    values_of,
)
from tests.support.client import CheckingClient
from tests.support.world import World, person_of
from trainapp.catalogue.models import Course, Subject
from trainapp.core.access import Role
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.requests.models import RequestState
from trainapp.scheduling.models import TrainerProfile, TrainingSession
from trainapp.scheduling.proposals import offer_of, read, written
from trainapp.scheduling.spans import Span


class TestWhoMay:
    @pytest.mark.parametrize("role", [Role.FOCAL_POINT, Role.TRAINER, None])
    def test_nobody_but_coordinators(
        self, client: CheckingClient, world: World, asks: Callable[..., str], role: Role | None
    ) -> None:
        public_id = asks()
        client.sign_in(world.person("Some One", role=role, office="KE" if role is Role.FOCAL_POINT else None))
        assert client.get(path_of(public_id)).status_code == 403
        assert client.submit(path_of(public_id), {"step": "send"}).status_code == 403

    def test_visitors_are_asked_to_sign_in(self, client: CheckingClient, asks: Callable[..., str]) -> None:
        assert "/sign-in" in client.get(path_of(asks())).location

    def test_a_draft_is_nothing_to_answer(
        self, client: CheckingClient, coordinator: str, asks: Callable[..., str]
    ) -> None:
        public_id = asks(state=RequestState.DRAFT)
        client.sign_in(coordinator)
        for path in (path_of(public_id), path_of("nothing")):
            assert client.get(path).status_code == 404
            assert client.submit(path, {"step": "send"}).status_code == 404

    def test_a_draft_is_not_joined_either(
        self, client: CheckingClient, coordinator: str, asks: Callable[..., str]
    ) -> None:
        first, draft = asks(), asks("EG", state=RequestState.DRAFT, audience="A secret of a draft")
        client.sign_in(coordinator)
        client.get(path_of(first, f"?with={draft}&with=nothing"))
        assert "A secret of a draft" not in text_of(client)
        assert "Egypt" not in text_of(client).split("Add an office", maxsplit=1)[0]


class TestWhatIsLookedFor:
    def test_it_is_suggested_by_the_request(
        self, app: Flask, client: CheckingClient, coordinator: str, teacher: str, asks: Callable[..., str]
    ) -> None:
        public_id = asks()
        with app.app_context(), unit_of_work():
            course = db.session.scalars(select(Course).order_by(Course.meetings.desc()).limit(1)).one()
            request_of(public_id).course = course
            meetings, minutes = course.meetings, course.minutes
        client.sign_in(coordinator)
        client.get(path_of(public_id))
        assert values_of(client, "meetings") == [str(meetings)]
        assert values_of(client, "minutes") == [str(minutes)]
        assert values_of(client, "first") == [MONDAY.isoformat()]
        assert values_of(client, "last") == [(MONDAY + timedelta(days=11)).isoformat()]
        chosen = [field.get("value") for field in fields_of(client, "trainers") if "checked" in field.attrib]
        assert chosen == [teacher]

    def test_who_cannot_teach_it_is_offered_but_not_chosen(
        self, app: Flask, client: CheckingClient, world: World, coordinator: str, asks: Callable[..., str]
    ) -> None:
        other = world.person("Other Trainer", role=Role.TRAINER)
        public_id = asks()
        with app.app_context(), unit_of_work():
            ipc = db.session.scalars(select(Subject).where(Subject.code == "IPC")).one()
            db.session.add(TrainerProfile(person_id=person_of(other).id, zone="UTC", subjects=[ipc]))
        client.sign_in(coordinator)
        client.get(path_of(public_id))
        chosen = {str(field.get("value")): "checked" in field.attrib for field in fields_of(client, "trainers")}
        assert chosen[other] is False
        assert "Other trainers" in text_of(client)

    def test_a_period_that_has_begun_is_searched_from_tomorrow(
        self, client: CheckingClient, coordinator: str, asks: Callable[..., str]
    ) -> None:
        public_id = asks(period_from=today() - timedelta(days=30), period_to=today() - timedelta(days=3))
        client.sign_in(coordinator)
        client.get(path_of(public_id))
        tomorrow = (today() + timedelta(days=1)).isoformat()
        assert values_of(client, "first") == [tomorrow]

    def test_facts_and_background_stand_beside_it(
        self, client: CheckingClient, world: World, coordinator: str, asks: Callable[..., str]
    ) -> None:
        world.session(
            "2025-IPC-EN-01",
            state="delivered",
            subjects=["IPC"],
            first_day=date(2025, 3, 3),
            titles={"en": "Classifying in Nairobi"},
            offices={"KE": "beneficiary"},
        )
        public_id = asks(weekdays=[2, 4], hours_from=time(9), hours_to=time(12))
        client.sign_in(coordinator)
        client.get(path_of(public_id))
        text = text_of(client)
        for part in (
            "Kenya",
            "Developing country",
            "In review",
            "Examiners",
            "Tuesday and Thursday",
            "Able trainers: 1",
        ):
            assert part in text, part
        assert "Classifying in Nairobi" in text
        assert "Never had" in text

    @pytest.mark.parametrize(
        "query",
        [
            "?find=yes",
            "?find=yes&meetings=99999999999999999999&minutes=-5&first=x&last=y",
            "?find=yes&meetings=0&minutes=90&pattern=x&zone=Mars/Olympus&first=2027-01-01&last=2027-01-20",
            "?find=yes&meetings=1&minutes=90&pattern=any&zone=UTC&first=2027-01-20&last=2027-01-01",
            "?find=yes&meetings=1&minutes=90&pattern=any&zone=UTC&first=2027-01-01&last=2099-01-01",
            "?find=yes&meetings=1&minutes=90&pattern=any&zone=UTC&first=9999-12-01&last=9999-12-31",
            "?find=yes&meetings=1&minutes=90&pattern=any&zone=UTC&first=0001-01-01&last=0001-01-20",
            "?find=yes&meetings=1&minutes=90&pattern=any&zone=UTC&first=2027-01-01&last=2027-01-20"
            "&trainers=nobody&trainers=x&relaxed=gravity&office=ZZZ&office=EG&office=EG&add_office=XX",
            "?with=nothing&with=&with=%20",
            "?language=xx&public_id=y&_external=1&page=2",
        ],
    )
    def test_whatever_stands_in_the_address_is_answered(
        self, client: CheckingClient, coordinator: str, asks: Callable[..., str], query: str
    ) -> None:
        public_id = asks()
        client.sign_in(coordinator)
        assert client.get(path_of(public_id, query)).status_code == 200
        assert client.submit(path_of(public_id, query), {"step": "check"}).status_code == 422

    def test_what_is_wrong_is_said_beside_its_field(
        self, client: CheckingClient, coordinator: str, asks: Callable[..., str]
    ) -> None:
        public_id = asks()
        client.sign_in(coordinator)
        client.get(
            path_of(public_id, f"?find=yes&meetings=0&minutes=90&pattern=any&zone=UTC&first={MONDAY}&last={MONDAY}")
        )
        assert "Please give a number from 1 to 12." in text_of(client)
        assert picks_of(client) == []


class TestWhatIsFound:
    def test_times_that_suit_office_and_trainer_in_both_zones(
        self, client: CheckingClient, coordinator: str, asks: Callable[..., str]
    ) -> None:
        public_id = asks()
        client.sign_in(coordinator)
        client.get(path_of(public_id))
        picks = picks_of(client)
        assert picks
        for value in picks:
            offer = read(value)
            assert offer is not None
            for meeting in offer.meetings:
                assert offer.zone == NAIROBI
                assert meeting.on_date.isoweekday() <= 5
                assert time(11) <= meeting.wall_start <= meeting.wall_end <= time(17), "also office hours in Zurich"
        text = text_of(client)
        assert "Nairobi (UTC+3)" in text
        assert "Zurich (UTC+" in text

    def test_a_trainer_who_teaches_then_is_not_offered(
        self, client: CheckingClient, world: World, coordinator: str, teacher: str, asks: Callable[..., str]
    ) -> None:
        for day in range(12):
            code = f"2027-NICE-EN-{day:02d}"
            world.session(code, first_day=MONDAY + timedelta(days=day), trainer=teacher, zone="Pacific/Kiritimati")
        public_id = asks()
        client.sign_in(coordinator)
        client.get(path_of(public_id))
        assert picks_of(client), "at ten in Kiritimati it is night in Zurich: nothing is in the way"
        client.get(path_of(public_id, "?find=yes"))
        world.session("2027-VIENNA-EN-01", first_day=MONDAY, meetings=12, trainer=teacher)
        client.get(path_of(public_id))
        for value in picks_of(client):
            offer = read(value)
            assert offer is not None
            begins = [datetime.combine(each.on_date, each.wall_start, ZoneInfo(NAIROBI)) for each in offer.meetings]
            taken = datetime.combine(begins[0].date(), time(11, 30), ZoneInfo("Europe/Zurich"))
            assert begins[0] >= taken, "the trainer teaches from ten to half past eleven on each of these days"

    def test_none_fits_and_a_link_says_what_to_give_up(
        self, client: CheckingClient, coordinator: str, asks: Callable[..., str]
    ) -> None:
        public_id = asks(weekdays=[6, 7])
        client.sign_in(coordinator)
        client.get(path_of(public_id))
        assert picks_of(client) == []
        assert "Nothing fits everybody" in text_of(client)
        assert client.tree is not None
        links = [link.get("href") or "" for link in client.tree.iter("a")]
        ways = [link for link in links if "relaxed=" in link and "/en/" in link and "/propose" in link]
        assert ways
        client.get(ways[0])
        assert picks_of(client), "with that given up there are dates"

    def test_no_trainer_at_all_is_said(
        self, client: CheckingClient, world: World, kenya: str, coordinator: str
    ) -> None:
        public_id = world.request("KE", kenya, state=RequestState.IN_REVIEW)
        client.sign_in(coordinator)
        assert client.get(path_of(public_id)).status_code == 200
        assert "Nothing fits everybody" in text_of(client)


def test_where_nobody_gets_the_mail_it_is_said(
    client: CheckingClient, world: World, kenya: str, coordinator: str
) -> None:
    reached = world.request("KE", kenya, state=RequestState.IN_REVIEW)
    unreached = world.request("EG", coordinator, state=RequestState.IN_REVIEW)
    client.sign_in(coordinator)
    for page in (path_of(unreached, f"?with={reached}"), f"/en/requests/{unreached}"):
        text = client.get(page).get_data(as_text=True)
        assert text.count("Nobody at this office gets mails from here") == 1
        assert 'href="/en/offices/EG/contacts"' in text
    for page in (path_of(reached), f"/en/requests/{reached}"):
        assert "Nobody at this office" not in client.get(page).get_data(as_text=True)


def test_the_number_of_queries_is_fixed(
    app: Flask, client: CheckingClient, world: World, coordinator: str, asks: Callable[..., str], queries: list[str]
) -> None:
    public_id = asks()
    client.sign_in(coordinator)
    counts = []
    for total in (3, 40):
        for number in range(total):
            trainer = world.person(f"Trainer {total} {number}", role=Role.TRAINER)
            code = f"2027-NICE-EN-{total}{number:02d}"
            world.session(code, trainer=trainer, offices={"KE": "host"}, first_day=MONDAY, subjects=["NICE"])
            past = f"2025-NICE-EN-{total}{number:02d}"
            world.session(past, offices={"KE": "host"}, first_day=date(2026, 3, 3), state="delivered", trainer=trainer)
            with app.app_context(), unit_of_work():
                session = db.session.scalars(select(TrainingSession).where(TrainingSession.code == code)).one()
                session.requests.append(request_of(public_id))
                db.session.add(TrainerProfile(person_id=person_of(trainer).id, zone=ZURICH))
        client.get(path_of(public_id))
        queries.clear()
        assert client.get(path_of(public_id)).status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]


class TestOffers:
    """A found slot as a form carries it."""

    def spans(self, *starts: datetime) -> list[Span]:
        return [Span(start, start + timedelta(minutes=90)) for start in starts]

    def test_it_reads_back_as_it_was_written(self) -> None:
        spans = self.spans(datetime(2027, 3, 1, 8, tzinfo=UTC), datetime(2027, 3, 29, 8, tzinfo=UTC))
        offer = offer_of(spans, ["Europe/Zurich"], ["someone"])
        assert offer is not None
        assert read(written(offer, spans), ["someone"]) == offer

    def test_over_midnight_another_zone_says_it(self) -> None:
        spans = self.spans(datetime(2027, 3, 1, 23, tzinfo=UTC))
        offer = offer_of(spans, ["UTC", "Pacific/Apia"])
        assert offer is not None
        assert offer.zone == "Pacific/Apia"
        assert offer_of(spans, ["UTC"]) is None

    def test_the_later_of_two_equal_times(self) -> None:
        later = self.spans(datetime(2027, 10, 31, 1, 0, tzinfo=UTC))
        offer = offer_of(later, ["Europe/Zurich"])
        assert offer is not None
        assert offer.meetings[0].is_later is True
        assert read(written(offer, later)) == offer
