"""Laws of zones as they may become: real files of zones, made by the compiler of the zone database."""

import shutil
import subprocess
import zoneinfo
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from trainapp.core import timefmt

COMPILER = shutil.which("zic") or shutil.which("zic", path="/usr/sbin:/usr/local/sbin")


@contextmanager
def law(folder: Path, source: str) -> Iterator[None]:
    """Within it the zones of `source`, written as the zone database writes them, are as it says."""
    if COMPILER is None:
        pytest.skip("the compiler of zones, zic, is not installed")
    (folder / "law").write_text(source)
    subprocess.run([COMPILER, "-d", str(folder / "zones"), str(folder / "law")], check=True)
    paths = zoneinfo.TZPATH
    try:
        _read_from([str(folder / "zones"), *paths])
        yield
    finally:
        _read_from(list(paths))


def _read_from(paths: list[str]) -> None:
    """As a process does that starts now."""
    zoneinfo.reset_tzpath(to=paths)
    ZoneInfo.clear_cache()
    timefmt._zone.cache_clear()
