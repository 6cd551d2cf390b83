"""The one registry of figures: what each is called, what it counts, and which rows it leads to."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from trainapp.core.languages import LANGUAGES, _, language_name, lazy
from trainapp.reporting import selections
from trainapp.reporting.selections import UNKNOWN, Rows, Scope
from trainapp.requests.labels import mode_label, state_label
from trainapp.requests.models import Mode, RequestState
from trainapp.scheduling.labels import kind_label
from trainapp.scheduling.models import SessionKind

MINUTES_PER_HOUR = 60


class Unit(StrEnum):
    SESSIONS = "sessions"
    MEETINGS = "meetings"
    DAYS = "days"
    LANGUAGES = "languages"
    OFFICES = "offices"
    REGISTRATIONS = "registrations"
    ATTENDANCES = "attendances"
    HOURS = "hours"
    PEOPLE = "people"
    REQUESTS = "requests"
    ADVICE = "pieces of advice"
    COLLECTIONS = "collections"


class Group(StrEnum):
    """Where a figure stands on the page."""

    SESSIONS = "sessions"
    SUBJECTS = "subjects"
    OFFICE_SUBJECTS = "office_subjects"
    LANGUAGES = "languages"
    KINDS = "kinds"
    MODES = "modes"
    PEOPLE = "people"
    REQUESTS = "requests"
    ASSISTANCE = "assistance"


class RowKind(StrEnum):
    """What the rows of a figure are."""

    SESSION = "session"
    MEETING = "meeting"
    DAY = "day"
    LANGUAGE = "language"
    OFFICE = "office"
    REGISTRATION = "registration"
    ATTENDANCE = "attendance"
    PERSON = "person"
    REQUEST = "request"
    ADVICE = "advice"
    FUNDING = "funding"
    COLLECTION = "collection"


@dataclass(frozen=True)
class Names:
    """What is needed to name the members of split figures, in the reader's language; read once per report."""

    subjects: Mapping[str, str]
    databases: Mapping[str, str]


Members = Callable[[Names], Mapping[str, str]]


@dataclass(frozen=True)
class Definition:
    """One figure, or, with `members`, one figure per member (`sessions_by_subject.NICE`).

    `rows` selects what is counted, or summed where `sums` (an `amount`, divided by `divisor`). `difference` names two
    figures whose statements, where both are there, state this one too. `stated_as` gives members that another
    figure's statement speaks for. `beside` names figures whose statement counts what has no rows here.
    """

    id: str
    unit: Unit
    group: Group
    label: Any
    meaning: Any
    kind: RowKind
    rows: Callable[[Scope], Rows]
    members: Members | None = None
    sums: bool = False
    divisor: int = 1
    difference: tuple[str, str] | None = None
    stated_as: tuple[tuple[str, str], ...] = ()
    beside: tuple[str, ...] = ()


@dataclass(frozen=True)
class Figure:
    """One figure of a report, named in the reader's language; `member_name` is short, for a chart."""

    id: str
    definition: Definition
    member: str | None
    member_name: str
    label: str

    @property
    def statement_id(self) -> str:
        """The figure whose statement speaks for this one."""
        return dict(self.definition.stated_as).get(self.member or "", self.id)

    @property
    def meaning(self) -> str:
        return str(self.definition.meaning)


def _subject_names(names: Names) -> Mapping[str, str]:
    return names.subjects


def _database_names(names: Names) -> Mapping[str, str]:
    return names.databases


def _language_names(_names: Names) -> Mapping[str, str]:
    return {**{code: language_name(code) for code in LANGUAGES}, UNKNOWN: _("Not on record")}


def _kind_names(_names: Names) -> Mapping[str, str]:
    return {kind.value: kind_label(kind) for kind in SessionKind}


def _mode_names(_names: Names) -> Mapping[str, str]:
    return {mode.value: mode_label(mode) for mode in Mode}


def _state_names(_names: Names) -> Mapping[str, str]:
    return {state.value: state_label(state) for state in RequestState if state is not RequestState.DRAFT}


WEBINARS = "webinars"
BESIDE_WEBINARS = (WEBINARS,)

DEFINITIONS: tuple[Definition, ...] = (
    Definition(
        WEBINARS,
        Unit.SESSIONS,
        Group.SESSIONS,
        lazy("Webinars"),
        lazy("Sessions of the kind webinar that were delivered and whose first day is in the year."),
        RowKind.SESSION,
        selections.webinars,
    ),
    Definition(
        "webinar_languages",
        Unit.LANGUAGES,
        Group.SESSIONS,
        lazy("Languages of webinars"),
        lazy("Different languages in which the webinars of the year were held; interpretation is not counted."),
        RowKind.LANGUAGE,
        selections.webinar_languages,
    ),
    Definition(
        "office_trainings",
        Unit.SESSIONS,
        Group.SESSIONS,
        lazy("Trainings for IP offices"),
        lazy(
            "Sessions of the kind training, held for at least one named IP office, that were delivered and whose"
            " first day is in the year."
        ),
        RowKind.SESSION,
        selections.office_trainings,
    ),
    Definition(
        "office_trainings_ipc",
        Unit.SESSIONS,
        Group.SESSIONS,
        lazy("Trainings on the patent classification"),
        lazy("Those trainings for IP offices that had the International Patent Classification as a subject."),
        RowKind.SESSION,
        selections.office_trainings_ipc,
    ),
    Definition(
        "office_trainings_marks_and_designs",
        Unit.SESSIONS,
        Group.SESSIONS,
        lazy("Trainings on the classifications of marks and designs"),
        lazy(
            "Those trainings for IP offices that had the Nice, the Vienna or the Locarno Classification as a"
            " subject. A training on two of them counts once."
        ),
        RowKind.SESSION,
        selections.office_trainings_marks_and_designs,
    ),
    Definition(
        "distinct_beneficiary_offices",
        Unit.OFFICES,
        Group.SESSIONS,
        lazy("IP offices trained"),
        lazy("Different IP offices for which the trainings of the year were held. An office counts once."),
        RowKind.OFFICE,
        selections.distinct_beneficiary_offices,
    ),
    Definition(
        "training_days",
        Unit.DAYS,
        Group.SESSIONS,
        lazy("Training days"),
        lazy(
            "The different dates of each training for IP offices, in the time zone of the training, added up over"
            " the trainings of the year."
        ),
        RowKind.DAY,
        selections.training_days,
    ),
    Definition(
        "sessions",
        Unit.SESSIONS,
        Group.SESSIONS,
        lazy("All sessions listed"),
        lazy(
            "Sessions of every kind that stand in the register one by one, were delivered, and whose first day is"
            " in the year."
        ),
        RowKind.SESSION,
        selections.sessions,
        beside=BESIDE_WEBINARS,
    ),
    Definition(
        "meetings",
        Unit.MEETINGS,
        Group.SESSIONS,
        lazy("Meetings"),
        lazy("The meetings of the sessions listed, without those that were cancelled."),
        RowKind.MEETING,
        selections.meetings,
        beside=BESIDE_WEBINARS,
    ),
    Definition(
        "sessions_by_subject",
        Unit.SESSIONS,
        Group.SUBJECTS,
        lazy("Sessions by subject: %(name)s"),
        lazy("The sessions listed that had this subject. A session on two subjects counts in both."),
        RowKind.SESSION,
        selections.sessions_by_subject,
        members=_subject_names,
        beside=BESIDE_WEBINARS,
    ),
    Definition(
        "office_trainings_by_subject",
        Unit.SESSIONS,
        Group.OFFICE_SUBJECTS,
        lazy("Trainings for IP offices by subject: %(name)s"),
        lazy("The trainings for IP offices that had this subject. A training on two subjects counts in both."),
        RowKind.SESSION,
        selections.office_trainings_by_subject,
        members=_subject_names,
    ),
    Definition(
        "sessions_by_language",
        Unit.SESSIONS,
        Group.LANGUAGES,
        lazy("Sessions by language: %(name)s"),
        lazy("The sessions listed that were held in this language; interpretation is not counted."),
        RowKind.SESSION,
        selections.sessions_by_language,
        members=_language_names,
        beside=BESIDE_WEBINARS,
    ),
    Definition(
        "sessions_by_kind",
        Unit.SESSIONS,
        Group.KINDS,
        lazy("Sessions by kind: %(name)s"),
        lazy("The sessions listed that were of this kind."),
        RowKind.SESSION,
        selections.sessions_by_kind,
        members=_kind_names,
        stated_as=((SessionKind.WEBINAR.value, WEBINARS),),
    ),
    Definition(
        "sessions_by_mode",
        Unit.SESSIONS,
        Group.MODES,
        lazy("Sessions by mode: %(name)s"),
        lazy("The sessions listed in which people met in this way."),
        RowKind.SESSION,
        selections.sessions_by_mode,
        members=_mode_names,
        beside=BESIDE_WEBINARS,
    ),
    Definition(
        "offices_reached",
        Unit.OFFICES,
        Group.PEOPLE,
        lazy("IP offices reached"),
        lazy(
            "Different IP offices for which a session of the year was delivered, or from which somebody attended"
            " a session of the year."
        ),
        RowKind.OFFICE,
        selections.offices_reached,
        beside=BESIDE_WEBINARS,
    ),
    Definition(
        "registrations",
        Unit.REGISTRATIONS,
        Group.PEOPLE,
        lazy("Registrations"),
        lazy(
            "Confirmed registrations for sessions that are published or delivered and whose first day is in the year."
        ),
        RowKind.REGISTRATION,
        selections.registrations,
        beside=BESIDE_WEBINARS,
    ),
    Definition(
        "attendances",
        Unit.ATTENDANCES,
        Group.PEOPLE,
        lazy("Attendances"),
        lazy(
            "How often a person was present, or partly present, at a meeting of a session whose first day is in the"
            " year. A person at three meetings counts three times."
        ),
        RowKind.ATTENDANCE,
        selections.attendances,
        beside=BESIDE_WEBINARS,
    ),
    Definition(
        "participants",
        Unit.PEOPLE,
        Group.PEOPLE,
        lazy("Participants"),
        lazy("Different people with at least one attendance in the year. A person counts once."),
        RowKind.PERSON,
        selections.participants,
        beside=BESIDE_WEBINARS,
    ),
    Definition(
        "person_hours",
        Unit.HOURS,
        Group.PEOPLE,
        lazy("Hours attended"),
        lazy("The minutes credited to the attendances of the year, added up and divided by 60."),
        RowKind.ATTENDANCE,
        selections.attendances,
        sums=True,
        divisor=MINUTES_PER_HOUR,
        beside=BESIDE_WEBINARS,
    ),
    Definition(
        "requests_by_state",
        Unit.REQUESTS,
        Group.REQUESTS,
        lazy("Requests by state: %(name)s"),
        lazy("Requests for a training received in the year that are in this state now. Drafts are not counted."),
        RowKind.REQUEST,
        selections.requests_by_state,
        members=_state_names,
    ),
    Definition(
        "advice",
        Unit.ADVICE,
        Group.ASSISTANCE,
        lazy("Technical advice"),
        lazy("Pieces of technical advice given in the year, other than trainings."),
        RowKind.ADVICE,
        selections.advice,
    ),
    Definition(
        "ipobs_offices",
        Unit.OFFICES,
        Group.ASSISTANCE,
        lazy("IP offices using the IP Office Business Solutions"),
        lazy("IP offices that were using the IP Office Business Solutions at the end of the year."),
        RowKind.OFFICE,
        selections.ipobs_offices,
    ),
    Definition(
        "exchange_platform_offices",
        Unit.OFFICES,
        Group.ASSISTANCE,
        lazy("IP offices on WIPO CASE or DAS"),
        lazy("IP offices that took part in WIPO CASE or in DAS at the end of the year. An office in both counts once."),
        RowKind.OFFICE,
        selections.exchange_platform_offices,
    ),
    Definition(
        "ocr.received",
        Unit.OFFICES,
        Group.ASSISTANCE,
        lazy("Full-text OCR: IP offices that received the software"),
        lazy("IP offices that received the software in the four years up to the end of the year."),
        RowKind.OFFICE,
        selections.ocr_received,
    ),
    Definition(
        "ocr.trained",
        Unit.OFFICES,
        Group.ASSISTANCE,
        lazy("Full-text OCR: IP offices trained"),
        lazy("IP offices trained on the software in the four years up to the end of the year."),
        RowKind.OFFICE,
        selections.ocr_trained,
    ),
    Definition(
        "ocr.untrained",
        Unit.OFFICES,
        Group.ASSISTANCE,
        lazy("Full-text OCR: IP offices not yet trained"),
        lazy(
            "IP offices that received the software in the four years up to the end of the year and were not trained"
            " by then."
        ),
        RowKind.OFFICE,
        selections.ocr_untrained,
        difference=("ocr.received", "ocr.trained"),
    ),
    Definition(
        "ocr.in_production",
        Unit.OFFICES,
        Group.ASSISTANCE,
        lazy("Full-text OCR: IP offices in production"),
        lazy("IP offices that went into production in the four years up to the end of the year."),
        RowKind.OFFICE,
        selections.ocr_in_production,
    ),
    Definition(
        "ocr.pilot",
        Unit.OFFICES,
        Group.ASSISTANCE,
        lazy("Full-text OCR: IP offices in the pilot training"),
        lazy("IP offices that took part in the pilot of the online training in the year."),
        RowKind.OFFICE,
        selections.ocr_pilot,
    ),
    Definition(
        "funded_participants",
        Unit.PEOPLE,
        Group.ASSISTANCE,
        lazy("Participants funded"),
        lazy("People whose participation in a meeting of a committee was funded in the year."),
        RowKind.FUNDING,
        selections.funded_participants,
        sums=True,
    ),
    Definition(
        "collections",
        Unit.COLLECTIONS,
        Group.ASSISTANCE,
        lazy("Collections added: %(name)s"),
        lazy("National collections that joined this global database in the year."),
        RowKind.COLLECTION,
        selections.collections,
        members=_database_names,
    ),
    Definition(
        "collections.distinct_offices",
        Unit.OFFICES,
        Group.ASSISTANCE,
        lazy("IP offices whose collections were added"),
        lazy("Different IP offices with a collection that joined a global database in the year."),
        RowKind.OFFICE,
        selections.collection_offices,
    ),
)


def figures(names: Names) -> Iterator[Figure]:
    """Every figure of a report, in the order of the registry, named in the language texts are being made in."""
    for definition in DEFINITIONS:
        if definition.members is None:
            label = str(definition.label)
            yield Figure(definition.id, definition, None, label, label)
            continue
        for member, name in definition.members(names).items():
            label = str(definition.label) % {"name": name}
            yield Figure(f"{definition.id}.{member}", definition, member, name, label)
