"""The WSGI entry point."""

import gc
import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm.settings")
application = get_wsgi_application()
_ = get_resolver().url_patterns  # every view is imported now, not with the first request
# What is here now stays: it need not be looked through again and again for what may go, which is found sooner then.
gc.collect()
gc.freeze()
