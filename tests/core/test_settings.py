"""Settings: everything wrong is told at once, and nothing unknown is passed over."""

from dataclasses import FrozenInstanceError
from pathlib import Path

import pytest

from trainapp.settings import Settings, SettingsError, load_settings

LONG_KEY = "k" * 32


def load(tmp_path: Path, **values: str) -> Settings:
    given = {"DATA": str(tmp_path), "SECRET_KEY": LONG_KEY} | values
    return load_settings({f"TRAINAPP_{name}": value for name, value in given.items()})


def problems(tmp_path: Path, **values: str) -> list[str]:
    with pytest.raises(SettingsError) as error:
        load(tmp_path, **values)
    assert all(problem in str(error.value) for problem in error.value.problems)
    return error.value.problems


def test_nothing_need_be_set(tmp_path: Path) -> None:
    settings = load_settings({"TRAINAPP_DATA": str(tmp_path)})
    assert settings.database_url == f"sqlite:///{tmp_path}/trainapp.sqlite3"
    assert settings.uses_mailbox
    assert not settings.secure


def test_everything_wrong_is_told_at_once(tmp_path: Path) -> None:
    found = problems(
        tmp_path,
        BASE_URL="trainings.example.org",
        DATABASE_URL="mysql://x/y",
        MAIL_URL="http://mail.example.org",
        MAIL_FROM="nobody",
        SECRET_KEY="short",
        LOG_LEVEL="LOUD",
        HOLD_HOURS="two",
        POSTS_PER_MINUTE="0",
        MAILFROM="a misspelt one",
    )
    for name in (
        "BASE_URL",
        "DATABASE_URL",
        "MAIL_URL",
        "MAIL_FROM",
        "SECRET_KEY",
        "LOG_LEVEL",
        "HOLD_HOURS",
        "POSTS_PER_MINUTE",
        "MAILFROM",
    ):
        assert any(f"TRAINAPP_{name}" in problem for problem in found), name


def test_a_misspelt_setting_is_refused_by_name(tmp_path: Path) -> None:
    assert problems(tmp_path, DATABASEURL="x") == ["TRAINAPP_DATABASEURL is not a setting of trainapp"]


def test_settings_of_other_programs_are_let_be(tmp_path: Path) -> None:
    load_settings({"TRAINAPP_DATA": str(tmp_path), "DATABASE_URL": "x", "PATH": "/bin"})


@pytest.mark.parametrize("address", ["a", "a@b", "a@b.org\r\nBcc: c@d.org", "<a@b.org>", "a@b.org,c@d.org", "@b.org"])
def test_a_sender_that_is_no_plain_address_is_refused(tmp_path: Path, address: str) -> None:
    assert len(problems(tmp_path, MAIL_FROM=address)) == 1


def test_the_mailbox_page_is_for_this_machine_alone(tmp_path: Path) -> None:
    assert len(problems(tmp_path, BASE_URL="https://trainings.example.org")) == 1
    load(tmp_path, BASE_URL="https://trainings.example.org", MAIL_URL="smtp://mail.example.org")


@pytest.mark.parametrize("url", ["postgresql://u@h/d", "postgres://u@h/d", "postgresql+psycopg://u@h/d"])
def test_every_spelling_of_postgresql_is_taken(tmp_path: Path, url: str) -> None:
    assert load(tmp_path, DATABASE_URL=url).database_url == "postgresql+psycopg://u@h/d"


def test_the_signing_key_is_made_once_and_is_nobody_elses_to_read(tmp_path: Path) -> None:
    environment = {"TRAINAPP_DATA": str(tmp_path)}
    key = load_settings(environment).secret_key
    assert len(key) >= 32
    assert load_settings(environment).secret_key == key
    assert (tmp_path / "secret_key").stat().st_mode & 0o077 == 0


def test_a_data_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("not a folder")
    with pytest.raises(SettingsError, match="TRAINAPP_DATA"):
        load_settings({"TRAINAPP_DATA": str(tmp_path / "file" / "inside")})


def test_settings_cannot_be_changed(tmp_path: Path) -> None:
    with pytest.raises(FrozenInstanceError):
        load(tmp_path).hold_hours = 1  # type: ignore[misc]


def test_https_decides_what_is_secure(tmp_path: Path) -> None:
    assert load(tmp_path, BASE_URL="https://t.example.org/", MAIL_URL="smtp://mail.example.org").secure
    assert load(tmp_path, BASE_URL="https://t.example.org/", MAIL_URL="smtp://m").base_url == "https://t.example.org"


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("TRAINAPP_MAIL_URL", "smtp://host:abc"),
        ("TRAINAPP_BASE_URL", "http://[x"),
        ("TRAINAPP_DATABASE_URL", "postgresql://u@h:abc/x"),
    ],
)
def test_an_address_that_is_none_is_told_like_any_wrong_setting(name: str, value: str, tmp_path: Path) -> None:
    with pytest.raises(SettingsError) as refused:
        load_settings({"TRAINAPP_DATA": str(tmp_path), name: value})
    assert any(name in problem for problem in refused.value.problems)


def test_an_empty_key_file_is_no_key(tmp_path: Path) -> None:
    (tmp_path / "secret_key").touch()
    with pytest.raises(SettingsError, match="SECRET_KEY"):
        load_settings({"TRAINAPP_DATA": str(tmp_path)})
