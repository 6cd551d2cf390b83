"""The coordinators' list of sessions, narrowed by what stands in the address."""

import pytest
from flask import Flask

from tests.support.client import CheckingClient
from tests.support.statements import statements_of
from tests.support.world import World
from trainapp.core.access import Role
from trainapp.scheduling.models import SessionState

CODES = ("A-1", "A-2", "A-3")


def listed(client: CheckingClient, query: str) -> list[str]:
    page = client.get(f"/en/planning?{query}")
    assert page.status_code == 200, query
    return [code for code in CODES if f'href="/en/sessions/{code}"' in page.get_data(as_text=True)]


@pytest.fixture
def sessions(client: CheckingClient, world: World, coordinator: str, trainer: str) -> None:
    world.session("A-1", subjects=["NICE"], language="fr", offices={"KE": "host"}, state=SessionState.DRAFT)
    world.session("A-2", subjects=["NICE", "IPC"], language="en", trainer=trainer)
    world.session("A-3", subjects=["IPC"], language="fr", trainer=trainer, offices={"KE": "beneficiary", "BR": "host"})
    client.sign_in(coordinator)


def test_each_filter_narrows_and_all_narrow_together(client: CheckingClient, sessions: None, trainer: str) -> None:
    for query, expected in {
        "": [*CODES],
        "state=draft": ["A-1"],
        "subject=NICE": ["A-1", "A-2"],
        "spoken=fr": ["A-1", "A-3"],
        f"trainer={trainer}": ["A-2", "A-3"],
        "office=KE": ["A-1", "A-3"],
        f"subject=IPC&spoken=fr&office=KE&trainer={trainer}&state=published": ["A-3"],
        "office=BR&state=draft": [],
        "state=hat&subject=hat&spoken=zz&trainer=nobody&office=ZZ": [*CODES],
    }.items():
        assert listed(client, query) == expected, query


def test_pages_keep_what_was_chosen(client: CheckingClient, world: World, coordinator: str) -> None:
    for number in range(51):
        world.session(f"B-{number}", subjects=["NICE"], offices={"KE": "host"})
    client.sign_in(coordinator)
    page = client.get("/en/planning?subject=NICE&office=KE&kind=hat").get_data(as_text=True)
    assert "/en/planning?subject=NICE&amp;office=KE&amp;page=2" in page


@pytest.mark.parametrize("value", ["%27", "²", "9" * 4000, "%F0%9F%92%A9", "-1", "%25_"])
def test_hostile_values_narrow_nothing(client: CheckingClient, sessions: None, value: str) -> None:
    query = "&".join(f"{name}={value}" for name in ("state", "subject", "spoken", "trainer", "office", "page"))
    assert listed(client, query) == [*CODES]


def test_the_list_runs_a_fixed_number_of_queries(
    app: Flask, client: CheckingClient, world: World, coordinator: str
) -> None:
    client.sign_in(coordinator)

    def count() -> int:
        with statements_of(app) as seen:
            assert client.get("/en/planning").status_code == 200
        return len(seen)

    def grow(first: int, last: int) -> None:
        for number in range(first, last):
            trainer = world.person(f"Trainer {number}", role=Role.TRAINER)
            world.session(f"B-{number}", subjects=["NICE", "IPC"], offices={"KE": "host"}, trainer=trainer)

    grow(0, 10)
    few = count()
    grow(10, 120)
    assert count() == few
