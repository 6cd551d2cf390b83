"""A Chromium for the browser tests: found, or Debian's installed where that is allowed.

`python -m tests.support.browser_install` says what it found; it ends with an error where there is none.
"""

import os
import shutil
import subprocess
import sys

NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")
PACKAGES = ("chromium", "fonts-noto-core", "fonts-noto-cjk")
HOW_TO = (
    "The browser tests need Chromium: install the package `chromium` of your system, "
    "or set CHROMIUM to the path of one."
)


def find() -> str | None:
    """The path of a Chromium, of the variable CHROMIUM first."""
    named = os.environ.get("CHROMIUM")
    if named:
        return shutil.which(named)
    return next((path for name in NAMES if (path := shutil.which(name))), None)


def install() -> None:
    """Install Debian's packages. Raises `CalledProcessError` when apt does not."""
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", *PACKAGES]):
        subprocess.run(command, check=True, env=environment, stdout=subprocess.DEVNULL)


def find_or_install() -> str:
    """A Chromium. Raises `SystemExit` with one clear line where none can be had."""
    found = find()
    if found is None and "CHROMIUM" not in os.environ and os.geteuid() == 0 and shutil.which("apt-get"):
        print("Installing Chromium …")
        install()
        found = find()
    if found is None:
        raise SystemExit(HOW_TO)
    return found


if __name__ == "__main__":
    print(f"Chromium: {find_or_install()}")
    sys.exit(0)
