import pytest
from tests.support.life import live
pytestmark = pytest.mark.causes_mails
def test_more(app):
    live(app, 60, 25)
