"""Which edition of each subject a session teaches: proposed from its first day, and open to another choice."""

from collections.abc import Iterable, Mapping
from datetime import date

from wtforms import SelectChoice, SelectField

from trainapp.catalogue.models import Subject
from trainapp.catalogue.queries import edition_in_force, subject_name
from trainapp.core.forms import QueryForm
from trainapp.core.languages import _
from trainapp.scheduling.planning_form import EDITION
from trainapp.scheduling.plans import EDITION_BY_DATE, NO_EDITION


def editions_form(subjects: Iterable[Subject], first_day: date, chosen: Mapping[str, str]) -> QueryForm:
    """A choice for each subject that has editions; `chosen` is what was chosen before, by the subject's code."""
    with_editions = [subject for subject in subjects if subject.editions]
    fields = {
        f"{EDITION}{subject.code}": SelectField(
            subject_name(subject), choices=_choices(subject, first_day), validate_choice=False
        )
        for subject in with_editions
    }
    form_class: type[QueryForm] = type("EditionsForm", (QueryForm,), fields)
    return form_class(data={f"{EDITION}{code}": choice for code, choice in chosen.items()})


def _choices(subject: Subject, first_day: date) -> list[SelectChoice]:
    newest_first = sorted(subject.editions, key=lambda edition: edition.in_force, reverse=True)
    return [
        SelectChoice(EDITION_BY_DATE, _proposal(subject, first_day)),
        *(SelectChoice(edition.name, edition.name) for edition in newest_first),
        SelectChoice(NO_EDITION, _("No edition in particular")),
    ]


def _proposal(subject: Subject, first_day: date) -> str:
    edition = edition_in_force(subject, first_day)
    if edition is None:
        return _("None is in force on the first day")
    return _("%(edition)s, in force on the first day", edition=edition.name)
