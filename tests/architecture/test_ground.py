"""House rule 8: the ground under the tests notices what it promises to notice."""

import socket
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import network

ROOT = Path(__file__).resolve().parents[2]

PLANTED = {
    "an unexpected mail": """
def test_planted(app, context):
    from trainapp.core.unit_of_work import unit_of_work
    from trainapp.mail.message import Recipient, Rendered
    from trainapp.mail.outbox import queue_mail
    with unit_of_work():
        queue_mail("planted", Recipient("", "a@example.org", "en"), Rendered("s", "t", "<p>t</p>"))
""",
    "a socket, even where the refusal is taken calmly": """
def test_planted():
    import contextlib, socket
    with contextlib.suppress(OSError):
        socket.create_connection(("192.0.2.1", 25), 0.01)
""",
    "a warning": """
def test_planted():
    import warnings
    warnings.warn("planted", DeprecationWarning)
""",
}
EXPECTED = """
def test_planted(app, world, context):
    from trainapp.core.unit_of_work import unit_of_work
    from trainapp.mail.message import Recipient, Rendered
    from trainapp.mail.outbox import queue_mail
    with unit_of_work():
        queue_mail("planted", Recipient("", "a@example.org", "en"), Rendered("s", "t", "<p>t</p>"))
    assert len(world.mails()) == 1
"""


def run_planted(source: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run one test in the real ground, in a folder of its own."""
    (folder / "conftest.py").write_text("from tests.conftest import *\n")
    (folder / "test_planted.py").write_text(source)
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-c", str(ROOT / "pyproject.toml")]
    options = ["--rootdir", str(folder), "--basetemp", str(folder / "temp"), "-k", "not postgresql"]
    return subprocess.run(
        [*command, *options, str(folder / "test_planted.py")], cwd=ROOT, capture_output=True, text=True, timeout=120
    )


@pytest.mark.parametrize("fault", PLANTED)
def test_a_planted_fault_fails_its_test(fault: str, tmp_path: Path) -> None:
    result = run_planted(PLANTED[fault], tmp_path)
    assert result.returncode == 1, result.stdout + result.stderr
    assert "1 failed" in result.stdout or "1 error" in result.stdout, result.stdout


def test_a_mail_that_was_looked_at_is_expected(tmp_path: Path) -> None:
    result = run_planted(EXPECTED, tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr


def test_this_machine_may_be_reached() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()):
        assert network.reached == []


@pytest.mark.parametrize("host", ["example.org", "192.0.2.1", "2001:db8::1", b"example.org"])
def test_another_machine_is_outside(host: object) -> None:
    assert network.is_outside(host)


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "", None])
def test_this_machine_is_not(host: object) -> None:
    assert not network.is_outside(host)
