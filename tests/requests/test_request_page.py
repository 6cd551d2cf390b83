"""The page of one request: both sides read its dates in their own time, and nothing they type is lost."""

import re
from datetime import time
from io import BytesIO
from typing import Any

import pytest
from flask import Flask

from tests.requests.conftest import Desk, person, writing
from tests.requests.offers import (
    GOES_BACK,
    GOES_FORWARD,
    ZONE,
    found,
    offer,
    offered,
    only,
    rows_for,
    standing_ids,
    weekday_in,
)
from tests.support import samples
from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.core.access import Role
from trainapp.requests.models import RequestState, Step
from trainapp.requests.queries import standing_slots
from trainapp.requests.service import take_step
from trainapp.requests.slots import (
    MeetingOffer,
)

pytestmark = pytest.mark.causes_mails


def steps_url(public_id: str) -> str:
    return f"/en/requests/{public_id}/steps"


def test_an_office_reads_each_offer_in_both_times_and_accepts_one(
    app: Flask, desk: Desk, client: CheckingClient
) -> None:
    public_id = offered(desk, offer(), offer(42, meetings=2))
    first, second = standing_ids(app, public_id)
    client.sign_in(desk.office)
    page = client.get(f"/en/requests/{public_id}").get_data(as_text=True)
    for words in ("Choice 1", "Choice 2", "Nairobi (UTC+3)", "Zurich (UTC", "10:00", "Dates offered"):
        assert words in page, words
    assert page.count("Accept these dates") == 2
    assert page.count('class="when-own"') >= 3
    data = {"chosen": second, "version": desk.version(public_id), "comment": "The second, please."}
    assert client.submit(steps_url(public_id), data).status_code == 302
    page = client.get(f"/en/requests/{public_id}").get_data(as_text=True)
    assert "The second, please." in page
    assert "Accept these dates" not in page
    assert "No longer offered" in page
    assert desk.state(public_id) is RequestState.AGREED
    assert first not in page


def test_an_office_offers_other_dates_on_the_page(app: Flask, desk: Desk, client: CheckingClient) -> None:
    public_id = offered(desk)
    client.sign_in(desk.office)
    page = client.get(f"/en/requests/{public_id}").get_data(as_text=True)
    assert page.count('type="date"') == 3
    mine = offer(42, 14), offer(49, 9)
    data = {"step": "counter", "version": desk.version(public_id), **rows_for(*mine)}
    assert client.submit(steps_url(public_id), data).status_code == 302
    with app.app_context():
        slots = standing_slots(found(public_id))
        assert [slot.zone for slot in slots] == [ZONE, ZONE]
        assert [slot.meetings[0].wall_start for slot in slots] == [time(14), time(9)]
    client.sign_in(desk.coordinator)
    page = client.get(f"/en/requests/{public_id}").get_data(as_text=True)
    assert page.count("Accept these dates") == 2
    assert "Find dates and propose" in page
    assert 'type="date"' not in page


def test_empty_rows_are_left_out_and_wrong_ones_shown_where_they_stand(
    app: Flask, desk: Desk, client: CheckingClient
) -> None:
    public_id = offered(desk)
    client.sign_in(desk.office)
    right = {name.replace("slot_1", "slot_3"): value for name, value in rows_for(offer(42)).items()}
    empty = {f"slot_1-meeting_1-{name}": "" for name in ("on_date", "wall_start", "wall_end")}
    rows = empty | {"slot_2-meeting_1-on_date": "2020-02-30", "slot_2-meeting_1-wall_start": "25:99"} | right
    data = {"step": "counter", "version": desk.version(public_id), "comment": "These words stay."}
    response = client.submit(steps_url(public_id), data | rows)
    page = response.get_data(as_text=True)
    assert response.status_code == 422
    for field in ("on_date", "wall_start", "wall_end"):
        assert f'id="slot_2-meeting_1-{field}-error"' in page, field
        assert f'id="slot_1-meeting_1-{field}-error"' not in page
    assert 'value="25:99"' in page
    assert f'value="{weekday_in(42)}"' in page
    assert "These words stay." in page
    wrong = {"slot_2-meeting_1-on_date": "", "slot_2-meeting_1-wall_start": "", "slot_3-meeting_1-wall_end": "08:00"}
    page = client.submit(steps_url(public_id), data | rows | wrong).get_data(as_text=True)
    assert 'id="slot_3-meeting_1-wall_end-error"' in page
    assert client.submit(steps_url(public_id), data | empty | right).status_code == 302
    assert len(standing_ids(app, public_id)) == 1


def test_a_skipped_time_is_refused_and_a_doubled_one_asked(app: Flask, world: World, client: CheckingClient) -> None:
    office = world.person("Swiss Example", role=Role.FOCAL_POINT, office="CH")
    public_id = world.request("CH", office, state=RequestState.PROPOSED)
    client.sign_in(office)
    skipped = only(MeetingOffer(GOES_FORWARD, time(2, 30), time(4)))
    data = {"step": "counter", "version": "1"}
    page = client.submit(steps_url(public_id), data | rows_for(skipped)).get_data(as_text=True)
    assert "the clocks go forward and skip it" in page
    doubled = rows_for(only(MeetingOffer(GOES_BACK, time(2, 30), time(4))))
    page = client.submit(steps_url(public_id), data | doubled).get_data(as_text=True)
    assert 'value="later"' in page
    chosen = doubled | {"slot_1-meeting_1-is_later": "later"}
    assert client.submit(steps_url(public_id), data | chosen).status_code == 302
    with app.app_context():
        (meeting,) = standing_slots(found(public_id))[0].meetings
        assert meeting.starts_at.time() == time(1, 30)


def test_more_rows_come_without_scripts_and_keep_what_was_typed(app: Flask, desk: Desk, client: CheckingClient) -> None:
    public_id = offered(desk, offer(meetings=2))
    client.sign_in(desk.office)
    page = client.get(f"/en/requests/{public_id}").get_data(as_text=True)
    assert page.count('type="date"') == 2
    first = {"version": desk.version(public_id), "comment": "Half a thought", **rows_for(offer(42, meetings=2))}
    page = client.submit(steps_url(public_id), first | {"more": "slot_1"}).get_data(as_text=True)
    assert page.count('type="date"') == 3
    assert "Half a thought" in page
    assert f'value="{weekday_in(42)}"' in page
    page = client.submit(steps_url(public_id), first | {"more": "slot"}).get_data(as_text=True)
    assert "Choice 2" in page
    assert page.count('type="date"') == 4
    for strange in ("", "slot_9", "slot_²", "\x00", "slot_" + "1" * 5000):
        response = client.submit(steps_url(public_id), first | {"more": strange})
        assert response.status_code == 200, strange
        assert response.get_data(as_text=True).count('type="date"') == 2
    assert desk.state(public_id) is RequestState.PROPOSED


def typed(on_date: Any, wall_start: Any = "", wall_end: Any = "") -> dict[str, Any]:
    """The first row of the first choice, as somebody or something filled it in."""
    return {
        "slot_1-meeting_1-on_date": on_date,
        "slot_1-meeting_1-wall_start": wall_start,
        "slot_1-meeting_1-wall_end": wall_end,
    }


STRANGE_ROWS: list[dict[str, Any]] = [
    typed("0001-01-01", "00:00", "01:00"),
    typed("9999-12-31", "00:00", "23:59"),
    typed("\x00", "\x00", "\ufffe"),
    typed(["2027-01-01", "2027-01-02"], ["10:00", "x"]),
    typed("٢٠٢٧-٠١-٠١", "9" * 9000),
    {"slot_5-meeting_12-on_date": "2027-13-01", "slot_5-meeting_12-is_later": "never"},
    {"slot_1-meeting_1-is_later": "x", "slot_1-meeting_1-on_date": "2027-01-01"},
]


def test_strange_rows_are_never_taken_and_never_break_the_page(desk: Desk, client: CheckingClient) -> None:
    public_id = offered(desk)
    client.sign_in(desk.office)
    for rows in STRANGE_ROWS:
        data = {"step": "counter", "version": desk.version(public_id), "last_event": "9" * 99, **rows}
        response = client.submit(steps_url(public_id), data)
        assert response.status_code == 422, rows
    for chosen in ("\x00", "x" * 9999, "'; drop", ["a", "b"]):
        data = {"chosen": chosen, "version": desk.version(public_id)}
        assert client.submit(steps_url(public_id), data).status_code in (409, 422), chosen
    assert desk.state(public_id) is RequestState.PROPOSED


def test_dates_typed_with_a_step_that_takes_none_are_not_dropped(desk: Desk, client: CheckingClient) -> None:
    public_id = offered(desk)
    client.sign_in(desk.office)
    data = {"step": "comment", "comment": "See my dates.", "version": desk.version(public_id), **rows_for(offer(42))}
    response = client.submit(steps_url(public_id), data)
    assert response.status_code == 422
    page = response.get_data(as_text=True)
    assert "Dates go with a proposal only" in page
    assert f'value="{weekday_in(42)}"' in page
    assert "See my dates." in page


def test_files_come_with_a_step_and_are_downloads(app: Flask, desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request(RequestState.NEEDS_INFORMATION)
    client.sign_in(desk.office)
    token, version = client.token(), desk.version(public_id)
    data = {"csrf_token": token, "step": "answer", "version": version, "comment": "Attached."}
    wrong = client.post(steps_url(public_id), data=data | {"files": (BytesIO(b"MZ\x90"), "list.pdf")})
    assert wrong.status_code == 422
    page = wrong.get_data(as_text=True)
    assert 'id="files-error"' in page
    assert "Please choose the files again" in page
    assert "Attached." in page
    assert desk.state(public_id) is RequestState.NEEDS_INFORMATION
    assert f'name="version" type="hidden" value="{version}"' in page, "nothing of the refused step shows"
    right = client.post(steps_url(public_id), data=data | {"files": (BytesIO(samples.pdf()), "قائمة.pdf")})
    assert right.status_code == 302
    page = client.get(f"/en/requests/{public_id}").get_data(as_text=True)
    (address,) = re.findall(r'href="(/en/requests/attachments/[\w-]+)"', page)
    assert "قائمة.pdf" in page
    assert client.get(address).data == samples.pdf()
    client.sign_in(desk.coordinator)
    assert client.get(address).status_code == 200
    client.sign_in(desk.other_office)
    assert client.get(address).status_code == 404


def test_a_coordinator_gives_a_request_to_a_colleague(
    app: Flask, desk: Desk, world: World, client: CheckingClient
) -> None:
    colleague = world.person("Second Coordinator", role=Role.COORDINATOR)
    public_id = desk.request()
    client.sign_in(desk.coordinator)
    address = f"/en/requests/{public_id}/assign"
    data = {"colleague": colleague, "version": desk.version(public_id)}
    for wrong in ({"colleague": desk.trainer}, {"colleague": "\x00"}, {"colleague": "x" * 999}):
        assert client.submit(address, data | wrong).status_code == 422
    assert client.submit(address, data).status_code == 302
    page = client.get(f"/en/requests/{public_id}").get_data(as_text=True)
    assert "Assigned to Second Coordinator" in page
    assert f'selected value="{colleague}"' in page
    late = client.submit(address, data | {"colleague": desk.coordinator})
    assert late.status_code == 409
    assert "Something has happened to this request" in late.get_data(as_text=True)
    client.sign_in(desk.office)
    page = client.get(f"/en/requests/{public_id}").get_data(as_text=True)
    assert "Second Coordinator" in page
    assert "second.coordinator@example.org" not in page
    assert address not in page
    assert client.submit(address, data).status_code == 403


def test_a_coordinator_sees_how_the_state_was_counted_then(desk: Desk, world: World, client: CheckingClient) -> None:
    nepal = world.person("Nepal Example", role=Role.FOCAL_POINT, office="NP")
    asked = {"least": world.request("NP", nepal), "developing": desk.request()}
    client.sign_in(desk.coordinator)
    page = client.get(f"/en/requests/{asked['least']}").get_data(as_text=True)
    assert "Least developed country" in page
    page = client.get(f"/en/requests/{asked['developing']}").get_data(as_text=True)
    assert "Developing country (United Nations, 2021)" in page
    client.sign_in(nepal)
    assert "Least developed" not in client.get(f"/en/requests/{asked['least']}").get_data(as_text=True)


def test_a_closed_request_is_opened_again_and_asked_again(desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request(RequestState.WITHDRAWN)
    client.sign_in(desk.office)
    page = client.get(f"/en/requests/{public_id}").get_data(as_text=True)
    assert 'value="reopen"' in page
    assert f"/en/requests/new?copy={public_id}" in page
    data = {"step": "reopen", "version": desk.version(public_id)}
    assert client.submit(steps_url(public_id), data).status_code == 302
    assert desk.state(public_id) is RequestState.SUBMITTED


def test_words_no_page_can_hold_are_shown_without_them_when_a_choice_is_added(
    desk: Desk, client: CheckingClient
) -> None:
    public_id = offered(desk)
    client.sign_in(desk.office)
    data = {"more": "slot", "comment": "In the\x00 morning", "version": "\x00", "last_event": "\x07"}
    response = client.submit(steps_url(public_id), data)
    assert response.status_code == 200
    assert "In the morning" in response.get_data(as_text=True)


def test_the_page_reads_as_much_of_a_long_thread_as_of_a_short_one(
    app: Flask, desk: Desk, client: CheckingClient, queries: list[str]
) -> None:
    client.sign_in(desk.coordinator)
    counts = []
    for rounds in (1, 12):
        public_id = offered(desk)
        with writing(app):
            for number in range(rounds):
                request = found(public_id)
                take_step(person(desk.office), request, Step.COUNTER, "x", slots=[offer(42), offer(49, meetings=3)])
                slots = [offer(56 + number, trainers=[desk.trainer])]
                take_step(person(desk.coordinator), request, Step.PROPOSE, "y", slots=slots)
        queries.clear()
        assert client.get(f"/en/requests/{public_id}").status_code == 200
        counts.append(len(queries))
    assert counts[0] == counts[1]
