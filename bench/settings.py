"""The program's production settings, with a page of one line to measure against and a count of queries in a header."""

from crm.settings import *  # noqa: F403
from crm.settings import BASE_DIR, MIDDLEWARE, TEMPLATES

ROOT_URLCONF = "bench.urls"
# Outermost: the session's and the signed-in person's queries count too.
MIDDLEWARE = ["bench.middleware.CountedQueries", *MIDDLEWARE]
TEMPLATES[0]["DIRS"] = [*TEMPLATES[0]["DIRS"], BASE_DIR / "bench" / "templates"]
