"""Input of the sign-in page."""

from wtforms import EmailField, HiddenField

from trainapp.core.forms import BaseForm, at_most, mail_address, plain_line, required, stripped
from trainapp.core.languages import lazy

ADDRESS_LIMIT = 254


class SignInForm(BaseForm):
    email = EmailField(
        lazy("E-mail address"), [required(), at_most(ADDRESS_LIMIT), plain_line, mail_address], filters=[stripped]
    )
    next = HiddenField()
