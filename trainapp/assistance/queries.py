"""Reads of the register of assistance, and what its systems and databases are called."""

import re
from datetime import date

from sqlalchemy import select

from trainapp.assistance.models import CommitteeMeeting, Statement
from trainapp.core.database import db
from trainapp.core.languages import _

OFFICE_SYSTEMS = ("IPOBS",)
"""Names under which `SystemUse` holds the IP Office Business Solutions."""

EXCHANGE_PLATFORMS = ("WIPO CASE", "CASE", "DAS")
"""Names under which `SystemUse` holds the platforms for exchange between offices."""

DATABASES = ("GBD", "PATENTSCOPE", "GDD")
"""Codes of the global databases a national collection can join."""

ORDINALS = (
    *("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth"),
    *("eleventh", "twelfth", "thirteenth", "fourteenth", "fifteenth", "sixteenth", "seventeenth", "eighteenth"),
    *("nineteenth", "twentieth"),
)
NAMED_MEETING = re.compile(rf"\b({'|'.join(ORDINALS)}) session of the ([A-Z]{{2,16}})\b", re.IGNORECASE)


def database_name(code: str) -> str:
    """What a reader calls a global database; its code where it is none of those known."""
    names = {"GBD": _("Global Brand Database"), "PATENTSCOPE": "PATENTSCOPE", "GDD": _("Global Design Database")}
    return names.get(code, code)


def statements_of(year: int) -> dict[str, Statement]:
    """What sources only count for a year, by figure."""
    found = db.session.scalars(select(Statement).where(Statement.year == year))
    return {statement.figure: statement for statement in found}


def statement_of(figure: str, year: int) -> Statement | None:
    return db.session.scalar(select(Statement).where(Statement.figure == figure, Statement.year == year))


def named_meeting(text: str) -> tuple[str, int] | None:
    """The committee and number of the meeting an English text names: `seventh session of the CWS` → CWS, 7."""
    found = NAMED_MEETING.search(text)
    return (found[2].upper(), ORDINALS.index(found[1].lower()) + 1) if found else None


def meeting_outside(text: str, year: int) -> CommitteeMeeting | None:
    """The committee meeting that a text names, where it was held in another year than the one reported on."""
    named = named_meeting(text)
    if named is None:
        return None
    committee, number = named
    meeting = db.session.scalar(
        select(CommitteeMeeting).where(CommitteeMeeting.committee == committee, CommitteeMeeting.number == number)
    )
    return meeting if meeting is not None and held_outside(meeting, year) else None


def first_of_month(held: str) -> date:
    """A day in the month (`2021-11`) a meeting was held, to write the month in words."""
    return date.fromisoformat(f"{held}-01")


def held_outside(meeting: CommitteeMeeting, year: int) -> bool:
    return not meeting.held.startswith(f"{year}-")
