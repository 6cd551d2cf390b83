"""Offices name people for a session, one by one or many in a list, and nobody is named before the list is confirmed."""

import re
from io import BytesIO
from typing import Any

import openpyxl
import pytest
from sqlalchemy import func, select, update

from tests.support.client import CheckingClient
from tests.support.world import World, office_of
from trainapp.accounts.models import Person
from trainapp.core.access import Role
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.languages import LANGUAGES, speaking
from trainapp.core.unit_of_work import unit_of_work
from trainapp.registrations import nomination_checks, nominations
from trainapp.registrations.models import Registration, RegistrationState
from trainapp.registrations.nomination_checks import check_nominations
from trainapp.registrations.nomination_columns import Column, column_label, headings
from trainapp.registrations.nomination_models import NominationList, NominationRow, RowVerdict
from trainapp.registrations.nomination_words import folded, language_meant, zone_meant
from trainapp.registrations.nominations import KEPT, forget_old_lists, register_nominated
from trainapp.scheduling.models import RegistrationPolicy, SessionState, TrainingSession

pytestmark = pytest.mark.causes_mails

PENDING, CONFIRMED, WAITLISTED = RegistrationState.PENDING, RegistrationState.CONFIRMED, RegistrationState.WAITLISTED
NEW, KNOWN, DUPLICATE, PROBLEM = RowVerdict.NEW, RowVerdict.KNOWN, RowVerdict.DUPLICATE, RowVerdict.PROBLEM
PERSON = {
    "name": "Amina Example",
    "email": "amina@example.org",
    "language_of_mails": "ar",
    "zone": "Africa/Cairo",
}


def a_session(world: World, **changes: Any) -> str:
    values = {"policy": RegistrationPolicy.NOMINATION, "offices": {"EG": "beneficiary", "KE": "beneficiary"}, **changes}
    return world.session(**values)


def focal_point(world: World, client: CheckingClient, office: str = "EG") -> str:
    person = world.person(f"Focal {office}", role=Role.FOCAL_POINT, office=office, language="en")
    client.sign_in(person)
    return person


def run(world: World, job: Any, times: int = 1) -> None:
    for _time in range(times):
        with world.app.app_context(), unit_of_work():
            job()


def rows(world: World) -> list[tuple[str, RowVerdict | None, list[str]]]:
    with world.app.app_context():
        query = select(NominationRow).join(NominationList).order_by(NominationList.id, NominationRow.number)
        return [(row.address, row.verdict, row.problems) for row in db.session.scalars(query)]


def people(world: World) -> list[tuple[str, RegistrationState]]:
    with world.app.app_context():
        query = select(Registration).order_by(Registration.place)
        return [(row.name, row.state) for row in db.session.scalars(query)]


def send(client: CheckingClient, code: str, text: str = "", **data: Any) -> str:
    """Send a list, and give the address of its page."""
    values = {"text": text, "language_of_mails": "ar", **data}
    response = client.submit(f"/en/sessions/{code}/nominations/many", values)
    assert response.status_code == 302, response.get_data(as_text=True)
    return str(response.location)


def checked(world: World, client: CheckingClient, code: str, text: str, **data: Any) -> str:
    path = send(client, code, text, **data)
    run(world, check_nominations)
    return path


def test_a_focal_point_names_one_person_who_gets_a_mail_and_confirms(client: CheckingClient, world: World) -> None:
    code = a_session(world)
    nominator = focal_point(world, client)
    page = client.get(f"/en/sessions/{code}/nominations/add").get_data(as_text=True)
    assert '<option selected value="ar">' in page, "the first language of the office"
    assert '<option selected value="Africa/Cairo">' in page
    assert 'name="office"' not in page, "there is one office only"
    response = client.submit(f"/en/sessions/{code}/nominations/add", PERSON)
    assert (response.status_code, response.location) == (302, f"/en/sessions/{code}/nominations")
    with world.app.app_context():
        [found] = db.session.scalars(select(Registration)).all()
        assert (found.state, found.office.code, found.nominated_by.public_id) == (PENDING, "EG", nominator)
    [mail] = world.mails("amina@example.org")
    assert mail.language == "ar"
    listed = client.get(response.location).get_data(as_text=True)
    assert "Amina Example" in listed
    assert "amina@example.org" in listed
    again = client.submit(f"/en/sessions/{code}/nominations/add", PERSON)
    assert again.status_code == 422
    assert "registered for the session already" in again.get_data(as_text=True)
    wrong = client.submit(f"/en/sessions/{code}/nominations/add", {**PERSON, "email": "nobody", "zone": "Mars/Phobos"})
    assert wrong.status_code == 422
    assert "Amina Example" in wrong.get_data(as_text=True)
    assert len(people(world)) == 1


def test_only_those_who_speak_for_an_office_of_the_session_see_its_people(client: CheckingClient, world: World) -> None:
    code, draft = a_session(world), a_session(world, code="2027-ST26-EN-02", state=SessionState.DRAFT)
    focal_point(world, client)
    client.submit(f"/en/sessions/{code}/nominations/add", PERSON)
    with world.app.app_context():
        [public_id] = db.session.scalars(select(Registration.public_id)).all()
    person = f"/en/sessions/{code}/nominations/people/{public_id}"
    assert client.get(f"/en/sessions/{draft}/nominations").status_code == 404
    focal_point(world, client, "BR")
    for page in ("", "/add", "/many", "/template.xlsx", "/template.csv"):
        assert client.get(f"/en/sessions/{code}/nominations{page}").status_code == 404
    focal_point(world, client, "KE")
    assert "Amina" not in client.get(f"/en/sessions/{code}/nominations").get_data(as_text=True)
    for step in ("substitute", "remove"):
        assert client.get(f"{person}/{step}").status_code == 404
        assert client.submit(f"{person}/{step}", PERSON).status_code == 404
    assert client.submit(f"{person}/move", {"to": "up"}).status_code == 404
    assert client.get(f"/en/sessions/{code}/nominations/people/é%00/remove").status_code == 404
    client.sign_in(world.person("Cora", role=Role.COORDINATOR))
    page = client.get(f"/en/sessions/{code}/nominations?office=EG").get_data(as_text=True)
    assert "Amina Example" in page
    assert "Amina" not in client.get(f"/en/sessions/{code}/nominations?office=KE").get_data(as_text=True)


def test_an_office_orders_its_own_people_who_wait_and_nobody_else_s(client: CheckingClient, world: World) -> None:
    code = a_session(world, seats_per_office=1)
    focal_point(world, client)
    for name in ("first", "second"):
        client.submit(f"/en/sessions/{code}/nominations/add", {**PERSON, "name": name, "email": f"{name}@example.org"})
    focal_point(world, client, "KE")
    for name in ("kenyan", "waits"):
        client.submit(f"/en/sessions/{code}/nominations/add", {**PERSON, "name": name, "email": f"{name}@example.org"})
    client.sign_in(world.person("Focal Again", role=Role.FOCAL_POINT, office="EG"))
    client.submit(f"/en/sessions/{code}/nominations/add", {**PERSON, "name": "third", "email": "third@example.org"})
    page = client.get(f"/en/sessions/{code}/nominations").get_data(as_text=True)
    assert "1 of 1" in page
    assert len(re.findall(r">Earlier<", page)) == len(re.findall(r">Later<", page)) == 1
    with world.app.app_context():
        ids = dict(db.session.execute(select(Registration.name, Registration.public_id)).all())
    move = f"/en/sessions/{code}/nominations/people"
    assert client.submit(f"{move}/{ids['third']}/move", {"to": "up", "page": "1"}).status_code == 302
    assert client.submit(f"{move}/{ids['third']}/move", {"to": "up"}).status_code == 302, "first of its office already"
    assert client.submit(f"{move}/{ids['first']}/move", {"to": "down"}).status_code == 409, "who has a seat"
    assert client.submit(f"{move}/{ids['waits']}/move", {"to": "up"}).status_code == 404, "of another office"
    order = [
        ("first", PENDING),
        ("third", WAITLISTED),
        ("kenyan", PENDING),
        ("waits", WAITLISTED),
        ("second", WAITLISTED),
    ]
    assert people(world) == order
    off = f"{move}/{ids['first']}/remove"
    assert "first" in client.get(off).get_data(as_text=True)
    assert people(world) == order, "looking changes nothing"
    assert client.submit(off).status_code == 302
    assert dict(people(world)) | {"third": PENDING, "second": WAITLISTED} == dict(people(world))
    assert client.submit(off).status_code == 409


def test_an_office_sends_somebody_else(client: CheckingClient, world: World) -> None:
    code = a_session(world, seats_per_office=1)
    focal_point(world, client)
    client.submit(f"/en/sessions/{code}/nominations/add", PERSON)
    with world.app.app_context():
        [public_id] = db.session.scalars(select(Registration.public_id)).all()
    path = f"/en/sessions/{code}/nominations/people/{public_id}/substitute"
    assert "Amina Example" in client.get(path).get_data(as_text=True)
    assert client.submit(path, PERSON).status_code == 422, "the same person"
    other = {**PERSON, "name": "Bo Example", "email": "bo@example.org"}
    assert client.submit(path, other).status_code == 302
    assert dict(people(world)) == {"Amina Example": RegistrationState.CANCELLED, "Bo Example": PENDING}


def test_who_came_by_themselves_is_not_the_office_s_to_take_off(client: CheckingClient, world: World) -> None:
    code = a_session(world, policy=RegistrationPolicy.OPEN)
    someone = world.person("Self Willed", office="EG")
    world.registration_link(code, someone)
    focal_point(world, client)
    page = client.get(f"/en/sessions/{code}/nominations").get_data(as_text=True)
    assert "Self Willed" in page
    assert "self.willed@example.org" not in page, "an office sees the addresses it gave itself"
    with world.app.app_context():
        [public_id] = db.session.scalars(select(Registration.public_id)).all()
    assert client.get(f"/en/sessions/{code}/nominations/people/{public_id}/remove").status_code == 404
    assert client.submit(f"/en/sessions/{code}/nominations/add", PERSON).status_code == 422, "it is open to all"
    assert client.submit(f"/en/sessions/{code}/nominations/many", {"text": "a@example.org"}).status_code == 422


LIST = """My people for the training\t\t
Time zone\tName\tE-mail address\tLanguage\tIP office
\tAmina Example\tamina@example.org\tعربي or so\t
Cairo\tBo Example\tbo@example.org\tfrançais\tEG
القاهرة (UTC+3)\t=HYPERLINK("http://evil.example")\tcy@example.org\t\tEgypt
\t\tdi@example.org\t\t
Nowhere\tEd Example\ted@@example\tKlingon\tKE
\tBo Again\tBO@example.org\t\t
\tFay Example\tfay@example.org\tja-JP\tNarnia
"""


def test_a_list_is_read_checked_mended_and_confirmed_before_anybody_is_named(
    client: CheckingClient, world: World
) -> None:
    code = a_session(world)
    focal_point(world, client)
    path = send(client, code, LIST)
    progress = client.get(path).get_data(as_text=True)
    assert "0 of 7 people" in progress
    assert 'http-equiv="refresh"' in progress
    assert client.submit(f"{path}/confirm").status_code == 409, "it is still being checked"
    run(world, check_nominations)
    assert rows(world) == [
        ("amina@example.org", PROBLEM, ["unknown_language"]),
        ("bo@example.org", NEW, []),
        ("cy@example.org", NEW, []),
        ("di@example.org", PROBLEM, ["no_name"]),
        ("", PROBLEM, ["bad_address", "other_office", "unknown_language", "unknown_zone"]),
        ("BO@example.org", DUPLICATE, []),
        ("fay@example.org", PROBLEM, ["unknown_office"]),
    ]
    page = client.get(path).get_data(as_text=True)
    for words in ("عربي or so", "There is no time zone of this name: ", "Klingon", "Narnia", "The name is missing."):
        assert words in page
    assert "<script" not in page.replace('<script src="', ""), "nothing of a list acts"
    problems = client.get(f"{path}?show=problem").get_data(as_text=True)
    assert "bo@example.org" not in problems
    assert client.get(f"{path}?show=nonsense&page=99999999999999999999").status_code == 200
    assert people(world) == []
    assert world.mails() == []

    mend = f"{path}/rows/3"
    form = client.get(f"{mend}?show=problem").get_data(as_text=True)
    assert "Amina Example" in form
    assert client.submit(mend, {**PERSON, "email": "amina"}).status_code == 422
    assert client.submit(mend, {**PERSON, "show": "problem"}).location.endswith("?show=problem#rows")
    assert client.submit(f"{path}/rows/4/leave-out").status_code == 302, "and who was joined to it counts instead"
    assert client.submit(f"{path}/rows/4/leave-out").status_code == 404
    for number in (99, 2**31 - 1, 2**31, "9" * 30):
        assert client.get(f"{path}/rows/{number}").status_code == 404
    assert [verdict for _address, verdict, _problems in rows(world)] == [NEW, NEW, PROBLEM, PROBLEM, NEW, PROBLEM]

    assert "Confirm, and name 3 people" in client.get(path).get_data(as_text=True)
    assert [client.submit(f"{path}/confirm").status_code for _click in range(2)] == [302, 302]
    assert "0 of 3 people" in client.get(path).get_data(as_text=True)
    assert client.submit(mend, PERSON).status_code == 409
    assert client.submit(f"{path}/discard").status_code == 409
    run(world, register_nominated, times=2)
    assert [name for name, _state in people(world)] == [
        "Amina Example",
        '=HYPERLINK("http://evil.example")',
        "Bo Again",
    ]
    with world.app.app_context():
        said = db.session.execute(select(Registration.language, Registration.zone).order_by(Registration.place)).all()
        assert [tuple(each) for each in said] == [("ar", "Africa/Cairo")] * 3
    done = client.get(path).get_data(as_text=True)
    assert "Your list is finished" in done
    assert 'http-equiv="refresh"' not in done
    assert len(world.mails()) == 3


def test_a_worker_that_is_killed_goes_on_where_it_was(
    client: CheckingClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(nominations, "BATCH", 3)
    monkeypatch.setattr("trainapp.registrations.nomination_checks.BATCH", 4)
    code = a_session(world, capacity=5)
    focal_point(world, client)
    names = [f"Person {number}" for number in range(8)]
    path = send(client, code, "\n".join(f"{name},p{number}@example.org" for number, name in enumerate(names)))
    run(world, check_nominations)
    assert "4 of 8 people" in client.get(path).get_data(as_text=True)
    run(world, check_nominations, times=2)
    client.submit(f"{path}/confirm")
    run(world, register_nominated)

    class Killed(BaseException):
        pass

    def killed_midway() -> None:
        register_nominated()
        raise Killed

    for _time in range(2):
        with pytest.raises(Killed):
            run(world, killed_midway)
        assert len(people(world)) == 3, "a batch that was not committed did not happen"
    assert "3 of 8 people" in client.get(path).get_data(as_text=True)
    run(world, register_nominated, times=4)
    assert people(world) == [(name, PENDING if place < 5 else WAITLISTED) for place, name in enumerate(names)]
    assert len(world.mails()) == 8
    shown = client.get(f"/en/sessions/{code}/nominations").get_data(as_text=True)
    assert shown.index("Person 0") < shown.index("Person 7")


def test_a_focal_point_does_not_learn_who_came_otherwise(client: CheckingClient, world: World) -> None:
    code = a_session(world)
    world.registration_link(code, world.person("Brazil Person", office="BR", email="brazil@example.org"))
    world.registration_link(code, world.person("Egypt Person", office="EG", email="egypt@example.org"))
    focal_point(world, client)
    path = checked(world, client, code, "B,brazil@example.org\nE,egypt@example.org\nN,new@example.org")
    assert [verdict for _address, verdict, _problems in rows(world)] == [NEW, KNOWN, NEW]
    client.submit(f"{path}/confirm")
    run(world, register_nominated)
    page = client.get(path).get_data(as_text=True)
    assert re.search(r"Named.*?>\s*<bdi>2</bdi>", page, re.DOTALL), "both look alike"
    listed = client.get(f"/en/sessions/{code}/nominations").get_data(as_text=True)
    assert "Brazil Person" not in listed
    assert "brazil@example.org" in listed, "as it was given"
    one = {**PERSON, "email": "brazil@example.org"}
    assert client.submit(f"/en/sessions/{code}/nominations/add", one).status_code == 302
    assert len(world.mails("brazil@example.org")) == 2, "they learn of it themselves"
    with world.app.app_context():
        name, office = db.session.execute(
            select(Registration.name, Registration.office_id).where(Registration.name.like("Brazil%"))
        ).one()
        assert office == office_of("BR").id


def test_a_list_is_its_maker_s_alone_and_can_be_discarded(client: CheckingClient, world: World) -> None:
    code = a_session(world)
    maker = focal_point(world, client)
    path = checked(world, client, code, "A,a@example.org")
    client.sign_in(world.person("Focal Other", role=Role.FOCAL_POINT, office="EG"))
    assert client.get(path).status_code == 404
    for step in ("/confirm", "/discard", "/rows/1", "/rows/1/leave-out"):
        assert client.submit(f"{path}{step}", PERSON).status_code == 404
    client.sign_in(maker)
    assert "A pasted list" in client.get(f"/en/sessions/{code}/nominations").get_data(as_text=True)
    assert client.submit(f"{path}/discard").status_code == 302
    assert client.get(path).status_code == 404
    assert rows(world) == []
    path = checked(world, client, code, "A,a@example.org")
    with world.app.app_context(), unit_of_work():
        db.session.execute(update(TrainingSession).values(closes_at=now()))
    assert client.submit(f"{path}/confirm").status_code == 422, "too late"
    assert client.get(path).status_code == 200
    with world.app.app_context(), unit_of_work():
        db.session.execute(update(NominationList).values(created_at=now() - KEPT * 2))
    run(world, forget_old_lists)
    assert rows(world) == []


def test_who_is_not_named_any_more_when_it_is_their_turn_is_said(client: CheckingClient, world: World) -> None:
    code = a_session(world)
    focal_point(world, client)
    path = checked(world, client, code, "A,a@example.org\nB,b@example.org")
    client.submit(f"{path}/confirm")
    with world.app.app_context(), unit_of_work():
        db.session.execute(update(TrainingSession).values(state=SessionState.CANCELLED))
    run(world, register_nominated)
    assert [problems for _address, _verdict, problems in rows(world)] == [["closed"], ["closed"]]
    assert "Nobody could be named any more" in client.get(path).get_data(as_text=True)
    assert people(world) == []


def test_a_row_that_fails_holds_up_no_other(
    client: CheckingClient, world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    understand, nominate = nomination_checks.understand, nominations.nominate

    def failing(text: str) -> None:
        if text.startswith("bad"):
            raise RuntimeError("nobody thought of this")

    def understand_most(row: NominationRow, *args: Any) -> list[str]:
        problems = understand(row, *args)
        failing(row.name)
        return problems

    def name_most(actor: Person, session: TrainingSession, details: Any) -> Any:
        made = nominate(actor, session, details)
        failing(details.address)
        return made

    monkeypatch.setattr(nomination_checks, "understand", understand_most)
    monkeypatch.setattr(nominations, "nominate", name_most)
    code = a_session(world)
    focal_point(world, client)
    path = checked(world, client, code, "A,a@example.org\nbad,b@example.org\nC,bad@example.org\nD,d@example.org")
    assert [(verdict, problems) for _address, verdict, problems in rows(world)] == [
        (NEW, []),
        (PROBLEM, ["failed"]),
        (NEW, []),
        (NEW, []),
    ]
    client.submit(f"{path}/confirm")
    run(world, register_nominated)
    assert [(name, state) for name, state in people(world)] == [("A", PENDING), ("D", PENDING)]
    assert [problems for _address, _verdict, problems in rows(world)] == [[], ["failed"], ["failed"], []]
    assert "Something went wrong on our side" in client.get(path).get_data(as_text=True)
    assert {mail.recipient for mail in world.mails()} == {"a@example.org", "d@example.org"}


def workbook_of(content: bytes, row: list[str]) -> bytes:
    """A template with one person filled in."""
    book, out = openpyxl.load_workbook(BytesIO(content)), BytesIO()
    book.worksheets[0].append(row)
    book.save(out)
    return out.getvalue()


def test_the_template_is_understood_in_any_language_whatever_the_reader_speaks(
    client: CheckingClient, world: World
) -> None:
    code = a_session(world)
    focal_point(world, client)
    with world.app.app_context():
        for language in LANGUAGES:
            with speaking(language):
                heads = [column_label(column) for column in Column]
            assert [headings()[folded(head)] for head in heads] == list(Column)
    for language in ("ar", "ja"):
        sheet = client.get(f"/{language}/sessions/{code}/nominations/template.xlsx").data
        book = openpyxl.load_workbook(BytesIO(sheet))
        assert book.worksheets[0].sheet_view.rightToLeft is (language == "ar")
        filled = workbook_of(sheet, [f"Person {language}", f"{language}@example.org", "日本語", "東京", "eg"])
        data = {"upload": (BytesIO(filled), "../list.xlsx")}
        checked(world, client, code, "", content_type="multipart/form-data", **data)
    text = client.get(f"/ko/sessions/{code}/nominations/template.csv").data + b"K,k@example.org,ko,Asia/Seoul,EG\r\n"
    checked(world, client, code, "", upload=(BytesIO(text), "list.csv"))
    assert rows(world) == [(f"{name}@example.org", NEW, []) for name in ("ar", "ja", "k")]
    with world.app.app_context():
        said = db.session.execute(
            select(NominationRow.language, NominationRow.zone, NominationList.file_name)
            .join(NominationList)
            .order_by(NominationList.id)
        )
        assert [tuple(each) for each in said] == [
            ("ja", "Asia/Tokyo", "list.xlsx"),
            ("ja", "Asia/Tokyo", "list.xlsx"),
            ("ko", "Asia/Seoul", "list.csv"),
        ]


@pytest.mark.parametrize(
    ("text", "upload", "message"),
    [
        ("", None, "Please paste a list, or choose a file."),
        ("A,a@example.org", b"A,a@example.org", "not both"),
        ("Amina Example\nBo Example", None, "No e-mail addresses were found"),
        ("Name\tE-mail address", None, "There is nobody in this list."),
        ("", b"PK\x03\x04broken", "cannot be read as a list"),
        ("", b"," * 100_001, "is larger than"),
        ("x,a@example.org\n" * 5_001, None, "at most 5,000 people"),
        ("x,a@example.org\n" * 5_006, None, "at most 5,005 rows"),
    ],
)
def test_what_cannot_be_read_is_told_and_keeps_nothing(
    client: CheckingClient,
    world: World,
    monkeypatch: pytest.MonkeyPatch,
    text: str,
    upload: bytes | None,
    message: str,
) -> None:
    code = a_session(world)
    focal_point(world, client)
    monkeypatch.setattr("trainapp.registrations.nomination_forms.LARGEST_LIST", 100_000)
    data: dict[str, Any] = {"text": text, "language_of_mails": ""}
    if upload is not None:
        data["upload"] = (BytesIO(upload), "list.csv")
    response = client.submit(f"/en/sessions/{code}/nominations/many", data)
    assert response.status_code == 422
    assert message in response.get_data(as_text=True)
    assert rows(world) == []


def test_a_coordinator_names_people_of_any_office_and_a_focal_point_of_two_chooses(
    client: CheckingClient, world: World
) -> None:
    code = a_session(world)
    client.sign_in(world.person("Cora", role=Role.COORDINATOR))
    text = (
        'E-mail;IP office;Language\nAda <ada@example.org>;BR;pt\nbo@example.org;Kenya;\n"Cy, Jr. <cy@example.org>";;en'
    )
    path = checked(world, client, code, text, office="", language_of_mails="")
    assert rows(world) == [
        ("ada@example.org", NEW, []),
        ("bo@example.org", PROBLEM, ["no_name", "no_language"]),
        ("cy@example.org", NEW, []),
    ]
    client.submit(f"{path}/confirm")
    run(world, register_nominated)
    assert [name for name, _state in people(world)] == ["Ada", "Cy, Jr."]
    with world.app.app_context(), unit_of_work():
        both = world_person(world, "Two Offices")
    client.sign_in(both)
    page = client.get(f"/en/sessions/{code}/nominations/add").get_data(as_text=True)
    assert 'name="office"' in page
    wrong = client.submit(f"/en/sessions/{code}/nominations/add", {**PERSON, "office": "BR"})
    assert wrong.status_code == 422
    assert client.submit(f"/en/sessions/{code}/nominations/add", {**PERSON, "office": "KE"}).status_code == 302


def world_person(world: World, name: str) -> str:
    """A focal point of two offices."""
    from datetime import date

    from trainapp.accounts.models import RoleGrant

    person = world.person(name, role=Role.FOCAL_POINT, office="EG")
    found = db.session.scalars(select(Person).where(Person.public_id == person)).one()
    found.grants.append(RoleGrant(role=Role.FOCAL_POINT, office=office_of("KE"), valid_from=date(2020, 1, 1)))
    return person


def test_the_pages_ask_as_much_for_many_people_as_for_few(
    client: CheckingClient, world: World, queries: list[str]
) -> None:
    code = a_session(world)
    focal_point(world, client)

    def asked(path: str) -> int:
        queries.clear()
        assert client.get(path).status_code == 200
        return len(queries)

    counts = []
    for number in (2, 30):
        text = "\n".join(f"Person {number}-{each},p{number}-{each}@example.org" for each in range(number))
        path = checked(world, client, code, text)
        before = asked(path)
        client.submit(f"{path}/confirm")
        run(world, register_nominated, times=2)
        counts.append((before, asked(path), asked(f"/en/sessions/{code}/nominations")))
    assert counts[0] == counts[1]


def test_words_of_all_languages_are_understood(context: None) -> None:
    assert [language_meant(word) for word in ("AR", "pt_BR", "Deutsch", "اليابانية", "ロシア語", "", "Latin")] == [
        "ar",
        "pt",
        "de",
        "ja",
        "ru",
        None,
        None,
    ]
    zones = ("africa/nairobi", "Найроби", "Buenos Aires (UTC−3)", "UTC", "Asia/Calcutta", "Atlantis", "(")
    assert [zone_meant(word) for word in zones] == [
        "Africa/Nairobi",
        "Africa/Nairobi",
        "America/Argentina/Buenos_Aires",
        "UTC",
        "Asia/Calcutta",
        None,
        None,
    ]


def test_the_lists_a_worker_is_at_are_left_to_it(world: World) -> None:
    """With nothing to do, the jobs do nothing."""
    run(world, check_nominations)
    run(world, register_nominated)
    with world.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(NominationList)) == 0
