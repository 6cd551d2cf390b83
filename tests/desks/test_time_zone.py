"""Choosing the zone all times are shown in."""

from flask import Flask

from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.accounts.queries import person_by_public_id

A_YEAR = 365 * 24 * 60 * 60


def test_a_visitor_chooses_a_zone_and_returns(client: CheckingClient) -> None:
    response = client.submit("/en/time-zone", {"zone": "Africa/Nairobi", "next": "/en/sessions/past?year=2021"})
    assert response.status_code == 302
    assert response.location == "/en/sessions/past?year=2021"
    cookie = client.get_cookie("zone")
    assert cookie is not None
    assert cookie.value == "Africa/Nairobi"
    assert cookie.http_only
    assert cookie.same_site == "Lax"
    assert cookie.max_age == A_YEAR
    assert "Nairobi (UTC+3)" in client.get("/en/time-zone").get_data(as_text=True)


def test_the_choice_of_a_person_is_kept_with_them(app: Flask, client: CheckingClient, world: World) -> None:
    person = world.person(zone="Europe/Zurich")
    client.sign_in(person)
    assert "Zurich" in client.get("/en/time-zone").get_data(as_text=True)
    client.submit("/ar/time-zone", {"zone": "Asia/Tokyo"})
    with app.app_context():
        found = person_by_public_id(person)
        assert found is not None
        assert found.zone == "Asia/Tokyo"


def test_the_way_back_never_leaves_the_site(client: CheckingClient) -> None:
    for target in ("https://elsewhere.example.org/", "//elsewhere.example.org", "/\\elsewhere.example.org", ""):
        response = client.submit("/en/time-zone", {"zone": "UTC", "next": target})
        assert response.location == "/en/", target


def test_an_unknown_zone_is_refused_and_chooses_nothing(client: CheckingClient) -> None:
    for zone in ("Moon/Base", "", "../etc/passwd", "UTC\x00", "💥"):
        response = client.submit("/ja/time-zone", {"zone": zone, "next": "/ja/desk"})
        assert response.status_code == 422, zone
        assert 'value="/ja/desk"' in response.get_data(as_text=True)
    assert client.get_cookie("zone") is None


def test_an_old_name_of_a_zone_stays_as_it_is(client: CheckingClient) -> None:
    client.set_cookie("zone_guess", "Asia/Calcutta")
    page = client.get("/en/time-zone").get_data(as_text=True)
    assert 'selected value="Asia/Calcutta"' in page
    assert client.submit("/en/time-zone", {"zone": "Asia/Calcutta"}).status_code == 302
