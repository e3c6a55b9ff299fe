"""The small sales department of the clients app's page tests."""

from clients.tests.pages import company

__all__ = ["company"]
