"""The ASGI application of the tracking addresses alone; `manage.py serve --tracking-port` has uvicorn serve it."""

import gc
import os

import django
from django.utils.module_loading import import_string

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "crm_project.settings")
django.setup()

# By its path, as settings name what lies above them: it needs the models, which are there only now.
application = import_string("campaigns.tracking.lean_application.LeanApplication")()
PixelProtocol = import_string("campaigns.tracking.pixel_protocol.PixelProtocol")

# All that is there by now stays, so the garbage collector need not go through it again while readers wait.
gc.freeze()
