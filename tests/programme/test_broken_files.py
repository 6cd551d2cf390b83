"""A broken file is refused whole, with every problem on its line."""

from collections.abc import Callable

import pytest

from trainapp.programme.importing import import_programme
from trainapp.programme.reading import ProgrammeRefused

pytestmark = pytest.mark.usefixtures("context")

# what is written instead of what, and what the message says; the line is that of the replaced text
BROKEN = {
    "a null office": ("office: IQ,", "office: null,", "Namibia"),
    "an empty office": ("office: IQ,", "office: ,", "Namibia"),
    "NA read as not-a-number": ('office: "NA"', "office: .nan", "Namibia"),
    "NO read as false": ("office: IR,", "office: NO,", "Norway"),
    "an unknown office": ("office: KH,", "office: XX,", "there is no office"),
    "an unknown office of a collection": ("[CU, KG, VU, ZM]", "[CU, KG, QQ, ZM]", "there is no office"),
    "a null among offices": ("[FI, KZ, NZ, PL]", "[FI, null, NZ, PL]", "Namibia"),
    "an unknown subject": ("[LOCARNO], ", "[LOCARNA], ", "there is no subject"),
    "a day that does not exist": ("[2021-08-18]", "[2021-02-30]", "2021-02-30 is not a day"),
    "a month that does not exist": ("[2021-08-18]", "[2021-13-01]", "2021-13-01 is not a day"),
    "half a date": ("[2021-08-18]", "[2021-08]", "is not a day"),
    "a day of another year": ("[2021-08-18]", "[2020-08-18]", "is not in 2021"),
    "a day twice": ("[2021-07-05, 2021-07-06]", "[2021-07-05, 2021-07-05]", "stands twice"),
    "no day": ("[2021-08-18]", "[]", "is empty"),
    "a text for a number": ("sessions: 17", "sessions: seventeen", "a whole number"),
    "a fraction for a number": ("sessions: 17", "sessions: 17.0", "a whole number"),
    "a yes for a number": ("in_production: 12\n", "in_production: yes\n", "a whole number"),
    "a number below nothing": ("offices: 51", "offices: -51", "cannot be"),
    "an unknown key": ("register_url:", "registerurl:", "is not known here"),
    "a list of one subject without brackets": ("subjects: [IPC], audience", "subjects: IPC, audience", "a list"),
    "an unknown system": ("system: WIPO CASE or DAS", "system: WIPO CASE", "it can be"),
    "a figure that the rows do not give": ("training_days: 16", "training_days: 17", "16"),
    "a figure that is not there": ("training_days: 16", "training_weeks: 16", "there is no figure"),
    "a part of a figure that is not there": ("NICE: 3,", "NIECE: 3,", "there is no figure"),
    "more trained than received": ("trained: 34 ", "trained: 36 ", "more than"),
    "a tag": ("year: 2021\n", "year: !!python/name:os.system 2021\n", "tags"),
    "a character of no text": ("Kenyan IP Office,", '"Kenyan \\0 Office",', "report_name"),
}


@pytest.mark.parametrize("case", BROKEN)
def test_refused_whole_with_its_line(case: str, programme: str, row_counts: Callable[[], dict[str, int]]) -> None:
    old, new, words = BROKEN[case]
    assert old in programme
    line = programme[: programme.index(old)].count("\n") + 1
    before = row_counts()
    with pytest.raises(ProgrammeRefused) as refused:
        import_programme(programme.replace(old, new, 1).encode())
    assert [problem.line for problem in refused.value.problems if words in problem.message] == [line]
    assert row_counts() == before


def test_every_problem_at_once(programme: str) -> None:
    broken = programme
    for case in ("a null office", "an unknown subject", "a day that does not exist", "a text for a number"):
        old, new, _words = BROKEN[case]
        broken = broken.replace(old, new, 1)
    with pytest.raises(ProgrammeRefused) as refused:
        import_programme(broken.encode())
    lines = [problem.line for problem in refused.value.problems]
    assert len(lines) == 4
    assert lines == sorted(lines)


def test_a_missing_key_is_told_on_the_line_of_its_row(programme: str) -> None:
    line = programme[: programme.index("office: KE,")].count("\n") + 1
    with pytest.raises(ProgrammeRefused) as refused:
        import_programme(programme.replace("office: KE, ", "", 1).encode())
    assert [(problem.line, "office" in problem.message) for problem in refused.value.problems] == [(line, True)]


def test_a_row_twice(programme: str) -> None:
    row = next(line for line in programme.splitlines() if "Namibian IP Office" in line)
    with pytest.raises(ProgrammeRefused) as refused:
        import_programme(programme.replace(row, f"{row}\n{row}").encode())
    first = programme.splitlines().index(row) + 1
    assert [problem.line for problem in refused.value.problems] == [first + 1]
    assert str(first) in refused.value.problems[0].message


def test_a_key_twice(programme: str) -> None:
    with pytest.raises(ProgrammeRefused) as refused:
        import_programme((programme + "year: 2022\n").encode())
    assert [problem.line for problem in refused.value.problems] == [len(programme.splitlines()) + 1]


NOT_A_PROGRAMME = {
    "empty": b"",
    "a list": b"- 1\n",
    "a word": b"hello\n",
    "not YAML": b"year: [2021\n",
    "two documents": b"year: 2021\n---\nyear: 2022\n",
    "not UTF-8": b"year: 2021\n# \xff\n",
    "a control character": b"year: \x01\n",
    "an alias": b"year: &a 2021\nother: *a\n",
    "very deep": b"[" * 5000,
    "a list as key": b"[1, 2]: 3\n",
    "too large": b"#" * 1_000_001,
    "a huge number": b"year: " + b"9" * 5000 + b"\n",
    "a wrong escape": b'year: "\\q"\n',
    "a lone surrogate": b'year: 2021\n"\\ud800": 1\n',
    "a merge": b"<<: {year: 2021}\n",
}


@pytest.mark.parametrize("case", NOT_A_PROGRAMME)
def test_what_is_no_programme_is_refused(case: str) -> None:
    with pytest.raises(ProgrammeRefused) as refused:
        import_programme(NOT_A_PROGRAMME[case])
    assert all(problem.line >= 1 and str(problem).encode() for problem in refused.value.problems)
