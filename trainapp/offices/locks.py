"""Taking turns: who decides something of an office, holds it until their unit of work ends."""

from sqlalchemy import select

from trainapp.core.database import db
from trainapp.core.errors import NotFound
from trainapp.offices.models import Office


def lock_office(office_id: int) -> Office:
    """The office as it stands now, held until the unit of work ends. Raises `NotFound`.

    Rows that refer to the office may be written meanwhile: its key is not what changes (FOR NO KEY UPDATE).
    """
    office = db.session.scalar(
        select(Office)
        .where(Office.id == office_id)
        .with_for_update(of=Office, key_share=True)
        .execution_options(populate_existing=True)
    )
    if office is None:
        raise NotFound()
    return office
