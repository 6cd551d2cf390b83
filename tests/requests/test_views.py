"""The pages of requests, as an office and the secretariat use them."""

from typing import Any

import pytest

from tests.requests.answers import answers
from tests.requests.conftest import Desk
from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.requests.models import RequestState, Step

pytestmark = pytest.mark.causes_mails


STRANGE_STEPS: list[dict[str, Any]] = [
    {},
    {"step": "schedule", "version": "1"},
    {"step": "nonsense", "version": "1"},
    {"step": "\x00", "version": "1"},
    {"step": "comment", "version": "٣"},
    {"step": "comment", "version": "9" * 60},
    {"step": "comment", "version": "-1"},
    {"step": "comment", "version": ""},
    {"step": ["review", "comment"], "version": ["1", "1"]},
    {"step": "comment", "version": "1", "comment": ""},
]


def test_a_strange_step_changes_nothing_and_keeps_the_words(desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request()
    client.sign_in(desk.office)
    for data in STRANGE_STEPS:
        response = client.submit(f"/en/requests/{public_id}/steps", {"comment": "These words stay.", **data})
        assert response.status_code in (403, 409, 422), data
        if response.status_code != 403 and data.get("comment") != "":
            assert "These words stay." in response.get_data(as_text=True), data
        assert desk.state(public_id) is RequestState.SUBMITTED, data


def test_words_that_cannot_be_kept_are_refused(desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request()
    client.sign_in(desk.office)
    for words in ("a\x00b", "x" * 5001):
        data = {"step": "comment", "version": "1", "comment": words}
        assert client.submit(f"/en/requests/{public_id}/steps", data).status_code == 422


def test_another_office_meets_nothing_anywhere(desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request(RequestState.DRAFT)
    client.sign_in(desk.other_office)
    paths = [f"/en/requests/{public_id}", f"/en/requests/{public_id}/edit", "/en/requests/not-there"]
    for path in paths:
        assert client.get(path).status_code == 404
    version = desk.version(public_id)
    assert client.submit(f"/en/requests/{public_id}/edit", answers(version=version)).status_code == 404
    step = {"step": "withdraw", "version": version}
    assert client.submit(f"/en/requests/{public_id}/steps", step).status_code == 404
    assert public_id not in client.get("/en/requests").get_data(as_text=True)
    assert desk.state(public_id) is RequestState.DRAFT


def test_who_has_no_part_is_sent_away(desk: Desk, client: CheckingClient, world: World) -> None:
    public_id = desk.request()
    paths = ["/en/requests", "/en/requests/new", f"/en/requests/{public_id}", f"/en/requests/{public_id}/edit"]
    for path in paths:
        assert client.get(path).location.startswith("/en/sign-in?next=")
    for reader in (desk.trainer, world.person("Visitor Example")):
        client.sign_in(reader)
        for path in paths:
            assert client.get(path).status_code == 403


def test_only_allowed_steps_are_offered(desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request(RequestState.PROPOSED)
    client.sign_in(desk.office)
    page = client.get(f"/en/requests/{public_id}").get_data(as_text=True)
    assert [step for step in Step if f'value="{step}"' in page] == [
        Step.COUNTER,
        Step.AGREE,
        Step.WITHDRAW,
        Step.COMMENT,
    ]
    client.sign_in(desk.coordinator)
    page = client.get(f"/en/requests/{public_id}").get_data(as_text=True)
    assert [step for step in Step if f'value="{step}"' in page] == [Step.COMMENT]


def test_the_step_of_the_other_side_is_refused(desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request()
    client.sign_in(desk.office)
    step = {"step": "decline", "version": desk.version(public_id), "comment": "No."}
    assert client.submit(f"/en/requests/{public_id}/steps", step).status_code == 403
    assert desk.state(public_id) is RequestState.SUBMITTED


def test_a_late_step_shows_what_happened_and_keeps_the_words(desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request(RequestState.IN_REVIEW)
    address = f"/en/requests/{public_id}/steps"
    client.sign_in(desk.coordinator)
    seen = hidden_values(client, public_id)
    client.sign_in(desk.office)
    for words in ("One more group will come.", "And another."):
        said = {"step": "comment", "comment": words, **hidden_values(client, public_id)}
        assert client.submit(address, said).status_code == 302
    client.sign_in(desk.coordinator)
    late = {"step": "ask", **seen, "comment": "How many groups?"}
    response = client.submit(address, late)
    assert response.status_code == 409
    page = response.get_data(as_text=True)
    since = page.partition("What has happened since you opened the page")[2].partition("</ol>")[0]
    assert since.count("Office Example") == 2
    assert since.index("One more group will come.") < since.index("And another.")
    assert "The request was sent" not in since, "what was seen is not told again"
    assert "How many groups?</textarea>" in page
    assert f'name="version" type="hidden" value="{desk.version(public_id)}"' in page
    assert desk.state(public_id) is RequestState.IN_REVIEW
    again = late | {"version": str(desk.version(public_id))}
    assert client.submit(address, again).status_code == 302
    assert desk.state(public_id) is RequestState.NEEDS_INFORMATION


def hidden_values(client: CheckingClient, public_id: str) -> dict[str, str]:
    """What the form of the steps carries of what its page showed."""
    client.get(f"/en/requests/{public_id}")
    assert client.tree is not None
    inputs = [field for field in client.tree.iter("input") if field.get("id") in ("version", "last_event")]
    values = {str(field.get("name")): str(field.get("value")) for field in inputs}
    assert len(values) == 2
    return values


def test_an_agreed_request_leads_to_its_plan(desk: Desk, client: CheckingClient) -> None:
    public_id = desk.request(RequestState.AGREED)
    client.sign_in(desk.coordinator)
    assert f"request={public_id}" in client.get(f"/en/requests/{public_id}").get_data(as_text=True)
    client.sign_in(desk.office)
    assert f"request={public_id}" not in client.get(f"/en/requests/{public_id}").get_data(as_text=True)
