"""Input of a message: a subject and words in each language that its readers have, at least in one."""

import re
from typing import Any

from wtforms import HiddenField, StringField, TextAreaField, ValidationError
from wtforms.fields import Field
from wtforms.validators import Regexp

from trainapp.core.forms import LONG_TEXT_LIMIT, at_most, optional, plain_line, plain_text, stripped
from trainapp.core.languages import LANGUAGES, _, direction_of, language_name, lazy
from trainapp.core.timefmt import listed
from trainapp.registrations.message_words import PLACEHOLDERS, Words, wrong_placeholders
from trainapp.registrations.people_forms import FrozenForm

SUBJECT, BODY = "subject_", "body_"


def known_placeholders(form: Any, field: Field) -> None:
    """Braces hold the name of something that can be filled in, and nothing else."""
    wrong = wrong_placeholders(field.data or "")
    if wrong:
        raise ValidationError(
            _(
                "This cannot be filled in: %(wrong)s. You can use: %(known)s.",
                wrong=listed(wrong),
                known=" ".join(f"{{{name}}}" for name in PLACEHOLDERS),
            )
        )


def _one_kind_of_line_end(text: Any) -> Any:
    return text.replace("\r\n", "\n").replace("\r", "\n") if isinstance(text, str) else text


class MessageForm(FrozenForm):
    """`seen` is the digest of whom a preview showed, `key` names what is sent from it."""

    seen = HiddenField()
    key = HiddenField(validators=[Regexp(r"[\w-]{0,16}\Z", re.ASCII, lazy("Not a valid choice."))])

    def offer(self, languages: list[str]) -> None:
        """Keep the fields of these languages alone, and name them for the reader."""
        self.offered = [code for code in languages if code in LANGUAGES]
        for code in LANGUAGES:
            if code not in self.offered:
                del self[SUBJECT + code], self[BODY + code]
                continue
            name = language_name(code)
            self.subject_in(code).label.text = _("Subject in %(language)s", language=name)
            self.body_in(code).label.text = _("Message in %(language)s", language=name)

    def subject_in(self, code: str) -> Field:
        return self[SUBJECT + code]

    def body_in(self, code: str) -> Field:
        return self[BODY + code]

    def texts(self) -> dict[str, Words]:
        """What was written, by language; a language left empty is left out."""
        return {
            code: Words(self.subject_in(code).data, self.body_in(code).data)
            for code in self.offered
            if self.subject_in(code).data and self.body_in(code).data
        }

    def validate(self, extra_validators: Any = None) -> bool:
        is_right = super().validate(extra_validators)
        for code in self.offered:
            is_right = _is_whole(self.subject_in(code), self.body_in(code)) and is_right
        if is_right and not self.texts():
            self.body_in(self.offered[0]).errors = [_("Please write the message in at least one language.")]
            return False
        return is_right


def _is_whole(subject: Field, body: Field) -> bool:
    """A language has both a subject and words, or neither."""
    for written, other in ((subject, body), (body, subject)):
        if written.data and not other.data:
            other.errors = [*other.errors, _("Please fill this in.")]
            return False
    return True


for _code in LANGUAGES:
    _marked = {"lang": _code, "dir": direction_of(_code)}
    _subject = StringField(
        lazy("Subject"),
        [optional(), at_most(), plain_line, known_placeholders],
        filters=[stripped],
        render_kw=_marked,
    )
    _body = TextAreaField(
        lazy("Message"),
        [optional(), at_most(LONG_TEXT_LIMIT), plain_text, known_placeholders],
        filters=[_one_kind_of_line_end, stripped],
        render_kw={**_marked, "rows": 10},
    )
    setattr(MessageForm, SUBJECT + _code, _subject)
    setattr(MessageForm, BODY + _code, _body)
