"""Fixtures for every test; what each does is said where it is defined.

The rows that migrations bring (event kinds, stages, policy) are in every test that has a database, see
``crm.testing.fixtures``.
"""

pytest_plugins = ["crm.testing.fixtures", "crm.testing.worker", "crm.testing.replica", "crm.testing.browser"]
