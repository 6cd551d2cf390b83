"""Input of choosing a time zone."""

from wtforms import HiddenField, SelectField

from trainapp.core.clock import now
from trainapp.core.forms import BaseForm, required
from trainapp.core.languages import lazy
from trainapp.core.timefmt import known_zones, zone_choices, zone_label


class ZoneForm(BaseForm):
    """Every zone there is; an old name the reader's device still uses is offered as it is."""

    zone = SelectField(lazy("Time zone"), [required()])
    next = HiddenField()

    def offer(self, current: str) -> None:
        at = now()
        choices = zone_choices(at)
        wanted = self.zone.data if self.zone.data in known_zones() else current
        if wanted not in dict(choices):
            choices.insert(0, (wanted, zone_label(wanted, at)))
        self.zone.choices = choices
