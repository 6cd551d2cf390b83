"""Input of the pages about the people of a session: what the list is narrowed to, who is chosen, what is decided."""

from enum import StrEnum
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import Field, HiddenField, SearchField, SelectField, TextAreaField

from trainapp.core.errors import DomainError
from trainapp.core.forms import (
    TEXT_LIMIT,
    BaseForm,
    QueryForm,
    at_most,
    plain_text,
    required,
    stripped,
)
from trainapp.core.languages import _, language_name, lazy, ngettext
from trainapp.offices.models import Office
from trainapp.offices.queries import office_name
from trainapp.registrations.decisions import REASON_LIMIT
from trainapp.registrations.labels import registration_state_label
from trainapp.registrations.mail_queries import MailTrouble
from trainapp.registrations.models import RegistrationState, Reply
from trainapp.registrations.people_labels import reply_label, trouble_label
from trainapp.registrations.people_queries import PeopleFilter, Selection

MOST_CHOSEN = 20_000
"""People in one request; databases take no more than some ten thousand values at once."""
PERSON, WHO, ALL = "person", "who", "all"
"""How a selection stands in an address: people one by one, or all of the list."""


class PeopleStep(StrEnum):
    """What can be done with several people at once."""

    APPROVE = "approve"
    DECLINE = "decline"
    MOVE = "move"
    MESSAGE = "message"


class PeopleForm(QueryForm):
    """What the list of people shows, as it stands in its address. A value that is not offered chooses nothing."""

    state = SelectField(lazy("State"), validate_choice=False)
    office = SelectField(lazy("IP office"), validate_choice=False)
    # Not `language`: that name is the page's own in every address.
    spoken = SelectField(lazy("Language"), validate_choice=False)
    reply = SelectField(lazy("Answer to an invitation"), validate_choice=False)
    mails = SelectField(lazy("Mails"), validate_choice=False)
    words = SearchField(lazy("Name or e-mail address"), filters=[stripped])

    def offer(self, offices: list[Office], languages: list[str]) -> None:
        """Set the choices, in the reader's language; `offices` and `languages` are those of the session's people."""
        self.state.choices = [
            ("", _("All states")),
            *((state.value, registration_state_label(state)) for state in RegistrationState),
        ]
        names = sorted(((office.code, office_name(office)) for office in offices), key=lambda choice: choice[1])
        self.office.choices = [("", _("All offices")), *names]
        spoken = sorted(((code, language_name(code)) for code in languages), key=lambda choice: choice[1])
        self.spoken.choices = [("", _("All languages")), *spoken]
        self.reply.choices = [("", _("Any answer")), *((reply.value, reply_label(reply)) for reply in Reply)]
        self.mails.choices = [("", _("All mails")), *((each.value, trouble_label(each)) for each in MailTrouble)]

    def wanted(self) -> PeopleFilter:
        return PeopleFilter(
            state=_chosen(self.state, RegistrationState),
            office=_chosen(self.office, str),
            language=_chosen(self.spoken, str),
            reply=_chosen(self.reply, Reply),
            trouble=_chosen(self.mails, MailTrouble),
            words=_value_of(self.words) or None,
        )

    def in_address(self) -> dict[str, Any]:
        """What was chosen, as it stands in the address."""
        return {field.name: value for field in self if (value := _value_of(field))}


def _value_of(field: Field) -> str:
    if isinstance(field, SelectField):
        return field.data if field.data in dict(field.choices) else ""
    return (field.data or "")[:TEXT_LIMIT]


def _chosen(field: SelectField, kind: type[Any]) -> Any:
    value = _value_of(field)
    return kind(value) if value else None


def selection_in(query: MultiDict[str, str], form: PeopleForm) -> Selection | None:
    """Who is chosen in an address: all of the list it shows, or the people it names; None where nobody is."""
    if query.get(WHO) == ALL:
        return Selection(None, form.wanted())
    named = query.getlist(PERSON)
    return _selection_of(named) if named else None


def _selection_of(public_ids: list[str]) -> Selection:
    """Raises `DomainError` for more people than a session has."""
    named = tuple(dict.fromkeys(public_ids))
    if len(named) > MOST_CHOSEN:
        raise DomainError(
            ngettext("Please choose at most %(num)s person.", "Please choose at most %(num)s people.", MOST_CHOSEN)
        )
    return Selection(named)


class FrozenForm(BaseForm):
    """The people that a page has shown: what is sent concerns exactly these, whoever has come or left meanwhile."""

    people = HiddenField()

    def selection(self) -> Selection:
        """Raises `DomainError` for more people than a session has."""
        return _selection_of((self.people.data or "").split())


class DeclinePeopleForm(FrozenForm):
    reason = TextAreaField(
        lazy("Why not"),
        [required(), at_most(REASON_LIMIT), plain_text],
        filters=[stripped],
        description=lazy("This goes into the mail to each of them."),
    )


class MovePeopleForm(FrozenForm):
    session = SelectField(lazy("To which session"), [required()])

    def offer(self, sessions: list[tuple[str, str]]) -> None:
        """`sessions` are codes, and what they are called."""
        self.session.choices = [("", _("Choose a session")), *sessions]
