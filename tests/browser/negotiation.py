"""Two offices and the secretariat agree on one training: three people, three languages, three zones."""

import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from sqlalchemy import select

from tests.browser.site import Mail, Site
from tests.browser.walker import Walker
from trainapp.core.access import Role
from trainapp.core.clock import today
from trainapp.core.database import db
from trainapp.offices.models import Office
from trainapp.offices.working_time import days_off

WINDHOEK, TEHRAN, GENEVA = "Africa/Windhoek", "Asia/Tehran", "Europe/Zurich"
NAMIBIA = "focal.point.na@example.org"
IRAN = "focal.point.ir@example.org"
COORDINATOR = "coordinator@example.org"
TRAINER = "trainer@example.org"
LANGUAGES = {NAMIBIA: "en", IRAN: "ar", COORDINATOR: "fr"}
ZONES = {NAMIBIA: WINDHOEK, IRAN: TEHRAN, COORDINATOR: GENEVA}
OFFSETS = {NAMIBIA: "UTC+2", IRAN: "UTC+3:30"}
START, END = time(10, 30), time(12, 30)
ISOLATES = re.compile("[\u2066-\u2069\u200e\u200f]")


@dataclass
class Table:
    """Everybody who takes part, each in front of their own browser."""

    site: Site
    namibia: Walker
    iran: Walker
    coordinator: Walker


def prepare(site: Site) -> None:
    world = site.world
    world.person("Windhoek Example", role=Role.FOCAL_POINT, office="NA", language="en", zone=WINDHOEK, email=NAMIBIA)
    world.person("Tehran Example", role=Role.FOCAL_POINT, office="IR", language="ar", zone=TEHRAN, email=IRAN)
    world.person("Geneva Example", role=Role.COORDINATOR, language="fr", zone=GENEVA, email=COORDINATOR)
    world.person("Trainer Example", role=Role.TRAINER, language="fr", zone=GENEVA, email=TRAINER)


def ask(focal_point: Walker) -> str:
    """An office asks; gives the public id of its request."""
    focal_point.go("/requests/new")
    first = today() + timedelta(days=20)
    focal_point.send(
        {
            "subjects": ["NICE"],
            "level": "introduction",
            "audience": "Examiners",
            "people": "15",
            "first_language": "en",
            "mode": "online",
            "period_from": first.isoformat(),
            "period_to": (first + timedelta(days=60)).isoformat(),
        },
        "main button[name=send]",
    )
    assert focal_point.see("ol.timeline > li").count() == 1
    return focal_point.path.rsplit("/", 1)[1]


def review(coordinator: Walker, requests: list[str]) -> None:
    """The secretariat reads each request, and tells its office so."""
    for public_id, address in zip(requests, (NAMIBIA, IRAN), strict=True):
        coordinator.site.next_mail(COORDINATOR).link(f"/requests/{public_id}")
        coordinator.go(f"/requests/{public_id}")
        coordinator.press("main button[name=step][value=review]")
        assert coordinator.site.next_mail(address).language == LANGUAGES[address]


def propose_found_dates(table: Table, requests: list[str]) -> None:
    """The two requests chosen in the inbox, dates found that suit both, two of them offered."""
    coordinator = table.coordinator
    coordinator.go("/inbox")
    for public_id in requests:
        coordinator.page.locator(f"main input[name=request][value='{public_id}']").check()
    coordinator.press("main form:not(.filters) button.button-primary")
    coordinator.send({"meetings": "1", "minutes": "120"}, "main form[method=get] .actions button")
    picks = coordinator.see("main .pick input[name=pick]")
    for number in range(2):
        picks.nth(number).check()
    coordinator.press("main button[name=step][value=send]")
    for address in (NAMIBIA, IRAN):
        offer = table.site.next_mail(address)
        assert offer.language == LANGUAGES[address]
        read_offer(offer, address, slots=2)
        walker = table.namibia if address == NAMIBIA else table.iran
        walker.go(offer.link("/requests/answer/"))


def read_offer(mail: Mail, address: str, slots: int) -> None:
    """The mail has every slot in the reader's own time first, then the other side's; nothing to be looked up."""
    lines = [ISOLATES.sub("", line).strip() for line in mail.text.splitlines()]
    own = [number for number, line in enumerate(lines) if line.startswith("- ") and OFFSETS[address] in line]
    assert len(own) == slots, mail.text
    for number in own:
        assert re.search(r"UTC\+[12]\b", lines[number + 1]), "the secretariat's time follows"
    assert ('dir="rtl"' in mail.html) == (LANGUAGES[address] == "ar")


def counter(table: Table) -> date:
    """From the mail, without signing in, Windhoek offers another day; the secretariat hears it in French."""
    walker = table.namibia
    assert walker.page.locator(".account a[href*='/sign-in']").count() == 1, "nobody is signed in by such a link"
    day = common_day(table.site)
    row = "slot_1-meeting_1-"
    walker.send(
        {
            f"{row}on_date": day.isoformat(),
            f"{row}wall_start": f"{START:%H:%M}",
            f"{row}wall_end": f"{END:%H:%M}",
            "comment": "Our examiners sit in hearings on those days.",
        },
        "main button[name=step][value=counter]",
    )
    mail = table.site.next_mail(COORDINATOR)
    assert mail.language == "fr"
    assert "Our examiners sit in hearings on those days." in mail.text
    return day


def common_day(site: Site) -> date:
    """A day on which both offices work, and the trainer too."""
    with site.app.app_context():
        offices = db.session.scalars(select(Office).where(Office.code.in_(("NA", "IR")))).all()
        days = [today() + timedelta(days=30 + number) for number in range(40)]
        return next(day for day in days if day.isoweekday() < 6 and not any(days_off(each, [day]) for each in offices))


def offer_it_to_both(table: Table, requests: list[str], day: date) -> None:
    """The secretariat types what Windhoek asked for, sees Tehran's time, and offers it to both."""
    coordinator = table.coordinator
    coordinator.go(f"/requests/{requests[0]}/propose?with={requests[1]}")
    coordinator.page.locator("main details.fold:has([name=own_zone]) > summary").click()
    row = "slot_1-meeting_1-"
    coordinator.send(
        {
            "own_zone": WINDHOEK,
            f"{row}on_date": day.isoformat(),
            f"{row}wall_start": f"{START:%H:%M}",
            f"{row}wall_end": f"{END:%H:%M}",
        },
        "main button[name=step][value=send]",
    )


def accept(walker: Walker, address: str) -> None:
    """The link shows, one button accepts."""
    mail = walker.site.next_mail(address)
    assert mail.language == LANGUAGES[address]
    read_offer(mail, address, slots=1)
    walker.go(mail.link("/requests/answer/"))
    assert OFFSETS[address] in ISOLATES.sub("", walker.see(".slot .when-own").first.inner_text())
    walker.press("main button[name=chosen]")
    assert walker.page.locator("main button[name=chosen]").count() == 0
    assert walker.site.next_mail(COORDINATOR).language == "fr"


def plan_one_session(table: Table, requests: list[str]) -> str:
    """One session for both, filled in from what was agreed; gives its code."""
    coordinator = table.coordinator
    coordinator.go("/inbox")
    for public_id in requests:
        coordinator.page.locator(f"main input[name=request][value='{public_id}']").check()
    coordinator.press("main form:not(.filters) button.button-secondary")
    trainers = [box.get_attribute("value") for box in coordinator.page.locator("main [name=trainers]").all()]
    coordinator.send(
        {"title": "Classification", "join_url": "https://meet.example.org/joint", "trainers": trainers},
        "main button[name=step][value=check]",
    )
    coordinator.press("main button[name=step][value=save]")
    code = coordinator.path.rsplit("/", 1)[1]
    assert table.site.next_mail(TRAINER).language == "fr"
    coordinator.press("main form[action$='/publish'] button")
    return code


def agreed_instants(day: date) -> tuple[datetime, datetime]:
    zone = ZoneInfo(WINDHOEK)
    return datetime.combine(day, START, zone).astimezone(UTC), datetime.combine(day, END, zone).astimezone(UTC)


def hear_of_it(table: Table, code: str) -> None:
    """Both offices get the session in their own language and time."""
    for address in (NAMIBIA, IRAN):
        mail = table.site.next_mail(address)
        assert mail.language == LANGUAGES[address]
        mail.link(f"/sessions/{code}")
        assert OFFSETS[address] in ISOLATES.sub("", mail.text)
