"""Reads for asking: the offices a person speaks for, and the earlier requests one may ask for again."""

from sqlalchemy import select

from trainapp.accounts.models import Person
from trainapp.accounts.queries import offices_spoken_for
from trainapp.core.database import db
from trainapp.core.errors import NotFound
from trainapp.offices.models import Office
from trainapp.offices.queries import office_name
from trainapp.requests.models import RequestState, TrainingRequest
from trainapp.requests.queries import request_for


def own_offices(person: Person) -> list[Office]:
    """The offices a person speaks for, ordered by their names in the reader's language."""
    found = db.session.scalars(select(Office).where(Office.id.in_(offices_spoken_for(person))))
    return sorted(found, key=office_name)


def request_to_copy(person: Person, public_id: str) -> TrainingRequest:
    """An earlier request that a person may ask for again. Raises `NotFound` for a draft, and for what is not theirs."""
    request = request_for(person, public_id)
    if request.state is RequestState.DRAFT:
        raise NotFound()
    return request
