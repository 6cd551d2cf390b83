"""Sessions for which offices name people, somebody who is named, and a list that waits to be confirmed."""

from sqlalchemy import select

from tests.support.world import World, office_of, person_of
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.registrations.models import Registration
from trainapp.registrations.nomination_checks import check_nominations
from trainapp.registrations.nomination_columns import Given
from trainapp.registrations.nomination_models import ListSource
from trainapp.registrations.nominations import keep_list
from trainapp.scheduling.models import RegistrationPolicy, TrainingSession


def session_by_nomination(world: World, code: str, office: str, trainer: str) -> str:
    """A session of an office that names people for it; gives its code."""
    return world.session(code, trainer=trainer, policy=RegistrationPolicy.NOMINATION, offices={office: "beneficiary"})


def named_in(world: World, code: str, person: str, office: str, focal_point: str) -> str:
    """Somebody whom a focal point has named for an office; gives the public id of their registration."""
    world.registration_link(code, person)
    with world.app.app_context(), unit_of_work():
        query = select(Registration).join(Registration.session).where(TrainingSession.code == code)
        registration = db.session.scalars(query).one()
        registration.office, registration.nominated_by = office_of(office), person_of(focal_point)
        return registration.public_id


def list_in(world: World, code: str, office: str, focal_point: str) -> str:
    """A list of one person to be confirmed by who made it; gives its public id."""
    with world.app.app_context(), unit_of_work():
        session = db.session.scalars(select(TrainingSession).where(TrainingSession.code == code)).one()
        given = [Given(1, {"name": "Somebody Named", "address": f"{code.lower()}@example.org"})]
        made = keep_list(
            person_of(focal_point), session, given, source=ListSource.PASTED, office=office_of(office), language="en"
        )
        found = made.public_id
        check_nominations()
        return found
