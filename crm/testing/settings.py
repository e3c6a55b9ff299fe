"""The program's settings, with what only tests want: quick passwords, no lock-out, a real file for SQLite.

The environment these are read from is laid out by ``crm.testing.services`` before this module is imported.
"""

from crm.settings import *  # noqa: F403
from crm.settings import DATABASES, VAR_DIR

# Hashing a password takes 0.2 s by design; the tests sign in thousands of times.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
AXES_ENABLED = False

# Every test client starts the middleware anew: look static files up when asked, instead of listing them all each time.
WHITENOISE_AUTOREFRESH = True

if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # A file, as in the embedded default: Django's in-memory test database locks differently between threads.
    DATABASES["default"]["TEST"] = {"NAME": str(VAR_DIR / "test.sqlite3")}
else:
    DATABASES["default"]["TEST"] = {"NAME": "test_svetofor"}
    # Threads of tests (live server, parallel claims) must not keep connections that block dropping the test database.
    DATABASES["default"]["CONN_MAX_AGE"] = 0
