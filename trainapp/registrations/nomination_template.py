"""An empty sheet to list people in, with headings in the reader's language, and what may stand below them."""

from collections.abc import Sequence

from trainapp.core.clock import now
from trainapp.core.languages import LANGUAGES, _, current_language, direction_of, language_name
from trainapp.core.timefmt import zone_choices
from trainapp.documents.sheets import Sheet, write_csv, write_xlsx
from trainapp.registrations.nomination_columns import Column, column_label


def template_csv() -> bytes:
    return write_csv(_headings(), [])


def template_xlsx(offices: Sequence[tuple[str, str]]) -> bytes:
    """With sheets of the languages, the time zones and the offices that may be named; `offices` are codes and names."""
    return write_xlsx(
        _("People"),
        _headings(),
        [],
        right_to_left=direction_of(current_language()) == "rtl",
        others=[
            Sheet(_("Language"), [_("Code"), _("Language")], [(code, language_name(code)) for code in LANGUAGES]),
            Sheet(_("Time zone"), [_("Code"), _("Time zone")], zone_choices(now())),
            Sheet(_("IP offices"), [_("Code"), _("IP office")], [choice for choice in offices if choice[0]]),
        ],
    )


def _headings() -> list[str]:
    return [column_label(column) for column in Column]
