"""Sending dates to offices: all or none of them, one of two who try at once, and nothing typed is lost on the way."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, time, timedelta
from io import BytesIO
from threading import Barrier
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask

from tests.support.answering import (
    BRASILIA,
    MONDAY,
    NAIROBI,
    ZURICH,
    fields_of,
    form_of,
    mail_text,
    own_dates,
    path_of,
    picks_of,
    request_of,
    state_of,
    text_of,
    values_of,
)
from tests.support.client import CheckingClient
from tests.support.world import World, person_of
from trainapp.core.access import Role
from trainapp.core.unit_of_work import unit_of_work
from trainapp.requests.models import RequestState, Slot, Step
from trainapp.requests.queries import standing_slots
from trainapp.requests.service import take_step
from trainapp.scheduling.proposals import read


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

    def test_the_office_is_not_told_of_a_review_together_with_its_dates(
        self, client: CheckingClient, world: World, coordinator: str, asks: Callable[..., str]
    ) -> None:
        public_id = asks(state=RequestState.SUBMITTED)
        client.sign_in(coordinator)
        form = form_of(client, path_of(public_id))
        assert client.submit(path_of(public_id), {**form, "pick": picks_of(client)[:1]}).status_code == 302
        [mail] = world.mails("kenya.example@example.org")
        assert "The secretariat has proposed dates" in mail_text(mail)

    @pytest.mark.causes_mails
    def test_a_new_offer_takes_the_place_of_the_one_that_stands(
        self,
        app: Flask,
        client: CheckingClient,
        world: World,
        coordinator: str,
        asks: Callable[..., str],
        slots_in: Callable[[str], list[Slot]],
    ) -> None:
        public_id = asks()
        client.sign_in(coordinator)
        first = {**form_of(client, path_of(public_id)), **own_dates(1, 1, MONDAY, "13:00", "14:00")}
        assert client.submit(path_of(public_id), first).status_code == 302
        assert client.get(f"/en/inbox/dates?request={public_id}").location == path_of(public_id)
        form = form_of(client, path_of(public_id))
        text = text_of(client)
        assert "What you propose now takes the place of the dates proposed" in text
        assert "No dates can be proposed" not in text
        assert client.tree is not None
        standing = [item for item in client.tree.iter("li") if item.get("class") == "slot"]
        [times] = ["".join(item.itertext()) for item in standing]
        assert all(clock in times for clock in ("1:00", "2:00", "Nairobi"))
        second = {**form, **own_dates(1, 1, MONDAY + timedelta(days=1), "10:00", "11:00")}
        response = client.submit(path_of(public_id), second)
        assert response.location == f"/en/requests/{public_id}"
        assert state_of(app, public_id) is RequestState.PROPOSED
        with app.app_context():
            standing_dates = [
                meeting.on_date for slot in standing_slots(request_of(public_id)) for meeting in slot.meetings
            ]
        assert standing_dates == [MONDAY + timedelta(days=1)]
        assert len(world.mails("kenya.example@example.org")) == 2

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
            {"own_zone": "Mars/Olympus", **own_dates(1, 1, MONDAY, "09:00", "10:00")},
            {"own_zone": "", **own_dates(1, 1, MONDAY, "09:00", "10:00"), "more": "slot"},
            {"own_zone": "Mars/\x00", **own_dates(1, 1, MONDAY, "09:00", "10:00"), "comment": "\x00"},
            {"own_trainers": "no\x00body", **own_dates(1, 1, MONDAY, "09:00", "10:00")},
            {"pick": "UTC|1900000000-1900003600", "by-UTC|1900000000-1900003600": "no\x00body"},
            {"comment": "a\x00b", "more": "slot"},
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

    def test_a_zone_that_does_not_exist_is_said_beside_its_input(
        self, client: CheckingClient, coordinator: str, asks: Callable[..., str]
    ) -> None:
        public_id = asks()
        client.sign_in(coordinator)
        dates = own_dates(1, 1, MONDAY, "09:00", "10:00")
        data = {**form_of(client, path_of(public_id)), **dates, "own_zone": "Mars/Olympus"}
        response = client.submit(path_of(public_id), data)
        assert response.status_code == 422
        assert 'id="own_zone-error"' in response.get_data(as_text=True)
        assert values_of(client, "slot_1-meeting_1-on_date") == [MONDAY.isoformat()]

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

    @pytest.mark.parametrize("state", [RequestState.DECLINED, RequestState.SCHEDULED])
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
