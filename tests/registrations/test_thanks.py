"""When a session was held, its people are thanked, each in their language, and told what comes next."""

from datetime import timedelta

import pytest
from sqlalchemy import select

from tests.support.invited import invited, letter, queued, write_all_mailings
from tests.support.statements import statements_of
from tests.support.world import World, person_of
from trainapp.core.access import Role
from trainapp.core.clock import now, today
from trainapp.core.database import db
from trainapp.core.errors import DomainError
from trainapp.core.unit_of_work import unit_of_work
from trainapp.registrations.models import Mailing, Registration, RegistrationState
from trainapp.scheduling.models import RegistrationPolicy, SessionState, Visibility
from trainapp.scheduling.service import mark_delivered, session_by_code

HELD = "2026-ST26-EN-01"


def deliver_session(world: World) -> None:
    coordinator = world.person("Cora Coordinator", role=Role.COORDINATOR)
    with world.app.app_context(), unit_of_work():
        mark_delivered(person_of(coordinator), session_by_code(HELD))


def held_session(world: World, **changes: object) -> str:
    return world.session(HELD, first_day=today() - timedelta(days=7), **changes)


def test_those_with_a_confirmed_seat_are_thanked_and_told_what_comes_next(world: World) -> None:
    code = held_session(world, subjects=["ST26", "NICE"])
    amal = invited(world, code, "Amal Example", language="ar", zone="Africa/Cairo")
    bob = invited(world, code, "Bob Example", zone="America/Lima")
    for number, state in enumerate((RegistrationState.PENDING, RegistrationState.WAITLISTED)):
        invited(world, code, f"Other {number}", state=state)
    leaves = invited(world, code, "Leaves Example")
    with_titles = {"en": "Next in Arabic", "ar": "التالي"}
    coming = [
        world.session("2027-NEXT-AR", language="ar", titles=with_titles, first_day=today() + timedelta(days=40)),
        world.session("2027-NEXT-EN", first_day=today() + timedelta(days=50)),
        world.session("2027-NEXT-FR", language="fr", interpretation=["ar"], first_day=today() + timedelta(days=60)),
        world.session("2027-NEXT-LAST", subjects=["NICE"], first_day=today() + timedelta(days=70)),
    ]
    for code, changes in {
        "2027-OTHER-SUBJECT": {"subjects": ["IPC"]},
        "2027-DRAFT": {"state": SessionState.DRAFT},
        "2027-BY-OFFICES": {"policy": RegistrationPolicy.NOMINATION},
        "2027-CLOSED": {"closes_at": now() - timedelta(days=1)},
        "2027-IN-KOREAN": {"language": "ko"},
        "2027-PAST": {"first_day": today() - timedelta(days=2)},
    }.items():
        world.session(code, **changes)
    with world.app.app_context():
        bobs = db.session.scalars(select(Registration).where(Registration.name == "Bob Example")).one().person.public_id
    world.registration_link("2027-NEXT-LAST", bobs)
    deliver_session(world)
    assert queued(world) == [], "the worker writes them"
    with world.app.app_context(), unit_of_work():
        leaver = db.session.scalars(select(Registration).where(Registration.name == "Leaves Example")).one()
        leaver.state = RegistrationState.CANCELLED
    write_all_mailings(world)
    mails = queued(world)
    assert [(mail.recipient, mail.language) for mail in mails] == [(amal, "ar"), (bob, "en")]
    assert leaves not in {mail.recipient for mail in mails}
    arabic, english = (letter(mail) for mail in mails)
    assert [code for code in coming if code in arabic] == coming[:3]
    assert [code for code in coming if code in english] == [coming[1]], "Bob has a seat in the last one already"
    assert "التالي" in arabic
    for said in (arabic, english):
        assert not any(code in said for code in ("OTHER", "DRAFT", "OFFICES", "CLOSED", "KOREAN", "PAST"))
        assert "meet.example.org" not in said
    assert "If materials or recordings are added later" in english
    with world.app.app_context():
        assert db.session.scalars(select(Mailing.kind)).all() == ["thanks"]


def test_the_materials_are_pointed_at_where_there_are_any_for_people_with_a_seat(world: World) -> None:
    code = held_session(world)
    invited(world, code, "Ida Example")
    world.material(code, visibility=Visibility.REGISTERED)
    deliver_session(world)
    write_all_mailings(world)
    (mail,) = queued(world)
    assert "Its materials and recordings are here" in letter(mail)
    assert "What comes next" not in letter(mail)


def test_a_session_without_people_thanks_nobody_and_one_that_was_delivered_thanks_once(world: World) -> None:
    held_session(world)
    deliver_session(world)
    with pytest.raises(DomainError), world.app.app_context(), unit_of_work():
        mark_delivered(person_of(world.person("Cary Coordinator", role=Role.COORDINATOR)), session_by_code(HELD))
    with world.app.app_context():
        assert db.session.scalars(select(Mailing)).all() == []


def test_a_batch_of_thanks_costs_no_more_for_each_than_a_few_queries(world: World) -> None:
    code = held_session(world)
    world.session("2027-NEXT")
    for number in range(6):
        invited(world, code, f"Person {number}")
    deliver_session(world)
    with statements_of(world.app) as seen:
        write_all_mailings(world)
    assert len(queued(world)) == 6
    assert len(seen) < 6 * 16, len(seen)
