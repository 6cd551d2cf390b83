"""What every form does with characters that no page can hold."""

from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import SelectChoice, StringField

from trainapp.core.forms import BaseForm, CheckboxList, required, showable


class PeopleForm(BaseForm):
    name = StringField(validators=[required()])
    note = StringField()
    people = CheckboxList(choices=[SelectChoice("ab", "Somebody")], validate_choice=False)


def test_every_sign_that_no_page_may_hold_is_left_out_and_no_other() -> None:
    kept = set(showable("".join(map(chr, range(0x110000)))))
    for code in range(0x110000):
        is_control = code < 0x20 and chr(code) not in "\t\n\r" or 0x7F <= code <= 0x9F
        is_none = 0xD800 <= code <= 0xDFFF or 0xFDD0 <= code <= 0xFDEF or code & 0xFFFE == 0xFFFE
        assert (chr(code) in kept) is not (is_control or is_none), hex(code)


def test_a_form_to_mend_holds_nothing_unreadable_in_its_lines_and_lists(app: Flask) -> None:
    sent = MultiDict([("name", ""), ("note", "a\x00b"), ("people", "a\x00b"), ("people", "c\ud800d")])
    with app.test_request_context("/en/", method="POST"):
        form = PeopleForm(formdata=sent)
        assert not form.validate()
        assert form.note.data == "ab"
        assert form.people.data == ["ab", "cd"]
        assert form.people.raw_data == ["ab", "cd"]
