"""Each step is told to the other side, to everybody in their own language and zone."""

import re
from dataclasses import replace
from datetime import timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from flask import Flask
from sqlalchemy import select

from tests.requests.answers import answers
from tests.requests.conftest import Desk, person, writing
from tests.requests.offers import found, offer, offered, standing_ids, weekday_in
from tests.support import samples
from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.accounts.models import MailedLink, RoleGrant
from trainapp.core.access import Role
from trainapp.core.clashes import ClashKind
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.languages import speaking
from trainapp.core.timefmt import moment, time_lines, zone_label
from trainapp.core.tokens import digest
from trainapp.core.unit_of_work import unit_of_work
from trainapp.files.service import Upload
from trainapp.mail.models import OutboxMail
from trainapp.requests.asking import discard_draft
from trainapp.requests.labels import slot_label, state_label, step_label, what_next
from trainapp.requests.models import RequestState as S
from trainapp.requests.models import Step
from trainapp.requests.queries import agreed_slot, request_by_public_id, request_for, standing_slots
from trainapp.requests.service import assign, take_step
from trainapp.requests.slots import SlotOffer, meeting_times, slot_clashes
from trainapp.requests.steps import Side

COORDINATOR = "coordinator.example@example.org"
OFFICE = "office.example@example.org"


def bodies(mail: OutboxMail) -> tuple[str, str]:
    assert mail.content is not None
    message = message_from_bytes(mail.content, policy=default)
    assert isinstance(message, EmailMessage)
    text, html = message.get_body(("plain",)), message.get_body(("html",))
    assert text is not None
    assert html is not None
    return text.get_content(), html.get_content()


def mails_to(world: World, address: str) -> list[OutboxMail]:
    """The mails of one reader, out of all there are."""
    return [mail for mail in world.mails() if mail.recipient == address]


def step(app: Flask, public_id: str, actor: str, taken: Step, comment: str = "", **content: Any) -> None:
    with writing(app):
        request = found(public_id)
        take_step(person(actor), request, taken, comment, request.version, **content)


def test_a_request_sent_is_told_to_every_coordinator(app: Flask, desk: Desk, world: World) -> None:
    world.person("Second Coordinator", role=Role.COORDINATOR, language="ru")
    desk.request()
    assert {(mail.recipient, mail.language) for mail in world.mails()} == {
        (COORDINATOR, "ja"),
        ("second.coordinator@example.org", "ru"),
    }


def test_both_bodies_have_all_the_facts_in_the_readers_language_and_zone(app: Flask, desk: Desk, world: World) -> None:
    public_id = desk.request(S.IN_REVIEW)
    words = "July 6, 10:00 to 12:00 in Nairobi <b>&amp;"
    two = offer(meetings=2), offer(42, zone="Europe/Zurich")
    step(app, public_id, desk.coordinator, Step.PROPOSE, words, slots=two, files=[Upload("Plan.pdf", samples.pdf())])
    [mail] = mails_to(world, OFFICE)
    assert mail.language == "ar"
    text, html = bodies(mail)
    assert '<html lang="ar" dir="rtl">' in html
    with app.test_request_context("/en/"), speaking("ar"):
        request = request_by_public_id(public_id)
        assert request is not None
        event = request.events[-1]
        facts = [
            request.code,
            step_label(Step.PROPOSE),
            state_label(S.PROPOSED),
            what_next(S.PROPOSED, Side.OFFICE),
            "كينيا",
            "Coordinator Example",
            moment(event.at, "Africa/Nairobi", "ar"),
            zone_label("Africa/Nairobi", event.at, "ar"),
            "Examiners of marks",
            "The new edition applies from January.",
            "Plan.pdf",
            "/ar/requests/answer/",
        ]
        for slot in standing_slots(request):
            facts.append(slot_label(slot.position))
            for meeting in slot.meetings:
                times = time_lines(meeting.starts_at, meeting.ends_at, "Africa/Nairobi", ["Europe/Zurich"], "ar")
                assert [line.own for line in times] == [True, False]
                facts.extend(str(line) for line in times)
    for fact in facts:
        assert fact in text, fact
        assert fact in html, fact
    assert words in text
    assert words not in html
    assert "July 6, 10:00 to 12:00 in Nairobi &lt;b&gt;&amp;amp;" in html


def test_a_coordinator_reads_the_answer_in_japanese_and_in_tokyo(app: Flask, desk: Desk, world: World) -> None:
    public_id = desk.request(S.NEEDS_INFORMATION)
    step(app, public_id, desk.office, Step.ANSWER, "Twenty-five people.")
    text, html = bodies(mails_to(world, COORDINATOR)[-1])
    with app.test_request_context("/en/"):
        request = request_by_public_id(public_id)
        assert request is not None
        at = request.events[-1].at
    with app.test_request_context("/en/"), speaking("ja"):
        shown = moment(at, "Asia/Tokyo", "ja")
    assert shown in text
    assert shown in html
    assert at.astimezone(ZoneInfo("Asia/Tokyo")).strftime("%H:%M").lstrip("0") in shown
    assert "ケニア" in text
    assert f"/ja/requests/{public_id}" in text
    assert mails_to(world, OFFICE) == []


def test_a_counter_in_words_alone_is_not_told_as_new_dates(
    app: Flask, desk: Desk, world: World, client: CheckingClient
) -> None:
    public_id = offered(desk)
    colleague = world.person("English Coordinator", role=Role.COORDINATOR)
    step(app, public_id, desk.office, Step.COUNTER, "Any Tuesday in May.")
    [mail] = mails_to(world, "english.coordinator@example.org")
    client.sign_in(colleague)
    page = client.get(f"/en/requests/{public_id}").get_data(as_text=True)
    for text in (*bodies(mail), page):
        assert "The proposed dates do not suit the office" in text
        assert "Read what the office wrote, then propose other dates or agree." in text
        assert "The office has proposed other dates" not in text
        assert "Look at the dates the office proposed" not in text
    step(app, public_id, desk.coordinator, Step.PROPOSE, slots=[offer(42)])
    step(app, public_id, desk.office, Step.COUNTER, slots=[offer(49)])
    text = bodies(mails_to(world, "english.coordinator@example.org")[-1])[0]
    assert "The office has proposed other dates" in text
    assert "Look at the dates the office proposed" in text


def test_all_focal_points_of_the_office_are_told_and_no_others(app: Flask, desk: Desk, world: World) -> None:
    world.person("Colleague Example", role=Role.FOCAL_POINT, office="KE", language="fr")
    public_id = desk.request()
    step(app, public_id, desk.coordinator, Step.REVIEW)
    told = {mail.recipient for mail in world.mails()} - {COORDINATOR}
    assert told == {OFFICE, "colleague.example@example.org"}


def test_keys_are_unique_and_name_the_event_and_the_reader(app: Flask, desk: Desk, world: World) -> None:
    public_id = desk.request()
    step(app, public_id, desk.coordinator, Step.REVIEW)
    step(app, public_id, desk.coordinator, Step.COMMENT, "First.")
    step(app, public_id, desk.coordinator, Step.COMMENT, "Second.")
    with app.app_context():
        request = request_by_public_id(public_id)
        assert request is not None
        reader = person(desk.office).id
        expected = [f"request:{request.id}:event:{event.id}:to:{reader}" for event in request.events[1:]]
    assert [mail.key for mail in mails_to(world, OFFICE)] == expected


def test_nobody_is_told_of_a_draft(app: Flask, desk: Desk, world: World) -> None:
    public_id = desk.request(S.DRAFT)
    with app.app_context(), unit_of_work():
        discard_draft(person(desk.office), request_for(person(desk.office), public_id))
    assert world.mails() == []


def test_a_mail_links_to_the_base_url_and_not_to_the_host_header(app: Flask, desk: Desk, world: World) -> None:
    public_id = desk.request(S.IN_REVIEW)
    with app.test_request_context("/en/", headers={"Host": "evil.example.org"}), unit_of_work():
        request = request_by_public_id(public_id)
        assert request is not None
        take_step(person(desk.coordinator), request, Step.AGREE)
    text, html = bodies(mails_to(world, OFFICE)[-1])
    assert "evil.example.org" not in text + html
    assert f"http://127.0.0.1:5000/ar/requests/{public_id}" in text


def assigned_to(app: Flask, public_id: str, actor: str, colleague: str) -> None:
    with writing(app):
        assign(person(actor), found(public_id), colleague)


def test_an_offer_says_what_stands_against_it(app: Flask, desk: Desk, world: World) -> None:
    """A Saturday evening in Nairobi: weekend, and outside the working hours, in both bodies and in Arabic."""
    late = offer(hour=18)
    late = SlotOffer(late.zone, (replace(late.meetings[0], on_date=weekday_in(35) + timedelta(days=3)),))
    public_id = offered(desk, late)
    text, html = bodies(mails_to(world, OFFICE)[-1])
    with app.test_request_context("/en/"), speaking("ar"):
        request = found(public_id)
        clashes = slot_clashes(meeting_times(standing_slots(request)[0]), request)
    assert {clash.kind for clash in clashes} >= {ClashKind.OFFICE_WEEKEND, ClashKind.OFFICE_HOURS}
    for clash in clashes:
        assert clash.plain in text
        assert clash.plain in html


def test_an_offer_carries_a_link_for_its_reader_alone(app: Flask, desk: Desk, world: World) -> None:
    world.person("Colleague Example", role=Role.FOCAL_POINT, office="KE", language="fr")
    public_id = offered(desk)
    asking = [mail for mail in world.mails() if mail.holds_secret]
    assert {mail.recipient for mail in asking} == {OFFICE, "colleague.example@example.org"}
    tokens = {found_link for mail in asking for found_link in re.findall(r"/requests/answer/([\w-]+)", bodies(mail)[0])}
    assert len(tokens) == 2
    with app.app_context():
        scope = f"request:{found(public_id).id}:answer"
        links = db.session.scalars(select(MailedLink).where(MailedLink.scope == scope)).all()
        assert {digest(token) for token in tokens} == {link.token_digest for link in links}
        assert all(link.expires_at and link.expires_at - link.created_at == timedelta(days=60) for link in links)
    for mail in asking:
        assert f"/{mail.language}/requests/answer/" in bodies(mail)[1]


def test_what_is_agreed_is_told_with_its_dates(app: Flask, desk: Desk, world: World) -> None:
    public_id = offered(desk, offer(), offer(42, 14))
    second = standing_ids(app, public_id)[1]
    step(app, public_id, desk.office, Step.AGREE, chosen=second)
    text, html = bodies(mails_to(world, COORDINATOR)[-1])
    with app.test_request_context("/en/"), speaking("ja"):
        agreed = agreed_slot(found(public_id))
        assert agreed is not None
        (meeting,) = agreed.meetings
        lines = time_lines(meeting.starts_at, meeting.ends_at, "Asia/Tokyo", ["Africa/Nairobi", "Europe/Zurich"], "ja")
        others = [slot_label(1), step_label(Step.PROPOSE)]
    for line in map(str, lines):
        assert line in text
        assert line in html
    assert not [word for word in others if word in text]


def test_an_assignment_is_told_to_the_colleague_alone(app: Flask, desk: Desk, world: World) -> None:
    colleague = world.person("Second Coordinator", role=Role.COORDINATOR, language="ru")
    public_id = desk.request()
    before = len(world.mails())
    assigned_to(app, public_id, desk.coordinator, colleague)
    assigned_to(app, public_id, desk.coordinator, colleague)
    assert [mail.recipient for mail in world.mails()[before:]] == ["second.coordinator@example.org"]
    assigned_to(app, public_id, desk.coordinator, "")
    assigned_to(app, public_id, desk.coordinator, desk.coordinator)
    assert len(world.mails()) == before + 1


def test_the_offices_steps_go_to_whom_the_request_is_assigned(app: Flask, desk: Desk, world: World) -> None:
    colleague = world.person("Second Coordinator", role=Role.COORDINATOR)
    public_id = desk.request()
    assigned_to(app, public_id, desk.coordinator, colleague)
    before = len(world.mails())
    step(app, public_id, desk.office, Step.COMMENT, "To one.")
    assert [mail.recipient for mail in world.mails()[before:]] == ["second.coordinator@example.org"]
    with writing(app):
        for grant in db.session.scalars(select(RoleGrant).where(RoleGrant.person_id == person(colleague).id)):
            grant.valid_to = today() - timedelta(days=1)
    step(app, public_id, desk.office, Step.COMMENT, "They have left: to everybody.")
    assert [mail.recipient for mail in world.mails()[before + 1 :]] == [COORDINATOR]


@pytest.mark.parametrize(("closing", "reopened_by"), [(Step.WITHDRAW, "office"), (Step.DECLINE, "coordinator")])
def test_the_other_side_hears_that_a_request_is_open_again(
    app: Flask, desk: Desk, world: World, closing: Step, reopened_by: str
) -> None:
    public_id = desk.request()
    actor, reader = getattr(desk, reopened_by), OFFICE if reopened_by == "coordinator" else COORDINATOR
    step(app, public_id, actor, closing, "For now.")
    step(app, public_id, actor, Step.REOPEN)
    with app.test_request_context("/en/"), speaking(world.mails()[-1].language):
        assert step_label(Step.REOPEN) in world.mails()[-1].subject
    assert world.mails()[-1].recipient == reader


def test_an_answer_recorded_for_an_office_is_told_to_the_office_too(
    app: Flask, desk: Desk, world: World, client: CheckingClient
) -> None:
    client.sign_in(desk.coordinator)
    world.person("Second Coordinator", role=Role.COORDINATOR)
    letter = answers(office="KE", channel="letter", received_on=str(today()))
    response = client.submit("/en/requests/new", letter)
    assert response.status_code == 302, response.get_data(as_text=True)
    public_id = response.location.rpartition("/")[2]
    before = len(world.mails())
    step(app, public_id, desk.coordinator, Step.WITHDRAW, "They wrote that they do not need it.")
    told = {mail.recipient for mail in world.mails()[before:]}
    assert told == {OFFICE, "second.coordinator@example.org"}
