"""The people of a session: the list and its filters, decisions about several at once, one person's page."""

from collections.abc import Callable
from io import BytesIO

import pytest
from flask import Flask
from openpyxl import load_workbook
from sqlalchemy import func, select

from tests.support.client import CheckingClient
from tests.support.invited import invited
from tests.support.people import Known, crowd, form_on, ids_on, mailing_in, names_on, registration_id, text_of
from tests.support.statements import statements_of
from tests.support.world import World, person_of
from trainapp.core.access import Role
from trainapp.core.audit import AuditEvent
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.models import MailState, OutboxMail
from trainapp.registrations.mail_queries import MailTrouble
from trainapp.registrations.models import (
    Invitation,
    Registration,
    RegistrationState,
    Reply,
)
from trainapp.registrations.people_queries import PeopleFilter, people_counts, people_page
from trainapp.scheduling.models import RegistrationPolicy, TrainingSession
from trainapp.scheduling.queries import session_by_code

CODE = "2027-IPC-EN-05"
LIST = f"/en/sessions/{CODE}/people"

FILTERS: dict[str, tuple[PeopleFilter, Callable[[Known], bool]]] = {
    "everybody": (PeopleFilter(), lambda one: True),
    "state": (PeopleFilter(state=RegistrationState.WAITLISTED), lambda one: one.state == "waitlisted"),
    "office": (PeopleFilter(office="BR"), lambda one: one.office == "BR"),
    "language": (PeopleFilter(language="ar"), lambda one: one.language == "ar"),
    "yes": (PeopleFilter(reply=Reply.ACCEPTED), lambda one: Reply.ACCEPTED in one.replies),
    "perhaps": (PeopleFilter(reply=Reply.TENTATIVE), lambda one: Reply.TENTATIVE in one.replies),
    "no": (PeopleFilter(reply=Reply.DECLINED), lambda one: Reply.DECLINED in one.replies),
    "unanswered": (PeopleFilter(reply=Reply.NONE), lambda one: Reply.NONE in one.replies),
    "came back": (PeopleFilter(trouble=MailTrouble.CAME_BACK), lambda one: one.came_back),
    "not delivered": (PeopleFilter(trouble=MailTrouble.NOT_DELIVERED), lambda one: one.not_delivered),
    "a name": (PeopleFilter(words="михаил 0"), lambda one: one.name.startswith("Михаил 0")),
    "an address": (PeopleFilter(words="P12@"), lambda one: one.address == "p12@example.org"),
    "a sign": (PeopleFilter(words="%"), lambda one: False),
    "two": (
        PeopleFilter(state=RegistrationState.CONFIRMED, language="fr"),
        lambda one: (one.state, one.language) == ("confirmed", "fr"),
    ),
    "three": (
        PeopleFilter(office="BR", reply=Reply.NONE, trouble=MailTrouble.NOT_DELIVERED),
        lambda one: one.office == "BR" and Reply.NONE in one.replies and one.not_delivered,
    ),
}


def a_session(world: World, **changes: object) -> str:
    """The session of these tests, with a trainer; gives the trainer's public id."""
    trainer = world.person("Tom Teaches", role=Role.TRAINER)
    world.session(CODE, trainer=trainer, **changes)
    return trainer


@pytest.mark.causes_mails
def test_the_list_shows_and_counts_exactly_those_whom_a_filter_leaves(world: World, client: CheckingClient) -> None:
    trainer = a_session(world, meetings=3)
    made = crowd(world, CODE, 60)
    with world.app.app_context():
        session = session_by_code(CODE)
        for what, (wanted, fits) in FILTERS.items():
            expected = [one.name for one in made if fits(one)]
            assert bool(expected) == (what != "a sign"), f"{what} must tell some from others"
            found = people_page(session, wanted, 1)
            assert [one.name for one in found.registrations] == expected[:50], what
            assert found.total == len(expected), what
        counts = people_counts(session)
        for state in RegistrationState:
            assert counts.states[state] == sum(one.state is state for one in made)
        for reply in Reply:
            assert counts.replies[reply] == sum(reply in one.replies for one in made)
        assert counts.troubles == {
            MailTrouble.CAME_BACK: sum(one.came_back for one in made),
            MailTrouble.NOT_DELIVERED: sum(one.not_delivered for one in made),
        }
    client.sign_in(trainer)
    client.get(LIST)
    assert names_on(client) == [one.name for one in made[:50]]
    client.get(f"{LIST}?page=999999999999999999999")
    assert names_on(client) == [one.name for one in made[50:]], "the last page stands in for one that is not there"
    client.get(f"{LIST}?state=confirmed&spoken=fr&office=none&reply=&words=")
    assert names_on(client) == [one.name for one in made if (one.state, one.language) == ("confirmed", "fr")]
    client.get(f"/ar/sessions/{CODE}/people?words=nobody")
    assert names_on(client) == []
    assert client.get(f"{LIST}?words=%00").status_code == 400


@pytest.mark.causes_mails
def test_a_file_of_the_list_holds_the_same_people_and_no_formula(world: World, client: CheckingClient) -> None:
    client.sign_in(a_session(world, meetings=2))
    made = crowd(world, CODE, 20)
    with world.app.app_context(), unit_of_work():
        db.session.scalars(select(Registration).order_by(Registration.place)).first().name = "=1+1"  # type: ignore[union-attr]
    csv = client.get(f"{LIST}/file?format=csv&spoken=fr").get_data().decode("utf-8-sig").splitlines()
    expected = [one.address for one in made if one.language == "fr"]
    assert [line.split(",")[1].strip('"') for line in csv[1:]] == expected
    assert csv[1].startswith('"\'=1+1",')
    answer = client.get(f"/ar/sessions/{CODE}/people/file?spoken=fr")
    assert answer.headers["Content-Disposition"] == f"attachment; filename={CODE}-people.xlsx"
    sheet = load_workbook(BytesIO(answer.get_data())).active
    assert sheet.sheet_view.rightToLeft
    rows = list(sheet.iter_rows(min_row=2, values_only=True))
    assert [row[1] for row in rows] == expected
    assert sheet["A2"].data_type == "s"


def test_only_who_runs_the_session_reaches_its_people(world: World, client: CheckingClient) -> None:
    a_session(world)
    pia = world.person("Pia Participant")
    world.registration_link(CODE, pia)
    person = f"{LIST}/{registration_id(world, 'Pia Participant')}"
    mailing = mailing_in(world, CODE)
    paths = [LIST, f"{LIST}/file", f"{LIST}/add", f"{LIST}/step?step=decline&person=x", f"{LIST}/message", person]
    paths += [f"{person}/substitute", f"/en/sessions/{CODE}/mailings", f"/en/sessions/{CODE}/mailings/{mailing}"]
    posts = [f"{LIST}/add", f"{LIST}/step?step=approve", f"{LIST}/message", f"{person}/link", f"{person}/substitute"]
    readers = {
        world.person("Tim Teaches", role=Role.TRAINER): 404,
        world.person("Fay Focal", role=Role.FOCAL_POINT, office="KE"): 403,
        pia: 403,
    }
    for reader, status in readers.items():
        client.sign_in(reader)
        assert {client.get(path).status_code for path in paths} == {status}
        assert {client.submit(path).status_code for path in posts} == {status}
    client.sign_in(world.person("Cora Coordinates", role=Role.COORDINATOR))
    assert {client.get(path).status_code for path in paths if "step" not in path} == {200}
    other = world.session("2027-IPC-EN-06")
    assert client.get(f"/en/sessions/{other}/people/{person.rpartition('/')[2]}").status_code == 404
    assert client.get(f"/en/sessions/{other}/mailings/{mailing}").status_code == 404


@pytest.mark.causes_mails
def test_no_page_about_people_asks_more_of_the_database_for_more_of_them(
    world: World, client: CheckingClient, app: Flask
) -> None:
    client.sign_in(a_session(world, meetings=3))

    def statements() -> dict[str, int]:
        found = {}
        client.get(LIST)
        person = next(iter(ids_on(client).values()))
        for path in ("", "/file", "/step?step=decline&who=all", "/step?step=move&who=all", "/message", f"/{person}"):
            client.get(LIST + path)
            with statements_of(app) as seen:
                assert client.get(LIST + path).status_code == 200
            found[path.replace(person, "person")] = len(seen)
        return found

    crowd(world, CODE, 30)
    few = statements()
    crowd(world, CODE, 50, start=30)
    for number in range(6):
        world.session(f"2027-NICE-EN-{number:02d}")
    assert statements() == few


def test_applications_are_approved_in_their_order_and_declined_with_a_reason(
    world: World, client: CheckingClient
) -> None:
    client.sign_in(a_session(world, policy=RegistrationPolicy.APPROVAL, capacity=1))
    for name in ("Anna Applies", "Boris Applies", "Chen Applies", "Dora Registered"):
        state = RegistrationState.CANCELLED if name.startswith("Dora") else RegistrationState.APPLIED
        world.registration_link(CODE, world.person(name, language="fr"), state=state)
    client.get(LIST)
    ids = ids_on(client)
    chosen = "".join(f"&person={each}" for each in ids.values())
    client.get(f"{LIST}/step?step=approve&who=chosen{chosen}")
    page = text_of(client.tree)
    assert "It concerns 3 people" in page
    assert "1 person is left out" in page
    assert "Dora" not in page
    answer = client.post(f"{LIST}/step?step=approve", data=form_on(client), follow_redirects=True)
    assert "1 person has a seat." in answer.text
    assert "2 people wait" in answer.text
    assert [len(world.mails(f"{name}.applies@example.org")) for name in ("anna", "boris", "chen")] == [1, 1, 1]

    client.get(f"{LIST}/step?step=decline&who=all&state=confirmed")
    assert "Anna Applies" in text_of(client.tree)
    refused = client.post(f"{LIST}/step?step=decline", data=form_on(client))
    assert refused.status_code == 422
    assert "Anna Applies" in text_of(client.tree), "whom it concerns is still shown"
    assert len(world.mails()) == 3
    with_reason = {**form_on(client), "reason": "Le niveau ne convient pas."}
    answer = client.post(f"{LIST}/step?step=decline", data=with_reason, follow_redirects=True)
    assert "1 person was declined." in answer.text
    with world.app.app_context():
        states = dict(db.session.execute(select(Registration.name, Registration.state)).all())
    assert states["Anna Applies"] is RegistrationState.DECLINED
    assert states["Boris Applies"] is RegistrationState.CONFIRMED, "the next in line moves up"
    told = world.mails("anna.applies@example.org")[-1].content
    assert told is not None
    assert b"Le niveau ne convient pas." in told
    assert world.mails("boris.applies@example.org")[-1].kind == "registrations.seat"


@pytest.mark.causes_mails
def test_a_decision_concerns_exactly_those_who_were_shown(world: World, client: CheckingClient) -> None:
    """Who comes between the page and the button is not touched; who left meanwhile is skipped, and that is told."""
    client.sign_in(a_session(world, policy=RegistrationPolicy.APPROVAL))
    for name in ("Anna", "Boris"):
        world.registration_link(CODE, world.person(name), state=RegistrationState.APPLIED)
    client.get(f"{LIST}/step?step=approve&who=all&state=applied")
    form = form_on(client)
    with world.app.app_context(), unit_of_work():
        anna = db.session.scalars(select(Registration).where(Registration.name == "Anna")).one()
        anna.state, anna.ended_at = RegistrationState.CANCELLED, now()
    world.registration_link(CODE, world.person("Late"), state=RegistrationState.APPLIED)
    answer = client.post(f"{LIST}/step?step=approve", data=form, follow_redirects=True)
    assert "1 person has a seat." in answer.text
    assert "1 person was left as they are" in answer.text
    with world.app.app_context():
        states = dict(db.session.execute(select(Registration.name, Registration.state)).all())
    assert states == {
        "Anna": RegistrationState.CANCELLED,
        "Boris": RegistrationState.CONFIRMED,
        "Late": RegistrationState.APPLIED,
    }


@pytest.mark.causes_mails
def test_many_are_shown_by_language_and_decided_about_in_portions(world: World, client: CheckingClient) -> None:
    client.sign_in(a_session(world))
    made = crowd(world, CODE, 165, mailed=False)
    active = [one for one in made if one.state not in (RegistrationState.DECLINED, RegistrationState.CANCELLED)]
    client.get(f"{LIST}/step?step=decline&who=all")
    page = text_of(client.tree)
    assert "It concerns 100 people" in page
    assert f"{len(made) - len(active)} people are left out" in page
    assert f"{len(active) - 100} more people come later" in page
    for language, name in (("fr", "French"), ("ar", "Arabic")):
        assert f"{name}: {sum(one.language == language for one in active[:100])}" in page
    assert active[0].name not in page
    too_many = " ".join(f"{number}" for number in range(101))
    form = {**form_on(client), "reason": "No"}
    answer = client.post(f"{LIST}/step?step=decline", data={**form, "people": too_many})
    assert answer.status_code == 422
    assert "at most 100 people" in answer.text
    far_too_many = {**form, "people": " ".join(f"{number}" for number in range(70_000))}
    for path in (f"{LIST}/step?step=decline", f"{LIST}/message"):
        answer = client.post(path, data=far_too_many)
        assert answer.status_code == 422
        assert "at most 20000 people" in answer.text


def test_people_move_to_a_session_that_the_same_person_runs(world: World, client: CheckingClient) -> None:
    trainer = a_session(world)
    target = world.session("2027-IPC-EN-06", trainer=trainer)
    foreign = world.session("2027-IPC-EN-07")
    world.registration_link(CODE, world.person("Anna", language="ko"))
    client.sign_in(trainer)
    client.get(f"{LIST}/step?step=move&person={registration_id(world, 'Anna')}")
    assert client.tree is not None
    offered = [option.get("value") for option in client.tree.iter("option")]
    assert offered == ["", target]
    form = form_on(client)
    assert client.post(f"{LIST}/step?step=move", data=form).status_code == 422, "no session was chosen"
    assert client.post(f"{LIST}/step?step=move", data={**form, "session": foreign}).status_code == 422
    assert client.post(f"{LIST}/step?step=move", data={**form, "session": target}).status_code == 302
    with world.app.app_context():
        rows = db.session.execute(select(TrainingSession.code, Registration.state).join(Registration.session))
        assert dict(rows.all()) == {CODE: RegistrationState.CANCELLED, target: RegistrationState.CONFIRMED}
    mails = world.mails("anna@example.org")
    assert [mail.kind for mail in mails] == ["registrations.moved", "registrations.registered"]
    assert {mail.language for mail in mails} == {"ko"}


@pytest.mark.causes_mails
def test_a_step_for_nobody_or_nothing_goes_back_to_the_list(world: World, client: CheckingClient) -> None:
    client.sign_in(a_session(world))
    world.registration_link(CODE, world.person("Anna"))
    for query in ("", "?step=approve", "?step=approve&who=chosen", "?step=none&who=all", "?step=decline&who=x&words=A"):
        answer = client.get(f"{LIST}/step{query}")
        assert answer.status_code == 302
        assert client.get(answer.location).status_code == 200
    assert client.submit(f"{LIST}/step?step=decline", {"reason": "No"}).status_code == 302
    hostile = {"reason": "No", "people": "أ \x00 ' ; --"}
    assert client.submit(f"{LIST}/step?step=decline", hostile).status_code < 500
    client.get(f"{LIST}/step?step=approve&who=all")
    assert "possible for nobody" in text_of(client.tree)


def test_somebody_is_registered_for_them_and_only_once(world: World, client: CheckingClient) -> None:
    coordinator = world.person("Cora Coordinates", role=Role.COORDINATOR)
    a_session(world, policy=RegistrationPolicy.CLOSED, capacity=3)
    client.sign_in(coordinator)
    form = {
        "name": "Amina Example",
        "email": "amina@example.org",
        "office": "EG",
        "language_of_mails": "ar",
        "zone": "Africa/Cairo",
    }
    bad = client.submit(f"{LIST}/add", {**form, "email": "no address"})
    assert bad.status_code == 422
    assert "Amina Example" in bad.text
    answer = client.submit(f"{LIST}/add", form)
    page = client.get(answer.location)
    assert "Amina Example" in page.text
    assert "amina@example.org" in page.text
    again = client.submit(f"{LIST}/add", {**form, "name": "Other"})
    assert client.get(again.location).status_code == 200
    assert names_on(client) == ["Amina Example"]
    assert [mail.language for mail in world.mails("amina@example.org")] == ["ar", "ar"]
    with world.app.app_context():
        assert db.session.scalar(select(func.count()).select_from(Registration)) == 1


def test_one_person_s_page_says_what_their_calendar_and_mailbox_got(world: World, client: CheckingClient) -> None:
    trainer = a_session(world, meetings=2)
    address = invited(world, CODE, "Amina Example", language="ar")
    other = world.session("2027-IPC-EN-06")
    world.registration_link(other, world.person("Somebody Else"))
    client.sign_in(trainer)
    path = f"{LIST}/{registration_id(world, 'Amina Example')}"
    with world.app.app_context(), unit_of_work():
        first, second = db.session.scalars(select(Invitation).order_by(Invitation.id))
        first.reply, first.replied_at, second.sequence = Reply.DECLINED, now(), 1234
        person = db.session.scalars(select(Registration).where(Registration.name == "Amina Example")).one().person
        person.addresses[0].bounced_at, person.addresses[0].bounce_reason = now(), "550 no such mailbox"
        dead = db.session.scalars(select(OutboxMail).order_by(OutboxMail.id)).first()
        assert dead is not None
        dead.state, dead.error = MailState.DEAD, "the relay said no"
    client.get(path)
    page = text_of(client.tree)
    for words in ("Said no", "Revision 1,234", "Mail not delivered", "the relay said no", "550 no such mailbox"):
        assert words in page
    subjects = [mail.subject for mail in world.mails(address)]
    assert all(subject in page for subject in subjects)
    assert client.get(path.replace("/en/", "/ar/")).status_code == 200

    for _time in range(4):
        assert client.submit(f"{path}/link").status_code == 302
    client.submit(f"{path}/link")
    client.get(path)
    assert "several mails" in text_of(client.tree)
    sent = world.mails(address)[len(subjects) :]
    assert len(sent) == 4 * 2, "the link with the first invitation, and the second one beside it"
    assert sent[0].kind == "registrations.link_sent"
    assert {mail.language for mail in sent} == {"ar"}


def test_somebody_else_comes_in_a_person_s_place(world: World, client: CheckingClient) -> None:
    trainer = a_session(world, capacity=1)
    address = invited(world, CODE, "Amina Example", language="ar")
    client.sign_in(trainer)
    path = f"{LIST}/{registration_id(world, 'Amina Example')}/substitute"
    client.get(path)
    form = form_on(client)
    assert "office" not in form
    assert client.post(path, data=form).status_code == 422
    own = client.post(path, data={**form, "name": "Amina", "email": address})
    assert own.status_code == 422
    assert "registered for the session already" in own.text
    answer = client.post(path, data={**form, "name": "Bilal Example", "email": "bilal@example.org"})
    client.get(answer.location)
    assert names_on(client) == ["Bilal Example", "Amina Example"]
    assert "In the place of Amina Example" in text_of(client.tree)
    client.get(f"{LIST}/{registration_id(world, 'Amina Example')}")
    assert "Bilal Example" in text_of(client.tree)
    assert world.mails(address)[-1].kind == "registrations.replaced"
    assert len(world.mails("bilal@example.org")) == 1


@pytest.mark.causes_mails
def test_every_decision_names_who_took_it(world: World, client: CheckingClient) -> None:
    trainer = a_session(world)
    world.registration_link(CODE, world.person("Anna"))
    client.sign_in(trainer)
    client.get(f"{LIST}/step?step=decline&who=all")
    client.post(f"{LIST}/step?step=decline", data={**form_on(client), "reason": "Another level"})
    client.get(f"{LIST}/{registration_id(world, 'Anna')}")
    page = text_of(client.tree)
    assert "Tom Teaches" in page
    assert "Another level" in page
    with world.app.app_context():
        actors = db.session.scalars(select(AuditEvent.actor_id).where(AuditEvent.action == "registration declined"))
        assert list(actors) == [person_of(trainer).id]
