"""Bringing the programme of a year in from a file: all of it or nothing, and again without a change.

Every record of the file has a key. A record whose key is there with the same content is left alone; one whose key is
there with other content is refused with its line. What the file only counts becomes statements, never rows.
"""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path as FilePath
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from trainapp.assistance import service as assistance
from trainapp.assistance.models import Advice, CollectionAdded, CommitteeMeeting, Statement
from trainapp.assistance.queries import meeting_outside
from trainapp.catalogue.models import Subject
from trainapp.catalogue.queries import edition_in_force
from trainapp.core.audit import record_act
from trainapp.core.database import db
from trainapp.core.languages import _
from trainapp.core.timefmt import listed
from trainapp.core.unit_of_work import unit_of_work
from trainapp.offices.models import Office
from trainapp.programme.checking import check_source
from trainapp.programme.reading import Path, Problem, ProgrammeRefused, Source, read_source
from trainapp.reporting.figures import figures_of_year
from trainapp.reporting.models import YearMandate
from trainapp.requests.models import Mode
from trainapp.scheduling.models import (
    Meeting,
    OfficeRole,
    RegistrationPolicy,
    SessionKind,
    SessionOffice,
    SessionState,
    SessionSubject,
    TrainingSession,
)

PROGRAMME_2021 = FilePath(__file__).resolve().parent / "data" / "2021.yaml"

FIGURE_OF_SYSTEM = {
    "IP Office Business Solutions": "ipobs_offices",
    "WIPO CASE or DAS": "exchange_platform_offices",
}
OCR_FIGURES = {
    "received_software": "ocr.received",
    "trained": "ocr.trained",
    "in_production": "ocr.in_production",
}

Content = dict[str, Any]


@dataclass
class ImportResult:
    """What an import did: records added by table, how many were there already, and what to look at."""

    year: int
    added: Counter[str] = field(default_factory=Counter)
    unchanged: int = 0
    warnings: list[Problem] = field(default_factory=list)


@dataclass(frozen=True)
class Record:
    """One record of the file: where it stands, what it holds, what stands in the database, and how to add it."""

    path: Path
    table: str
    wanted: Content
    present: Content | None
    add: Callable[[], Any]


def import_programme(content: bytes) -> ImportResult:
    """Take a whole programme file in, in one unit of work. Raises `ProgrammeRefused` with all problems and lines."""
    source = read_source(content)
    with unit_of_work():
        check_source(source)
        _refuse_if_wrong(source)
        result = _Import(source).run()
        if result.added:
            record_act(None, "programme.imported", f"programme:{result.year}", after=dict(result.added))
    return result


def _refuse_if_wrong(source: Source) -> None:
    if source.problems:
        raise ProgrammeRefused(source.problems)


class _Import:
    """One run over a checked source."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.values: dict[str, Any] = source.values
        self.year: int = self.values["year"]
        self.result = ImportResult(self.year)
        self.offices = {office.code: office for office in db.session.scalars(select(Office))}
        subjects = select(Subject).options(selectinload(Subject.editions))
        self.subjects = {subject.code: subject for subject in db.session.scalars(subjects)}
        self.source_text = _source_text(self.year, self.values["document"])

    def run(self) -> ImportResult:
        for records in (
            self._mandate,
            self._committee_meetings,
            self._statements,
            self._advice,
            self._collections,
            self._trainings,
        ):
            for record in records():
                self._settle(record)
        _refuse_if_wrong(self.source)
        db.session.flush()
        self._check_expected()
        _refuse_if_wrong(self.source)
        self._warn_about_funding()
        return self.result

    def _settle(self, record: Record) -> None:
        if record.present is None:
            record.add()
            self.result.added[record.table] += 1
        elif record.present == record.wanted:
            self.result.unchanged += 1
        else:
            self.source.refuse(record.path, _difference(record.present, record.wanted))

    def _key(self, *parts: object) -> str:
        return ":".join(str(part) for part in (self.year, *parts))

    def _mandate(self) -> Iterator[Record]:
        document = self.values["document"]
        wanted = {
            "committee": document["committee"],
            "mandate": document["mandate"],
            "next_recipient": document["next_recipient"],
            "register_url": document.get("register_url", ""),
        }
        found = db.session.get(YearMandate, self.year)
        yield Record(
            ("document",),
            "year_mandate",
            wanted,
            _content(found, wanted),
            lambda: db.session.add(YearMandate(year=self.year, **wanted)),
        )

    def _committee_meetings(self) -> Iterator[Record]:
        known = {(row.committee, row.number): row for row in db.session.scalars(select(CommitteeMeeting))}
        for index, entry in enumerate(self.values.get("committee_meetings", [])):
            committee, number = entry["committee"], entry["session"]
            wanted = {"held": entry["held"], "verified": entry["verified"]}

            def add(committee: str = committee, number: int = number, wanted: Content = wanted) -> None:
                key = f"committee_meetings:{committee}:{number}"
                assistance.add_committee_meeting(committee, number, **wanted, import_key=key)

            path = ("committee_meetings", index)
            yield Record(path, "committee_meeting", wanted, _content(known.get((committee, number)), wanted), add)

    def _statements(self) -> Iterator[Record]:
        known = {row.figure: row for row in db.session.scalars(select(Statement).where(Statement.year == self.year))}
        for figure, path, value, condition, as_of in self._stated():
            wanted = {"value": value, "condition": condition, "as_of": as_of, "source": self.source_text}

            def add(figure: str = figure, wanted: Content = wanted) -> None:
                key = self._key("statements", figure)
                assistance.state_figure(figure, self.year, **wanted, import_key=key)

            yield Record(path, "statement", wanted, _content(known.get(figure), wanted), add)

    def _stated(self) -> Iterator[tuple[str, Path, int, str, date | None]]:
        """What the file only counts: figure, where it stands, value, condition, as-of date."""
        webinars = self.values.get("webinars", {})
        if webinars:
            condition = f"{', '.join(webinars['subjects'])}; {webinars['mode']}"
            yield "webinars", ("webinars", "sessions"), webinars["sessions"], condition, None
        if "languages" in webinars:
            yield "webinar_languages", ("webinars", "languages"), webinars["languages"], "", None
        for index, entry in enumerate(self.values.get("platforms", [])):
            figure, as_of = FIGURE_OF_SYSTEM[entry["system"]], date.fromisoformat(entry["as_of"])
            yield figure, ("platforms", index), entry["offices"], entry.get("condition", ""), as_of
        yield from self._stated_ocr(self.values.get("full_text_ocr", {}))
        for index, entry in enumerate(self.values.get("funded_participation", [])):
            condition = "; ".join(text for text in (entry["meeting"], entry.get("condition")) if text)
            yield "funded_participants", ("funded_participation", index), entry["funded"], condition, None

    def _stated_ocr(self, ocr: Content) -> Iterator[tuple[str, Path, int, str, date | None]]:
        for key, figure in OCR_FIGURES.items():
            if key in ocr:
                condition = f"in the last {ocr['period_years']} years"
                yield figure, ("full_text_ocr", key), ocr[key], condition, None
        pilot = ocr.get("pilot_online_training")
        if pilot:
            path = ("full_text_ocr", "pilot_online_training")
            yield "ocr.pilot", path, pilot["offices"], pilot.get("condition", ""), None

    def _advice(self) -> Iterator[Record]:
        known = _by_key(Advice)
        seen: Counter[str] = Counter()
        for index, entry in enumerate(self.values.get("advice", [])):
            seen[entry["subject"]] += 1
            key = self._key("advice", entry["subject"], seen[entry["subject"]])
            subject = self.subjects[entry["subject"]]
            wanted = {
                "ways": entry["mode"],
                "outcome": entry.get("outcome", ""),
                "outcome_status": entry.get("status", ""),
            }

            def add(key: str = key, subject: Subject = subject, wanted: Content = wanted) -> None:
                assistance.add_advice(
                    self.year,
                    subject,
                    wanted["ways"],
                    outcome=wanted["outcome"],
                    status=wanted["outcome_status"],
                    import_key=key,
                )

            yield Record(("advice", index), "advice", wanted, _content(known.get(key), wanted), add)

    def _collections(self) -> Iterator[Record]:
        rows = db.session.scalars(select(CollectionAdded).options(selectinload(CollectionAdded.office)))
        known = {(row.office.code, row.database): row for row in rows}
        for index, entry in enumerate(self.values.get("collections_added", [])):
            for place, code in enumerate(entry["offices"]):
                database = entry["database"]
                wanted = {"ip_right": entry["ip"], "year": self.year}

                def add(code: str = code, database: str = database, wanted: Content = wanted) -> None:
                    key = self._key("collections_added", database, code)
                    assistance.add_collection(self.offices[code], database, **wanted, import_key=key)

                path = ("collections_added", index, "offices", place)
                yield Record(path, "collection_added", wanted, _content(known.get((code, database)), wanted), add)

    def _trainings(self) -> Iterator[Record]:
        known = self._known_trainings()
        codes = _Codes(self.year)
        seen: Counter[str] = Counter()
        for index, entry in enumerate(self.values.get("office_trainings", [])):
            days = sorted(entry["dates"])
            name = f"{entry['office']}:{days[0]}"
            seen[name] += 1
            key = self._key("office_trainings", name, *([seen[name]] if seen[name] > 1 else []))
            wanted = {
                "report_name": entry["report_name"],
                "subjects": sorted(entry["subjects"]),
                "audience": entry["audience"] or "",
                "dates": days,
            }

            def add(key: str = key, entry: Content = entry) -> None:
                db.session.add(self._training(key, codes.next(entry["subjects"][0], entry["office"]), entry))

            found = known.get(key)
            present = None if found is None else _content_of_training(found)
            yield Record(("office_trainings", index), "session", wanted, present, add)

    def _known_trainings(self) -> dict[str | None, TrainingSession]:
        found = db.session.scalars(
            select(TrainingSession)
            .where(TrainingSession.import_key.startswith(f"{self.year}:office_trainings:", autoescape=True))
            .options(
                selectinload(TrainingSession.subjects).joinedload(SessionSubject.subject),
                selectinload(TrainingSession.offices),
                selectinload(TrainingSession.meetings),
            )
        )
        return {session.import_key: session for session in found}

    def _training(self, key: str, code: str, entry: Content) -> TrainingSession:
        """A training of the past as the record has it: days without hours, and no language."""
        office = self.offices[entry["office"]]
        days = [date.fromisoformat(day) for day in sorted(entry["dates"])]
        subjects = [self.subjects[subject] for subject in entry["subjects"]]
        return TrainingSession(
            code=code,
            kind=SessionKind.TRAINING,
            state=SessionState.DELIVERED,
            audience=entry["audience"] or "",
            language=None,
            mode=Mode.ONLINE,
            zone=office.zone,
            policy=RegistrationPolicy.CLOSED,
            first_day=days[0],
            last_day=days[-1],
            import_key=key,
            meetings=[Meeting(number=number, on_date=day, zone=office.zone) for number, day in enumerate(days, 1)],
            subjects=[
                SessionSubject(subject=subject, edition=edition_in_force(subject, days[0])) for subject in subjects
            ],
            offices=[
                SessionOffice(office=office, role=role, designation=entry["report_name"])
                for role in (OfficeRole.REQUESTER, OfficeRole.BENEFICIARY)
            ],
        )

    def _check_expected(self) -> None:
        """The figures that the file expects must be those its records give."""
        computed = figures_of_year(self.year, imported=True)
        for figure, path, expected in _expected(self.values.get("expected", {})):
            value = computed.get(figure)
            if value is None:
                self.source.refuse(path, _('there is no figure "%(figure)s".', figure=figure))
            elif value.value != expected:
                message = _(
                    "%(figure)s is expected to be %(expected)s, but the records give %(value)s.",
                    figure=figure,
                    expected=expected,
                    value=value.value,
                )
                self.source.refuse(path, message)

    def _warn_about_funding(self) -> None:
        for index, entry in enumerate(self.values.get("funded_participation", [])):
            meeting = meeting_outside(entry["meeting"], self.year)
            if meeting is not None:
                message = _(
                    "this meeting was held in %(held)s, outside the year %(year)s of the report; kept as stated.",
                    held=meeting.held,
                    year=self.year,
                )
                self.result.warnings.append(Problem(self.source.line(("funded_participation", index)), message))


class _Codes:
    """The next free code of a subject and an office in a year: `2021-IPC-IQ-01`."""

    def __init__(self, year: int) -> None:
        self.year = year
        codes = select(TrainingSession.code).where(TrainingSession.code.startswith(f"{year}-"))
        self.taken = set(db.session.scalars(codes))

    def next(self, subject: str, office: str) -> str:
        number = 1
        while (code := f"{self.year}-{subject}-{office}-{number:02d}") in self.taken:
            number += 1
        self.taken.add(code)
        return code


def _source_text(year: int, document: Content) -> str:
    """Where a stated figure stands, in the words of the record."""
    mandate = document["mandate"]
    reference = (
        f"{mandate['reference']}, paragraph {mandate['paragraph']}" if "paragraph" in mandate else mandate["reference"]
    )
    return f"Report on {year} to the {document['committee']}, under {reference}"


def _expected(expected: Content) -> Iterator[tuple[str, Path, int]]:
    """Each expected figure by its id, nested keys joined by a dot."""
    for name, value in expected.items():
        if isinstance(value, dict):
            for member, part in value.items():
                yield f"{name}.{member}", ("expected", name, member), part
        else:
            yield name, ("expected", name), value


def _by_key(table: Any) -> dict[str, Any]:
    rows = db.session.scalars(select(table).where(table.import_key.is_not(None)))
    return {row.import_key: row for row in rows}


def _content(row: Any, wanted: Content) -> Content | None:
    """What stands in the database, of what the file tells."""
    return None if row is None else {name: getattr(row, name) for name in wanted}


def _content_of_training(session: TrainingSession) -> Content:
    return {
        "report_name": next((entry.designation for entry in session.offices), ""),
        "subjects": sorted(entry.subject.code for entry in session.subjects),
        "audience": session.audience,
        "dates": [meeting.on_date.isoformat() for meeting in session.meetings],
    }


def _difference(present: Content, wanted: Content) -> str:
    differing = [name for name in wanted if present[name] != wanted[name]]
    return _("this is in the database already with another content; it differs in: %(names)s.", names=listed(differing))
