"""The six steps that carry one training from an office's request to the figure in the yearly report."""

import json
import urllib.request
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import holidays
from sqlalchemy import select

from tests.browser.site import Site
from tests.browser.walker import Instants, Walker, instants, sequence
from tests.support.world import World
from trainapp.core.access import Role
from trainapp.core.clock import now, today
from trainapp.core.database import db
from trainapp.core.unit_of_work import unit_of_work
from trainapp.scheduling.models import TrainingSession

NAIROBI = ZoneInfo("Africa/Nairobi")
WEBINAR = "2027-ST26-EN-01"
VISITOR = "visitor@example.org"
FOCAL_POINT = "focal.point@example.org"
COORDINATOR = "coordinator@example.org"
TRAINER = "trainer@example.org"
LEARNERS = ("first@example.org", "second@example.org")
START, END = time(9, 0), time(11, 0)
LINES = "main .when .when-own"
HOLIDAY = {"en": "Mashujaa", "ar": "ماشوجا"}
"""What readers of each language call the Kenyan holiday of 20 October."""


@dataclass
class Installation:
    """A site with the people of the loop, all of whom read `language`."""

    site: Site
    language: str

    def prepare(self) -> None:
        world = self.site.world
        self._person(world, "Focal Point Example", FOCAL_POINT, Role.FOCAL_POINT, "KE")
        self._person(world, "Coordinator Example", COORDINATOR, Role.COORDINATOR)
        trainer = self._person(world, "Trainer Example", TRAINER, Role.TRAINER)
        world.session(WEBINAR, language=self.language, capacity=10, trainer=trainer, first_day=webinar_day())
        world.session("2027-IPC-FR-01", language="fr", subjects=["IPC"])

    def _person(self, world: World, name: str, email: str, role: Role, office: str | None = None) -> str:
        zone = "Africa/Nairobi" if office else "Europe/Zurich"
        return world.person(name, role=role, office=office, language=self.language, zone=zone, email=email)


def webinar_day() -> date:
    return today() + timedelta(days=30)


def next_mashujaa_day() -> date:
    """The next public holiday of 20 October in Kenya that is at least a week away."""
    first = today() + timedelta(days=7)
    year = first.year if first <= date(first.year, 10, 20) else first.year + 1
    found = date(year, 10, 20)
    assert "Mashujaa" in holidays.country_holidays("KE", years=year, language="en_US")[found]
    return found


def choose_a_session(visitor: Walker) -> None:
    """Step 1: the programme in her language, her zone, the filters, the page of a webinar."""
    visitor.press("header a[href*='/time-zone']")
    visitor.send({"zone": "Africa/Nairobi"})
    assert visitor.path == f"/{visitor.language}/"
    assert visitor.see(".session").count() == 2
    for lines in visitor.see(".session .when-own").all():
        assert "UTC+3" in lines.inner_text(), "her zone is named"
    _filter(visitor, "subject", "ST26")
    _filter(visitor, "spoken", visitor.language)
    assert visitor.see(".session").count() == 1
    visitor.press(f".session a[href='/{visitor.language}/sessions/{WEBINAR}']")
    assert "UTC+3" in visitor.see(LINES).inner_text()


def _filter(visitor: Walker, name: str, value: str) -> None:
    """With scripts the choice alone is enough; without, there is a button."""
    choice = visitor.page.locator(f"form.filters [name={name}]")
    if visitor.scripts:
        with visitor.page.expect_navigation():
            choice.select_option(value)
    else:
        choice.select_option(value)
        visitor.press("form.filters button[type=submit]")
    assert f"{name}={value}" in visitor.page.url
    assert visitor.value(name) == value


def register(visitor: Walker, code: str, email: str) -> None:
    """Without an account; language and zone stand there already."""
    visitor.press(f"main a[href$='/sessions/{code}/register']")
    assert visitor.value("language_of_mails") == visitor.language
    assert visitor.value("zone") == "Africa/Nairobi"
    visitor.send({"name": email.partition("@")[0], "email": email, "office": "KE"})
    assert visitor.path.endswith(f"/{code}/registered")


def manage_a_registration(visitor: Walker, folder: Path) -> None:
    """Step 2: the mail with its invitation, confirming, the same as a file, the link again, leaving and coming back."""
    mail = visitor.site.next_mail(VISITOR)
    assert mail.language == visitor.language
    assert "METHOD:REQUEST" in mail.calendar
    assert ('dir="rtl"' in mail.html) == (visitor.language == "ar")
    assert "UTC+3" in mail.text
    assert "https://meet.example.org/room" in mail.text
    visitor.go(mail.link("/registrations/"))
    visitor.press("main form[action$='/confirm'] button")
    visitor.see(".notice-good")
    file = visitor.download("main a[href$='/calendar.ics']", folder)
    assert instants(file) == instants(mail.calendar)
    _ask_for_the_link_again(visitor)
    visitor.press("main form[action$='/cancel'] button")
    gone = visitor.site.next_mail(VISITOR).calendar
    assert "METHOD:CANCEL" in gone
    assert set(instants(gone)) == set(instants(file))
    visitor.press("main form[action$='/return'] button")
    again = visitor.site.next_mail(VISITOR).calendar
    assert "METHOD:REQUEST" in again
    assert sequence(again) > sequence(gone) > sequence(mail.calendar)


def _ask_for_the_link_again(visitor: Walker) -> None:
    visitor.go(f"/sessions/{WEBINAR}/link-again")
    visitor.send({"email": VISITOR})
    visitor.go(visitor.site.next_mail(VISITOR).link("/registrations/"))
    visitor.see(".notice-good")


def ask_for_a_training(focal_point: Walker) -> str:
    """Step 3: an office asks; gives the path of its request after the language."""
    focal_point.press("nav.site-nav a[href$='/requests']")
    focal_point.press("main a[href$='/requests/new']")
    focal_point.send({**_wish(), "first_language": focal_point.language}, "main button[name=send]")
    assert focal_point.see("ol.timeline li").count() == 1
    focal_point.see(".facts .tag")
    focal_point.site.next_mail(COORDINATOR).link("/requests/")
    return focal_point.path.removeprefix(f"/{focal_point.language}")


def enter_a_letter(coordinator: Walker) -> None:
    """The same by a coordinator, for a letter; the office hears of it."""
    coordinator.press("nav.site-nav a[href$='/requests']")
    coordinator.press("main a[href$='/requests/new']")
    letter = {"office": "KE", "channel": "letter", "received_on": today().isoformat()}
    coordinator.send({**_wish(), **letter}, "main button[name=send]")
    assert coordinator.see("ol.timeline li").count() == 1
    coordinator.site.next_mail(FOCAL_POINT).link("/requests/")


def _wish() -> dict[str, str]:
    first = today() + timedelta(days=10)
    return {
        "course": "NICE-EXAMINERS",
        "level": "intermediate",
        "audience": "Examiners of the trademark department",
        "people": "12",
        "mode": "online",
        "period_from": first.isoformat(),
        "period_to": (first + timedelta(days=360)).isoformat(),
        "hours_to": "13:00",
    }


def agree(coordinator: Walker, focal_point: Walker, request: str) -> None:
    """Step 4, first half: review, a question, its answer, and yes; each step reaches the other side by mail."""
    coordinator.go("/requests")
    coordinator.press(f"main a[href='/{coordinator.language}{request}']")
    _take_step(coordinator, "review")
    _take_step(coordinator, "ask", "How many of the examiners are new?")
    for mail in coordinator.site.mails(FOCAL_POINT, 2):
        assert mail.language == focal_point.language
        focal_point.go(mail.link("/requests/"))
    assert "How many of the examiners are new?" in focal_point.see("ol.timeline").inner_text()
    _take_step(focal_point, "answer", "Four of them.")
    coordinator.go(coordinator.site.next_mail(COORDINATOR).link("/requests/"))
    _take_step(coordinator, "agree")
    coordinator.site.next_mail(FOCAL_POINT)
    assert coordinator.see("ol.timeline li").count() == 5


def _take_step(person: Walker, step: str, words: str = "") -> None:
    person.send({"comment": words} if words else {}, f"main button[name=step][value={step}]")


def plan(coordinator: Walker) -> str:
    """Step 4, second half: three meetings in Nairobi time, a holiday shown by name and avoided; gives the code."""
    coordinator.press("main a[href*='/planning/new']")
    assert coordinator.value("office_1-office") == "KE"
    assert coordinator.value("zone") == "Africa/Nairobi"
    days = meeting_days()
    holiday = next_mashujaa_day()
    values = {"policy": "open", "capacity": "20", "join_url": "https://meet.example.org/nice"}
    coordinator.fill({**values, "trainers": _trainers(coordinator)})
    _check(coordinator, [holiday, *days[1:]])
    name = HOLIDAY[coordinator.language]
    assert name in coordinator.see(".notice-warn").first.inner_text(), "the holiday by its name, before saving"
    coordinator.press("main button[name=step][value=change]")
    assert coordinator.value("meeting_1-on_date") == holiday.isoformat(), "what was typed is kept"
    _check(coordinator, days)
    assert name not in coordinator.page.locator("main").inner_text()
    assert coordinator.see("section .when-own").count() == len(days)
    coordinator.press("main button[name=step][value=save]")
    code = coordinator.path.rsplit("/", 1)[1]
    coordinator.press("main form[action$='/publish'] button")
    return code


def meeting_days() -> list[date]:
    """Three Wednesdays that no Kenyan holiday falls on."""
    closed = holidays.country_holidays("KE", years=[today().year, today().year + 1])
    first = today() + timedelta(days=14)
    wednesdays = [first + timedelta(days=(2 - first.weekday()) % 7 + 7 * week) for week in range(12)]
    return [each for each in wednesdays if each not in closed][:3]


def _trainers(coordinator: Walker) -> list[str]:
    values = [box.get_attribute("value") for box in coordinator.page.locator("[name=trainers]").all()]
    assert len(values) == 1, "one trainer is known"
    return [str(value) for value in values]


def _check(coordinator: Walker, days: list[date]) -> None:
    for number, day in enumerate(days, 1):
        row = f"meeting_{number}-"
        times = {"wall_start": f"{START:%H:%M}", "wall_end": f"{END:%H:%M}"}
        coordinator.fill({f"{row}on_date": day.isoformat(), **{row + name: text for name, text in times.items()}})
    coordinator.press("main button[name=step][value=check]")


def hear_of_it(site: Site, code: str) -> None:
    """The trainer is asked, the office hears of it; each with the times of all three meetings in Nairobi."""
    for address, page in ((TRAINER, "/trainers/"), (FOCAL_POINT, f"/sessions/{code}")):
        mail = site.next_mail(address)
        mail.link(page)
        assert mail.text.count("UTC+3") == len(meeting_days())


def public_instants(site: Site, language: str, code: str) -> Instants:
    with urllib.request.urlopen(f"{site.base_url}/{language}/sessions/{code}/calendar.ics", timeout=30) as answer:
        return instants(answer.read())


def expected_instants() -> set[tuple[datetime, datetime]]:
    return {
        (
            datetime.combine(day, START, NAIROBI).astimezone(UTC),
            datetime.combine(day, END, NAIROBI).astimezone(UTC),
        )
        for day in meeting_days()
    }


def come(learner: Walker, code: str, email: str) -> None:
    """Step 5, first half: somebody registers for the training and confirms; one invitation for each meeting."""
    learner.go(f"/sessions/{code}")
    register(learner, code, email)
    mails = learner.site.mails(email, 3)
    assert all("METHOD:REQUEST" in mail.calendar for mail in mails)
    links = [mail for mail in mails if "/registrations/" in mail.text]
    learner.go(links[0].link("/registrations/"))
    learner.press("main form[action$='/confirm'] button")


def let_the_weeks_pass(site: Site, code: str) -> int:
    """Move the meetings of a session behind us, as time would; gives the year they then stand in."""
    with site.app.app_context(), unit_of_work():
        session = db.session.scalars(select(TrainingSession).where(TrainingSession.code == code)).one()
        by = session.meetings[-1].on_date - (today() - timedelta(days=1))
        for meeting in session.meetings:
            assert meeting.starts_at is not None
            assert meeting.ends_at is not None
            meeting.on_date -= by
            meeting.starts_at -= by
            meeting.ends_at -= by
            assert meeting.ends_at < now()
        session.first_day, session.last_day = session.meetings[0].on_date, session.meetings[-1].on_date
        return session.first_day.year


def mark_attendance(trainer: Walker, code: str) -> None:
    """Step 5, second half: by keyboard alone, from the desk to the last button."""
    trainer.go("/desk")
    trainer.tab_to(f"main a[href$='/sessions/{code}/attendance']")
    trainer.enter()
    rows = trainer.see("table[data-grid] tbody tr")
    assert rows.count() == len(LEARNERS)
    _choose_by_keyboard(trainer, 0, 0, "present")
    _choose_by_keyboard(trainer, 0, 1, "partial")
    trainer.page.keyboard.press("Tab")
    trainer.page.keyboard.type("45")
    _choose_by_keyboard(trainer, 1, 0, "absent")
    trainer.tab_to("main button[name=fill][value='3']")
    trainer.enter()
    assert _marks(trainer) == [["present", "partial", "present"], ["absent", "", "present"]]
    trainer.tab_to("main form[action$='/delivered'] button")
    trainer.enter()


def _cell(row: int, column: int) -> str:
    return f"table[data-grid] tbody tr:nth-child({row + 1}) td:nth-of-type({column + 1}) select"


def _choose_by_keyboard(trainer: Walker, row: int, column: int, value: str) -> None:
    """Tab to the choice, then arrows until it is right."""
    selector = _cell(row, column)
    trainer.tab_to(selector)
    field = trainer.page.locator(selector)
    for _each in range(field.locator("option").count()):
        if field.input_value() == value:
            return
        trainer.page.keyboard.press("ArrowRight")
    assert field.input_value() == value


def _marks(trainer: Walker) -> list[list[str]]:
    rows = trainer.page.locator("table[data-grid] tbody tr").all()
    return [[field.input_value() for field in row.locator("select").all()] for row in rows]


def read_the_report(reader: Walker, year: int) -> dict[str, float]:
    """Step 6: page, API and command give the same figures; gives them."""
    reader.press("nav.site-nav a[href$='/reports']")
    reader.go(f"/reports/{year}")
    shown = figures_on(reader)
    address = f"{reader.site.base_url}/api/v1/reports/{year}/summary?language={reader.language}"
    with urllib.request.urlopen(address, timeout=30) as answer:
        served = json.load(answer)
    assert served == reader.site.report(year, reader.language)
    figures: dict[str, float] = {name: entry["value"] for name, entry in served["figures"].items()}
    assert shown.items() <= figures.items()
    return figures


def figures_on(reader: Walker) -> dict[str, float]:
    """Each figure of the page by its id, which stands in the address it leads to."""
    shown: dict[str, float] = {}
    for place, text in ((".figures .figure", ".figure-value"), ("table.bars tbody tr", ".bar-value")):
        for item in reader.page.locator(place).all():
            address = str(item.locator("a").get_attribute("href"))
            shown[address.rsplit("/", 1)[1]] = number(item.locator(text).inner_text())
    return shown


def number(text: str) -> float:
    """A number as the reader's language writes it; figures here have at most one mark, for decimals."""
    digits = "".join(sign if sign.isdigit() else "." for sign in text.strip() if sign.isdigit() or sign in ".,٫")
    return float(digits)
