"""Changing a session that people have registered for: what may change, who is told, what their calendars get."""

from collections import Counter
from datetime import date, time, timedelta

import pytest
from flask import Flask
from sqlalchemy import select, update

from tests.support.changing import (
    back,
    cancelled,
    carry_through,
    invite,
    let_all_leave,
    meetings_of,
    message_in,
    moved,
    parts_of,
    preview_of,
    state_of,
    text_of,
    words_of_page,
    write_all,
)
from tests.support.own_pages import address_link
from tests.support.world import World, person_of
from trainapp.core.access import Role
from trainapp.core.audit import AuditEvent
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import Conflict, DomainError, Forbidden, NotFound
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.models import MailState, OutboxMail
from trainapp.registrations.change_preview import EffectMoved, apply
from trainapp.registrations.changes import Change, MeetingWish, SessionAct
from trainapp.registrations.mailings import start_mailing
from trainapp.registrations.models import InvitationMethod, MailingKind, Registration, RegistrationState
from trainapp.registrations.notices import send_link_again, tell_of_cancellation
from trainapp.registrations.own_address import change_address
from trainapp.registrations.own_details import OwnDetails, change_details
from trainapp.registrations.session_changes import revise
from trainapp.requests.models import Mode, RequestState, TrainingRequest
from trainapp.scheduling.models import MeetingState, SessionState, SessionTrainer, TeachingState, TrainingSession
from trainapp.scheduling.plans import MeetingPlan
from trainapp.scheduling.queries import session_by_code

CODE = "2027-ST26-EN-01"
LANGUAGES = ("en", "ar", "ja", "fr")
ZONES = ("Europe/Zurich", "Africa/Cairo", "Asia/Tokyo", "America/New_York")


@pytest.fixture
def coordinator(world: World) -> str:
    return world.person("Coordinator Example", role=Role.COORDINATOR)


@pytest.fixture
def trainer(world: World) -> str:
    return world.person("Trainer Example", role=Role.TRAINER, language="ja", zone="Asia/Tokyo")


def people(world: World, code: str = CODE, **states: RegistrationState) -> None:
    """People with these names and states, in several languages and zones."""
    for number, (name, state) in enumerate(states.items()):
        language, zone = LANGUAGES[number % 4], ZONES[number % 4]
        person = world.person(name, language=language, zone=zone, email=f"{name}@example.org")
        world.registration_link(code, person, state=state)
    invite(world.app, code)
    let_all_leave(world.app)
    world.mails()


def new_mails(world: World, before: int) -> list[OutboxMail]:
    return world.mails()[before:]


SEATED = RegistrationState.CONFIRMED


def answers(app: Flask, request: str) -> None:
    """The session answers a request."""
    with app.app_context(), unit_of_work():
        session = session_by_code(CODE)
        session.requests = list(db.session.scalars(select(TrainingRequest).where(TrainingRequest.public_id == request)))


def test_a_move_tells_everybody_in_their_language_and_time_and_corrects_calendars(
    app: Flask, world: World, coordinator: str
) -> None:
    world.session(CODE, meetings=2)
    people(
        world, anna=SEATED, badr=RegistrationState.PENDING, chie=RegistrationState.WAITLISTED,
        denis=RegistrationState.CANCELLED,
    )  # fmt: skip
    before = len(world.mails())
    change = moved(app, CODE, 2)
    preview = carry_through(app, coordinator, CODE, change)
    mails = new_mails(world, before)
    assert [mail.recipient for mail in mails] == ["anna@example.org", "badr@example.org", "chie@example.org"]
    assert preview.effect.mails() == 3
    assert preview.effect.methods() == Counter({"REQUEST": 2})
    assert [mail.language for mail in mails] == ["en", "ar", "ja"]
    first, second, waiting = (message_in(mail) for mail in mails)
    meeting = meetings_of(app, CODE)[1]
    assert first is not None
    assert (first.method, first.sequence, first.starts_at) == ("REQUEST", 1, meeting.starts_at)
    assert second is not None
    assert waiting is None
    text = text_of(mails[0])
    assert "Meeting 2 has moved. Before: " in text
    assert "2:00\u202fPM" in text or "2:00\xa0PM" in text or "14:00" in text
    assert "Zurich" in text
    assert "You are registered" in text
    assert "waiting" not in text
    assert "https://meet.example.org/room" not in text_of(mails[2])
    html = parts_of(mails[1])["text/html"]
    assert 'dir="rtl"' in html
    with app.app_context():
        acts = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "session changed")).all()
        assert [act.before["meetings"][1][1:] != act.after["meetings"][1][1:] for act in acts] == [True]
        session = session_by_code(CODE)
        assert session.last_day == session.meetings[1].on_date


@pytest.mark.causes_mails
def test_a_rehearsal_leaves_nothing_behind(app: Flask, world: World, coordinator: str, trainer: str) -> None:
    focal = world.person("Kenya Example", role=Role.FOCAL_POINT, office="KE")
    request = world.request("KE", focal, state=RequestState.SCHEDULED)
    world.session(CODE, meetings=2, trainer=trainer, offices={"KE": "beneficiary"})
    answers(app, request)
    people(world, anna=SEATED, badr=SEATED)
    other = world.person("Other Trainer", role=Role.TRAINER)
    before = state_of(app, CODE)
    plan = MeetingPlan(3, date(2031, 3, 4), time(10), time(11))
    changes = [
        moved(app, CODE, 1),
        cancelled([1]),
        Change(added=(plan,), trainers=(other,), venue="Room 2", mode=Mode.HYBRID, words="Bring paper"),
        Change(act=SessionAct.CANCEL, words="The trainer is ill."),
    ]
    for change in changes:
        preview = preview_of(app, coordinator, CODE, change)
        assert preview.effect.others
        assert state_of(app, CODE) == before
        assert preview_of(app, coordinator, CODE, change).effect.digest() == preview.effect.digest()


def test_who_registers_or_leaves_after_the_preview_is_seen_before_anything_is_saved(
    app: Flask, world: World, coordinator: str
) -> None:
    world.session(CODE)
    people(world, anna=SEATED)
    change = moved(app, CODE, 1)
    seen = preview_of(app, coordinator, CODE, change).effect.digest()
    world.registration_link(CODE, world.person("Late", email="late@example.org"))
    before = state_of(app, CODE)
    with pytest.raises(EffectMoved), app.app_context(), unit_of_work():
        apply(person_of(coordinator), session_by_code(CODE), change, seen)
    assert state_of(app, CODE) == before
    preview = carry_through(app, coordinator, CODE, change)
    assert [each.name for each in preview.effect.people] == ["anna", "Late"]
    world.mails()


def test_who_leaves_before_the_worker_writes_gets_nothing(app: Flask, world: World, coordinator: str) -> None:
    world.session(CODE)
    people(world, anna=SEATED, badr=SEATED)
    before = len(world.mails())
    change = moved(app, CODE, 1)
    seen = preview_of(app, coordinator, CODE, change).effect.digest()
    with app.app_context(), unit_of_work():
        apply(person_of(coordinator), session_by_code(CODE), change, seen)
        leaving = db.session.scalars(select(Registration).where(Registration.name == "anna")).one()
        leaving.state = RegistrationState.CANCELLED
    write_all(app)
    assert [mail.recipient for mail in new_mails(world, before)] == ["badr@example.org"]


def test_a_session_is_cancelled_and_reinstated_with_its_request_trainers_and_offices(
    app: Flask, world: World, coordinator: str, trainer: str
) -> None:
    focal = world.person("Kenya Example", role=Role.FOCAL_POINT, office="KE", language="fr", zone="Africa/Nairobi")
    request = world.request("KE", focal, state=RequestState.SCHEDULED)
    world.session(CODE, meetings=2, trainer=trainer, offices={"KE": "beneficiary"}, capacity=2)
    answers(app, request)
    with app.app_context(), unit_of_work():
        db.session.scalars(select(SessionTrainer)).one().state = TeachingState.CONFIRMED
    people(world, anna=SEATED, badr=SEATED, chie=RegistrationState.WAITLISTED)
    before = len(world.mails())
    carry_through(app, coordinator, CODE, Change(act=SessionAct.CANCEL, words="عطل", words_language="ar"))
    mails = new_mails(world, before)
    assert Counter(mail.recipient for mail in mails) == {
        "trainer.example@example.org": 1,
        "kenya.example@example.org": 2,  # as focal point, and about the request of the office
        "anna@example.org": 2,
        "badr@example.org": 2,
        "chie@example.org": 1,
    }
    assert [message.method for mail in mails if (message := message_in(mail))] == ["CANCEL"] * 4
    to_anna = next(mail for mail in mails if mail.recipient == "anna@example.org")
    assert to_anna.subject.startswith("Cancelled: ")
    assert "عطل" in text_of(to_anna)
    assert '<p lang="ar" dir="rtl"' in parts_of(to_anna)["text/html"]
    assert "meet.example.org" not in text_of(to_anna)
    with app.app_context():
        session = session_by_code(CODE)
        assert session.state is SessionState.CANCELLED
        assert session.requests[0].state is RequestState.AGREED
        assert session.requests[0].events[-1].comment == "عطل"
    with app.app_context(), unit_of_work():
        db.session.scalars(
            select(Registration).where(Registration.name == "badr")
        ).one().state = RegistrationState.CANCELLED
    let_all_leave(app)
    before = len(world.mails())
    with pytest.raises(Conflict):
        preview_of(app, coordinator, CODE, Change(act=SessionAct.CANCEL, words="x"))
    preview = carry_through(app, coordinator, CODE, Change(act=SessionAct.REINSTATE))
    mails = new_mails(world, before)
    assert preview.effect.mails() == len(mails)
    requests = [message for mail in mails if (message := message_in(mail))]
    assert [(each.address, each.method) for each in requests] == [
        ("chie@example.org", "REQUEST"),  # moved up into the seat that was left
        ("chie@example.org", "REQUEST"),
        ("anna@example.org", "REQUEST"),
        ("anna@example.org", "REQUEST"),
    ]
    assert [each.sequence for each in requests if each.address.startswith("anna")] == [2, 2]
    with app.app_context():
        session = session_by_code(CODE)
        assert session.requests[0].state is RequestState.SCHEDULED
        assert [each.state for each in session.teaching] == [TeachingState.ASKED], "asked again"


@pytest.mark.causes_mails
def test_a_meeting_is_cancelled_and_takes_place_after_all_and_one_is_added(
    app: Flask, world: World, coordinator: str
) -> None:
    world.session(CODE, meetings=3)
    people(world, anna=SEATED)
    carry_through(app, coordinator, CODE, cancelled([2]))
    assert [(each.state, each.sequence) for each in meetings_of(app, CODE)] == [
        (MeetingState.PLANNED, 0),
        (MeetingState.CANCELLED, 1),
        (MeetingState.PLANNED, 0),
    ]
    preview = carry_through(app, coordinator, CODE, back([2]))
    assert [(each.method, each.number, each.sequence) for each in preview.effect.people[0].changes] == [
        ("REQUEST", 2, 2)
    ]
    last = meetings_of(app, CODE)[-1]
    plan = MeetingPlan(4, last.on_date + timedelta(days=7), time(9), time(10))
    preview = carry_through(app, coordinator, CODE, Change(added=(plan,)))
    changes = [(each.number, each.sequence) for each in preview.effect.people[0].changes]
    assert changes == [(1, 0), (2, 2), (3, 0), (4, 0)], "the others now say that they are of four"


def test_the_link_is_the_business_of_those_who_have_it(
    app: Flask, world: World, coordinator: str, trainer: str
) -> None:
    focal = "kenya.example@example.org"
    world.person("Kenya Example", role=Role.FOCAL_POINT, office="KE")
    world.session(CODE, trainer=trainer, offices={"KE": "beneficiary"})
    people(world, anna=SEATED, badr=RegistrationState.WAITLISTED, chie=RegistrationState.APPLIED)
    before = len(world.mails())
    carry_through(app, trainer, CODE, Change(join_url="https://meet.example.org/other", words="New room"))
    mails = new_mails(world, before)
    assert [mail.recipient for mail in mails] == ["anna@example.org"], "the trainer has changed it"
    assert "https://meet.example.org/other" in text_of(mails[0])
    message = message_in(mails[0])
    assert message is not None
    assert message.sequence == 1
    carry_through(app, coordinator, CODE, Change(venue="Room 2", mode=Mode.HYBRID))
    told = [mail.recipient for mail in new_mails(world, before + 1)]
    assert sorted(told) == [
        "anna@example.org", "badr@example.org", "chie@example.org", focal, "trainer.example@example.org",
    ]  # fmt: skip


def test_trainers_change_and_the_people_hear_who_teaches(
    app: Flask, world: World, coordinator: str, trainer: str
) -> None:
    second = world.person("Second Trainer", role=Role.TRAINER)
    world.session(CODE, trainer=trainer)
    people(world, anna=SEATED)
    before = len(world.mails())
    preview = carry_through(app, coordinator, CODE, Change(trainers=(second,)))
    mails = new_mails(world, before)
    assert [(mail.recipient.partition("@")[0], mail.kind.partition(".")[2]) for mail in mails] == [
        ("trainer.example", "teaching_ended"),
        ("second.trainer", "teaching_asked"),
        ("anna", "changed"),
    ]
    assert "Second Trainer" in text_of(mails[-1])
    assert preview.effect.people[0].changes == ()
    with app.app_context():
        rows = db.session.scalars(select(SessionTrainer)).all()
        assert [(row.person.name, row.state) for row in rows] == [("Second Trainer", TeachingState.ASKED)]


@pytest.mark.causes_mails
def test_only_coordinators_change_more_than_the_place(app: Flask, world: World, coordinator: str, trainer: str) -> None:
    stranger = world.person("Stranger", role=Role.TRAINER)
    world.session(CODE, meetings=2, trainer=trainer)
    for change in (moved(app, CODE, 1), Change(act=SessionAct.CANCEL, words="x"), Change(trainers=(stranger,))):
        with pytest.raises(Forbidden):
            preview_of(app, trainer, CODE, change)
    with pytest.raises(NotFound):
        preview_of(app, stranger, CODE, Change(join_url="https://meet.example.org/mine"))
    draft = world.session("DRAFT", state=SessionState.DRAFT)
    with pytest.raises(Conflict):
        preview_of(app, coordinator, draft, Change(venue="x"))
    past = world.session("PAST", first_day=date(2024, 5, 6))
    with pytest.raises(Conflict):
        preview_of(app, coordinator, past, Change(venue="x"))


@pytest.mark.causes_mails
def test_what_cannot_be_is_said_at_the_input(app: Flask, world: World, coordinator: str) -> None:
    world.session(CODE, meetings=2)
    first, second = meetings_of(app, CODE)

    def wish(number: int, day: date, start: time = time(10), end: time = time(11), **more: bool) -> Change:
        return Change(meetings=(MeetingWish(number, times=MeetingPlan(number, day, start, end), **more),))

    cases = [
        (Change(), None),
        (Change(venue="", join_url="https://meet.example.org/room"), None),
        (Change(join_url=""), "join_url"),
        (Change(mode=Mode.IN_PERSON), "venue"),
        (cancelled([1, 2]), None),
        (wish(1, date(2020, 1, 1)), "meeting_1-wall_start"),
        (wish(1, second.on_date), "meeting_1-wall_start"),
        (wish(1, first.on_date, time(11), time(10)), "meeting_1-wall_end"),
        (wish(1, date(2028, 3, 26), time(2, 30), time(4)), "meeting_1-wall_start"),
        (wish(1, date(2027, 10, 31), time(2, 30), time(4)), "meeting_1-is_later"),
        (wish(1, date(2029, 1, 9), is_cancelled=True), "meeting_1-wall_start"),
        (Change(added=(MeetingPlan(3, first.on_date, time(10, 30), time(12)),)), "meeting_3-wall_start"),
        (Change(trainers=("nobody",)), "trainers"),
    ]
    before = state_of(app, CODE)
    for change, field in cases:
        with pytest.raises(DomainError) as refused:
            preview_of(app, coordinator, CODE, change)
        assert refused.value.field == field, change
    with pytest.raises(Conflict):
        preview_of(app, coordinator, CODE, cancelled([7]))
    assert state_of(app, CODE) == before


@pytest.mark.causes_mails
def test_what_has_taken_place_stays(app: Flask, world: World, coordinator: str) -> None:
    world.session(CODE, meetings=2, first_day=date(2024, 5, 6))
    with app.app_context(), unit_of_work():
        meeting = session_by_code(CODE).meetings[1]
        meeting.starts_at = meeting.starts_at.replace(year=2031)
        meeting.ends_at = meeting.ends_at.replace(year=2031)
        meeting.on_date = meeting.on_date.replace(year=2031)
    for change in (moved(app, CODE, 1, 5000), cancelled([1])):
        with pytest.raises(DomainError):
            preview_of(app, coordinator, CODE, change)
    carry_through(app, coordinator, CODE, Change(join_url="https://meet.example.org/new"))
    assert [each.sequence for each in meetings_of(app, CODE)] == [0, 1]


@pytest.mark.causes_mails
def test_a_trainer_who_teaches_elsewhere_stands_against_a_move(
    app: Flask, world: World, coordinator: str, trainer: str
) -> None:
    world.session(CODE, trainer=trainer)
    other = world.session("OTHER", trainer=trainer, first_day=meetings_of(app, CODE)[0].on_date + timedelta(days=1))
    assert other == "OTHER"
    change = moved(app, CODE, 1, start=time(10), end=time(11))
    preview = preview_of(app, coordinator, CODE, change)
    assert not preview.effect.is_possible()
    with pytest.raises(DomainError) as refused:
        carry_through(app, coordinator, CODE, change)
    assert refused.value.field == "despite_clashes"
    carry_through(app, coordinator, CODE, Change(meetings=change.meetings, despite_clashes=True))
    assert meetings_of(app, CODE)[0].sequence == 1


@pytest.mark.causes_mails
def test_a_reinstated_session_needs_a_request_that_still_agrees_and_a_meeting_to_come(
    app: Flask, world: World, coordinator: str
) -> None:
    focal = world.person("Kenya Example", role=Role.FOCAL_POINT, office="KE")
    request = world.request("KE", focal, state=RequestState.WITHDRAWN)
    world.session(CODE, state=SessionState.CANCELLED, first_day=date(2024, 5, 6))
    answers(app, request)
    with pytest.raises(DomainError) as refused:
        preview_of(app, coordinator, CODE, Change(act=SessionAct.REINSTATE))
    assert "R-" in str(refused.value.message)
    with app.app_context(), unit_of_work():
        db.session.scalars(select(TrainingSession)).one().requests[0].state = RequestState.AGREED
    with pytest.raises(DomainError):
        preview_of(app, coordinator, CODE, Change(act=SessionAct.REINSTATE))
    change = Change(act=SessionAct.REINSTATE, meetings=moved(app, CODE, 1, 3650).meetings)
    carry_through(app, coordinator, CODE, change)
    assert meetings_of(app, CODE)[0].sequence == 1


@pytest.mark.causes_mails
@pytest.mark.parametrize("language", ["en", "ar", "zh"])
def test_the_text_and_the_page_of_a_mail_say_the_same(
    app: Flask, world: World, coordinator: str, language: str
) -> None:
    world.session(CODE, meetings=2, capacity=5)
    person = world.person("Person Example", language=language, zone="Asia/Tokyo")
    world.registration_link(CODE, person, state=RegistrationState.PENDING)
    invite(app, CODE)
    let_all_leave(app)
    words = "Line one <b>&\nسطر"
    plan = moved(app, CODE, 1).meetings
    carry_through(app, coordinator, CODE, Change(meetings=plan, venue="Room", mode=Mode.HYBRID, words=words))
    mail = next(mail for mail in reversed(world.mails()) if mail.kind == "registrations.changed")
    parts = parts_of(mail)
    shown = words_of_page(parts["text/html"])
    for line in parts["text/plain"].splitlines():
        said = " ".join(line.strip(" -=").split())
        assert said in shown or said.rpartition(" ")[2].startswith("https://") and said.split()[-1] in shown, line


def test_news_of_a_mail_that_never_left_stands_in_the_one_that_replaces_it(
    app: Flask, world: World, coordinator: str
) -> None:
    world.session(CODE)
    people(world, anna=SEATED)
    before = len(world.mails())
    change = moved(app, CODE, 1)
    carry_through(app, coordinator, CODE, Change(meetings=change.meetings, words="Bring paper"))
    carry_through(app, coordinator, CODE, Change(trainers=(world.person("Coming Trainer", role=Role.TRAINER),)))
    carry_through(app, coordinator, CODE, moved(app, CODE, 1, start=time(16), end=time(17)))
    assert new_mails(world, before)[0].state is MailState.SUPERSEDED
    left = [mail for mail in new_mails(world, before) if mail.state is MailState.QUEUED]
    to_anna = [mail for mail in left if mail.recipient == "anna@example.org"]
    assert [text_of(mail).count("has moved") for mail in to_anna] == [0, 2]
    assert "Bring paper" in text_of(to_anna[1])
    message = message_in(to_anna[1])
    assert message is not None
    assert message.sequence == 2


def test_a_first_mail_that_never_left_is_replaced_by_one_that_gives_the_seat(
    app: Flask, world: World, coordinator: str
) -> None:
    world.session(CODE, capacity=3)
    world.registration_link(CODE, world.person("anna", email="anna@example.org"), state=RegistrationState.PENDING)
    invite(app, CODE)
    carry_through(app, coordinator, CODE, moved(app, CODE, 1))
    registered, changed = world.mails("anna@example.org")
    assert registered.state is MailState.SUPERSEDED
    text = text_of(changed)
    assert "You are registered for this session." in text
    assert "Please confirm your registration" in text or "Please confirm your seat" in text


def test_a_law_of_clocks_is_told_for_its_meetings_alone(app: Flask, world: World, coordinator: str) -> None:
    world.session(CODE, meetings=2)
    people(world, anna=SEATED)
    before = len(world.mails())
    with app.app_context(), unit_of_work():
        session = session_by_code(CODE)
        revise([session.meetings[1]])
        ids = db.session.scalars(select(Registration.id)).all()
        start_mailing(None, session, MailingKind.CHANGE, {"zone_law": [2]}, list(ids))
    write_all(app)
    (mail,) = new_mails(world, before)
    assert "The law has changed the clocks" in text_of(mail)
    assert "meeting 2" in text_of(mail)
    message = message_in(mail)
    assert message is not None
    assert (message.sequence, message.uid) == (1, meetings_of(app, CODE)[1].uid)


@pytest.mark.parametrize("act", ["details", "link", "address"])
def test_whatever_replaces_news_that_never_left_tells_them_with_the_note_and_asks_to_confirm(
    app: Flask, world: World, coordinator: str, act: str
) -> None:
    world.session(CODE, capacity=2, confirm_hours=24)
    person = world.person("anna", email="anna@example.org")
    held_until = now() + timedelta(days=2)
    token = world.registration_link(CODE, person, state=RegistrationState.PENDING, held_until=held_until)
    invite(app, CODE)
    carry_through(app, coordinator, CODE, Change(meetings=moved(app, CODE, 1).meetings, words="Bring paper"))
    proof = address_link(world, person)
    for zone in ("Africa/Cairo", "Asia/Tokyo"):  # twice: what stands for another mail may itself be replaced
        with app.app_context(), unit_of_work():
            if act == "link":
                db.session.execute(update(Registration).values(zone=zone))
                send_link_again(db.session.scalars(select(Registration)).one())
            else:
                change_details(token, OwnDetails("anna", None, "en", zone))
    if act == "address":
        with app.app_context(), unit_of_work():
            change_address(proof)
    left = [mail for mail in world.mails() if mail.state is MailState.QUEUED and mail.recipient.endswith("example.org")]
    changed = left[-1]
    assert changed.kind == "registrations.changed"
    assert changed.recipient == ("new@example.org" if act == "address" else "anna@example.org")
    text = text_of(changed)
    assert text.count("has moved") == 1
    assert "Bring paper" in text
    assert "Please confirm your seat by" in text
    message = message_in(changed)
    assert message is not None
    assert message.method == "REQUEST"


def test_what_came_by_the_file_is_said_to_be_removed_by_its_owner(app: Flask, world: World, coordinator: str) -> None:
    remove = "please remove its entries from your calendar yourself"
    world.session(CODE, meetings=7)
    people(world, anna=SEATED)
    with app.app_context(), unit_of_work():
        registration = db.session.scalars(select(Registration).where(Registration.name == "anna")).one()
        registration.invitations[0].method = InvitationMethod.REQUEST  # one goes by a message, six are in the file
    before = len(world.mails())
    carry_through(app, coordinator, CODE, Change(act=SessionAct.CANCEL))
    changed = [mail for mail in new_mails(world, before) if mail.kind == "registrations.changed"]
    (to_anna,) = changed
    assert message_in(to_anna) is not None
    assert remove in text_of(to_anna)
    carry_through(app, coordinator, CODE, Change(act=SessionAct.REINSTATE))
    before = len(world.mails())
    with app.app_context(), unit_of_work():
        registration = db.session.scalars(select(Registration).where(Registration.name == "anna")).one()
        registration.state = RegistrationState.CANCELLED
        tell_of_cancellation(registration)
    (mail, *_rest) = new_mails(world, before)
    assert mail.kind == "registrations.cancelled"
    assert remove in text_of(mail)
