"""`trainapp run`: the web server and the worker together, ended together."""

import os
import signal
import subprocess
import sys
import time
from types import FrameType

import click
from flask import current_app

from trainapp.cli.sign_in_help import print_sign_in_help
from trainapp.settings import PREFIX, PROJECT_ROOT

WORKER = [sys.executable, "-m", "trainapp.cli.main", "worker"]
GRACE_SECONDS = 10
POLL_SECONDS = 0.2


@click.command("run")
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=5000, show_default=True, type=click.IntRange(1, 65535))
@click.option("--processes", default=1, show_default=True, type=click.IntRange(1, 64), help="Web processes.")
@click.option("--threads", default=8, show_default=True, type=click.IntRange(1, 64), help="Threads of each.")
@click.option("--worker/--no-worker", "with_worker", default=True, help="Also deliver mails.")
def command(host: str, port: int, processes: int, threads: int, with_worker: bool) -> None:
    """Serve the pages and deliver the mails until Ctrl-C."""
    environment = {**os.environ}
    environment.setdefault(f"{PREFIX}BASE_URL", f"http://127.0.0.1:{port}")
    children = [subprocess.Popen(web_command(host, port, processes, threads), cwd=PROJECT_ROOT, env=environment)]  # noqa: S603
    if with_worker:
        children.append(subprocess.Popen(WORKER, cwd=PROJECT_ROOT, env=environment))  # noqa: S603
    click.echo(f"\ntrainapp is at {environment[f'{PREFIX}BASE_URL']}/")
    if current_app.config["SETTINGS"].uses_mailbox:
        print_sign_in_help(environment[f"{PREFIX}BASE_URL"])
    click.echo("Ctrl-C stops it.\n")
    sys.exit(_wait(children))


def web_command(host: str, port: int, processes: int, threads: int) -> list[str]:
    """The command that serves the pages, as `trainapp run` starts it."""
    return [
        *(sys.executable, "-m", "gunicorn", "wsgi:app"),
        *("--bind", f"{host}:{port}"),
        *("--workers", str(processes)),
        *("--worker-class", "gthread", "--threads", str(threads)),
        *("--timeout", "120", "--log-level", "warning", "--logger-class", "trainapp.cli.server_log.ServerLog"),
    ]


def _wait(children: list[subprocess.Popen[bytes]]) -> int:
    """Wait until one of the children ends or a signal comes, then end them all. Gives the exit code."""
    stopped = False

    def stop(_signal: int, _frame: FrameType | None) -> None:
        nonlocal stopped
        stopped = True

    signal.signal(signal.SIGTERM, stop)
    signal.signal(signal.SIGINT, stop)
    while not stopped and all(child.poll() is None for child in children):
        time.sleep(POLL_SECONDS)
    failed = not stopped
    for child in children:
        child.terminate()
    for child in children:
        try:
            child.wait(GRACE_SECONDS)
        except subprocess.TimeoutExpired:
            child.kill()
    return 1 if failed else 0
