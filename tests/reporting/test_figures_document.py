"""docs/figures.md and the registry of figures say the same."""

import pytest

from trainapp.reporting.definitions import DEFINITIONS
from trainapp.settings import PROJECT_ROOT


@pytest.mark.usefixtures("context")
def test_the_document_and_the_registry_agree() -> None:
    text = (PROJECT_ROOT / "docs" / "figures.md").read_text("utf-8")
    told = [
        [part.strip() for part in line.strip("|").split("|")] for line in text.splitlines() if line.startswith("| `")
    ]
    registry = [
        [
            f"`{definition.id}{'.…' if definition.members else ''}`",
            definition.unit.value,
            str(definition.label).replace("%(name)s", "…"),
            str(definition.meaning),
        ]
        for definition in DEFINITIONS
    ]
    assert told == registry


def test_no_id_stands_twice() -> None:
    ids = [definition.id for definition in DEFINITIONS]
    assert len(ids) == len(set(ids))
