"""The WSGI application that gunicorn serves."""

import os

from django.core.wsgi import get_wsgi_application
from django.urls import get_resolver

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_project.settings")

application = get_wsgi_application()

# Every page is imported now: two first requests at once would import them in two threads, each meeting modules that
# the other has only half read.
get_resolver().url_patterns  # noqa: B018 - reading it is what imports
