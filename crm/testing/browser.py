"""Chromium for pytest-playwright: which program, with which flags, and in which language.

A browser test is marked ``@pytest.mark.browser`` and uses ``page`` (pytest-playwright) and ``live_server``
(pytest-django), which brings a transactional database: rows made by factories are seen by the server.
"""

from typing import Any

import pytest

from crm.testing import binaries

#: The last four keep Chromium from calling home, which a machine without a network answers with noise.
CHROMIUM_FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


@pytest.fixture(scope="session")
def browser_type_launch_args(browser_type_launch_args: dict[str, Any]) -> dict[str, Any]:
    """Playwright's own browser cannot be downloaded everywhere: use the system's (installed when missing)."""
    try:
        program = binaries.chromium()
    except binaries.MissingProgram as error:
        pytest.fail(str(error))
    return {**browser_type_launch_args, "executable_path": str(program), "args": CHROMIUM_FLAGS}


@pytest.fixture(scope="session")
def browser_context_args(browser_context_args: dict[str, Any]) -> dict[str, Any]:
    """English, Moscow time, a laptop's window; a test may open other contexts with ``browser.new_context(...)``."""
    return {
        **browser_context_args,
        "locale": "en-GB",
        "timezone_id": "Europe/Moscow",
        "viewport": {"width": 1280, "height": 800},
    }
