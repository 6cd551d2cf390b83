"""When registration opens, hundreds arrive at once: seats are never exceeded and nobody is lost."""

import pytest

from tests.support.crowd import arrive, check_seats
from tests.support.server import serving
from tests.support.world import World

PEOPLE = 200
SEATS = 50
CONNECTIONS = 48
PROCESSES, THREADS = 3, 16


@pytest.mark.parametrize("app", ["postgresql"], indirect=True)  # `make proof` has both
def test_two_hundred_people_for_fifty_seats(world: World) -> None:
    code = world.session(capacity=SEATS)
    installed = world.app.config["SETTINGS"]
    settings = {
        "TRAINAPP_DATABASE_URL": installed.database_url,
        "TRAINAPP_DATA": str(installed.data),
        "TRAINAPP_POSTS_PER_MINUTE": "100000",
        "TRAINAPP_LOG_LEVEL": "ERROR",
    }
    with serving(settings, PROCESSES, THREADS) as server:
        arrive(server, code, PEOPLE, CONNECTIONS)
    check_seats(world.app, PEOPLE, SEATS)
    assert len(world.mails()) == PEOPLE
