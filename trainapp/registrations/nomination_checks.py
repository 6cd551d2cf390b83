"""Checking lists of people before anybody confirms them: what each row means, and what confirming it will do."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.exc import OperationalError

from trainapp.accounts.forms import ADDRESS_LIMIT
from trainapp.accounts.models import Person
from trainapp.accounts.queries import may, offices_spoken_for
from trainapp.core.access import Permission
from trainapp.core.addresses import normalize_address
from trainapp.core.clock import now
from trainapp.core.database import db
from trainapp.core.forms import is_mail_address
from trainapp.core.logs import log
from trainapp.offices.models import Office
from trainapp.registrations.forms import NAME_LIMIT
from trainapp.registrations.nomination_columns import Column
from trainapp.registrations.nomination_models import NominationList, NominationRow, RowVerdict
from trainapp.registrations.nomination_queries import (
    addresses_taken,
    known_to,
    next_list,
    next_rows,
)
from trainapp.registrations.nomination_words import OfficeWords, language_meant, zone_meant

BATCH = 500
"""Rows in one unit of work: a fraction of a second."""


@dataclass(frozen=True)
class Rights:
    """Of which offices somebody may name people: of any where `ids` is None."""

    ids: frozenset[int] | None

    @classmethod
    def of(cls, person: Person) -> "Rights":
        return cls(None if may(person, Permission.COORDINATE) else offices_spoken_for(person))

    def hold_for(self, office_id: int | None) -> bool:
        return self.ids is None or office_id in self.ids


def check_nominations() -> None:
    """The next rows of the oldest list that is not yet checked."""
    found = next_list(NominationList.checked_at.is_(None))
    if found is None:
        return
    rows = next_rows(found, BATCH, NominationRow.verdict.is_(None))
    offices, rights = OfficeWords(), Rights.of(found.person)
    if not _check(found, rows, offices, rights):
        for row in rows:
            if not _check(found, [row], offices, rights):
                row.verdict, row.problems = RowVerdict.PROBLEM, ["failed"]
    if len(rows) < BATCH:
        found.checked_at = now()


def _check(found: NominationList, rows: Sequence[NominationRow], offices: OfficeWords, rights: Rights) -> bool:
    """Whether rows could be checked; where one of them fails, nothing of any is kept, and the failure is logged."""
    try:
        with db.session.begin_nested():
            for row in rows:
                row.problems = understand(row, found, offices, rights)
            judge(found, rows)
    except OperationalError:  # the database's, not the row's: the whole batch is tried again
        raise
    except Exception:
        log.exception("people on a list could not be checked", extra={"nomination_list": found.id, "rows": len(rows)})
        return False
    return True


def understand(row: NominationRow, found: NominationList, offices: OfficeWords, rights: Rights) -> list[str]:
    """Fill in what a row says as far as it can be understood; gives the codes of what is to be mended.

    A row that names no language or zone keeps those of the list, if it has any.
    """
    given = row.given
    problems = [
        _fill_name(row, given.get(Column.NAME, "")),
        _fill_address(row, given.get(Column.ADDRESS, "")),
        _fill_office(row, given.get(Column.OFFICE, ""), offices, rights),
        _fill_language(row, given.get(Column.LANGUAGE, "")),
        _fill_zone(row, given.get(Column.ZONE, ""), offices.by_id.get(row.office_id or 0), found),
    ]
    return [problem for problem in problems if problem]


def _fill_name(row: NominationRow, text: str) -> str | None:
    if len(text) > NAME_LIMIT:
        return "long_name"
    row.name = text
    return None if text else "no_name"


def _fill_address(row: NominationRow, text: str) -> str | None:
    if not text:
        return "no_address"
    if len(text) > ADDRESS_LIMIT or not is_mail_address(text):
        return "bad_address"
    row.address = text
    return None


def _fill_office(row: NominationRow, text: str, offices: OfficeWords, rights: Rights) -> str | None:
    if text:
        office = offices.meant(text)
        row.office_id = office.id if office is not None else None
        if office is None:
            return "unknown_office"
    return None if rights.hold_for(row.office_id) else "other_office"


def _fill_language(row: NominationRow, text: str) -> str | None:
    if text:
        row.language = language_meant(text) or ""
        return None if row.language else "unknown_language"
    return None if row.language else "no_language"


def _fill_zone(row: NominationRow, text: str, office: Office | None, found: NominationList) -> str | None:
    if text:
        row.zone = zone_meant(text) or ""
        return None if row.zone else "unknown_zone"
    row.zone = office.zone if office is not None else found.session.zone
    return None


def judge(found: NominationList, rows: Sequence[NominationRow]) -> None:
    """Say of rows that were understood what confirming will do; of the same address the first good row counts."""
    taken = addresses_taken(found)
    right = [row for row in rows if not row.problems]
    known = known_to(found.person, found.session, {normalize_address(row.address) for row in right})
    for row in rows:
        address = normalize_address(row.address)
        if row.problems:
            row.verdict = RowVerdict.PROBLEM
        elif address in taken:
            row.verdict = RowVerdict.DUPLICATE
        else:
            row.verdict = RowVerdict.KNOWN if address in known else RowVerdict.NEW
            taken.add(address)
