"""Answering requests with dates: what the page finds, what it sends, and that nothing typed is lost on the way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from io import BytesIO
from threading import Barrier
from typing import Any
from xml.etree.ElementTree import Element
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from tests.support.client import CheckingClient
from tests.support.world import World, person_of
from trainapp.catalogue.models import Course, Subject
from trainapp.core.access import Role
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.models import OutboxMail
from trainapp.requests.models import RequestState, Slot, Step, TrainingRequest
from trainapp.requests.service import take_step
from trainapp.scheduling.models import TrainerProfile, TrainingSession
from trainapp.scheduling.proposals import offer_of, read, written
from trainapp.scheduling.spans import Span

NAIROBI, BRASILIA, ZURICH = "Africa/Nairobi", "America/Sao_Paulo", "Europe/Zurich"
MONDAY = today() + timedelta(days=70 - today().weekday())
"""A Monday some weeks from now, whenever the test runs."""


@pytest.fixture
def kenya(world: World) -> str:
    return world.person("Kenya Example", role=Role.FOCAL_POINT, office="KE", zone=NAIROBI)


@pytest.fixture
def teacher(world: World) -> str:
    return world.person("Teacher Example", role=Role.TRAINER, zone="Europe/Zurich")


@pytest.fixture
def asks(world: World, kenya: str, coordinator: str, teacher: str) -> Callable[..., str]:
    """A request in review for two weeks; gives its public id."""

    def make(office: str = "KE", **changes: Any) -> str:
        values = {
            "state": RequestState.IN_REVIEW,
            "period_from": MONDAY,
            "period_to": MONDAY + timedelta(days=11),
            **changes,
        }
        return world.request(office, kenya, **values)

    return make


def path_of(public_id: str, query: str = "") -> str:
    return f"/en/requests/{public_id}/propose{query}"


def fields_of(client: CheckingClient, name: str) -> list[Element]:
    assert client.tree is not None
    return [field for field in client.tree.iter("input") if field.get("name") == name]


def values_of(client: CheckingClient, name: str) -> list[str]:
    return [str(field.get("value")) for field in fields_of(client, name)]


def text_of(client: CheckingClient) -> str:
    assert client.tree is not None
    return " ".join("".join(client.tree.itertext()).split())


def form_of(client: CheckingClient, path: str) -> dict[str, Any]:
    """The form of the page as a browser has it before anything is chosen."""
    assert client.get(path).status_code == 200
    assert client.tree is not None
    hidden = [field for field in client.tree.iter("input") if field.get("type") == "hidden"]
    carried = {str(field.get("name")): str(field.get("value") or "") for field in hidden}
    return {name: value for name, value in carried.items() if name.startswith(("csrf", "version-", "event-"))}


def picks_of(client: CheckingClient) -> list[str]:
    return values_of(client, "pick")


def mail_text(mail: OutboxMail) -> str:
    """The plain text of a mail."""
    message = message_from_bytes(mail.content or b"", policy=policy.default)
    assert isinstance(message, EmailMessage)
    body = message.get_body(("plain",))
    assert body is not None
    return str(body.get_content())


def request_of(public_id: str) -> TrainingRequest:
    return db.session.scalars(select(TrainingRequest).where(TrainingRequest.public_id == public_id)).one()


def state_of(app: Flask, public_id: str) -> RequestState:
    with app.app_context():
        return request_of(public_id).state


@pytest.fixture
def slots_in(app: Flask) -> Callable[[str], list[Slot]]:
    """The slots offered last to a request, detached."""

    def find(public_id: str) -> list[Slot]:
        with app.app_context():
            offers = [event for event in request_of(public_id).events if event.step is Step.PROPOSE]
            slots = list(offers[-1].slots) if offers else []
            for slot in slots:
                assert slot.meetings is not None
                assert slot.trainers is not None
            db.session.expunge_all()
            return slots

    return find


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


class TestSending:
    @pytest.mark.causes_mails
    def test_what_was_picked_reaches_the_office(
        self,
        app: Flask,
        client: CheckingClient,
        coordinator: str,
        teacher: str,
        asks: Callable[..., str],
        slots_in: Callable[[str], list[Slot]],
    ) -> None:
        public_id = asks()
        client.sign_in(coordinator)
        form = form_of(client, path_of(public_id))
        first, second = picks_of(client)[:2]
        data = {**form, "pick": [first, second], f"by-{first}": [teacher], "comment": "Two ways.", "step": "send"}
        response = client.submit(path_of(public_id), data)
        assert response.status_code == 302
        assert response.location == f"/en/requests/{public_id}"
        assert state_of(app, public_id) is RequestState.PROPOSED
        slots = slots_in(public_id)
        assert [slot.zone for slot in slots] == [NAIROBI, NAIROBI]
        assert [[person.public_id for person in slot.trainers] for slot in slots] == [[teacher], []]
        offer = read(first)
        assert offer is not None
        assert (slots[0].meetings[0].on_date, slots[0].meetings[0].wall_start) == (
            offer.meetings[0].on_date,
            offer.meetings[0].wall_start,
        )

    def test_the_office_gets_one_mail_with_its_times(
        self, client: CheckingClient, world: World, coordinator: str, asks: Callable[..., str]
    ) -> None:
        public_id = asks()
        client.sign_in(coordinator)
        form = form_of(client, path_of(public_id))
        client.submit(path_of(public_id), {**form, "pick": picks_of(client)[:1], "step": "send"})
        mails = world.mails("kenya.example@example.org")
        assert [mail.recipient for mail in world.mails()] == ["kenya.example@example.org"]
        text = mail_text(mails[0])
        assert "Nairobi (UTC+3)" in text
        assert "/en/requests/answer/" in text

    @pytest.mark.causes_mails
    def test_one_that_was_only_sent_is_taken_into_review_first(
        self, app: Flask, client: CheckingClient, coordinator: str, asks: Callable[..., str]
    ) -> None:
        public_id = asks(state=RequestState.SUBMITTED)
        client.sign_in(coordinator)
        form = form_of(client, path_of(public_id))
        assert client.submit(path_of(public_id), {**form, "pick": picks_of(client)[:1]}).status_code == 302
        with app.app_context():
            steps = [event.step for event in request_of(public_id).events]
        assert steps == [Step.SUBMIT, Step.REVIEW, Step.PROPOSE]

    @pytest.mark.causes_mails
    def test_own_dates_and_a_file(
        self,
        app: Flask,
        client: CheckingClient,
        coordinator: str,
        teacher: str,
        asks: Callable[..., str],
        slots_in: Callable[[str], list[Slot]],
    ) -> None:
        public_id = asks()
        client.sign_in(coordinator)
        data = {
            **form_of(client, path_of(public_id)),
            **own_dates(1, 1, MONDAY + timedelta(days=5), "20:00", "21:30"),
            "own_zone": ZURICH,
            "own_trainers": [teacher],
            "files": [(BytesIO(b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"), "outline.pdf")],
            "step": "send",
        }
        response = client.submit(path_of(public_id), data, content_type="multipart/form-data")
        assert response.status_code == 302, text_of(client)
        (slot,) = slots_in(public_id)
        assert slot.zone == ZURICH
        assert [person.public_id for person in slot.trainers] == [teacher]
        expected = datetime.combine(MONDAY + timedelta(days=5), time(20), ZoneInfo(ZURICH)).astimezone(UTC)
        assert slot.meetings[0].starts_at == expected
        with app.app_context():
            event = request_of(public_id).events[-1]
            assert [each.file.name for each in event.attachments] == ["outline.pdf"]

    def test_looking_first_shows_what_stands_against_them_and_sends_nothing(
        self, app: Flask, client: CheckingClient, coordinator: str, asks: Callable[..., str]
    ) -> None:
        public_id = asks()
        client.sign_in(coordinator)
        data = {
            **form_of(client, path_of(public_id)),
            **own_dates(1, 1, MONDAY + timedelta(days=5), "20:00", "21:30"),
            "step": "check",
        }
        response = client.submit(path_of(public_id), data)
        assert response.status_code == 200
        text = text_of(client)
        assert "weekend day" in text
        assert "outside the working hours" in text
        assert values_of(client, "slot_1-meeting_1-wall_start") == ["20:00"]
        assert state_of(app, public_id) is RequestState.IN_REVIEW

    def test_more_rows_keep_what_was_typed(
        self, client: CheckingClient, coordinator: str, asks: Callable[..., str]
    ) -> None:
        public_id = asks()
        client.sign_in(coordinator)
        form = form_of(client, path_of(public_id))
        picked = picks_of(client)[1]
        data = {
            **form,
            **own_dates(1, 1, MONDAY, "09:00", "10:00"),
            "pick": picked,
            "comment": "Soon",
            "more": "slot_1",
        }
        assert client.submit(path_of(public_id), data).status_code == 200
        assert values_of(client, "slot_1-meeting_1-on_date") == [MONDAY.isoformat()]
        assert values_of(client, "slot_1-meeting_2-on_date") == [""]
        assert [field.get("value") for field in fields_of(client, "pick") if "checked" in field.attrib] == [picked]
        assert "Soon" in text_of(client)

    def test_nothing_chosen_sends_nothing(
        self, app: Flask, client: CheckingClient, coordinator: str, asks: Callable[..., str]
    ) -> None:
        public_id = asks()
        client.sign_in(coordinator)
        form = form_of(client, path_of(public_id))
        response = client.submit(path_of(public_id), {**form, "comment": "Please come", "step": "send"})
        assert response.status_code == 422
        assert "Choose at least one of the dates found" in text_of(client)
        assert "Please come" in text_of(client)
        assert state_of(app, public_id) is RequestState.IN_REVIEW

    def test_more_than_five_are_refused_and_stay_picked(
        self, client: CheckingClient, coordinator: str, asks: Callable[..., str]
    ) -> None:
        public_id = asks()
        client.sign_in(coordinator)
        form = form_of(client, path_of(public_id))
        picks = picks_of(client)[:6]
        assert client.submit(path_of(public_id), {**form, "pick": picks}).status_code == 422
        assert "at most 5" in text_of(client)
        checked = [field.get("value") for field in fields_of(client, "pick") if "checked" in field.attrib]
        assert sorted(map(str, checked)) == sorted(picks)

    @pytest.mark.parametrize(
        "changes",
        [
            {"pick": "x"},
            {"pick": "Africa/Nairobi|"},
            {"pick": "Africa/Nairobi|1-2-3"},
            {"pick": "Africa/Nairobi|99999999999-0"},
            {"pick": "Mars/Olympus|1800000000-1800003600"},
            {"pick": "UTC|" + ",".join(["1800000000-1800003600"] * 500)},
            {"pick": "UTC|1000000000-1000003600"},
            {"pick": "UTC|99999990000-99999993600"},
            {"slot_1-meeting_1-on_date": "yesterday", "slot_1-meeting_1-wall_start": "25:00"},
            {"slot_1-meeting_1-on_date": "9999-12-31", "slot_1-meeting_1-wall_start": "23:00"},
            {"slot_99-meeting_99-on_date": "2027-01-01"},
            {"own_zone": "Mars/Olympus"},
            {"own_trainers": "nobody", "pick": "UTC|1900000000-1900003600"},
            {"comment": "\x00\x07", "pick": "UTC|1900000000-1900003600"},
            {"version-x": "y", "event-x": "z", "more": "slot_9"},
            {"step": "gravity"},
        ],
    )
    def test_whatever_is_sent_is_answered(
        self, client: CheckingClient, coordinator: str, asks: Callable[..., str], changes: dict[str, str]
    ) -> None:
        public_id = asks(state=RequestState.DECLINED)
        client.sign_in(coordinator)
        form = form_of(client, path_of(public_id))
        assert client.submit(path_of(public_id), {**form, **changes}).status_code in (200, 409, 422)

    def test_wrong_rows_are_shown_beside_their_inputs(
        self, client: CheckingClient, coordinator: str, asks: Callable[..., str]
    ) -> None:
        public_id = asks()
        client.sign_in(coordinator)
        data = {**form_of(client, path_of(public_id)), **own_dates(2, 1, MONDAY, "10:00", "09:00")}
        assert client.submit(path_of(public_id), data).status_code == 422
        assert client.tree is not None
        wrong = [field.get("name") for field in client.tree.iter("input") if field.get("aria-invalid")]
        assert wrong == ["slot_2-meeting_1-wall_end"]

    @pytest.mark.parametrize("state", [RequestState.DECLINED, RequestState.SCHEDULED, RequestState.PROPOSED])
    def test_where_nothing_can_be_proposed_it_is_said(
        self, app: Flask, client: CheckingClient, coordinator: str, asks: Callable[..., str], state: RequestState
    ) -> None:
        public_id = asks(state=state)
        client.sign_in(coordinator)
        form = form_of(client, path_of(public_id))
        assert "No dates can be proposed" in text_of(client)
        data = {**form, **own_dates(1, 1, MONDAY, "09:00", "10:00")}
        assert client.submit(path_of(public_id), data).status_code == 409
        assert state_of(app, public_id) is state


def own_dates(slot: int, meeting: int, day: date, start: str, end: str) -> dict[str, str]:
    """A row of the form for dates typed by hand."""
    name = f"slot_{slot}-meeting_{meeting}"
    return {f"{name}-on_date": day.isoformat(), f"{name}-wall_start": start, f"{name}-wall_end": end}


class TestJoined:
    @pytest.fixture
    def brazil(self, world: World) -> str:
        return world.person("Brazil Example", role=Role.FOCAL_POINT, office="BR", zone=BRASILIA, language="pt")

    def test_one_set_of_dates_suits_all_and_each_gets_its_own_mail(
        self, app: Flask, client: CheckingClient, world: World, coordinator: str, brazil: str, asks: Callable[..., str]
    ) -> None:
        kenyan, brazilian = asks(), asks("BR")
        client.sign_in(coordinator)
        query = (
            f"?with={brazilian}&find=yes&meetings=1&minutes=60&pattern=any&zone={NAIROBI}&relaxed=trainer_hours"
            f"&first={MONDAY}&last={MONDAY + timedelta(days=11)}"
        )
        path = path_of(kenyan, query)
        form = form_of(client, path)
        picks = picks_of(client)
        assert picks
        for value in picks:
            offer = read(value)
            assert offer is not None
            for meeting in offer.meetings:
                begins = datetime.combine(meeting.on_date, meeting.wall_start, ZoneInfo(offer.zone))
                for zone in (NAIROBI, BRASILIA):
                    assert 9 <= begins.astimezone(ZoneInfo(zone)).hour < 17
        assert client.submit(path, {**form, "pick": picks[:1]}).location == "/en/inbox"
        assert [state_of(app, each) for each in (kenyan, brazilian)] == [RequestState.PROPOSED] * 2
        assert len(world.mails("kenya.example@example.org")) == 1
        assert len(world.mails("brazil.example@example.org")) == 1

    def test_all_or_none(self, app: Flask, client: CheckingClient, coordinator: str, asks: Callable[..., str]) -> None:
        kenyan, egyptian = asks(), asks("EG")
        client.sign_in(coordinator)
        path = path_of(kenyan, f"?with={egyptian}")
        form = form_of(client, path)
        with app.test_request_context("/en/"), unit_of_work():
            request_of(egyptian).state = RequestState.DECLINED
        response = client.submit(path, {**form, **own_dates(1, 1, MONDAY, "13:00", "14:00")})
        assert response.status_code == 409
        assert [state_of(app, each) for each in (kenyan, egyptian)] == [RequestState.IN_REVIEW, RequestState.DECLINED]
        with app.app_context():
            assert [event.step for event in request_of(kenyan).events] == [Step.SUBMIT]

    def test_the_inbox_leads_here_with_all_of_them(
        self, client: CheckingClient, coordinator: str, asks: Callable[..., str]
    ) -> None:
        kenyan, egyptian = asks(), asks("EG")
        client.sign_in(coordinator)
        response = client.get(f"/en/inbox/dates?request={kenyan}&request={egyptian}", follow_redirects=True)
        assert response.status_code == 200
        assert values_of(client, "with") == [egyptian]
        assert {f"version-{kenyan}", f"version-{egyptian}"} <= set(
            form_of(client, response.request.path + f"?with={egyptian}")
        )

    def test_an_office_without_a_request_takes_part(
        self, client: CheckingClient, coordinator: str, asks: Callable[..., str]
    ) -> None:
        public_id = asks()
        client.sign_in(coordinator)
        query = f"?find=yes&meetings=1&minutes=60&pattern=any&zone=UTC&first={MONDAY}&last={MONDAY}&add_office=JP"
        client.get(path_of(public_id, query))
        assert [field.get("value") for field in fields_of(client, "office") if "checked" in field.attrib] == ["JP"]


class TestTwoAtOnce:
    @pytest.mark.causes_mails
    def test_the_second_is_told_what_changed_and_loses_nothing(
        self, app: Flask, client: CheckingClient, world: World, coordinator: str, asks: Callable[..., str]
    ) -> None:
        public_id, second = asks(), world.person("Second Coordinator", role=Role.COORDINATOR)
        client.sign_in(coordinator)
        form = form_of(client, path_of(public_id))
        picked = picks_of(client)[1]
        with app.test_request_context("/en/"), unit_of_work():
            take_step(person_of(second), request_of(public_id), Step.ASK, "How many rooms do you have?")
        data = {
            **form,
            "pick": picked,
            "comment": "My careful words",
            **own_dates(1, 1, MONDAY, "13:00", "14:00"),
            "step": "send",
        }
        response = client.submit(path_of(public_id), data)
        assert response.status_code == 409
        text = text_of(client)
        assert "How many rooms do you have?" in text
        assert "Second Coordinator" in text
        assert "My careful words" in text
        assert values_of(client, "slot_1-meeting_1-on_date") == [MONDAY.isoformat()]
        checked = [field.get("value") for field in fields_of(client, "pick") if "checked" in field.attrib]
        assert checked == [picked]
        assert state_of(app, public_id) is RequestState.NEEDS_INFORMATION

    @pytest.mark.causes_mails
    def test_of_two_at_the_same_moment_one_wins(
        self, app: Flask, world: World, coordinator: str, asks: Callable[..., str]
    ) -> None:
        public_id = asks()
        others = [coordinator, world.person("Second Coordinator", role=Role.COORDINATOR)]
        visits = []
        for person in others:
            client = app.test_client()
            assert isinstance(client, CheckingClient)
            client.sign_in(person)
            visits.append((client, form_of(client, path_of(public_id)), picks_of(client)[0]))
        start = Barrier(len(visits))

        def send(visit: tuple[CheckingClient, dict[str, Any], str]) -> int:
            client, form, pick = visit
            start.wait()
            return client.post(path_of(public_id), data={**form, "pick": pick, "step": "send"}).status_code

        with ThreadPoolExecutor(len(visits)) as pool:
            answers = list(pool.map(send, visits))
        assert sorted(answers) == [302, 409]
        with app.app_context():
            assert [event.step for event in request_of(public_id).events].count(Step.PROPOSE) == 1


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
