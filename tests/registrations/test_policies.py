"""By application, by nomination, on behalf: who gets a place, who decides, and what each is told."""

import pytest
from sqlalchemy import select

from tests.support.client import CheckingClient
from tests.support.invited import letter
from tests.support.seats import (
    APPLIED,
    CANCELLED,
    CONFIRMED,
    DECLINED,
    PENDING,
    WAITLISTED,
    actor,
    details,
    link_of,
    public_ids,
    registration_named,
    states_of,
    the_session,
)
from tests.support.world import World
from trainapp.core.access import Role
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.errors import Conflict, DomainError, NotFound
from trainapp.core.events import AddressConfirmed
from trainapp.core.unit_of_work import unit_of_work
from trainapp.registrations import service
from trainapp.registrations.decisions import Outcome, approve, decline, move_to, withdraw
from trainapp.registrations.models import Registration
from trainapp.registrations.nominations import move_in_line
from trainapp.registrations.substitutes import substitute, substitute_by_link
from trainapp.scheduling.models import RegistrationPolicy, SessionState, TrainingSession

APPROVAL, NOMINATION = RegistrationPolicy.APPROVAL, RegistrationPolicy.NOMINATION
CODE, OTHER = "2027-ST26-EN-01", "2027-ST26-EN-02"
DAY = now().replace(microsecond=0)


def arrive(world: World, code: str, *names: str, language: str = "en", office: str | None = None) -> None:
    for name in names:
        with world.app.app_context(), unit_of_work():
            service.register(the_session(code), details(name, office, language))


def nominate(world: World, nominator: str, *names: str, office: str = "EG", language: str = "en") -> None:
    for name in names:
        with world.app.app_context(), unit_of_work():
            assert service.nominate(actor(nominator), the_session(CODE), details(name, office, language))


def kinds(world: World, name: str) -> list[str]:
    return [mail.kind.removeprefix("registrations.") for mail in world.mails(f"{name}@example.org")]


def last_letter(world: World, name: str) -> str:
    return letter(world.mails(f"{name}@example.org")[-1])


def read_all(world: World) -> None:
    """Every mail that was not replaced by a newer one says the same in both of its forms."""
    for mail in world.mails():
        if mail.content:
            letter(mail)


@pytest.fixture
def coordinator(world: World) -> str:
    return world.person("Coordinator Example", role=Role.COORDINATOR)


@pytest.fixture
def focal_point(world: World) -> str:
    return world.person("Focal Example", role=Role.FOCAL_POINT, office="EG", language="fr")


def test_people_apply_and_are_decided_on_in_their_order(client: CheckingClient, world: World, coordinator: str) -> None:
    world.session(CODE, policy=APPROVAL, capacity=1)
    page = client.get(f"/en/sessions/{CODE}").get_data(as_text=True)
    assert "You can apply for this session." in page
    assert ">Apply<" in page
    arrive(world, CODE, "amina", "bao", "chloe", "daichi", language="ar")
    assert set(states_of(world, CODE).values()) == {APPLIED}
    with world.app.app_context(), unit_of_work():
        service.confirm(link_of(registration_named(CODE, "amina")))
    assert states_of(world, CODE)["amina"] is APPLIED, "the address is proven, no more"
    with world.app.app_context(), unit_of_work():
        service.confirm_registrations_of(AddressConfirmed(registration_named(CODE, "bao").person_id))
        ids = public_ids(CODE, "chloe", "bao", "amina")
        done = approve(actor(coordinator), the_session(CODE), [*ids, ids[0], "nobody", "\x00ك"])
        assert done == Outcome(seated=1, waiting=2, skipped=2)
        assert approve(actor(coordinator), the_session(CODE), ids) == Outcome(skipped=3), "decided already"
    assert [*states_of(world, CODE).values()] == [CONFIRMED, WAITLISTED, WAITLISTED, APPLIED]
    with world.app.app_context(), unit_of_work():
        ids = public_ids(CODE, "daichi", "amina")
        assert decline(actor(coordinator), the_session(CODE), ids, "<b>Too far</b> away.") == Outcome(declined=2)
    assert [*states_of(world, CODE).values()] == [DECLINED, CONFIRMED, WAITLISTED, DECLINED]
    assert kinds(world, "amina") == ["applied", "approved", "not_approved"]
    assert kinds(world, "bao") == ["applied", "waiting", "seat"]
    assert kinds(world, "daichi") == ["applied", "not_approved"]
    assert "<b>Too far</b> away." in last_letter(world, "daichi")
    assert ":CANCEL:" in world.mails("amina@example.org")[-1].key
    read_all(world)
    with world.app.app_context(), unit_of_work():
        token = link_of(registration_named(CODE, "daichi"))
        assert not service.may_come_back(registration_named(CODE, "daichi"), the_session(CODE))
        with pytest.raises(DomainError, match="ask those who run"):
            service.come_back(token)


def test_who_left_applies_anew_and_nothing_of_the_first_decision_holds(world: World, coordinator: str) -> None:
    world.session(CODE, policy=APPROVAL)
    arrive(world, CODE, "amina")
    with world.app.app_context(), unit_of_work():
        approve(actor(coordinator), the_session(CODE), public_ids(CODE, "amina"))
        token = link_of(registration_named(CODE, "amina"))
        service.cancel(token)
        service.come_back(token)
        amina = registration_named(CODE, "amina")
        assert (amina.state, amina.decided_by_id, amina.decided_at) == (APPLIED, None, None)
    assert kinds(world, "amina") == ["applied", "approved", "cancelled", "applied"]


def test_only_who_runs_a_session_decides_and_only_before_it_is_over(world: World, coordinator: str) -> None:
    trainer = world.person("Trainer Example", role=Role.TRAINER)
    stranger = world.person("Stranger Example", role=Role.TRAINER)
    world.session(CODE, policy=APPROVAL, trainer=trainer)
    world.session(OTHER)
    arrive(world, CODE, "amina", "bao")
    with world.app.app_context(), unit_of_work():
        session, other, ids = the_session(CODE), the_session(OTHER), public_ids(CODE, "amina")
        amina = registration_named(CODE, "amina")
        for step in (
            lambda: approve(actor(stranger), session, ids),
            lambda: decline(actor(stranger), session, ids),
            lambda: move_to(actor(trainer), session, ids, other),
            lambda: withdraw(actor(stranger), amina),
            lambda: substitute(actor(stranger), amina, details("bao")),
            lambda: service.register_on_behalf(actor(stranger), session, details("chloe")),
            lambda: service.nominate(actor(stranger), session, details("chloe")),
        ):
            with pytest.raises(NotFound):
                step()
        assert approve(actor(trainer), other if other is None else session, ids) == Outcome(seated=1)
        assert approve(actor(coordinator), other, public_ids(CODE, "bao")) == Outcome(skipped=1), "of another session"
        session.state = SessionState.CANCELLED
        for step in (
            lambda: approve(actor(coordinator), session, public_ids(CODE, "bao")),
            lambda: service.register_on_behalf(actor(coordinator), session, details("chloe")),
            lambda: substitute(actor(coordinator), amina, details("chloe")),
            lambda: move_to(actor(coordinator), other, [], session),
            lambda: move_to(actor(coordinator), session, [], session),
        ):
            with pytest.raises(DomainError):
                step()
    assert len(world.mails()) == 3


def test_people_are_registered_on_behalf_at_any_time_and_brought_back(world: World, coordinator: str) -> None:
    world.session(CODE, policy=RegistrationPolicy.CLOSED, capacity=1, closes_at=DAY)
    with world.app.app_context(), unit_of_work():
        runs, session = actor(coordinator), the_session(CODE)
        first = service.register_on_behalf(runs, session, details("amina", "EG", "ar"))
        assert first is not None
        assert first.state is PENDING, "she confirms for herself"
        assert service.register_on_behalf(runs, session, details("bao")) is not None
        assert service.register_on_behalf(runs, session, details("amina")) is None, "registered already"
        decline(runs, session, [first.public_id], "By mistake.")
        again = service.register_on_behalf(runs, session, details("amina", "KE", "fr"))
        assert again is first
        assert (again.state, again.reason, again.office and again.office.code) == (WAITLISTED, "", "KE")
        assert again.language == "ar", "she has chosen it herself"
    assert [*states_of(world, CODE).values()] == [PENDING, WAITLISTED]
    assert kinds(world, "amina") == ["registered", "link_again", "not_approved", "waiting"]
    assert [mail.language for mail in world.mails("amina@example.org")] == ["ar", "ar", "ar", "ar"]
    assert kinds(world, "bao") == ["waiting", "seat"]


def test_an_office_names_people_and_they_may_say_no(world: World, focal_point: str) -> None:
    world.session(CODE, policy=NOMINATION, offices={"EG": "beneficiary", "KE": "beneficiary"}, capacity=1)
    nominate(world, focal_point, "amina", "badr", language="ar")
    with world.app.app_context(), unit_of_work():
        for office in ("KE", None):
            with pytest.raises(DomainError, match="own office"):
                service.nominate(actor(focal_point), the_session(CODE), details("kamau", office))
        assert service.nominate(actor(focal_point), the_session(CODE), details("amina", "EG")) is None
        token = link_of(registration_named(CODE, "amina"))
        service.decline_nomination(token, "Ich bin\nin <Ferien>.")
        assert service.decline_nomination(token, "Twice").state is DECLINED
    assert states_of(world, CODE) == {"amina": DECLINED, "badr": PENDING}
    assert kinds(world, "amina")[1:] == ["link_again", "declined"]
    assert ":CANCEL:" in world.mails("amina@example.org")[-1].key
    [told] = world.mails("focal.example@example.org")
    assert (told.kind, told.language) == ("registrations.nomination_declined", "fr")
    assert "in <Ferien>." in letter(told)
    read_all(world)
    with world.app.app_context(), unit_of_work():
        assert service.come_back(token).state is WAITLISTED, "the nomination still holds"
        amina = registration_named(CODE, "amina")
        withdraw(actor(focal_point), amina)
        with pytest.raises(Conflict):
            withdraw(actor(focal_point), amina)
        with pytest.raises(DomainError, match="ask those who run"):
            service.come_back(token)
    assert kinds(world, "amina")[-1] == "taken_off"
    nominate(world, focal_point, "amina")
    assert states_of(world, CODE)["amina"] is WAITLISTED, "named once more"
    read_all(world)


def test_nobody_says_no_to_a_nomination_that_was_none(world: World) -> None:
    world.session(CODE)
    arrive(world, CODE, "amina")
    with world.app.app_context(), unit_of_work(), pytest.raises(DomainError, match="Nobody has named you"):
        service.decline_nomination(link_of(registration_named(CODE, "amina")))
    assert len(world.mails()) == 1


def test_people_move_to_another_session_with_what_they_said(world: World, coordinator: str) -> None:
    world.session(CODE, capacity=2)
    world.session(OTHER, capacity=1)
    arrive(world, CODE, "amina", "bao", language="ja", office="EG")
    arrive(world, CODE, "chloe", "daichi")
    with world.app.app_context(), unit_of_work():
        service.confirm(link_of(registration_named(CODE, "amina")))
    arrive(world, OTHER, "daichi")
    with world.app.app_context(), unit_of_work():
        there = registration_named(OTHER, "daichi")
        service.cancel(link_of(there))
        ids = public_ids(CODE, "amina", "chloe", "daichi")
        done = move_to(actor(coordinator), the_session(CODE), ids, the_session(OTHER))
        assert done == Outcome(seated=1, waiting=2)
        assert move_to(actor(coordinator), the_session(CODE), ids, the_session(OTHER)) == Outcome(skipped=3)
        moved = registration_named(OTHER, "amina")
        assert (moved.language, moved.office and moved.office.code, moved.state) == ("ja", "EG", CONFIRMED)
        assert registration_named(OTHER, "daichi").id == there.id, "taken up again, one for each session"
    assert states_of(world, CODE) == {"amina": CANCELLED, "bao": PENDING, "chloe": CANCELLED, "daichi": CANCELLED}
    assert states_of(world, OTHER) == {"amina": CONFIRMED, "chloe": WAITLISTED, "daichi": WAITLISTED}
    assert kinds(world, "amina") == ["registered", "moved", "registered"]
    assert kinds(world, "chloe") == ["waiting", "moved", "waiting"]
    assert f"Session {OTHER}" in letter(world.mails("amina@example.org")[1])
    arrive(world, CODE, "emil")
    with world.app.app_context(), unit_of_work():
        decline(actor(coordinator), the_session(OTHER), public_ids(OTHER, "amina"))
        token = link_of(registration_named(OTHER, "amina"))
        ids = public_ids(CODE, "bao", "emil")
        assert move_to(actor(coordinator), the_session(CODE), ids, the_session(OTHER)) == Outcome(waiting=2)
        with pytest.raises(DomainError):
            service.come_back(token)
    read_all(world)


def test_a_substitute_takes_exactly_the_seat_of_another(world: World, focal_point: str) -> None:
    world.session(CODE, policy=NOMINATION, offices={"EG": "beneficiary"}, capacity=1, seats_per_office=1)
    nominate(world, focal_point, "amina", "badr")
    with world.app.app_context(), unit_of_work():
        amina, badr = registration_named(CODE, "amina"), registration_named(CODE, "badr")
        for known in ("badr", "amina"):
            with pytest.raises(DomainError) as refused, db.session.begin_nested():
                substitute(actor(focal_point), amina, details(known))
            assert refused.value.field == "email"
        substitute(actor(focal_point), amina, details("chadia", "KE", "ar"))
        chadia = registration_named(CODE, "chadia")
        assert (chadia.state, chadia.office and chadia.office.code) == (PENDING, "EG"), "for the same office"
        assert (chadia.substitute_for, chadia.nominated_by) == (amina, actor(focal_point))
        with pytest.raises(DomainError):
            service.come_back(link_of(amina))
        substitute_by_link(link_of(badr), details("dina"))
    assert states_of(world, CODE) == {"chadia": PENDING, "dina": WAITLISTED, "amina": CANCELLED, "badr": CANCELLED}
    assert kinds(world, "amina")[-1] == "replaced"
    assert "chadia" in last_letter(world, "amina")
    assert ":CANCEL:" in world.mails("amina@example.org")[-1].key
    assert "amina" in last_letter(world, "chadia")
    assert "badr" in last_letter(world, "dina")
    with world.app.app_context(), unit_of_work():
        service.cancel(link_of(registration_named(CODE, "chadia")))
    assert states_of(world, CODE)["dina"] is PENDING
    with world.app.app_context(), unit_of_work(), pytest.raises(DomainError, match="ask those who run"):
        service.come_back(link_of(registration_named(CODE, "amina")))
    nominate(world, focal_point, "amina")
    assert states_of(world, CODE)["amina"] is WAITLISTED, "named once more"
    assert {mail.recipient for mail in world.mails() if ":REQUEST:" in mail.key} == {
        f"{name}@example.org" for name in ("amina", "chadia", "dina")
    }


def test_who_sends_a_substitute_does_not_learn_who_is_registered(world: World, coordinator: str) -> None:
    """Whether the one named is new, waits, has a seat, left or was refused: what the sender sees is the same."""
    world.session(CODE, capacity=3)
    arrive(world, CODE, "amina", "seated", "bao", "waiting", "gone", "refused", "next")
    with world.app.app_context(), unit_of_work():
        service.cancel(link_of(registration_named(CODE, "gone")))
        decline(actor(coordinator), the_session(CODE), public_ids(CODE, "refused"))
    for named in ("seated", "waiting", "gone", "refused", "new"):
        with world.app.app_context(), unit_of_work():
            sender = next(
                each
                for each in db.session.scalars(select(Registration).order_by(Registration.place))
                if each.state is PENDING and each.name != named
            )
            sender_name, session = sender.name, sender.session
            token = link_of(sender)
            substitute_by_link(token, details(named))
            assert sender.state is CANCELLED
            assert session.capacity == 3
        assert kinds(world, sender_name)[-1] == "replaced"
        seated = [name for name, state in states_of(world, CODE).items() if state in (PENDING, CONFIRMED)]
        assert len(seated) == 3 or WAITLISTED not in states_of(world, CODE).values()
    assert states_of(world, CODE)["refused"] is DECLINED
    assert kinds(world, "refused")[-1] == "link_again"
    assert kinds(world, "new") == ["registered"]
    assert len(world.mails()) == sum(len(kinds(world, name)) for name in states_of(world, CODE))


@pytest.mark.causes_mails
@pytest.mark.parametrize("policy", [NOMINATION, RegistrationPolicy.OPEN])
def test_one_s_own_page_does_not_tell_whether_the_substitute_was_registered(
    client: CheckingClient, world: World, focal_point: str, policy: RegistrationPolicy
) -> None:
    world.session(CODE, policy=policy, offices={"EG": "beneficiary"})
    if policy is NOMINATION:
        nominate(world, focal_point, "amina", "badr", "known")
    else:
        arrive(world, CODE, "amina", "badr", "known")
    seen = []
    for name, coming in (("amina", "known"), ("badr", "new")):
        with world.app.app_context(), unit_of_work():
            token = link_of(registration_named(CODE, name))
            substitute_by_link(token, details(coming))
        page = client.get(f"/en/registrations/{token}").get_data(as_text=True)
        seen.append(("Register again" in page, "You cannot register again by yourself." in page, "Named by" in page))
    assert seen == [(policy is not NOMINATION, policy is NOMINATION, False)] * 2
    with world.app.app_context():
        named_by = registration_named(CODE, "new").nominated_by
        assert (named_by == actor(focal_point)) is (policy is NOMINATION), "the nomination goes with the place"


@pytest.mark.causes_mails
def test_substitutes_do_not_fill_the_mailbox_of_who_is_registered(world: World, focal_point: str) -> None:
    senders = [f"sender{number}" for number in range(service.MAILS_PER_ADDRESS + 2)]
    world.session(CODE)
    arrive(world, CODE, "known", *senders)
    for name in senders:
        with world.app.app_context(), unit_of_work():
            substitute_by_link(link_of(registration_named(CODE, name)), details("known"))
    assert kinds(world, "known").count("link_again") == service.MAILS_PER_ADDRESS


def test_an_office_acts_on_those_alone_whom_somebody_named(world: World, focal_point: str) -> None:
    world.session(CODE, policy=NOMINATION, offices={"EG": "beneficiary"})
    nominate(world, focal_point, "amina")
    with world.app.app_context(), unit_of_work():
        amina = registration_named(CODE, "amina")
        amina.nominated_by = None
        for state in (PENDING, WAITLISTED):
            amina.state = state
            db.session.flush()
            with pytest.raises(NotFound), db.session.begin_nested():
                withdraw(actor(focal_point), amina)
            with pytest.raises(NotFound), db.session.begin_nested():
                substitute(actor(focal_point), amina, details("badr"))
            with pytest.raises(NotFound), db.session.begin_nested():
                move_in_line(actor(focal_point), amina, is_up=True)
    assert kinds(world, "amina") == ["registered"]


def test_a_session_by_nomination_tells_each_reader_what_to_do(
    client: CheckingClient, world: World, focal_point: str
) -> None:
    later = DAY.replace(year=DAY.year + 1)
    world.session(CODE, policy=NOMINATION, offices={"EG": "beneficiary"}, opens_at=later, first_day=later.date())
    ask = "Please ask the focal point of your office."
    visitor = client.get(f"/en/sessions/{CODE}").get_data(as_text=True)
    assert ask in visitor
    assert "People can be named from this time:" in visitor
    client.sign_in(focal_point)
    page = client.get(f"/en/sessions/{CODE}").get_data(as_text=True)
    assert ask not in page
    assert "You can name people of your IP office for this session from this time:" in page
    with world.app.app_context(), unit_of_work():
        db.session.scalars(select(TrainingSession)).one().opens_at = None
    page = client.get(f"/en/sessions/{CODE}").get_data(as_text=True)
    assert "You can name those of your office here." in page
    assert "Name a person" in page or "nominations" in page
