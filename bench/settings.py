"""The settings of the installation, with what the benches compare with beside it: its tables and its mail server."""

import os
from importlib.util import find_spec

from crm_project.settings import *  # noqa: F403  # everything, as it is
from crm_project.settings import INSTALLED_APPS, Q_CLUSTER

if find_spec("post_office"):
    INSTALLED_APPS = [*INSTALLED_APPS, "post_office"]
POST_OFFICE = {"BACKENDS": {"default": "django.core.mail.backends.smtp.EmailBackend"}, "BATCH_SIZE": 1_000}
EMAIL_HOST, EMAIL_PORT = "127.0.0.1", int(os.environ.get("BENCH_MAIL_PORT", "25"))
MESSAGING_LIVE = True
# A queue of its own, so that no worker of it takes our own jobs.
Q_CLUSTER = {**Q_CLUSTER, "ALT_CLUSTERS": {**Q_CLUSTER["ALT_CLUSTERS"], "bench": {"workers": 2, "timeout": 60}}}
