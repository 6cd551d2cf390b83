"""Each step is told to the other side, to everybody in their own language and zone."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from zoneinfo import ZoneInfo

from flask import Flask

from tests.requests.conftest import Desk, person, writing
from tests.support.world import World
from trainapp.core.access import Role
from trainapp.core.languages import speaking
from trainapp.core.timefmt import moment, zone_label
from trainapp.core.unit_of_work import unit_of_work
from trainapp.mail.models import OutboxMail
from trainapp.requests.asking import discard_draft
from trainapp.requests.labels import state_label, step_label, what_next
from trainapp.requests.models import RequestState as S
from trainapp.requests.models import Step
from trainapp.requests.queries import request_by_public_id, request_for
from trainapp.requests.service import take_step
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


def step(app: Flask, public_id: str, actor: str, taken: Step, comment: str = "") -> None:
    with writing(app):
        request = request_by_public_id(public_id)
        assert request is not None
        take_step(person(actor), request, taken, comment, request.version)


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
    step(app, public_id, desk.coordinator, Step.PROPOSE, words)
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
            f"/ar/requests/{public_id}",
        ]
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
