"""Taking in the programme of 2021: every figure it expects, all of it or nothing, and again without a change."""

from collections.abc import Callable
from datetime import date

import pytest
import yaml
from sqlalchemy import select

from tests.support.world import World
from trainapp.assistance.models import Statement
from trainapp.assistance.queries import statement_of
from trainapp.core.audit import AuditEvent
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.programme.importing import import_programme
from trainapp.programme.reading import ProgrammeRefused
from trainapp.reporting.figures import figures_of_year
from trainapp.reporting.models import YearMandate
from trainapp.scheduling.models import OfficeRole, SessionKind, SessionState, TrainingSession

pytestmark = pytest.mark.usefixtures("context")

Counts = Callable[[], dict[str, int]]


def flat(expected: dict[str, object]) -> dict[str, int]:
    figures: dict[str, int] = {}
    for name, value in expected.items():
        if isinstance(value, dict):
            figures |= {f"{name}.{member}": part for member, part in value.items()}
        else:
            assert isinstance(value, int)
            figures[name] = value
    return figures


def test_every_expected_figure(programme: str) -> None:
    import_programme(programme.encode())
    values = figures_of_year(2021)
    expected = flat(yaml.safe_load(programme)["expected"])
    assert len(expected) == 22
    assert {name: values[name].value for name in expected} == expected


def test_what_the_source_only_counts_is_stated_and_has_no_rows(programme: str) -> None:
    import_programme(programme.encode())
    values = figures_of_year(2021)
    stated = {name for name, value in values.items() if not value.is_itemised}
    assert stated == {
        "webinars",
        "webinar_languages",
        "sessions_by_kind.webinar",
        "ipobs_offices",
        "exchange_platform_offices",
        "ocr.received",
        "ocr.trained",
        "ocr.untrained",
        "ocr.in_production",
        "ocr.pilot",
        "funded_participants",
    }
    assert {values[name].itemised for name in stated} == {0}
    assert values["sessions"].beside == ("webinars",)
    kinds = set(db.session.scalars(select(TrainingSession.kind)))
    assert kinds == {SessionKind.TRAINING}


def test_a_training_as_the_record_has_it(programme: str) -> None:
    import_programme(programme.encode())
    training = db.session.scalars(
        select(TrainingSession).where(TrainingSession.import_key == "2021:office_trainings:KE:2021-09-20")
    ).one()
    assert training.code == "2021-NICE-KE-01"
    assert training.state is SessionState.DELIVERED
    assert training.language is None
    assert training.zone == "Africa/Nairobi"
    assert [meeting.on_date for meeting in training.meetings] == [date(2021, 9, day) for day in (20, 21, 22)]
    assert {meeting.starts_at for meeting in training.meetings} == {None}
    assert {entry.subject.code: entry.edition and entry.edition.name for entry in training.subjects} == {
        "NICE": "11-2021",
        "VIENNA": "8",
    }
    assert {entry.role for entry in training.offices} == {OfficeRole.REQUESTER, OfficeRole.BENEFICIARY}
    assert {entry.designation for entry in training.offices} == {"Kenyan IP Office"}


def test_mandate_and_condition_are_kept(programme: str) -> None:
    import_programme(programme.encode())
    mandate = db.session.get_one(YearMandate, 2021)
    assert mandate.mandate["reference"] == "WO/GA/40/19"
    stated = statement_of("ipobs_offices", 2021)
    assert stated is not None
    assert stated.condition == "from developing countries, actively using"
    assert stated.as_of == date(2021, 12, 31)
    assert "WO/GA/40/19" in stated.source


def test_twice_changes_nothing(programme: str, row_counts: Counts) -> None:
    first = import_programme(programme.encode())
    before = row_counts()
    second = import_programme(programme.encode())
    assert row_counts() == before
    assert sum(first.added.values()) == second.unchanged == 37
    assert not second.added


def test_a_plain_text_with_a_comma_is_the_same_record(programme: str, row_counts: Counts) -> None:
    """YAML ends a plain text of a flow mapping at its comma; the file of the source was written so."""
    plain = programme.replace(
        '"from developing countries, actively using"', "from developing countries, actively using"
    )
    assert plain != programme
    import_programme(programme.encode())
    before = row_counts()
    assert not import_programme(plain.encode()).added
    assert row_counts() == before


def test_twice_also_after_other_work_in_the_year(programme: str, world: World) -> None:
    """What people record in the same year does not make the file wrong."""
    import_programme(programme.encode())
    world.session("2021-IPC-EN-09", kind=SessionKind.TRAINING, state=SessionState.DELIVERED, first_day=date(2021, 3, 1))
    assert not import_programme(programme.encode()).added


def test_the_import_is_in_the_audit_trail_once(programme: str) -> None:
    import_programme(programme.encode())
    import_programme(programme.encode())
    acts = db.session.scalars(select(AuditEvent).where(AuditEvent.action == "programme.imported")).all()
    assert [act.after["session"] for act in acts] == [9]


def test_a_funded_meeting_outside_the_year_is_a_warning(programme: str) -> None:
    warnings = import_programme(programme.encode()).warnings
    assert [warning.line for warning in warnings] == [line_of(programme, "seventh session")]
    assert "2019-07" in warnings[0].message


def test_the_same_key_with_other_content_is_refused(programme: str, row_counts: Counts) -> None:
    import_programme(programme.encode())
    before = row_counts()
    changed = programme.replace("audience: design examiners, ", "audience: examiners of designs, ")
    with pytest.raises(ProgrammeRefused) as refused:
        import_programme(changed.encode())
    assert [problem.line for problem in refused.value.problems] == [line_of(programme, "Indonesian IP Office")]
    assert "audience" in refused.value.problems[0].message
    assert row_counts() == before


def test_a_statement_made_by_hand_is_not_overwritten(programme: str) -> None:
    with unit_of_work():
        db.session.add(Statement(figure="webinars", year=2021, value=16, source="a letter"))
    with pytest.raises(ProgrammeRefused) as refused:
        import_programme(programme.encode())
    assert [problem.line for problem in refused.value.problems] == [line_of(programme, "sessions: 17")]
    kept = statement_of("webinars", 2021)
    assert kept is not None
    assert kept.value == 16


def line_of(text: str, part: str) -> int:
    return next(number for number, line in enumerate(text.splitlines(), 1) if part in line)
