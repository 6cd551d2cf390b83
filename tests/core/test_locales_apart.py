"""What one language is called by must not depend on which other was asked for before."""

import json
import subprocess
import sys

import pytest

from trainapp.core.languages import LANGUAGES

ASK = """
import json, sys
from datetime import date
from trainapp.core.timefmt import month, month_name, weekday_name
day = date(2026, 7, 6)
print(json.dumps({code: [month(day, code), month_name(day, code), weekday_name(1, code)] for code in sys.argv[1:]}))
"""

NAMES = {
    "ar": ["يوليو 2026", "يوليو", "الاثنين"],
    "zh": ["2026年7月", "7月", "星期一"],
    "en": ["July 2026", "Jul", "Monday"],
    "fr": ["juillet 2026", "juil.", "lundi"],
    "de": ["Juli 2026", "Jul", "Montag"],
    "ja": ["2026年7月", "7月", "月曜日"],
    "ko": ["2026년 7월", "7월", "월요일"],
    "pt": ["julho de 2026", "jul.", "segunda-feira"],
    "ru": ["июль 2026\u202fг.", "июль", "понедельник"],
    "es": ["julio de 2026", "jul", "lunes"],
}


@pytest.mark.parametrize("first", ["zh", "ar", "ko"])
def test_months_are_named_the_same_whoever_asks_first(first: str) -> None:
    """In a process of its own, because tables once resolved stay so."""
    order = [first, *(code for code in LANGUAGES if code != first)]
    answer = subprocess.run([sys.executable, "-c", ASK, *order], capture_output=True, text=True, check=True)
    assert json.loads(answer.stdout) == NAMES
