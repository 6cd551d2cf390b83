"""The CalDAV server that the tests of this folder share."""

from collections.abc import Iterator

import pytest

from tests.support.radicale import running_radicale


@pytest.fixture(scope="session")
def radicale(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """A real Radicale server with an empty folder; gives its port."""
    with running_radicale(tmp_path_factory.mktemp("radicale")) as port:
        yield port
