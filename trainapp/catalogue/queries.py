"""Reads about subjects and courses."""

from datetime import date

from sqlalchemy import select
from sqlalchemy.orm import selectinload

from trainapp.catalogue.models import Course, CourseText, Edition, Level, Subject
from trainapp.core.database import db
from trainapp.core.languages import DEFAULT_LANGUAGE, _, current_language, in_language


def all_subjects() -> list[Subject]:
    return list(db.session.scalars(select(Subject).order_by(Subject.position)))


def subjects_by_code(codes: list[str]) -> list[Subject]:
    """The subjects of these codes, in the catalogue's order; unknown codes are left out."""
    return list(db.session.scalars(select(Subject).where(Subject.code.in_(codes)).order_by(Subject.position)))


def all_courses() -> list[Course]:
    return list(db.session.scalars(select(Course).options(selectinload(Course.texts)).order_by(Course.position)))


def course_by_code(code: str) -> Course | None:
    return db.session.scalar(select(Course).where(Course.code == code).options(selectinload(Course.texts)))


def course_text(course: Course, language: str | None = None) -> CourseText:
    """What a reader reads about a course; its `language` says when English stands in."""
    by_language = {text.language: text for text in course.texts}
    wanted = language or current_language()
    return by_language.get(wanted) or by_language.get(DEFAULT_LANGUAGE) or course.texts[0]


def subject_name(subject: Subject, language: str | None = None) -> str:
    return in_language(subject.names, language).text


def subject_choices() -> list[tuple[str, str]]:
    return [(subject.code, subject_name(subject)) for subject in all_subjects()]


def course_choices() -> list[tuple[str, str]]:
    return [(course.code, course_text(course).title) for course in all_courses()]


def edition_in_force(subject: Subject, on: date) -> Edition | None:
    """The edition of a subject that applies on a day; none where editions are not kept or none was in force yet."""
    started = [edition for edition in subject.editions if edition.in_force <= on]
    return max(started, key=lambda edition: edition.in_force) if started else None


def level_label(level: Level) -> str:
    labels = {
        Level.INTRODUCTION: _("Introduction"),
        Level.INTERMEDIATE: _("Intermediate"),
        Level.ADVANCED: _("Advanced"),
    }
    return labels[level]
