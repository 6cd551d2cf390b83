"""What every form does with characters that no page can hold."""

from flask import Flask
from werkzeug.datastructures import MultiDict
from wtforms import SelectChoice, StringField

from trainapp.core.forms import BaseForm, CheckboxList, required


class PeopleForm(BaseForm):
    name = StringField(validators=[required()])
    note = StringField()
    people = CheckboxList(choices=[SelectChoice("ab", "Somebody")], validate_choice=False)


def test_a_form_to_mend_holds_nothing_unreadable_in_its_lines_and_lists(app: Flask) -> None:
    sent = MultiDict([("name", ""), ("note", "a\x00b"), ("people", "a\x00b"), ("people", "c\ud800d")])
    with app.test_request_context("/en/", method="POST"):
        form = PeopleForm(formdata=sent)
        assert not form.validate()
        assert form.note.data == "ab"
        assert form.people.data == ["ab", "cd"]
        assert form.people.raw_data == ["ab", "cd"]
