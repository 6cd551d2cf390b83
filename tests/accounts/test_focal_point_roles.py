"""The role of a focal point in time: handing over, giving up, ending, being reminded, and who sees what."""

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from threading import Barrier

import pytest
from click.testing import CliRunner
from flask import Flask
from sqlalchemy import select

from tests.accounts.test_focal_points import speakers
from tests.accounts.test_sign_in import link_in, text_of
from tests.support.client import CheckingClient
from tests.support.world import World, office_of, person_of
from trainapp.accounts.focal_point_claims import NAMED_PER_PERSON
from trainapp.accounts.focal_points import usual_last_day
from trainapp.accounts.models import ClaimState, FocalPointClaim, RoleGrant
from trainapp.accounts.queries import may_edit_office, offices_spoken_for
from trainapp.accounts.role_reminders import BATCH, remind_of_ending_roles
from trainapp.accounts.service import grant_role
from trainapp.cli import people
from trainapp.core.access import Role
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.languages import speaking
from trainapp.core.timefmt import short_day
from trainapp.core.unit_of_work import unit_of_work

SUCCESSOR = "sam.successor@example.org"
HERE = "/en/offices/KE/focal-points"
A_MONTH = timedelta(days=30)


def set_end(app: Flask, person: str, last_day: date | None) -> None:
    with app.app_context(), unit_of_work():
        for grant in person_of(person).grants:
            grant.valid_to = last_day


def end_of(app: Flask, person: str) -> date | None:
    with app.app_context():
        [grant] = person_of(person).grants
        return grant.valid_to


def only_claim(app: Flask) -> FocalPointClaim:
    with app.app_context():
        return db.session.scalars(select(FocalPointClaim)).one()


def successor(**changes: str) -> dict[str, str]:
    return {
        "name": "Sam Successor",
        "email": SUCCESSOR,
        "function": "Examiner",
        "language_of_mails": "pt",
        "what_then": "stays",
        **changes,
    }


@pytest.fixture
def olu(world: World, client: CheckingClient) -> str:
    """A focal point of KE who is signed in."""
    olu = world.person("Olu Own", role=Role.FOCAL_POINT, office="KE", language="de")
    client.sign_in(olu)
    return olu


@pytest.fixture
def cora(world: World) -> str:
    return world.person("Cora Coordinates", role=Role.COORDINATOR)


def confirm_named(app: Flask, client: CheckingClient, world: World, coordinator: str) -> None:
    """The named person proves the address, and a coordinator confirms."""
    [link] = [mail for mail in world.mails(SUCCESSOR) if mail.holds_secret]
    client.submit(link_in(link))
    client.sign_in(coordinator)
    path = f"/en/focal-points/claims/{only_claim(app).public_id}"
    assert "Olu Own" in client.get(path).get_data(as_text=True)
    assert client.submit(f"{path}/accept", {"last_day": usual_last_day().isoformat()}).status_code == 302


def test_handing_over_and_leaving(app: Flask, client: CheckingClient, world: World, olu: str, cora: str) -> None:
    leaves = today() + timedelta(days=10)
    data = successor(what_then="leaves", last_day=leaves.isoformat())
    assert client.submit(f"{HERE}/hand-over", data).location == HERE
    assert "Sam Successor" in client.get(HERE).get_data(as_text=True)
    assert end_of(app, olu) == leaves
    link, left = world.mails(SUCCESSOR)[0], world.mails("cora.coordinates@example.org")[0]
    assert link.language == "pt"
    assert "Olu Own" in text_of(link)
    assert "Olu Own" in text_of(left)
    confirm_named(app, client, world, cora)
    assert speakers(app) == [("Olu Own", leaves), ("Sam Successor", usual_last_day())]
    [told] = world.mails("olu.own@example.org")
    assert told.language == "de"
    assert "Sam Successor" in text_of(told)
    assert len(world.mails(SUCCESSOR)) == 2
    assert len(world.mails()) == 5
    assert only_claim(app).state is ClaimState.ACCEPTED


@pytest.mark.causes_mails
def test_naming_a_colleague_and_staying(app: Flask, client: CheckingClient, world: World, olu: str, cora: str) -> None:
    client.submit(f"{HERE}/hand-over", successor())
    confirm_named(app, client, world, cora)
    assert speakers(app) == [("Olu Own", None), ("Sam Successor", usual_last_day())]
    client.sign_in(olu)
    again = client.submit(f"{HERE}/hand-over", successor())
    assert again.status_code == 422
    assert "speaks for the office already" in again.get_data(as_text=True)


def test_who_named_somebody_is_told_that_they_were_declined(
    app: Flask, client: CheckingClient, world: World, olu: str, cora: str
) -> None:
    client.submit(f"{HERE}/hand-over", successor())
    client.submit(link_in(world.mails(SUCCESSOR)[0]))
    client.sign_in(cora)
    path = f"/en/focal-points/claims/{only_claim(app).public_id}/decline"
    client.submit(path, {"reason": "Not of your office."})
    [told] = world.mails("olu.own@example.org")
    assert "Not of your office." in text_of(told)
    assert "Sam Successor" in text_of(told)
    assert "Not of your office." in text_of(world.mails(SUCCESSOR)[-1])
    assert len(world.mails()) == 4


@pytest.mark.causes_mails
def test_handing_over_what_cannot_be(app: Flask, client: CheckingClient, world: World, olu: str) -> None:
    set_end(app, olu, today() + A_MONTH)
    after_the_end = (today() + timedelta(days=31)).isoformat()
    wrong = (
        {"name": " "},
        {"email": "nobody"},
        {"email": "olu.own@example.org"},
        {"language_of_mails": "xx"},
        {"what_then": ""},
        {"what_then": "both"},
        {"what_then": "leaves"},
        {"what_then": "leaves", "last_day": "never"},
        {"what_then": "leaves", "last_day": "2020-01-01"},
        {"what_then": "leaves", "last_day": after_the_end},
    )
    for change in wrong:
        response = client.submit(f"{HERE}/hand-over", successor(**change))
        assert response.status_code == 422, change
        assert 'role="alert"' in response.get_data(as_text=True), change
    assert end_of(app, olu) == today() + A_MONTH
    assert world.mails() == []


@pytest.mark.causes_mails
def test_naming_people_has_an_end(client: CheckingClient, world: World, olu: str) -> None:
    for number in range(NAMED_PER_PERSON + 1):
        status = client.submit(f"{HERE}/hand-over", successor(email=f"s{number}@example.org")).status_code
    assert status == 422
    assert len(world.mails()) == NAMED_PER_PERSON


def test_giving_up_at_once_takes_everything_at_once(
    app: Flask, client: CheckingClient, world: World, olu: str, cora: str
) -> None:
    request = world.request("KE", olu)
    assert "You are the last focal point" in client.get(f"{HERE}/give-up").get_data(as_text=True)
    assert client.submit(f"{HERE}/give-up").status_code == 422
    assert client.get(f"/en/requests/{request}").status_code == 200
    assert client.submit(f"{HERE}/give-up", {"when": "at_once"}).location == "/en/desk"
    for path in ("/en/requests", f"/en/requests/{request}", HERE, f"{HERE}/hand-over", "/en/offices/KE/contacts"):
        assert client.get(path).status_code in (403, 404), path
    assert client.submit(f"{HERE}/give-up", {"when": "at_once"}).status_code == 403
    assert speakers(app) == []
    [to_cora] = world.mails("cora.coordinates@example.org")
    assert "Nobody speaks for this office here any more" in text_of(to_cora)
    [to_olu] = world.mails("olu.own@example.org")
    assert to_olu.language == "de"


def test_giving_up_on_a_day_to_come(app: Flask, client: CheckingClient, world: World, olu: str) -> None:
    world.person("Ola Also", role=Role.FOCAL_POINT, office="KE", language="ar")
    assert "You are the last focal point" not in client.get(f"{HERE}/give-up").get_data(as_text=True)
    last_day = today() + timedelta(days=3)
    for day in ("", "2020-01-01", "9999-12-31"):
        assert client.submit(f"{HERE}/give-up", {"when": "leaves", "last_day": day}).status_code == 422, day
    client.submit(f"{HERE}/give-up", {"when": "leaves", "last_day": last_day.isoformat()})
    assert end_of(app, olu) == last_day
    assert client.get("/en/requests").status_code == 200
    assert sorted(mail.recipient for mail in world.mails()) == ["ola.also@example.org", "olu.own@example.org"]
    with app.app_context(), unit_of_work():
        remind_of_ending_roles()
    assert len(world.mails()) == 2  # who said so themselves need not be reminded


def test_an_ended_role_gives_nothing(app: Flask, client: CheckingClient, world: World, olu: str) -> None:
    request = world.request("KE", olu)
    set_end(app, olu, today())
    assert client.get(f"/en/requests/{request}").status_code == 200
    set_end(app, olu, today() - timedelta(days=1))
    for path in (f"/en/requests/{request}", "/en/requests", HERE, "/en/offices/KE/settings"):
        assert client.get(path).status_code in (403, 404), path
    with app.app_context():
        person = person_of(olu)
        assert offices_spoken_for(person) == frozenset()
        assert not may_edit_office(person, office_of("KE").id)


def test_a_coordinator_extends_and_ends_a_role(
    app: Flask, client: CheckingClient, world: World, olu: str, cora: str
) -> None:
    set_end(app, olu, today() + timedelta(days=5))
    client.sign_in(cora)
    page = client.get(f"{HERE}/{olu}").get_data(as_text=True)
    assert "Olu Own" in page
    later = today() + timedelta(days=300)
    for day in ("", "x", "2020-01-01", "9999-12-31"):
        assert client.submit(f"{HERE}/{olu}", {"last_day": day}).status_code == 422, day
    assert client.submit(f"{HERE}/{olu}", {"last_day": later.isoformat()}).location == HERE
    assert end_of(app, olu) == later
    assert client.submit(f"{HERE}/{olu}", {"end": "yes"}).location == HERE
    assert speakers(app) == []
    first, second = world.mails("olu.own@example.org")
    assert first.language == second.language == "de"
    assert client.get(f"{HERE}/{olu}").status_code == 404
    assert client.submit(f"{HERE}/{olu}", {"end": "yes"}).status_code == 404
    assert "Olu Own" in client.get(HERE).get_data(as_text=True)  # among those who spoke for it before


def test_a_role_ended_on_its_first_day_does_not_read_backwards(
    app: Flask, client: CheckingClient, world: World, olu: str, cora: str
) -> None:
    with app.app_context(), unit_of_work():
        person_of(olu).grants[0].valid_from = today()
    client.sign_in(cora)
    client.submit(f"{HERE}/{olu}", {"end": "yes"})
    world.mails()
    with app.app_context(), speaking("en"):
        first, before = short_day(today()), short_day(today() - timedelta(days=1))
    assert end_of(app, olu) == today() - timedelta(days=1), "who has no role any more has none for the rest of the day"
    page = client.get(HERE).get_data(as_text=True)
    assert page.count(first) >= 2
    assert before not in page


def test_what_concerns_one_office_is_closed_to_another(client: CheckingClient, world: World, olu: str) -> None:
    other = world.person("Ola Other", role=Role.FOCAL_POINT, office="BR")
    world.claim("KE", world.person("Asking Example"), handed_over_by_id=1)
    client.sign_in(other)
    for path in (HERE, f"{HERE}/hand-over", f"{HERE}/give-up"):
        assert client.get(path).status_code == 404, path
    assert client.submit(f"{HERE}/hand-over", successor()).status_code == 404
    assert client.submit(f"{HERE}/give-up", {"when": "at_once"}).status_code == 404
    assert client.submit(f"{HERE}/{olu}", {"end": "yes"}).status_code == 403
    assert client.get("/en/offices/QQ/focal-points").status_code == 404


def test_ends_are_announced_once_a_month_before(app: Flask, world: World, cora: str) -> None:
    soon = world.person("Soon Example", role=Role.FOCAL_POINT, office="KE", language="ru")
    trainer = world.person("Tom Teaches", role=Role.TRAINER)
    later = world.person("Later Example", role=Role.FOCAL_POINT, office="KE")
    gone = world.person("Gone Example", role=Role.FOCAL_POINT, office="KE")
    set_end(app, soon, today() + A_MONTH)
    set_end(app, trainer, today())
    set_end(app, later, today() + timedelta(days=31))
    set_end(app, gone, today() - timedelta(days=1))
    for _run in range(2):
        with app.app_context(), unit_of_work():
            remind_of_ending_roles()
    mails = world.mails()
    assert sorted(mail.recipient for mail in mails) == [
        "cora.coordinates@example.org",
        "soon.example@example.org",
        "tom.teaches@example.org",
    ]
    to_cora = text_of(world.mails("cora.coordinates@example.org")[0])
    assert "Soon Example" in to_cora
    assert "Tom Teaches" in to_cora
    assert world.mails("soon.example@example.org")[0].language == "ru"
    # Extended, it is announced again when its new end comes near.
    with app.app_context(), unit_of_work():
        person = person_of(soon)
        grant_role(None, person, Role.FOCAL_POINT, office_of("KE"), today() + timedelta(days=60))
    set_end(app, soon, today() + timedelta(days=20))
    with app.app_context(), unit_of_work():
        remind_of_ending_roles()
    assert len(world.mails("soon.example@example.org")) == 2
    assert len(world.mails()) == 5


@pytest.mark.causes_mails
def test_many_ends_are_announced_in_batches(app: Flask, world: World) -> None:
    first = world.person("Soon Example")
    with app.app_context(), unit_of_work():
        someone = person_of(first)
        someone.grants = [
            RoleGrant(role=Role.TRAINER, valid_from=date(2020, 1, 1), valid_to=today()) for _each in range(BATCH + 5)
        ]
    for expected in (BATCH, BATCH + 5, BATCH + 5):
        with app.app_context(), unit_of_work():
            remind_of_ending_roles()
        assert len(world.mails()) == expected


@pytest.mark.causes_mails
def test_two_decisions_at_the_same_moment(app: Flask, world: World, cora: str) -> None:
    """One is taken; the other coordinator is told, and the office has one focal point, not two of the same."""
    person = world.person("Asking Example")
    first, _token = world.claim("KE", person, confirmed=True)
    second, _token = world.claim("KE", person, confirmed=True)
    start = Barrier(2)

    def accept(public_id: str) -> int:
        client = app.test_client()
        assert isinstance(client, CheckingClient)
        client.sign_in(cora)
        token = client.token()
        start.wait()
        return client.post(
            f"/en/focal-points/claims/{public_id}/accept",
            data={"csrf_token": token, "last_day": usual_last_day().isoformat()},
        ).status_code

    with ThreadPoolExecutor(2) as pool:
        statuses = sorted(pool.map(accept, [first, second]))
    assert statuses == [302, 409]
    assert len(speakers(app)) == 1


def test_granting_again_only_lengthens(app: Flask, world: World) -> None:
    public_id = world.person("Olu Own", role=Role.FOCAL_POINT, office="KE")
    cases = (
        (date(2030, 1, 1), date(2031, 1, 1), date(2031, 1, 1)),
        (date(2030, 1, 1), date(2029, 1, 1), date(2030, 1, 1)),
        (date(2030, 1, 1), None, None),
        (None, date(2031, 1, 1), None),
    )
    for before, asked, after in cases:
        set_end(app, public_id, before)
        with app.app_context(), unit_of_work():
            grant_role(None, person_of(public_id), Role.FOCAL_POINT, office_of("KE"), asked)
        assert end_of(app, public_id) == after, (before, asked)


def test_an_operator_gives_a_role_until_a_day(app: Flask) -> None:
    last_day = today() + timedelta(days=90)
    options = ["--name", "Olu Own", "--role", "focal_point", "--office", "KE", "--until"]
    with app.app_context():
        given = CliRunner().invoke(people.command, ["add", "olu@example.org", *options, last_day.isoformat()])
        wrong = CliRunner().invoke(people.command, ["add", "ola@example.org", *options, "some day"])
    assert given.exit_code == 0, given.output
    assert wrong.exit_code == 2
    assert speakers(app) == [("Olu Own", last_day)]
