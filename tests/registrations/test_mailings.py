"""Mails to many people: written in batches, where nothing that fails holds up the rest."""

from sqlalchemy import select

from tests.support.world import World
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.registrations.mailings import start_mailing, write_mailings
from trainapp.registrations.models import Mailing, MailingKind, MailingRecipient, Registration
from trainapp.scheduling.queries import session_by_code


def test_a_mailing_that_cannot_be_written_holds_up_no_other(world: World) -> None:
    code = world.session()
    world.registration_link(code, world.person("Amina Example"))
    world.registration_link(code, world.person("Kofi Example"))
    with world.app.app_context(), unit_of_work():
        session = session_by_code(code)
        ids = list(db.session.scalars(select(Registration.id).order_by(Registration.id)))
        broken = start_mailing(None, session, MailingKind.MESSAGE, {"texts": "no texts at all"}, ids)
        whole = start_mailing(None, session, MailingKind.THANKS, {}, ids)
        broken_id, whole_id = broken.id, whole.id
    with world.app.app_context(), unit_of_work():
        write_mailings()
    with world.app.app_context():
        assert db.session.get_one(Mailing, broken_id).finished_at is None
        assert db.session.get_one(Mailing, whole_id).finished_at is not None
        written = {
            (row.mailing_id, row.written_at is not None) for row in db.session.scalars(select(MailingRecipient))
        }
    assert written == {(broken_id, False), (whole_id, True)}
    assert [mail.kind for mail in world.mails()] == ["registrations.thanks"] * 2
