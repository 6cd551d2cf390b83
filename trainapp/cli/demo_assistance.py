"""Help other than training, in the demonstration."""

from datetime import date, timedelta
from typing import Any

from sqlalchemy import exists, select

from trainapp.assistance.models import (
    Advice,
    CollectionAdded,
    CommitteeMeeting,
    FundedParticipation,
    OcrStage,
    OcrStep,
    SystemUse,
)
from trainapp.catalogue.queries import subjects_by_code
from trainapp.cli.demo_days import past_day, read
from trainapp.cli.demo_people import office_named
from trainapp.core.clock import today
from trainapp.core.database import db

DAYS_PER_MONTH = 30.44
COMMITTEE = "CWS"
YEAR_BEFORE_FIRST = 2012  # one session a year; the tenth was in 2022


def load_assistance() -> None:
    """Add the register's rows; what stands there already for an office is left alone."""
    data = read("assistance")
    for entry in data["system_use"]:
        _add_system_use(entry)
    for entry in data["ocr_steps"]:
        _add_ocr_step(entry)
    for entry in data["collections"]:
        _add_collection(entry)
    for entry in data["advice"]:
        _add_advice(entry)
    _add_funded_participation(data["funded"])


def _months_ago(months: int) -> date:
    return today() - timedelta(days=round(months * DAYS_PER_MONTH))


def _add_system_use(entry: dict[str, Any]) -> None:
    ended = _months_ago(entry["ended"]) if "ended" in entry else None
    office = office_named(entry["office"])
    db.session.add(SystemUse(office=office, system=entry["system"], started=_months_ago(entry["months"]), ended=ended))


def _add_ocr_step(entry: dict[str, Any]) -> None:
    office, stage = office_named(entry["office"]), OcrStage(entry["stage"])
    is_there = exists().where(OcrStep.office_id == office.id, OcrStep.stage == stage)
    if not db.session.scalar(select(is_there)):
        db.session.add(OcrStep(office=office, stage=stage, on_date=_months_ago(entry["months"])))


def _add_collection(entry: dict[str, Any]) -> None:
    office, database = office_named(entry["office"]), entry["database"]
    is_there = exists().where(CollectionAdded.office_id == office.id, CollectionAdded.database == database)
    if not db.session.scalar(select(is_there)):
        db.session.add(CollectionAdded(office=office, database=database, ip_right=entry["ip_right"], year=today().year))


def _add_advice(entry: dict[str, Any]) -> None:
    subject = subjects_by_code([entry["subject"]])[0]
    office = office_named(entry["office"]) if "office" in entry else None
    db.session.add(Advice(year=today().year, subject=subject, office=office, ways=entry["ways"]))


def _add_funded_participation(entries: list[dict[str, Any]]) -> None:
    """Participants of a committee's meeting some weeks ago, which is marked as not verified."""
    held = past_day(0.1, today())
    meeting = _committee_meeting(held.year - YEAR_BEFORE_FIRST, held)
    for entry in entries:
        db.session.add(
            FundedParticipation(
                meeting=meeting, office=office_named(entry["office"]), year=held.year, people=entry["people"]
            )
        )


def _committee_meeting(number: int, held: date) -> CommitteeMeeting:
    known = db.session.scalar(
        select(CommitteeMeeting).where(CommitteeMeeting.committee == COMMITTEE, CommitteeMeeting.number == number)
    )
    return known or CommitteeMeeting(committee=COMMITTEE, number=number, held=f"{held:%Y-%m}", verified=False)
