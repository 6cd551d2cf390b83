"""`python -m tests.support.holiday_names` writes the list of holidays that need a name in every language."""

import csv
from collections import Counter
from collections.abc import Iterable

import yaml

from trainapp.offices.holiday_names import DATA, taken_apart
from trainapp.offices.loading import DATA as OFFICES
from trainapp.offices.working_time import english_holidays

YEARS = range(2025, 2033)
LIST = DATA / "names.yaml"


def countries() -> list[str]:
    """The codes of the states and territories among the offices."""
    with (OFFICES / "offices.csv").open(encoding="utf-8", newline="") as file:
        return [row["code"] for row in csv.DictReader(file) if row["kind"] != "organization"]


def names_needed(years: Iterable[int] = YEARS) -> list[str]:
    """Every English name of a holiday of these years, those of most days first."""
    counted = Counter(
        name.base
        for country in countries()
        for year in years
        for text in english_holidays(country, year)
        for name in taken_apart(text)
        if name.base
    )
    return sorted(counted, key=lambda name: (-counted[name], name))


def main() -> None:
    text = yaml.safe_dump(names_needed(), allow_unicode=True, width=1000)
    LIST.write_text(
        "# English names of public holidays, those of most days first. Made, not written: see\n"
        "# tests/support/holiday_names.py.\n" + text,
        "utf-8",
    )


if __name__ == "__main__":
    main()
