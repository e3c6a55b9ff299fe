"""The world of the routes, which many of these tests look at and each would make anew."""

import copy
from typing import TYPE_CHECKING

import pytest

from crm.testing.shared import made_once

if TYPE_CHECKING:
    from crm.tests.test_routes import World


def _make() -> "World":
    from crm.tests.test_routes import World

    return World()


_world_of_the_module = made_once(_make)


@pytest.fixture
def world(_world_of_the_module: "World", db: None) -> "World":
    """One client with everything on it, and everybody around it: the test's own copy."""
    return copy.deepcopy(_world_of_the_module)
