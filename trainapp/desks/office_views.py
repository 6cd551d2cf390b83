"""The page of an office, for its focal points and for coordinators; and the list of offices."""

from typing import Any

from flask import request, url_for
from flask.typing import ResponseReturnValue

from trainapp.accounts.focal_point_queries import focal_points_of
from trainapp.accounts.login import acting_person
from trainapp.accounts.queries import may
from trainapp.catalogue.queries import all_subjects, subject_name
from trainapp.core.access import Permission, access
from trainapp.core.clock import now, today
from trainapp.core.reader import reader_zone
from trainapp.core.timefmt import listed
from trainapp.core.web import page
from trainapp.desks import office_page as shown
from trainapp.desks import office_queries as queries
from trainapp.desks.blueprint import blueprint
from trainapp.desks.forms import OfficesForm
from trainapp.desks.office_list import offices_that_fit
from trainapp.desks.rows import session_row
from trainapp.offices.models import Office
from trainapp.offices.queries import office_name
from trainapp.offices.standing import region_name, standing_label, standing_of
from trainapp.offices.working_week import weekend_said
from trainapp.requests.queries import reading_side, requests_seen_by
from trainapp.requests.rows import row_of
from trainapp.scheduling.background import office_background

LONGEST_NUMBER = 6


@blueprint.get("/offices")
@access(Permission.COORDINATE)
def offices() -> ResponseReturnValue:
    """Every office, narrowed by what stands in the address."""
    form = OfficesForm(request.args)
    form.offer()
    found = offices_that_fit(form.wanted(), _number("page"))
    return page(
        "desks/offices.html",
        form=form,
        found=found,
        filtered=bool(form.in_address()),
        **_pager("desks.offices", "page", found.number, found.pages, form.in_address()),
    )


@blueprint.get("/offices/<code>")
@access(Permission.ASK_FOR_TRAINING)
def office(code: str) -> ResponseReturnValue:
    """All that an office and the secretariat need to know of it: requests, trainings, people, working time."""
    person = acting_person()
    found = queries.office_for(person, code)
    asked = requests_seen_by(person, office_code=found.code, page=_number("page"))
    trainings = queries.trainings_of(found, _number("trainings"))
    had = office_background([found.id])[found.id]
    zone = reader_zone().zone
    return page(
        "desks/office.html",
        office=found,
        name=office_name(found),
        is_coordinator=may(person, Permission.COORDINATE),
        facts=_facts(found),
        requests=[row_of(each, reading_side(person)) for each in asked.requests],
        requests_total=asked.total,
        sessions=[session_row(each, zone) for each in queries.sessions_to_come_of(found, person)],
        trainings=[shown.training_had(each, found) for each in trainings.sessions],
        trainings_total=had.trainings,
        never_had=listed(subject_name(subject) for subject in had.never_had(all_subjects())),
        people=queries.people_by_year(found),
        focal_points=shown.focal_points(focal_points_of(found.id)),
        contacts=queries.number_of_contacts(found),
        time=shown.working_time(found, now()),
        weekend_said=weekend_said(found),
        requests_pager=_pager("desks.office", "page", asked.page, asked.pages, _others("page", found.code)),
        trainings_pager=_pager(
            "desks.office", "trainings", trainings.number, trainings.pages, _others("trainings", found.code)
        ),
    )


def _facts(office: Office) -> dict[str, str]:
    standing = standing_of(office, today())
    return {
        "code": office.code,
        "region": region_name(office.region),
        "standing": standing_label(standing) if standing else "",
    }


def _number(name: str) -> int:
    """The number of a page in the address; the first where there is none."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_NUMBER else 1


def _others(name: str, code: str) -> dict[str, Any]:
    """Where the other of the two lists on the page of an office stands."""
    other = "trainings" if name == "page" else "page"
    number = _number(other)
    return {"code": code, other: number} if number > 1 else {"code": code}


def _pager(endpoint: str, name: str, number: int, pages: int, chosen: dict[str, Any]) -> dict[str, Any]:
    """What the pager of a list needs."""

    def address(wanted: int) -> str | None:
        return url_for(endpoint, **{**chosen, name: wanted}) if 1 <= wanted <= pages else None

    return {
        "page_number": number,
        "pages": pages,
        "previous_url": address(number - 1),
        "next_url": address(number + 1),
    }
