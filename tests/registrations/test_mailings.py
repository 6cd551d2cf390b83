"""Mails to many people: written in batches, where nothing that fails holds up the rest."""

import pytest
from sqlalchemy import select, update

from tests.support.changing import write_all
from tests.support.world import World
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.registrations import mailings
from trainapp.registrations.mailings import start_mailing, write_mailings
from trainapp.registrations.models import Mailing, MailingKind, MailingRecipient, Registration
from trainapp.scheduling.queries import session_by_code

NO_ZONE = "No/Where"
"""What no mail to its reader can be written with."""


def people(world: World, code: str, *names: str) -> None:
    for name in names:
        world.registration_link(code, world.person(name, email=f"{name}@example.org"))


def start(world: World, code: str, kind: MailingKind, content: dict[str, object]) -> int:
    """Name all people of a session."""
    with world.app.app_context(), unit_of_work():
        session = session_by_code(code)
        ids = db.session.scalars(
            select(Registration.id).where(Registration.session_id == session.id).order_by(Registration.id)
        )
        return start_mailing(None, session, kind, content, list(ids)).id


def set_zone(world: World, name: str, zone: str) -> None:
    with world.app.app_context(), unit_of_work():
        db.session.execute(update(Registration).where(Registration.name == name).values(zone=zone))


def write_some(world: World, rounds: int = 1) -> list[tuple[str, str]]:
    """Let the worker do some rounds; gives the mails, by reader and kind."""
    before = len(world.mails())
    for _round in range(rounds):
        with world.app.app_context(), unit_of_work():
            write_mailings()
    return [(mail.recipient.partition("@")[0], mail.kind.partition(".")[2]) for mail in world.mails()[before:]]


def test_a_mailing_that_cannot_be_written_holds_up_no_other(world: World) -> None:
    codes = [world.session("A-1"), world.session("B-1")]
    for number, code in enumerate(codes):
        people(world, code, f"amina{number}", f"kofi{number}")
    broken_id = start(world, codes[0], MailingKind.MESSAGE, {"texts": "no texts at all"})
    whole_id = start(world, codes[1], MailingKind.THANKS, {})
    assert write_some(world) == [("amina1", "thanks"), ("kofi1", "thanks")]
    with world.app.app_context():
        assert db.session.get_one(Mailing, broken_id).finished_at is None
        assert db.session.get_one(Mailing, whole_id).finished_at is not None
        written = {(row.mailing_id, row.written_at is not None) for row in db.session.scalars(select(MailingRecipient))}
    assert written == {(broken_id, False), (whole_id, True)}


def test_one_whose_mail_cannot_be_written_holds_up_nobody_and_gets_theirs_in_order(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailings, "BATCH", 2)
    code = world.session()
    people(world, code, "amina", "bao", "chloe", "dina")
    set_zone(world, "amina", NO_ZONE)
    first_id = start(world, code, MailingKind.CHANGE, {"facts": [{"what": "place"}]})
    start(world, code, MailingKind.THANKS, {})
    assert write_some(world) == [("bao", "changed")], "no later mail before an earlier one"
    mails = write_some(world, 12)
    assert sorted(mails) == [("bao", "thanks")] + [
        (name, kind) for name in ("chloe", "dina") for kind in ("changed", "thanks")
    ]
    for name in ("chloe", "dina"):
        assert [kind for reader, kind in mails if reader == name] == ["changed", "thanks"]
    with world.app.app_context():
        assert db.session.get_one(Mailing, first_id).finished_at is None
    set_zone(world, "amina", "Africa/Cairo")
    write_all(world.app)
    assert [mail.kind for mail in world.mails("amina@example.org")] == ["registrations.changed", "registrations.thanks"]


def test_many_whose_mails_cannot_be_written_hold_up_nobody_for_ever(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailings, "BATCH", 2)
    code = world.session()
    people(world, code, "amina", "bao", "chloe", "dina")
    for name in ("amina", "bao", "chloe"):
        set_zone(world, name, NO_ZONE)
    start(world, code, MailingKind.CHANGE, {"facts": [{"what": "place"}]})
    assert write_some(world, 40) == [("dina", "changed")]
