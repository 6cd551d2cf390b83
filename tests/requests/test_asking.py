"""Asking for a training: one form, what it sends, and every way to fill it in wrongly."""

from datetime import time
from typing import Any
from xml.etree.ElementTree import Element

import pytest
from flask import Flask
from sqlalchemy import select

from tests.requests.answers import answers
from tests.requests.conftest import Desk, wish, writing
from tests.requests.conftest import person as person_of
from tests.support.client import CheckingClient
from tests.support.world import World
from trainapp.accounts.service import grant_role
from trainapp.catalogue.models import Level
from trainapp.core.access import Role
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.core.languages import LANGUAGES
from trainapp.offices.queries import office_by_code
from trainapp.requests.asking import new_request
from trainapp.requests.models import Channel, RequestState, Step, TrainingRequest
from trainapp.requests.queries import highest_number, request_by_public_id

pytestmark = pytest.mark.causes_mails

MOST_QUESTIONS = 12


def only_request(app: Flask) -> TrainingRequest:
    with app.app_context():
        request = db.session.scalars(select(TrainingRequest)).one()
        assert request.events
        assert request.subjects
        assert request.office
        return request


def nothing_is_kept(app: Flask) -> bool:
    with app.app_context():
        return db.session.scalars(select(TrainingRequest)).first() is None


def questions(tree: Element) -> list[str]:
    """The questions a form asks: a field, or the outermost fieldset around several, by what stands above it."""
    form = next(form for form in tree.iter("form") if form.get("class") == "form asking")
    parents = {child: parent for parent in form.iter() for child in parent}
    asked: dict[Element, str] = {}
    for field in form.iter():
        if field.tag not in ("input", "select", "textarea") or field.get("type") == "hidden":
            continue
        question, at = field, field
        while at is not form:
            at = parents[at]
            question = at if at.tag == "fieldset" else question
        words = question.find("legend") if question.tag == "fieldset" else parents[field].find("label")
        assert words is not None
        asked[question] = "".join(words.itertext()).strip()
    return list(asked.values())


def value_of(tree: Element, name: str) -> str | None:
    return next(field.get("value") for field in tree.iter("input") if field.get("name") == name)


def checked(tree: Element, name: str) -> list[str]:
    boxes = (box for box in tree.iter("input") if box.get("name") == name and box.get("checked") is not None)
    return [str(box.get("value")) for box in boxes]


def chosen(tree: Element, name: str) -> str | None:
    field = next(field for field in tree.iter("select") if field.get("name") == name)
    return next((option.get("value") for option in field.iter("option") if option.get("selected") is not None), None)


def test_an_office_answers_twelve_questions(desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.office)
    client.get("/en/requests/new")
    assert client.tree is not None
    asked = questions(client.tree)
    assert len(asked) == MOST_QUESTIONS, asked
    client.submit("/en/requests/new", {})
    assert client.tree is not None
    assert len(questions(client.tree)) == MOST_QUESTIONS


def test_the_form_knows_the_office(app: Flask, desk: Desk, client: CheckingClient) -> None:
    with writing(app):
        office = office_by_code("KE")
        assert office is not None
        office.weekend, office.work_start, office.work_end = [5, 6], time(8), time(16, 30)
    client.sign_in(desk.office)
    page = client.get("/ar/requests/new").get_data(as_text=True)
    assert client.tree is not None
    assert checked(client.tree, "weekdays") == ["1", "2", "3", "4", "7"]
    assert (value_of(client.tree, "hours_from"), value_of(client.tree, "hours_to")) == ("08:00", "16:30")
    assert chosen(client.tree, "first_language") == "ar"
    assert "نيروبي" in page
    assert "الخميس" in page


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_form_can_be_read_in_every_language(desk: Desk, client: CheckingClient, language: str) -> None:
    client.sign_in(desk.office)
    assert client.get(f"/{language}/requests/new").status_code == 200
    assert client.tree is not None
    assert chosen(client.tree, "first_language") == language


def test_an_office_asks_and_sees_its_state_and_history(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.office)
    response = client.submit("/en/requests/new", answers(third_language="sw", interpretation="y"))
    assert response.status_code == 422
    response = client.submit("/en/requests/new", answers(third_language="ar", interpretation="y"))
    request = only_request(app)
    assert response.location == f"/en/requests/{request.public_id}"
    assert request.code == f"R-{today().year}-0001"
    assert request.office.code == "KE"
    assert (request.languages, request.interpretation) == (["en", "fr", "ar"], True)
    assert (request.weekdays, request.hours_from, request.hours_to) == ([2, 4], time(9), time(11))
    assert request.channel is Channel.OFFICE
    assert request.received_on == today()
    assert request.needs == "Line one\nLine two"
    assert request.typed == {}
    assert [entry.step for entry in request.events] == [Step.SUBMIT]
    page = client.get(response.location).get_data(as_text=True)
    for words in ("Kenya", "Nice", "25", "Office Example", "The request was sent", "Nairobi (UTC+3)"):
        assert words in page, words
    assert "The secretariat will read your request" in page


def test_a_course_alone_brings_its_subjects(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.office)
    assert client.submit("/en/requests/new", answers(subjects=[], course="ST26-OFFICES")).status_code == 302
    request = only_request(app)
    assert [subject.code for subject in request.subjects] == ["ST26", "WIPO-SEQUENCE"]
    assert not request.is_tailored


def test_a_course_of_the_catalogue_is_chosen_by_its_link(desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.office)
    client.get("/en/requests/new?course=ST26-OFFICES")
    assert client.tree is not None
    assert chosen(client.tree, "course") == "ST26-OFFICES"
    assert chosen(client.tree, "level") == Level.ADVANCED
    for nonsense in ("course=NOPE", "course=%FF", "course=", "course=A&course=B"):
        assert client.get(f"/en/requests/new?{nonsense}").status_code == 200


def test_a_tailored_course_names_its_subjects(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.office)
    assert client.submit("/en/requests/new", answers(subjects=[], course="tailored")).status_code == 422
    assert client.submit("/en/requests/new", answers(course="tailored")).status_code == 302
    request = only_request(app)
    assert request.is_tailored
    assert request.course_id is None


def test_no_hours_are_any_hours(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.office)
    asked = answers(weekdays=[], hours_from="", hours_to="")
    assert client.submit("/en/requests/new", asked).status_code == 302
    request = only_request(app)
    assert (request.weekdays, request.hours_from, request.hours_to) == ([], None, None)


WRONG_ANSWERS: list[tuple[dict[str, Any], str]] = [
    ({"subjects": []}, "subjects"),
    ({"subjects": ["NICE", "NOPE"]}, "subjects"),
    ({"course": "NOPE"}, "course"),
    ({"level": "heroic"}, "level"),
    ({"mode": ""}, "mode"),
    ({"people": "0"}, "people"),
    ({"people": "-1"}, "people"),
    ({"people": "many"}, "people"),
    ({"people": "9" * 5000}, "people"),
    ({"first_language": "xx"}, "first_language"),
    ({"second_language": "en"}, "second_language"),
    ({"third_language": "fr"}, "third_language"),
    ({"second_language": "", "third_language": "en"}, "second_language"),
    ({"audience": ""}, "audience"),
    ({"audience": "   "}, "audience"),
    ({"audience": "x" * 201}, "audience"),
    ({"audience": "two\nlines"}, "audience"),
    ({"audience": "a\x00b"}, "audience"),
    ({"needs": "x" * 5001}, "needs"),
    ({"period_from": "tomorrow"}, "period_from"),
    ({"period_to": "2020-01-01"}, "period_to"),
    ({"period_from": "2020-01-01", "period_to": "2020-02-01"}, "period_to"),
    ({"period_to": "9999-12-31"}, "period_to"),
    ({"weekdays": ["8"]}, "weekdays"),
    ({"weekdays": ["0"]}, "weekdays"),
    ({"weekdays": ["monday"]}, "weekdays"),
    ({"hours_from": "25:00"}, "hours_from"),
    ({"hours_to": "noon"}, "hours_to"),
    ({"hours_to": "09:00"}, "hours_to"),
    ({"hours_to": "08:59"}, "hours_to"),
]


def test_a_mistake_is_shown_at_its_field_and_nothing_typed_is_lost(
    app: Flask, desk: Desk, client: CheckingClient
) -> None:
    client.sign_in(desk.office)
    for changes, field in WRONG_ANSWERS:
        typed = answers(outcome="They <i>classify</i> & check", **changes)
        response = client.submit("/ar/requests/new", typed)
        assert response.status_code == 422, changes
        page = response.get_data(as_text=True)
        assert f'id="{field}-error"' in page, changes
        assert "They &lt;i&gt;classify&lt;/i&gt; &amp; check" in page, changes
    assert nothing_is_kept(app)


def test_an_office_cannot_ask_for_another(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.office)
    client.submit("/en/requests/new", answers(office="EG", channel="letter", received_on="2021-01-01"))
    request = only_request(app)
    assert request.office.code == "KE"
    assert request.channel is Channel.OFFICE


def test_hostile_words_are_shown_as_words(desk: Desk, client: CheckingClient, world: World) -> None:
    client.sign_in(desk.office)
    hostile = "<script>alert(1)</script> \u202e \x0b\x85 {{ 7*7 }} %(name)s 💥"
    response = client.submit("/en/requests/new", answers(needs=hostile, audience="<b>%(x)s {{ 7*7 }}"))
    assert response.status_code == 302
    assert len(world.mails()) == 1
    page = client.get(response.location).get_data(as_text=True)
    assert "<script>alert" not in page
    assert "{{ 7*7 }} %(name)s 💥" in page


def test_the_person_of_two_offices_chooses(app: Flask, desk: Desk, client: CheckingClient) -> None:
    with writing(app):
        grant_role(None, person_of(desk.office), Role.FOCAL_POINT, office_by_code("BR"))
    client.sign_in(desk.office)
    assert client.submit("/en/requests/new", answers(office="EG")).status_code == 422
    assert client.submit("/en/requests/new", answers(office="")).status_code == 422
    assert client.submit("/en/requests/new", answers(office="BR")).status_code == 302
    assert only_request(app).office.code == "BR"


def test_a_form_sent_twice_makes_one_request(app: Flask, desk: Desk, client: CheckingClient) -> None:
    client.sign_in(desk.office)
    client.get("/en/requests/new")
    assert client.tree is not None
    form = answers(key=value_of(client.tree, "key"), course="ST26-OFFICES", subjects=[])
    first, second = (client.submit("/en/requests/new", form) for _press in range(2))
    assert first.status_code == second.status_code == 302
    assert first.location == second.location
    assert only_request(app).state is RequestState.SUBMITTED
    other = client.submit("/en/requests/new", form | {"people": "26"})
    assert other.status_code == 302
    assert other.location != first.location


def test_the_key_of_another_office_is_no_way_in(app: Flask, desk: Desk, client: CheckingClient) -> None:
    theirs = desk.request(RequestState.DRAFT)
    client.sign_in(desk.other_office)
    for key in (theirs, "", "x" * 16, "x" * 5000, "a/../b", "\x00" * 16, ["a" * 16, theirs]):
        response = client.submit("/en/requests/new", answers(key=key))
        assert response.status_code == 302, key
        assert theirs not in response.location
    assert desk.state(theirs) is RequestState.DRAFT


def test_codes_count_on_past_four_figures(app: Flask, desk: Desk) -> None:
    public_id = desk.request()
    with writing(app):
        request = request_by_public_id(public_id)
        assert request is not None
        year = today().year
        request.code = f"R-{year}-9999"
        db.session.flush()
        assert new_request(person_of(desk.office), wish()).code == f"R-{year}-10000"
        assert new_request(person_of(desk.office), wish()).code == f"R-{year}-10001"
        assert highest_number(year) == 10001
        assert highest_number(year - 1) == 0
