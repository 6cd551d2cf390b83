"""Trainers are asked, answer, and are replaced; each hears what concerns them."""

import re
from datetime import timedelta
from email import message_from_bytes, policy
from threading import Barrier, Thread

import pytest
from flask import Flask

from tests.support.client import CheckingClient
from tests.support.world import World, person_of
from trainapp.accounts.models import Person
from trainapp.accounts.service import grant_role
from trainapp.core.access import Role
from trainapp.core.audit import AuditEvent
from trainapp.core.clock import now, today
from trainapp.core.database import db
from trainapp.core.errors import Conflict, DomainError, NotFound
from trainapp.core.unit_of_work import unit_of_work
from trainapp.requests.queries import request_by_public_id
from trainapp.scheduling import teaching
from trainapp.scheduling.mails import tell_trainers
from trainapp.scheduling.models import SessionState, SessionTrainer, TeachingState
from trainapp.scheduling.service import session_by_code

CODE = "2027-NICE-EN-01"
STATES = dict[str, TeachingState]


@pytest.fixture
def second(world: World) -> str:
    return world.person("Second Trainer", role=Role.TRAINER, language="fr", zone="Africa/Abidjan")


@pytest.fixture
def draft(world: World, trainer: str) -> str:
    return world.session(CODE, state=SessionState.DRAFT, trainer=trainer, subjects=["NICE"], offices={"KE": "host"})


def states(app: Flask, code: str = CODE) -> STATES:
    with app.app_context():
        db.session.rollback()
        rows = db.session.query(Person.name, SessionTrainer.state).join(SessionTrainer)
        return dict(rows.filter(SessionTrainer.session_id == session_by_code(code).id).all())


def parts_of(world: World, address: str) -> tuple[str, str]:
    """The subject and the text of the newest mail to an address."""
    mail = world.mails(address)[-1]
    assert mail.content is not None
    message = message_from_bytes(mail.content, policy=policy.default)
    text = message.get_body(("plain",))
    assert text is not None
    return str(message["Subject"]), text.get_content()


def names_to(world: World, address: str) -> list[str]:
    """What the mails to an address are about, the oldest first."""
    return [mail.key.split(":")[2] for mail in world.mails(address)]


def ask(app: Flask, actor: str, code: str, *people: str) -> None:
    with app.app_context(), unit_of_work():
        teaching.ask_trainers(person_of(actor), session_by_code(code), [person_of(each) for each in people])


def give_answer(app: Flask, who: str, *, accepts: bool, reason: str = "", code: str = CODE) -> None:
    with app.app_context(), unit_of_work():
        teaching.answer(person_of(who), session_by_code(code), accepts=accepts, reason=reason)


def replace(app: Flask, actor: str, leaving: str, coming: str, words: str = "", code: str = CODE) -> None:
    with app.app_context(), unit_of_work():
        teaching.substitute(person_of(actor), session_by_code(code), leaving, coming, words)


def test_who_is_asked_gets_all_the_facts_with_their_own_time_first(
    app: Flask, world: World, coordinator: str, trainer: str, second: str, draft: str
) -> None:
    replace(app, coordinator, trainer, second)
    assert states(app) == {"Second Trainer": TeachingState.ASKED}
    mail = world.mails("second.trainer@example.org")[-1]
    assert mail.language == "fr"
    _subject, text = parts_of(world, "second.trainer@example.org")
    lines = text.split("\n")
    first = next(number for number, line in enumerate(lines) if line.startswith("- "))
    assert "Abidjan" in lines[first]
    assert "Zurich" in lines[first + 1]
    with app.app_context():
        assert f"/fr/trainers/{second}" in text
        assert "Kenya" in text
    assert "meet.example.org" not in text, "the link to join comes with the publication"
    world.mails()


def test_asking_oneself_is_an_answer_and_asks_nobody_else_twice(
    app: Flask, world: World, trainer: str, draft: str
) -> None:
    ask(app, trainer, CODE, trainer)
    assert states(app) == {"Trainer Example": TeachingState.CONFIRMED}
    assert world.mails() == []


def test_who_is_not_in_the_session_is_not_asked(
    app: Flask, world: World, coordinator: str, second: str, draft: str
) -> None:
    ask(app, coordinator, CODE, second)
    assert world.mails() == []


def test_a_trainer_confirms(app: Flask, world: World, coordinator: str, trainer: str, draft: str) -> None:
    give_answer(app, trainer, accepts=True)
    give_answer(app, trainer, accepts=True)
    assert states(app) == {"Trainer Example": TeachingState.CONFIRMED}
    assert world.mails() == [], "a yes is what everybody waited for"
    with app.app_context():
        acts = db.session.query(AuditEvent).filter_by(action="teaching answered").all()
        assert [(act.before, act.after) for act in acts] == [({trainer: "asked"}, {trainer: "confirmed"})]


def test_who_declines_says_why_and_those_who_plan_hear_it(
    app: Flask, world: World, coordinator: str, trainer: str, draft: str
) -> None:
    other = world.person("Other Coordinator", role=Role.COORDINATOR)
    with pytest.raises(DomainError) as refused:
        give_answer(app, trainer, accepts=False, reason="  ")
    assert refused.value.field == "reason"
    assert states(app) == {"Trainer Example": TeachingState.ASKED}
    give_answer(app, trainer, accepts=False, reason="I am at a conference.")
    assert states(app) == {"Trainer Example": TeachingState.DECLINED}
    assert {mail.recipient for mail in world.mails()} == {
        "coordinator.example@example.org",
        "other.coordinator@example.org",
    }
    subject, text = parts_of(world, "other.coordinator@example.org")
    assert "Trainer Example" in subject
    assert "I am at a conference." in text
    assert f"/en/planning/{CODE}/trainer" in text
    assert other


def test_the_colleague_who_looks_after_the_request_hears_it_alone(
    app: Flask, world: World, coordinator: str, trainer: str, draft: str, agreed: str
) -> None:
    assigned = world.person("Assigned Colleague", role=Role.COORDINATOR)
    with app.app_context(), unit_of_work():
        request = request_by_public_id(agreed)
        assert request is not None
        request.assigned_to = person_of(assigned)
        session_by_code(CODE).requests = [request]
    give_answer(app, trainer, accepts=False, reason="Ill")
    assert [mail.recipient for mail in world.mails()] == ["assigned.colleague@example.org"]


def test_nobody_answers_for_somebody_else_or_for_what_is_over(
    app: Flask, world: World, coordinator: str, trainer: str, second: str, draft: str
) -> None:
    for somebody in (second, coordinator):
        with pytest.raises(NotFound):
            give_answer(app, somebody, accepts=True)
    world.session("OLD", trainer=trainer, first_day=today() - timedelta(days=3))
    world.session("GONE", trainer=trainer, state=SessionState.CANCELLED)
    world.session("HELD", trainer=trainer, state=SessionState.DELIVERED)
    for code in ("OLD", "GONE", "HELD"):
        with pytest.raises(Conflict):
            give_answer(app, trainer, accepts=True, code=code)
        with pytest.raises(Conflict):
            replace(app, coordinator, trainer, second, code=code)


def test_a_substitution_tells_both_and_the_others_who_plan(
    app: Flask, world: World, coordinator: str, trainer: str, second: str
) -> None:
    world.session(CODE, trainer=trainer)
    world.person("Other Coordinator", role=Role.COORDINATOR)
    give_answer(app, trainer, accepts=True)
    with app.app_context(), unit_of_work():
        session_by_code(CODE).revised_at = now() - timedelta(days=1)
    replace(app, coordinator, trainer, second, "Thank you for stepping in.")
    assert states(app) == {"Second Trainer": TeachingState.ASKED}, "a yes is never taken for granted"
    with app.app_context():
        assert session_by_code(CODE).revised_at > now() - timedelta(hours=1), "the public page names the trainers"
    told = ["trainer.example@example.org", "second.trainer@example.org", "other.coordinator@example.org"]
    assert [mail.recipient for mail in world.mails()] == [told[0], *told], "the link with the yes, then the change"
    for address in told:
        before, _note, after = parts_of(world, address)[1].partition("Thank you for stepping in.")
        assert CODE not in before, "the note with its sentence, the times with their session"
        assert f"Session {CODE}" in after
    assert f"Session {CODE} These are its times, yours first: -" in " ".join(after.split())


def test_who_comes_into_a_published_session_gets_the_link_with_their_yes(
    app: Flask, world: World, coordinator: str, trainer: str, second: str
) -> None:
    world.session(CODE, trainer=trainer)
    replace(app, coordinator, trainer, second)
    give_answer(app, second, accepts=True)
    assert "https://meet.example.org/room" in parts_of(world, "second.trainer@example.org")[1]
    give_answer(app, second, accepts=False, reason="Ill")
    give_answer(app, second, accepts=True)
    assert names_to(world, "second.trainer@example.org") == ["teaching_asked", "teaching"], "not twice the same"
    replace(app, coordinator, second, trainer)
    replace(app, coordinator, trainer, second)
    give_answer(app, second, accepts=True)
    assert names_to(world, "second.trainer@example.org")[2:] == ["teaching_ended", "teaching_asked", "teaching"]
    world.mails()


def test_a_yes_after_the_publication_gets_the_link_once(
    app: Flask, world: World, coordinator: str, trainer: str, draft: str
) -> None:
    give_answer(app, trainer, accepts=True)
    with app.app_context(), unit_of_work():
        session = session_by_code(CODE)
        tell_trainers(session)
        session.state = SessionState.PUBLISHED
    give_answer(app, trainer, accepts=True)
    assert names_to(world, "trainer.example@example.org") == ["teaching"], "the publication gave it"
    world.session("UNTOLD", trainer=trainer)
    give_answer(app, trainer, accepts=True, code="UNTOLD")
    assert names_to(world, "trainer.example@example.org") == ["teaching", "teaching"]


def test_only_who_has_confirmed_gets_the_link_with_the_publication(
    app: Flask, world: World, client: CheckingClient, coordinator: str, trainer: str, draft: str
) -> None:
    with app.app_context(), unit_of_work():
        session = session_by_code(CODE)
        tell_trainers(session)
        session.state = SessionState.PUBLISHED
    assert names_to(world, "trainer.example@example.org") == [], "not asked yet: no link"
    give_answer(app, trainer, accepts=True)
    assert names_to(world, "trainer.example@example.org") == ["teaching"]
    client.sign_in(trainer)
    page = f"/en/trainers/{trainer}"
    assert "https://meet.example.org/room" in client.get(page).get_data(as_text=True)
    give_answer(app, trainer, accepts=False, reason="Ill")
    assert "https://meet.example.org/room" not in client.get(page).get_data(as_text=True)
    world.mails()


def test_a_coordinator_who_steps_in_for_a_published_session_gets_the_link(
    app: Flask, world: World, trainer: str, second: str
) -> None:
    with app.app_context(), unit_of_work():
        grant_role(None, person_of(second), Role.COORDINATOR)
    world.session(CODE, trainer=trainer)
    replace(app, second, trainer, second)
    assert states(app) == {"Second Trainer": TeachingState.CONFIRMED}
    assert names_to(world, "second.trainer@example.org") == ["teaching"]
    world.mails()


def test_who_declined_is_not_told_that_somebody_else_teaches(
    app: Flask, world: World, coordinator: str, trainer: str, second: str
) -> None:
    world.session(CODE, trainer=trainer)
    with app.app_context(), unit_of_work():
        session_by_code(CODE).revised_at = now() - timedelta(days=1)
    give_answer(app, trainer, accepts=False, reason="Ill")
    with app.app_context():
        assert session_by_code(CODE).revised_at > now() - timedelta(hours=1), (
            "the public page names no one who declined"
        )
    replace(app, coordinator, trainer, second)
    assert [mail.key.split(":")[2] for mail in world.mails()] == ["teaching_declined", "teaching_asked"]


def test_a_trainer_asked_again_within_the_same_second_gets_a_mail_again(
    app: Flask, world: World, coordinator: str, trainer: str, second: str, draft: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    at = now()
    monkeypatch.setattr(teaching, "now", lambda: at)
    for leaving, coming in [(trainer, second), (second, trainer), (trainer, second)]:
        replace(app, coordinator, leaving, coming)
    assert [mail.key.split(":")[2] for mail in world.mails("second.trainer@example.org")] == [
        "teaching_asked",
        "teaching_ended",
        "teaching_asked",
    ]
    world.mails()


def test_only_another_trainer_takes_the_place(
    app: Flask, world: World, coordinator: str, trainer: str, second: str, draft: str
) -> None:
    nobody = world.person("No Trainer")
    for coming in (trainer, nobody, "", "nobody-has-this-id"):
        with pytest.raises(DomainError) as refused:
            replace(app, coordinator, trainer, coming)
        assert refused.value.field == "coming"
    with pytest.raises(Conflict):
        replace(app, coordinator, second, trainer)
    assert world.mails() == []


@pytest.mark.causes_mails
def test_a_yes_and_a_substitution_at_the_same_moment(
    app: Flask, world: World, coordinator: str, trainer: str, second: str
) -> None:
    """Whoever comes first: the one who leaves has no part any more, the new one has not answered."""
    for number in range(6):
        code = world.session(f"RACE-{number}", trainer=trainer)
        outcome: list[str] = []
        both_ready = Barrier(2)

        def confirm(code: str = code, outcome: list[str] = outcome, ready: Barrier = both_ready) -> None:
            ready.wait()
            try:
                give_answer(app, trainer, accepts=True, code=code)
                outcome.append("answered")
            except NotFound:
                outcome.append("no part any more")

        def put_in_place(code: str = code, outcome: list[str] = outcome, ready: Barrier = both_ready) -> None:
            ready.wait()
            replace(app, coordinator, trainer, second, code=code)
            outcome.append("replaced")

        threads = [Thread(target=confirm), Thread(target=put_in_place)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(outcome) == 2
        assert "replaced" in outcome
        assert states(app, code) == {"Second Trainer": TeachingState.ASKED}


def test_the_page_of_a_trainer_asks_and_takes_the_answer(
    client: CheckingClient, app: Flask, world: World, coordinator: str, trainer: str, draft: str
) -> None:
    client.sign_in(trainer)
    page = client.get(f"/en/trainers/{trainer}").text
    assert "I will teach it" in page
    declined = client.submit(f"/en/planning/{CODE}/teaching", {"step": "decline", f"{CODE}-reason": " "})
    assert declined.status_code == 422
    assert "Please fill this in." in declined.text
    long = client.submit(f"/en/planning/{CODE}/teaching", {"step": "decline", f"{CODE}-reason": "x" * 1001})
    assert long.status_code == 422
    assert "x" * 1001 in long.text, "what was typed stays"
    done = client.submit(f"/en/planning/{CODE}/teaching", {"step": "confirm"}, follow_redirects=True)
    assert "the session is confirmed" in done.text
    assert "Confirmed" in done.text
    changed = client.submit(
        f"/en/planning/{CODE}/teaching", {"step": "decline", f"{CODE}-reason": "Ill"}, follow_redirects=True
    )
    assert "You have declined" in changed.text
    assert states(app) == {"Trainer Example": TeachingState.DECLINED}
    assert [mail.recipient for mail in world.mails()] == ["coordinator.example@example.org"]


def test_others_cannot_answer_by_address(
    client: CheckingClient, world: World, coordinator: str, trainer: str, second: str, draft: str
) -> None:
    for somebody in (second, coordinator):
        client.sign_in(somebody)
        assert client.submit(f"/en/planning/{CODE}/teaching", {"step": "confirm"}).status_code == 404
    assert client.submit("/en/planning/NO-SUCH/teaching", {"step": "confirm"}).status_code == 404


def test_the_page_to_replace_a_trainer_shows_what_stands_against_each(
    client: CheckingClient, app: Flask, world: World, coordinator: str, trainer: str, second: str, draft: str
) -> None:
    with app.app_context():
        meeting = session_by_code(CODE).meetings[0]
        day = meeting.on_date
    world.session("2027-IPC-FR-07", trainer=second, first_day=day)
    world.person("Free Trainer", role=Role.TRAINER)
    client.sign_in(coordinator)
    page = client.get(f"/en/planning/{CODE}/trainer").text
    assert "Second Trainer teaches “" in page
    assert page.index("Free Trainer") < page.index("Second Trainer"), "who is free comes first"
    assert "Trainer Example: Not answered yet" in page
    refused = client.submit(f"/en/planning/{CODE}/trainer", {"leaving": trainer, "coming": "nobody", "words": "Hello"})
    assert refused.status_code == 422
    assert "Hello" in refused.text
    done = client.submit(f"/en/planning/{CODE}/trainer", {"leaving": trainer, "coming": second}, follow_redirects=True)
    assert "Second Trainer is asked to teach this session." in done.text
    again = client.submit(f"/en/planning/{CODE}/trainer", {"leaving": trainer, "coming": second})
    assert again.status_code in (409, 422)
    assert len(world.mails()) == 2


def test_the_page_to_replace_a_trainer_is_for_those_who_plan_and_for_sessions_to_come(
    client: CheckingClient, world: World, coordinator: str, trainer: str, draft: str
) -> None:
    world.session("GONE", trainer=trainer, state=SessionState.CANCELLED)
    world.session("ALONE")
    client.sign_in(coordinator)
    assert client.get("/en/planning/GONE/trainer").status_code == 409
    assert "It has no trainer." in client.get("/en/planning/ALONE/trainer").text
    assert client.get(f"/en/planning/{CODE}/trainer?all=1&leaving=nobody").status_code == 200
    client.sign_in(trainer)
    assert client.get(f"/en/planning/{CODE}/trainer").status_code == 403


def test_the_queries_of_the_page_do_not_grow_with_the_trainers(
    client: CheckingClient, world: World, queries: list[str], coordinator: str, trainer: str, draft: str
) -> None:
    def count() -> int:
        client.sign_in(coordinator)
        client.get(f"/en/planning/{CODE}/trainer?all=1")
        queries.clear()
        page = client.get(f"/en/planning/{CODE}/trainer?all=1").text
        assert len(re.findall('name="coming"', page)) == people
        return len(queries)

    people = 2
    for number in range(2):
        world.session(f"A-{number}", trainer=world.person(f"Trainer {number}", role=Role.TRAINER))
    few = count()
    people = 30
    for number in range(2, 30):
        world.session(f"A-{number}", trainer=world.person(f"Trainer {number}", role=Role.TRAINER))
    assert count() == few
