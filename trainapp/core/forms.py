"""Forms: one base whose messages come from our own catalogue, and the validators of the house."""

import re
from typing import Any

from email_validator import EmailNotValidError, validate_email
from flask_babel import get_translations
from flask_wtf import FlaskForm
from wtforms import Field, Form, FormField, SelectMultipleField, ValidationError, widgets
from wtforms.validators import InputRequired, Length, NumberRange, Optional

from trainapp.core.errors import DomainError
from trainapp.core.languages import lazy, lazy_plural

# The messages WTForms itself may give, so that they stand in our catalogue and are complete in ten languages.
WTFORMS_MESSAGES = (
    lazy("Not a valid choice."),
    lazy("Invalid Choice: could not coerce."),
    lazy_plural(
        "'%(value)s' is not a valid choice for this field.", "'%(value)s' are not valid choices for this field.", 1
    ),
    lazy("Not a valid integer value."),
    lazy("Not a valid date value."),
    lazy("Not a valid time value."),
    lazy("Not a valid datetime value."),
    lazy("CSRF token missing."),
    lazy("CSRF failed."),
    lazy("CSRF token expired."),
)

TEXT_LIMIT = 200
LONG_TEXT_LIMIT = 5_000
LAST_C0_CONTROL = 0x1F
LINE_ENDS = "\x7f\x85\u2028\u2029"
_UNREADABLE = re.compile(
    r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef"
    + "".join(f"\\U{plane:04x}fffe\\U{plane:04x}ffff" for plane in range(17))
    + "]"
)
"""Controls, surrogates and noncharacters."""


class _Catalogue:
    """Gives texts as they stand: WTForms fills in their placeholders itself."""

    def gettext(self, string: str) -> str:
        return str(get_translations().ugettext(string))

    def ngettext(self, singular: str, plural: str, number: int) -> str:
        return str(get_translations().ungettext(singular, plural, number))


class BaseForm(FlaskForm):
    """A form whose own and library messages are in the reader's language, and which keeps what was typed."""

    def validate(self, extra_validators: Any = None) -> bool:
        valid: bool = super().validate(extra_validators)
        if not valid:
            _make_showable(self)
        return valid

    class Meta(FlaskForm.Meta):
        def get_translations(self, form: Any) -> Any:
            return _Catalogue()


class QueryForm(Form):
    """A form read from the query of a GET request: filters, which need no token."""

    class Meta:
        def get_translations(self, form: Any) -> Any:
            return _Catalogue()


class CheckboxList(SelectMultipleField):
    """Several choices as checkboxes."""

    widget = widgets.ListWidget(prefix_label=False)
    option_widget = widgets.CheckboxInput()


def with_error(form: Any, error: DomainError) -> Any:
    """The form with a rule's message at the field it is about, or above all."""
    if error.field and error.field in form:
        form[error.field].errors = [*form[error.field].errors, str(error.message)]
    else:
        form.form_errors.append(str(error.message))
    return form


class Required(InputRequired):
    """Something was typed, and it is not only white space."""

    def __call__(self, form: Any, field: Field) -> None:
        if isinstance(field.data, str) and not field.data.strip():
            field.raw_data = []
        super().__call__(form, field)


def required(message: Any = None) -> InputRequired:
    return Required(message or lazy("Please fill this in."))


def optional() -> Optional:
    return Optional()


def at_most(characters: int = TEXT_LIMIT) -> Length:
    return Length(max=characters, message=lazy("Please use at most %(max)d characters."))


def between(lowest: int, highest: int) -> NumberRange:
    return NumberRange(lowest, highest, lazy("Please give a number from %(min)s to %(max)s."))


def chosen(form: Any, field: Field) -> None:
    """At least one choice of a list."""
    if not field.data:
        raise ValidationError(lazy("Please choose at least one."))


def plain_line(form: Any, field: Field) -> None:
    """One line of readable text: no line break, no control character, something to read."""
    text = field.data or ""
    if any(character in LINE_ENDS or ord(character) <= LAST_C0_CONTROL for character in text):
        raise ValidationError(lazy("Please write this on one line, without control characters."))
    if showable(text) != text:
        raise ValidationError(lazy("This text holds a character that cannot be read. Please type it again."))


def plain_text(form: Any, field: Field) -> None:
    """Readable text of several lines."""
    text = field.data or ""
    if showable(text) != text:
        raise ValidationError(lazy("This text holds a character that cannot be read. Please type it again."))


def mail_address(form: Any, field: Field) -> None:
    """An address mail can be sent to, by its form; whether it exists is found by mailing it."""
    if not is_mail_address(field.data or ""):
        raise ValidationError(lazy("This is not an e-mail address. It should look like name@office.example."))


def is_mail_address(text: str) -> bool:
    """Whether a text has the form of an address (RFC 5321)."""
    try:
        validate_email(text, check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return is_reserved_example(text)
    return True


def is_reserved_example(address: str) -> bool:
    """Demonstration addresses (`…@….example`), which the validator refuses as special-use (RFC 2606)."""
    local, _at, domain = address.rpartition("@")
    if not domain.endswith(".example"):
        return False
    try:
        validate_email(f"{local}@{domain}.org", check_deliverability=False, allow_smtputf8=False)
    except EmailNotValidError:
        return False
    return True


def stripped(text: Any) -> Any:
    """White space around a line is nobody's intention."""
    return text.strip() if isinstance(text, str) else text


def _make_showable(form: Form) -> None:
    """Take out of what was typed what no page can hold: it is shown again to mend."""
    for field in form:
        if isinstance(field, FormField):
            _make_showable(field.form)
            continue
        field.raw_data = [showable(text) if isinstance(text, str) else text for text in field.raw_data or []]
        if isinstance(field.data, str):
            field.data = showable(field.data)
        elif isinstance(field, SelectMultipleField):
            field.data = [showable(text) if isinstance(text, str) else text for text in field.data or []]


def showable(text: str) -> str:
    """The text without the characters that no page may hold (WHATWG HTML §13.2.3.5): it is shown again to mend."""
    return _UNREADABLE.sub("", text)
