"""Settings of the usual project: those that `startproject` writes, with the bench's database and models."""

from crm_project.settings import *  # noqa: F403  # everything else, as it is

ROOT_URLCONF = "bench.tracking_peers"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
