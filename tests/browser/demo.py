"""The demonstration, made by the same commands as `make run`, for tests that look at every page of it."""

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.browser.site import COMMAND, running_worker
from tests.conftest import SECRET
from tests.support.server import ROOT, environment, serving

PREPARATION = (["init"], ["import-programme", "trainapp/programme/data/2021.yaml"], ["demo"])


@contextmanager
def running_demo(folder: Path) -> Iterator[str]:
    """Serve the demonstration from an SQLite file in `folder`; gives its address."""
    settings = {
        "TRAINAPP_DATA": str(folder),
        "TRAINAPP_SECRET_KEY": SECRET,
        "TRAINAPP_LOG_LEVEL": "WARNING",
        "TRAINAPP_POSTS_PER_MINUTE": "100000",
    }
    for arguments in PREPARATION:
        command = [*COMMAND, *arguments]
        subprocess.run(command, cwd=ROOT, env=environment(settings), check=True, stdout=subprocess.DEVNULL)
    with serving(settings) as server, running_worker({**settings, "TRAINAPP_BASE_URL": server.base_url}):
        yield server.base_url
