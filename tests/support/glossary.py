"""docs/glossary.md from docs/glossary/<language>.yaml: `python -m tests.support.glossary` writes it anew."""

from pathlib import Path
from typing import Any

import yaml

from trainapp.core.languages import LANGUAGES

ROOT = Path(__file__).resolve().parents[2]
FOLDER = ROOT / "docs" / "glossary"
PAGE = ROOT / "docs" / "glossary.md"
HEAD = """# Glossary

The terms of trainapp and of the trade in the ten languages. Translations use these words, and no others, for these
things. The page is made from `docs/glossary/<language>.yaml` by `python -m tests.support.glossary`; a test sees that
they agree. Notes are for translators.
"""


def terms() -> dict[str, dict[str, Any]]:
    """Term and note per language code and key."""
    return {code: yaml.safe_load((FOLDER / f"{code}.yaml").read_text("utf-8"))["terms"] for code in LANGUAGES}


def page() -> str:
    by_language = terms()
    lines = [HEAD]
    for key, entry in by_language["en"].items():
        note = f" ({entry['note']})" if entry.get("note") else ""
        lines.append(f"\n## {entry['term']}{note}\n")
        lines.append("| language | term | note |\n|---|---|---|")
        for code, name in LANGUAGES.items():
            found = by_language[code][key]
            noted = "" if code == "en" else found.get("note", "")
            lines.append(f"| {name} ({code}) | {found['term']} | {noted} |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    PAGE.write_text(page(), "utf-8")
