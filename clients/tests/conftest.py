"""Fixtures of the clients app's tests."""

from clients.tests.pages import company  # noqa: F401
