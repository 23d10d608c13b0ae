"""Every choice made at deployment, read from the environment; `docs/production.md` lists the variables."""

from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from crm_project import api_document, embedded_postgres, own_secrets
from crm_project.shop_policy import *  # noqa: F403  # the shop's limits, days and thresholds

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- Where this installation lives ---------------------------------------------------------------------------------

VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
_site = urlsplit(SITE_URL)
# Links in text messages: a host as short as can be, so that one takes no more than 25 bytes (G-07).
SHORT_LINK_URL = env.str("SHORT_LINK_URL", default=SITE_URL).rstrip("/")
SERVED_BY_HTTPS = _site.scheme == "https"
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=[_site.hostname or "localhost", "localhost", "127.0.0.1", "[::1]"])
ALLOWED_HOSTS += [urlsplit(SHORT_LINK_URL).hostname or "localhost"]
# The demo's web shop, in which anybody is a made-up customer: never beside a real one.
DEMO_SHOP = env.bool("DEMO_SHOP", default=False)
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[SITE_URL])

# --- Secrets -------------------------------------------------------------------------------------------------------


def secret(name: str) -> str:
    """Return the secret from the environment, or the installation's own. Several hosts share theirs by the first."""
    return env.str(name, default="") or own_secrets.read_or_make(VAR_DIR / "secrets" / name.lower())


SECRET_KEY = secret("SECRET_KEY")
# One key a line of use, so that a leak of one opens nothing else. "version:key" pairs, newest first; links signed
# with an older one keep working until it is removed.
TRACKING_KEYS = secret("TRACKING_KEYS")
PREFERENCE_KEYS = secret("PREFERENCE_KEYS")
SURVEY_KEYS = secret("SURVEY_KEYS")
ADDRESS_HASH_KEY = secret("ADDRESS_HASH_KEY")
# Seals secrets that platforms gave us (webhooks). Newest first, separated by commas; older ones still open.
SECRETS_KEYS = secret("SECRETS_KEYS")
# Never change it: the hashes of erased people's contacts are made with it, and nothing else is left of those.
ERASURE_HASH_KEY = secret("ERASURE_HASH_KEY")

# --- Applications --------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "crm_project.apps.CrmProjectConfig",
    "customers",
    "loyalty",
    "campaigns",
    "analytics",
    "crm_project.apps.FramedAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "django_q",
    "axes",
    "csp",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "django_otp.plugins.otp_static",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "crm_project.slashes.KeptBodyMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django_otp.middleware.OTPMiddleware",
    "crm_project.two_factor.SecondFactorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "crm_project.urls"
WSGI_APPLICATION = "crm_project.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

# --- Database: a private PostgreSQL under VAR_DIR, unless DATABASE_URL names one -------------------------------------

if env.str("DATABASE_URL", default=""):
    DATABASES = {"default": env.db_url("DATABASE_URL")}
else:
    DATABASES = {"default": embedded_postgres.database_settings(VAR_DIR)}
# Kept connections: the queue's ORM broker reconnects before every statement otherwise (measured: 57 against 525
# tasks a second). Never a psycopg pool: forked queue workers would share its sockets.
DATABASES["default"] |= {"CONN_MAX_AGE": 600, "CONN_HEALTH_CHECKS": True}

# --- Queue ---------------------------------------------------------------------------------------------------------
# The queue only kicks; the truth is in our tables. `retry` counts from the moment a task leaves the table, so it must
# exceed the time a task may wait in memory and run: timeout × (1 + ceil((queue_limit + bulk) / workers)).

QUEUE_WORKERS = env.int("QUEUE_WORKERS", default=3)
Q_CLUSTER = {
    "name": "default",  # never rename: queued rows carry it
    "orm": "default",  # an enqueue commits or rolls back with the business row
    "workers": QUEUE_WORKERS,
    "timeout": 60,
    "queue_limit": QUEUE_WORKERS,
    "bulk": 1,
    "retry": 300,
    "max_attempts": 5,
    "ack_failures": False,
    "catch_up": False,
    "save_limit": 0,  # keeps all without a look at the others; a nightly job deletes them
    "recycle": 500,
    "max_rss": 500_000,
    "poll": 0.2,
    "guard_cycle": 0.5,
    "label": "Queue",
    "time_zone": "Asia/Seoul",  # of cron lines
    "ALT_CLUSTERS": {
        # Long work (imports, rebuilds of all segments) that must not hold up mail.
        "bulk": {"workers": 2, "timeout": 600, "queue_limit": 1, "bulk": 1, "retry": 1300, "max_attempts": 3},
    },
}

# --- People, passwords, sessions -------------------------------------------------------------------------------------

AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "django.contrib.auth.backends.ModelBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
LOGIN_URL = "admin:login"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = SERVED_BY_HTTPS
SESSION_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_HTTPONLY = True
SECURE_SSL_REDIRECT = SERVED_BY_HTTPS
SECURE_HSTS_SECONDS = 31_536_000 if SERVED_BY_HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SERVED_BY_HTTPS
SECURE_REFERRER_POLICY = "same-origin"
# Probes come from inside, by plain http.
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
X_FRAME_OPTIONS = "DENY"
# How many proxies of ours stand before the application. 0: the address of the connection is the client's.
NUM_PROXIES = env.int("NUM_PROXIES", default=0)
if NUM_PROXIES:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")

# Everybody needs an authenticator app besides the password. Off, people may still use one.
REQUIRE_TWO_FACTOR = env.bool("REQUIRE_TWO_FACTOR", default=SERVED_BY_HTTPS)
OTP_TOTP_ISSUER = "Dangol"

# Five wrong passwords for one account from one address close that pair for a quarter of an hour. Not the account
# alone: anybody could then lock its owner out.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_CLIENT_IP_CALLABLE = "crm_project.client_address.client_address"
AXES_LOCKOUT_CALLABLE = "crm_project.lockout.locked_out"
AXES_ENABLE_ADMIN = False
AXES_VERBOSE = False

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "frame-ancestors": [NONE],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
    },
}

# --- Language, time, money -------------------------------------------------------------------------------------------

LANGUAGE_CODE = "ko"
LANGUAGES = [("ko", _("Korean")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "crm_project.date_formats"
USE_I18N = True
USE_TZ = True
TIME_ZONE = "Asia/Seoul"
# Off on purpose: it would turn {{ pk }} into "12,345" inside links. Money has its own filter.
USE_THOUSAND_SEPARATOR = False

# --- Files -----------------------------------------------------------------------------------------------------------

STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "crm_project.static_files.HashedStaticFiles",
    },
}

# What is uploaded and read of it, what the sandbox wrote, what was exported.
IMPORT_DIR = VAR_DIR / "imports"
OUTBOX_DIR = VAR_DIR / "outbox"
EXPORT_DIR = VAR_DIR / "exports"

# The first of three keys of live sending; the others are a live account and an approved campaign.
MESSAGING_LIVE = env.bool("MESSAGING_LIVE", default=False)

# --- API -------------------------------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "crm_project.api_keys.ApiKeyAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_THROTTLE_CLASSES": ["crm_project.api_keys.ApiKeyThrottle"],
    "DEFAULT_THROTTLE_RATES": {"api_key": env.str("API_KEY_RATE", default="600/min")},
    "EXCEPTION_HANDLER": "crm_project.api_errors.answer_error",
    "DEFAULT_SCHEMA_CLASS": "crm_project.api_schema.ApiSchema",
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.DjangoModelPermissions"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "NUM_PROXIES": NUM_PROXIES,
}

# Calls of one till, counted over all web processes.
TILL_RATE = env.str("TILL_RATE", default="600/min")
# A list of 1,000 records fits; nothing else that is not a file is larger.
DATA_UPLOAD_MAX_MEMORY_SIZE = 5_000_000
SPECTACULAR_SETTINGS = api_document.DOCUMENT
# Bodies of webhooks are personal data: they are deleted after so many days, what came of them after 90.
WEBHOOK_BODIES_KEPT_DAYS = env.int("WEBHOOK_BODIES_KEPT_DAYS", default=7)

# --- Logging ---------------------------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "()": "crm_project.redaction.Formatter",  # blots out e-mails, phones and quoted rows
            "format": "{asctime} {levelname} {name} {message}",
            "style": "{",
        }
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "django-q": {"level": "WARNING"},  # it tells of every task that comes and goes
        "axes": {"level": "WARNING"},
        "httpx": {"level": "WARNING"},  # it tells of every call of a gateway
    },
}
