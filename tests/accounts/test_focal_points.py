"""Becoming an office's focal point: asking, proving the address, and the secretariat's decision."""

import re
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import select

from tests.accounts.test_sign_in import link_in, text_of
from tests.support.client import CheckingClient
from tests.support.statements import statements_of
from tests.support.world import World, office_of, person_of
from trainapp.accounts import focal_point_claims
from trainapp.accounts.focal_point_queries import focal_points_of
from trainapp.accounts.focal_points import usual_last_day
from trainapp.accounts.links import issue_link
from trainapp.accounts.models import ClaimState, EmailAddress, FocalPointClaim, Person
from trainapp.accounts.queries import person_by_address
from trainapp.core.access import Role
from trainapp.core.audit import AuditEvent
from trainapp.core.clock import now, today
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work

ADDRESS = "wanjiru.example@ip-office.example.org"
ASK = "/en/focal-points/ask"


def details(**changes: str) -> dict[str, str]:
    return {
        "name": "Wanjiru Example",
        "office": "KE",
        "email": ADDRESS,
        "function": "Head of training",
        "message": "We are a new team.",
        **changes,
    }


def ask(client: CheckingClient, language: str = "en", **changes: str) -> None:
    response = client.submit(f"/{language}/focal-points/ask", details(**changes))
    assert response.location == f"/{language}/focal-points/asked"


def claims(app: Flask) -> list[FocalPointClaim]:
    with app.app_context():
        return list(db.session.scalars(select(FocalPointClaim).order_by(FocalPointClaim.id)))


def speakers(app: Flask, office: str = "KE") -> list[tuple[str, object]]:
    with app.app_context():
        return [(grant.person.name, grant.valid_to) for grant in focal_points_of(office_of(office).id)]


def set_domains(app: Flask, office: str, *domains: str) -> None:
    with app.app_context(), unit_of_work():
        office_of(office).email_domains = list(domains)


@pytest.fixture
def coordinator(world: World, client: CheckingClient) -> str:
    return world.person("Cora Coordinates", role=Role.COORDINATOR, language="fr")


def test_the_way_from_asking_to_the_role(app: Flask, client: CheckingClient, world: World, coordinator: str) -> None:
    ask(client, "ar")
    [mail] = world.mails()
    assert (mail.recipient, mail.language, mail.holds_secret) == (ADDRESS, "ar", True)
    path = link_in(mail)
    assert path.startswith("/ar/focal-points/claim/")
    assert "Head of training" in client.get(path).get_data(as_text=True)
    assert claims(app)[0].state is ClaimState.ASKED  # opening the link has confirmed nothing
    assert client.submit(path).location == path
    [claim] = claims(app)
    assert claim.state is ClaimState.CONFIRMED
    [_asked, told] = world.mails()
    assert (told.recipient, told.language) == ("cora.coordinates@example.org", "fr")
    assert ADDRESS in text_of(told)
    assert "We are a new team." in text_of(told)

    client.sign_in(coordinator)
    page = client.get(link_in(told)).get_data(as_text=True)
    assert "ip-office.example.org" in page
    last_day = today() + timedelta(days=400)
    response = client.submit(
        f"/en/focal-points/claims/{claim.public_id}/accept", {"last_day": last_day.isoformat(), "adds_domain": "y"}
    )
    assert response.location == "/en/focal-points/claims"
    assert speakers(app) == [("Wanjiru Example", last_day)]
    [*_before, answer] = world.mails()
    assert (answer.recipient, answer.language) == (ADDRESS, "ar")
    with app.app_context():
        office = office_of("KE")
        assert office.email_domains == ["ip-office.example.org"]
        person = person_by_address(ADDRESS)
        assert person is not None
        assert person.office_id == office.id
        acts = {event.action: event for event in db.session.scalars(select(AuditEvent))}
        assert acts["role granted"].after == {
            "role": "focal_point",
            "office": "KE",
            "valid_to": last_day.isoformat(),
        }
        assert acts["office changed"].after == {"email_domains": ["ip-office.example.org"]}
        assert "claim accepted" in acts
        public_id = person.public_id
    client.sign_in(public_id)
    assert client.get("/en/requests").status_code == 200
    assert "Wanjiru Example" in client.get("/en/offices/KE/focal-points").get_data(as_text=True)


def test_a_known_person_is_not_changed_and_gets_the_mail_in_their_language(
    app: Flask, client: CheckingClient, world: World
) -> None:
    world.person("Known Example", language="ja", zone="Asia/Tokyo", email=ADDRESS)
    ask(client, "en", name="Somebody Else", email=ADDRESS.upper())
    [mail] = world.mails()
    assert mail.language == "ja"
    with app.app_context():
        person = person_by_address(ADDRESS)
        assert person is not None
        assert (person.name, person.language, person.zone, person.office_id) == (
            "Known Example",
            "ja",
            "Asia/Tokyo",
            None,
        )


def test_the_answer_and_the_work_are_the_same_for_known_and_unknown(
    app: Flask, client: CheckingClient, world: World
) -> None:
    world.person("Known Example", role=Role.FOCAL_POINT, office="KE", email=ADDRESS)
    token = client.token()
    work: dict[str, list[str]] = {}
    answers = {}
    for email in (ADDRESS, "stranger@elsewhere.example.org"):
        with statements_of(app) as statements:
            response = client.post(ASK, data={"csrf_token": token, **details(email=email)})
        answers[email] = (response.status_code, response.location, response.get_data())
        work[email] = [" ".join(statement.split()[:3]) for statement in statements]
    assert len(set(answers.values())) == 1
    known, unknown = work.values()
    new_person = {"INSERT INTO person", "INSERT INTO email_address"}
    assert [each for each in unknown if each.startswith("INSERT") and each not in new_person] == [
        each for each in known if each.startswith("INSERT")
    ]
    assert abs(len(known) - len(unknown)) <= 4
    mails = world.mails()
    assert [mail.subject for mail in mails] == [mails[0].subject] * 2


def test_asking_again_and_again_mails_only_so_often(client: CheckingClient, world: World) -> None:
    for number in range(focal_point_claims.TRIES_PER_ADDRESS + 2):
        ask(client, name=f"Name {number}")
    assert len(world.mails()) == focal_point_claims.TRIES_PER_ADDRESS
    for number in range(focal_point_claims.TRIES_PER_NETWORK):
        ask(client, email=f"somebody{number}@example.org")
    # Tries that the address has used up are not counted for its network.
    assert len(world.mails()) == focal_point_claims.TRIES_PER_NETWORK


def test_what_was_not_typed_right_is_shown_again(client: CheckingClient, world: World) -> None:
    wrong = (
        {"name": ""},
        {"email": "nobody"},
        {"email": "x" * 300 + "@example.org"},
        {"office": ""},
        {"office": "QQ"},
        {"office": "KE\x00"},
        {"name": "x" * 201},
        {"message": "x" * 5001},
        {"message": "a\x00b"},
        {"function": "two\nlines"},
    )
    for change in wrong:
        response = client.submit("/de/focal-points/ask", details(**change))
        assert response.status_code == 422, change
        if "name" not in change:
            assert 'value="Wanjiru Example"' in response.get_data(as_text=True), change
    assert client.get(ASK + "?office=%F0%9F%92%A5&office=KE").status_code == 200
    assert world.mails() == []


def test_no_other_link_opens_a_claim(app: Flask, client: CheckingClient, world: World) -> None:
    person = world.person("Known Example", email=ADDRESS)
    _public_id, token = world.claim("KE", person)
    tokens = ["nothing", "x" * 3000, "💥", world.sign_in_link(person)]
    with app.app_context(), unit_of_work():
        someone = person_of(person)
        tokens.append(issue_link(someone, "registration:1"))
        tokens.append(issue_link(someone, "claim:999999"))
        tokens.append(issue_link(someone, f"claim:{claims_of(person)[0].id}", now() - timedelta(seconds=1)))
    for other in tokens:
        assert client.get(f"/en/focal-points/claim/{other}").status_code == 410, other
        assert client.submit(f"/en/focal-points/claim/{other}").status_code == 410, other
    assert client.get(f"/en/sign-in/{token}").status_code == 410
    assert claims(app)[0].state is ClaimState.ASKED
    assert world.mails() == []


def claims_of(person: str) -> list[FocalPointClaim]:
    return list(db.session.scalars(select(FocalPointClaim).where(FocalPointClaim.person_id == person_of(person).id)))


def test_pressing_the_button_twice_tells_the_secretariat_once(
    client: CheckingClient, world: World, coordinator: str
) -> None:
    _public_id, token = world.claim("KE", world.person("Asking Example"))
    for _press in range(2):
        assert client.submit(f"/en/focal-points/claim/{token}").status_code == 302
    assert len(world.mails()) == 1
    assert "The secretariat now looks at it" in client.get(f"/en/focal-points/claim/{token}").get_data(as_text=True)


def test_the_link_proves_the_address(app: Flask, client: CheckingClient, world: World) -> None:
    ask(client)
    path = link_in(world.mails()[-1])
    client.submit(path)
    with app.app_context():
        address = db.session.scalars(select(EmailAddress).where(EmailAddress.normalized == ADDRESS)).one()
        assert address.confirmed_at is not None


def test_declining_tells_why_in_the_asker_s_language(
    app: Flask, client: CheckingClient, world: World, coordinator: str
) -> None:
    person = world.person("Asking Example", language="ko", email=ADDRESS)
    public_id, token = world.claim("KE", person, confirmed=True)
    client.sign_in(coordinator)
    path = f"/en/focal-points/claims/{public_id}/decline"
    assert client.submit(path, {"reason": "  "}).status_code == 422
    assert client.submit(path, {"reason": "Please write from the office."}).status_code == 302
    [mail] = world.mails()
    assert (mail.recipient, mail.language) == (ADDRESS, "ko")
    assert "Please write from the office." in text_of(mail)
    assert speakers(app) == []
    assert "Please write from the office." in client.get(f"/en/focal-points/claim/{token}").get_data(as_text=True)


def test_nothing_is_decided_before_the_address_is_proven(
    app: Flask, client: CheckingClient, world: World, coordinator: str
) -> None:
    public_id, _token = world.claim("KE", world.person("Asking Example"))
    client.sign_in(coordinator)
    data = {"last_day": usual_last_day().isoformat()}
    assert client.submit(f"/en/focal-points/claims/{public_id}/accept", data).status_code == 422
    assert client.submit(f"/en/focal-points/claims/{public_id}/decline", {"reason": "No"}).status_code == 422
    assert claims(app)[0].state is ClaimState.ASKED


@pytest.mark.causes_mails
def test_of_two_coordinators_one_wins_and_the_other_is_told(
    app: Flask, client: CheckingClient, world: World, coordinator: str
) -> None:
    public_id, _token = world.claim("KE", world.person("Asking Example"), confirmed=True)
    client.sign_in(coordinator)
    data = {"last_day": usual_last_day().isoformat()}
    assert client.submit(f"/en/focal-points/claims/{public_id}/accept", data).status_code == 302
    late = client.submit(f"/en/focal-points/claims/{public_id}/decline", {"reason": "Words typed too late."})
    assert late.status_code == 409
    page = late.get_data(as_text=True)
    assert "Words typed too late." in page
    assert "Cora Coordinates" in page
    assert claims(app)[0].state is ClaimState.ACCEPTED
    assert client.submit(f"/en/focal-points/claims/{public_id}/accept", data).status_code == 409


@pytest.mark.causes_mails
def test_days_that_cannot_be_are_refused(client: CheckingClient, world: World, coordinator: str) -> None:
    public_id, _token = world.claim("KE", world.person("Asking Example"), confirmed=True)
    client.sign_in(coordinator)
    yesterday = (today() - timedelta(days=1)).isoformat()
    for typed in ("", "soon", "0001-01-01", "9999-12-31", "99999-01-01", yesterday, "2027-02-30"):
        response = client.submit(f"/en/focal-points/claims/{public_id}/accept", {"last_day": typed})
        assert response.status_code == 422, typed
        assert 'id="last_day-error"' in response.get_data(as_text=True), typed


def test_a_domain_open_to_everybody_is_shown_and_never_noted(
    app: Flask, client: CheckingClient, world: World, coordinator: str
) -> None:
    person = world.person("Asking Example", email="asking.example@gmail.com")
    public_id, _token = world.claim("KE", person, confirmed=True)
    client.sign_in(coordinator)
    page = client.get(f"/en/focal-points/claims/{public_id}").get_data(as_text=True)
    assert "Anybody can have an address there" in page
    assert "adds_domain" not in page
    data = {"last_day": usual_last_day().isoformat(), "adds_domain": "y"}
    assert client.submit(f"/en/focal-points/claims/{public_id}/accept", data).status_code == 422
    with app.app_context():
        assert office_of("KE").email_domains == []
    assert speakers(app) == []


def test_what_the_domain_says(app: Flask, client: CheckingClient, world: World, coordinator: str) -> None:
    set_domains(app, "KE", "ip-office.example.org")
    set_domains(app, "BR", "other.example.org")
    world.person("Olu Own", role=Role.FOCAL_POINT, office="KE", email="olu@older.example.org")
    world.contact("KE")
    expected = {
        "a@mail.ip-office.example.org": "A domain of this office",
        "a@IP-OFFICE.example.org": "A domain of this office",
        "a@not-ip-office.example.org": "Not known as a domain of this office",
        "a@older.example.org": "Others of this office have addresses there",
        "a@example.org": "Others of this office have addresses there",
        "a@other.example.org": "A domain of another office: Brazil",
        "a@elsewhere.example.net": "Not known as a domain of this office",
    }
    client.sign_in(coordinator)
    for number, (address, label) in enumerate(expected.items()):
        person = world.person(f"Asking {number}", email=f"own{number}@nowhere.example")
        public_id, _token = world.claim("KE", person, confirmed=True, address=address)
        page = client.get(f"/en/focal-points/claims/{public_id}").get_data(as_text=True)
        assert label in page, address


def test_the_own_address_of_who_asks_again_proves_nothing(
    app: Flask, client: CheckingClient, world: World, coordinator: str
) -> None:
    """Somebody who spoke for the office once is not vouched for by their own old address."""
    person = world.person("Olu Once", role=Role.FOCAL_POINT, office="KE", email="olu@older.example.org")
    public_id, _token = world.claim("KE", person, confirmed=True)
    client.sign_in(coordinator)
    page = client.get(f"/en/focal-points/claims/{public_id}").get_data(as_text=True)
    assert "Not known as a domain of this office" in page


@pytest.mark.causes_mails
def test_several_may_speak_for_an_office_and_each_is_told(
    app: Flask, client: CheckingClient, world: World, coordinator: str
) -> None:
    world.person("Olu Own", role=Role.FOCAL_POINT, office="KE", language="de", email="olu@example.org")
    public_id, _token = world.claim("KE", world.person("Asking Example"), confirmed=True)
    client.sign_in(coordinator)
    page = client.get(f"/en/focal-points/claims/{public_id}").get_data(as_text=True)
    assert "Olu Own" in page
    client.submit(f"/en/focal-points/claims/{public_id}/accept", {"last_day": usual_last_day().isoformat()})
    assert [name for name, _until in speakers(app)] == ["Olu Own", "Asking Example"]
    [told] = world.mails("olu@example.org")
    assert told.language == "de"
    assert "Asking Example" in text_of(told)


@pytest.mark.causes_mails
def test_a_decision_counts_for_all_the_person_asked_of_the_office(
    app: Flask, client: CheckingClient, world: World, coordinator: str
) -> None:
    person = world.person("Asking Example")
    first, _token = world.claim("KE", person, confirmed=True)
    world.claim("KE", person, confirmed=True)
    world.claim("BR", person, confirmed=True)
    client.sign_in(coordinator)
    client.submit(f"/en/focal-points/claims/{first}/accept", {"last_day": usual_last_day().isoformat()})
    assert [claim.state for claim in claims(app)] == [ClaimState.ACCEPTED, ClaimState.ACCEPTED, ClaimState.CONFIRMED]
    assert len(speakers(app)) == 1
    assert len(world.mails("asking.example@example.org")) == 1


def test_no_claim_is_seen_by_any_but_coordinators(client: CheckingClient, world: World) -> None:
    public_id, _token = world.claim("KE", world.person("Asking Example"), confirmed=True)
    for role, office in ((Role.FOCAL_POINT, "KE"), (Role.TRAINER, None)):
        client.sign_in(world.person(f"Somebody {role.value}", role=role, office=office))
        for path in ("/en/focal-points/claims", f"/en/focal-points/claims/{public_id}"):
            assert client.get(path).status_code == 403
        for step in ("accept", "decline"):
            assert client.submit(f"/en/focal-points/claims/{public_id}/{step}").status_code == 403


def test_the_list_runs_the_same_number_of_queries_for_10_and_for_1000(
    app: Flask, client: CheckingClient, world: World, coordinator: str, queries: list[str]
) -> None:
    client.sign_in(coordinator)
    counts = []
    for first, last in ((0, 10), (10, 1000)):
        many_claims(app, first, last, coordinator)
        queries.clear()
        page = client.get("/en/focal-points/claims").get_data(as_text=True)
        counts.append(len(queries))
        assert len(re.findall(r"/en/focal-points/claims/[\w-]{16}", page)) == min(last, 50)
    assert counts[0] == counts[1]
    waiting = client.get("/en/focal-points/claims?state=confirmed&office=KE").get_data(as_text=True)
    assert "Asking 1<" in waiting
    assert "Asking 0<" not in waiting  # its address is not proven yet
    for query in ("?state=x&office=y&page=x", "?page=-1", "?page=" + "9" * 5000, "?state=asked&state=confirmed"):
        assert client.get("/en/focal-points/claims" + query).status_code == 200


def many_claims(app: Flask, first: int, last: int, coordinator: str) -> None:
    """Claims of many people for four offices, every other one proven, every fifth named and decided on before."""
    with app.app_context(), unit_of_work():
        offices = [office_of(code) for code in ("KE", "BR", "JP", "EG")]
        decided_by = person_of(coordinator)
        for number in range(first, last):
            address = f"a{number}@d{number}.example.org"
            person = Person(name=f"Asking {number}", language="en", zone="UTC")
            person.addresses.append(EmailAddress(address=address, normalized=address))
            claim = FocalPointClaim(
                office=offices[0] if number < 2 else offices[number % 4],
                person=person,
                name=person.name,
                address=address,
                state=ClaimState.CONFIRMED if number % 2 else ClaimState.ASKED,
                confirmed_at=now() if number % 2 else None,
            )
            if number % 5 == 2:
                claim.handed_over_by = claim.decided_by = decided_by
            db.session.add(claim)


def test_who_waits_comes_first_and_longest_first(
    app: Flask, client: CheckingClient, world: World, coordinator: str
) -> None:
    at = now()
    people = [world.person(f"Asking {number}") for number in range(4)]
    world.claim("KE", people[0], asked_at=at)
    world.claim("KE", people[1], state=ClaimState.DECLINED, asked_at=at + timedelta(minutes=1))
    world.claim("KE", people[2], confirmed=True, confirmed_at=at + timedelta(minutes=3))
    world.claim("KE", people[3], confirmed=True, confirmed_at=at + timedelta(minutes=2))
    client.sign_in(coordinator)
    page = client.get("/en/focal-points/claims").get_data(as_text=True)
    assert re.findall(r"Asking \d", page) == ["Asking 3", "Asking 2", "Asking 1", "Asking 0"]
