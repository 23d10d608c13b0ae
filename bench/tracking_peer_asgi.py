"""What uvicorn is given to serve the peer that inserts each hit by a coroutine."""

import django
from django.utils.module_loading import import_string

django.setup()
application = import_string("bench.tracking_coroutines.Coroutines")()
