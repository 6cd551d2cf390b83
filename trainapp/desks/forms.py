"""Input of choosing a time zone, and the filters of the list of offices."""

from wtforms import HiddenField, SelectField, StringField

from trainapp.core.clock import now
from trainapp.core.forms import TEXT_LIMIT, BaseForm, QueryForm, required, stripped
from trainapp.core.languages import _, lazy
from trainapp.core.timefmt import known_zones, zone_choices, zone_label
from trainapp.desks.office_list import OfficeFilter
from trainapp.offices.standing import Standing, region_choices, standing_label

NEVER, HAD = "never", "had"


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


class OfficesForm(QueryForm):
    """Narrows the list of offices; a value that is not a choice narrows nothing."""

    name = StringField(lazy("Name or code"), filters=[stripped])
    region = SelectField(lazy("Region"), validate_choice=False)
    standing = SelectField(lazy("Standing"), validate_choice=False)
    trained = SelectField(lazy("Trainings so far"), validate_choice=False)

    def offer(self) -> None:
        """Set the choices, in the reader's language."""
        self.region.choices = [("", _("All regions")), *region_choices()]
        self.standing.choices = [("", _("Any standing")), *((each.value, standing_label(each)) for each in Standing)]
        self.trained.choices = [("", _("Any number")), (NEVER, _("None")), (HAD, _("At least one"))]

    def wanted(self) -> OfficeFilter:
        standing, trained = _chosen(self.standing), _chosen(self.trained)
        return OfficeFilter(
            name=(self.name.data or "")[:TEXT_LIMIT],
            region=_chosen(self.region) or None,
            standing=Standing(standing) if standing else None,
            trained=trained == HAD if trained else None,
        )

    def in_address(self) -> dict[str, str]:
        """What was chosen, as it stands in the address; the rest is left out."""
        chosen = {field.name: _chosen(field) for field in (self.region, self.standing, self.trained)}
        return {name: value for name, value in {"name": self.wanted().name, **chosen}.items() if value}


def _chosen(field: SelectField) -> str:
    return field.data if field.data in dict(field.choices) else ""
