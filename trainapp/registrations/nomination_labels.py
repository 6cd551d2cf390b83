"""What people read about lists of people, and about what is to be mended in them."""

from trainapp.core.languages import _
from trainapp.core.timefmt import number
from trainapp.registrations.forms import NAME_LIMIT
from trainapp.registrations.nomination_columns import Column
from trainapp.registrations.nomination_models import ListSource, NominationList, NominationRow, RowVerdict

VERDICT_TONES = {
    RowVerdict.NEW: "good",
    RowVerdict.KNOWN: "neutral",
    RowVerdict.DUPLICATE: "neutral",
    RowVerdict.PROBLEM: "bad",
}


def verdict_label(verdict: RowVerdict) -> str:
    """What a row is, as the rows of a list are chosen by it."""
    labels = {
        RowVerdict.NEW: _("New"),
        RowVerdict.KNOWN: _("On your list already"),
        RowVerdict.DUPLICATE: _("In this list twice"),
        RowVerdict.PROBLEM: _("To be mended"),
    }
    return labels[verdict]


def verdict_effect(verdict: RowVerdict) -> str:
    """What confirming does with such rows."""
    effects = {
        RowVerdict.NEW: _("They are named, and each gets a mail in their own language."),
        RowVerdict.KNOWN: _("Nothing changes for them."),
        RowVerdict.DUPLICATE: _("They are joined: the first row with an address counts."),
        RowVerdict.PROBLEM: _("They are left out, unless you mend them first."),
    }
    return effects[verdict]


def problem_labels(row: NominationRow) -> list[str]:
    return [_problem_label(problem, row) for problem in row.problems]


def _problem_label(problem: str, row: NominationRow) -> str:
    given = row.given
    labels = {
        "no_name": _("The name is missing."),
        "long_name": _("The name has more than %(most)s characters.", most=number(NAME_LIMIT)),
        "no_address": _("The e-mail address is missing."),
        "bad_address": _("This is not an e-mail address. It should look like name@office.example."),
        "no_language": _("The language is missing. Name one of the ten languages."),
        "unknown_language": _("There are no mails in this language: %(text)s", text=given.get(Column.LANGUAGE, "")),
        "unknown_zone": _("There is no time zone of this name: %(text)s", text=given.get(Column.ZONE, "")),
        "unknown_office": _("There is no IP office of this name or code: %(text)s", text=given.get(Column.OFFICE, "")),
        "other_office": _("You can name people of your own office only."),
        "closed": _("Nobody could be named any more when it was this person's turn."),
        "failed": _("Something went wrong on our side"),
    }
    return labels[problem]


def list_label(found: NominationList) -> str:
    """How a list came: the name of its file, or that it was pasted."""
    labels = {
        ListSource.FORM: _("One person"),
        ListSource.PASTED: _("A pasted list"),
        ListSource.FILE: found.file_name,
    }
    return labels[found.source]
