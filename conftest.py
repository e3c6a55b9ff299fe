"""Fixtures every test may use; what each does is said where it is defined."""

pytest_plugins = ["crm.testing.fixtures", "crm.testing.worker", "crm.testing.browser"]
