"""trainapp: trainings and webinars for the world's IP offices.

`create_app` is the only place that knows every room: it sets up the core, registers the rooms' pages, and wires
events to those who hear them.
"""

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

from trainapp.accounts import login
from trainapp.accounts import routes as accounts_routes
from trainapp.accounts.role_reminders import remind_of_ending_roles
from trainapp.api.views import init_api
from trainapp.attendance import views as attendance_views
from trainapp.core import (
    access,
    database,
    events,
    headers,
    health,
    jobs,
    kept_pages,
    languages,
    logs,
    lookups,
    navigation,
    reader,
    web,
)
from trainapp.core.access import Permission
from trainapp.core.jobs import PeriodicJob
from trainapp.core.languages import lazy
from trainapp.core.navigation import Entry
from trainapp.core.throttle import forget_old_attempts
from trainapp.core.unit_of_work import UnitOfWorkFlask, rolled_back
from trainapp.desks import routes as desks_routes
from trainapp.files import limits
from trainapp.mail import views as mail_views
from trainapp.mail.delivery import check_outbox
from trainapp.registrations import routes as registrations_routes
from trainapp.registrations.after_delivery import thank_people_of
from trainapp.registrations.mailings import write_mailings
from trainapp.registrations.nomination_checks import check_nominations
from trainapp.registrations.nominations import forget_old_lists, register_nominated
from trainapp.registrations.reminders import send_reminders
from trainapp.registrations.service import confirm_registrations_of
from trainapp.registrations.waiting_list import release_overdue_seats
from trainapp.registrations.zone_laws import follow_zone_laws
from trainapp.reporting import views as reporting_views
from trainapp.requests import routes as requests_routes
from trainapp.scheduling import routes as scheduling_routes
from trainapp.scheduling.request_sessions import lines_of_request
from trainapp.settings import PROJECT_ROOT, Settings, load_settings

SESSION_SECONDS = 12 * 60 * 60
LARGEST_REQUEST = 2 * 1024 * 1024

BLUEPRINTS = (
    accounts_routes.blueprint,
    mail_views.blueprint,
    requests_routes.blueprint,
    desks_routes.blueprint,
    attendance_views.blueprint,
    scheduling_routes.blueprint,
    registrations_routes.blueprint,
    reporting_views.blueprint,
)

NAVIGATION = (
    Entry(lazy("Programme"), "scheduling.catalogue", Permission.PUBLIC, ("scheduling.month", "scheduling.year")),
    Entry(lazy("My desk"), "desks.home", Permission.SIGNED_IN),
    Entry(lazy("Requests"), "requests.requests", Permission.ASK_FOR_TRAINING, ("scheduling.inbox",)),
    Entry(
        lazy("My teaching"),
        "scheduling.my_teaching",
        Permission.TEACH,
        ("scheduling.trainer", "scheduling.edit_trainer"),
        unless=Permission.COORDINATE,
    ),
    Entry(lazy("Sessions"), "scheduling.sessions", Permission.COORDINATE),
    Entry(lazy("Trainers"), "scheduling.trainers", Permission.COORDINATE),
    Entry(lazy("Focal points"), "accounts.claims", Permission.COORDINATE),
    Entry(lazy("Mails"), "desks.mails", Permission.COORDINATE, ("desks.mails_to_send_again",)),
    Entry(lazy("Report"), "reporting.summary", Permission.PUBLIC),
)

LOOKUPS = {"sessions_of_request": lines_of_request}

HEALTH_CHECKS = {"outbox": check_outbox}

PERIODIC_JOBS = (
    PeriodicJob("write mailings", 1, write_mailings),
    PeriodicJob("check nominations", 1, check_nominations),
    PeriodicJob("register nominated people", 1, register_nominated),
    PeriodicJob("send reminders", 10, send_reminders),
    PeriodicJob("release overdue seats", 10, release_overdue_seats),
    PeriodicJob("forget old attempts", 3600, forget_old_attempts),
    PeriodicJob("forget old lists of people", 3600, forget_old_lists),
    PeriodicJob("remind of ending roles", 3600, remind_of_ending_roles),
    PeriodicJob("follow zone laws", 3600, follow_zone_laws),
)


def create_app(settings: Settings | None = None) -> Flask:
    """Build the application. Raises `SettingsError` when a setting is wrong."""
    settings = settings or load_settings()
    app = UnitOfWorkFlask(
        "trainapp", template_folder=str(PROJECT_ROOT / "templates"), static_folder=str(web.STATIC_FOLDER)
    )
    app.config.update(
        SETTINGS=settings,
        SECRET_KEY=settings.secret_key,
        SESSION_COOKIE_HTTPONLY=True,
        SESSION_COOKIE_SAMESITE="Lax",
        SESSION_COOKIE_SECURE=settings.secure,
        PERMANENT_SESSION_LIFETIME=SESSION_SECONDS,
        MAX_CONTENT_LENGTH=LARGEST_REQUEST,
        MAX_FORM_MEMORY_SIZE=LARGEST_REQUEST,
        WTF_CSRF_TIME_LIMIT=SESSION_SECONDS,
    )
    if settings.trusted_proxies:
        hops = settings.trusted_proxies
        app.wsgi_app = ProxyFix(app.wsgi_app, x_for=hops, x_proto=hops, x_host=hops)  # type: ignore[method-assign]
    logs.init_logs(app, settings.log_level)
    headers.init_headers(app, settings)
    database.init_database(app, settings)
    app.after_request(rolled_back)
    languages.init_languages(app)
    login.init_login(app)
    reader.init_reader(app, login.zone_of_person)
    limits.init_limits(app)
    web.init_web(app, settings, login.greeting)
    kept_pages.init_kept_pages(app)
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    init_api(app)
    health.init_health(app).update(HEALTH_CHECKS)
    access.init_access(app, login.permissions_of_visitor)
    navigation.init_navigation(app, NAVIGATION)
    lookups.init_lookups(app, LOOKUPS)
    jobs.init_jobs(app).periodic.extend(PERIODIC_JOBS)
    wire_events(events.init_events(app))
    return app


def wire_events(bus: events.EventBus) -> None:
    """Who hears what."""
    bus.wire(events.AddressConfirmed, confirm_registrations_of)
    bus.wire(events.SessionDelivered, thank_people_of)
