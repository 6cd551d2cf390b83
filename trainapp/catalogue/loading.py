"""Loading the subjects with their editions and the starter courses; again without duplicates."""

from pathlib import Path
from typing import Any

import yaml
from sqlalchemy import select

from trainapp.catalogue.models import Course, CourseText, Edition, Level, Subject, SubjectKind
from trainapp.core.database import db
from trainapp.core.languages import LANGUAGES

DATA = Path(__file__).resolve().parent / "data"

Texts = dict[str, dict[str, Any]]


def load_catalogue() -> int:
    """Add the subjects, editions and courses that are not there yet and give how many of them."""
    texts = {language: _read(DATA / "text" / f"{language}.yaml") for language in LANGUAGES}
    return _load_subjects(texts) + _load_courses(texts)


def _read(path: Path) -> Any:
    return yaml.safe_load(path.read_text("utf-8"))


def _load_subjects(texts: Texts) -> int:
    known = {subject.code: subject for subject in db.session.scalars(select(Subject))}
    added = 0
    for position, entry in enumerate(_read(DATA / "subjects.yaml")["subjects"]):
        code = entry["code"]
        subject = known.get(code)
        if subject is None:
            subject = Subject(
                code=code,
                kind=SubjectKind(entry["kind"]),
                names={language: text["subjects"][code]["name"] for language, text in texts.items()},
                abouts={language: text["subjects"][code]["about"] for language, text in texts.items()},
                position=position,
            )
            db.session.add(subject)
            added += 1
        added += _add_editions(subject, entry["editions"])
    db.session.flush()
    return added


def _add_editions(subject: Subject, entries: list[dict[str, Any]]) -> int:
    known = {edition.name for edition in subject.editions}
    missing = [entry for entry in entries if entry["name"] not in known]
    for entry in missing:
        subject.editions.append(Edition(name=entry["name"], in_force=entry["in_force"]))
    return len(missing)


def _load_courses(texts: Texts) -> int:
    known = set(db.session.scalars(select(Course.code)))
    subjects = {subject.code: subject for subject in db.session.scalars(select(Subject))}
    added = 0
    for position, entry in enumerate(_read(DATA / "courses.yaml")["courses"]):
        code = entry["code"]
        if code in known:
            continue
        db.session.add(
            Course(
                code=code,
                level=Level(entry["level"]),
                meetings=entry["meetings"],
                minutes=entry["minutes"],
                position=position,
                subjects=[subjects[subject] for subject in entry["subjects"]],
                texts=[CourseText(language=language, **text["courses"][code]) for language, text in texts.items()],
            )
        )
        added += 1
    db.session.flush()
    return added
