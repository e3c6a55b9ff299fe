"""One settings module, driven by the environment (see .env.example and README.md).

Without any variable it is the embedded default: SQLite in ``var/`` and Celery on the filesystem broker.
With ``DATABASE_URL`` and ``REDIS_URL`` set it is the production way. Nonsense in a variable fails at start.
"""

import datetime as dt
from pathlib import Path
from urllib.parse import urlsplit

import environ
from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from django.utils.translation import gettext_lazy as _

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
env_file = Path(env.str("ENV_FILE", default=str(BASE_DIR / ".env")))
if env_file.is_file():
    env.read_env(env_file)

#: Where the embedded default keeps its database, its queue, and collected static files.
VAR_DIR = Path(env.str("VAR_DIR", default=str(BASE_DIR / "var"))).resolve()

DEBUG = env.bool("DEBUG", default=False)
DEMO = env.bool("DEMO", default=False)
#: Language of the demo company's names and texts: "en" or "ru".
DEMO_LANGUAGE = env.str("DEMO_LANGUAGE", default="en")

_INSECURE_KEY = "insecure-key-for-the-embedded-default-and-tests-only"
SECRET_KEY = env.str("SECRET_KEY", default=_INSECURE_KEY)
if env.bool("PRODUCTION", default=False) and (SECRET_KEY == _INSECURE_KEY or DEBUG):
    raise ImproperlyConfigured("PRODUCTION=1 needs a SECRET_KEY of its own and DEBUG off.")

ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.forms",
    "django_filters",
    "django_htmx",
    "crispy_forms",
    "crispy_bootstrap5",
    "simple_history",
    "axes",
    "csp",
    "crm.web",
    "clients",
    "interactions",
    "exchange",
    "reports",
    "crm.demo",
    "crm.base",
]

#: SQLite leaves out the columns an index only carries along: nothing is wrong with that.
SILENCED_SYSTEM_CHECKS = ["models.W040"]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "crm.web.middleware.PersonalSettingsMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "simple_history.middleware.HistoryRequestMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "crm.urls"
WSGI_APPLICATION = "crm.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "builtins": ["crm.web.tags.urls"],
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["crm.web.loaders.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "crm.web.context_processors.shell",
            ],
        },
    }
]
FORM_RENDERER = "crm.web.form_renderer.Renderer"
CRISPY_ALLOWED_TEMPLATE_PACKS = "bootstrap5"
CRISPY_TEMPLATE_PACK = "bootstrap5"

# --- data -------------------------------------------------------------------------------------------------------------
DATABASES = {"default": env.db_url("DATABASE_URL", default=f"sqlite:///{VAR_DIR / 'svetofor.sqlite3'}")}
_database = DATABASES["default"]
if _database["ENGINE"] == "django.db.backends.sqlite3":
    # IMMEDIATE: a transaction takes the write lock when it begins, so two writers wait instead of failing half-way.
    _database.setdefault("OPTIONS", {}).update(
        {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; PRAGMA cache_size=-32000;",
        }
    )
else:
    _database.update({"CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60), "CONN_HEALTH_CHECKS": True})

#: A streaming replica of the database: figures of reports and rows of files are read there, see crm/web/replica.py.
REPLICA_URL = env.str("REPLICA_URL", default="")
#: So many seconds it may be behind.
REPLICA_MAX_LAG = env.int("REPLICA_MAX_LAG", default=30)
if REPLICA_URL:
    DATABASES["replica"] = env.db_url_config(REPLICA_URL)
    if {each["ENGINE"] for each in DATABASES.values()} != {"django.db.backends.postgresql"}:
        raise ImproperlyConfigured("REPLICA_URL is for a streaming replica of PostgreSQL.")
    DATABASES["replica"].update(
        {name: _database[name] for name in ("CONN_MAX_AGE", "CONN_HEALTH_CHECKS")} | {"TEST": {"MIRROR": "default"}}
    )
    # One that does not answer must not keep people waiting.
    DATABASES["replica"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 2)
    DATABASE_ROUTERS = ["crm.web.replica.Router"]
    MIDDLEWARE.insert(0, "crm.web.replica.Written")
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- people -----------------------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "clients.Manager"
AUTHENTICATION_BACKENDS = ["axes.backends.AxesStandaloneBackend", "clients.backends.ManagerBackend"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "my-day"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_ENABLED = env.bool("AXES_ENABLED", default=True)
AXES_LOCKOUT_TEMPLATE = "registration/locked_out.html"

# --- languages and time -----------------------------------------------------------------------------------------------
LANGUAGE_CODE = env.str("LANGUAGE_CODE", default="en")
LANGUAGES = [("en", _("English")), ("ru", _("Russian"))]
LOCALE_PATHS = [BASE_DIR / "crm" / "locale"]
USE_I18N = True
USE_TZ = True
#: The company's time zone decides to which local date a contact belongs. Readers see times in their own zone.
COMPANY_TIME_ZONE = env.str("COMPANY_TIME_ZONE", default="Europe/Moscow")
TIME_ZONE = COMPANY_TIME_ZONE
PHONENUMBER_DEFAULT_REGION = env.str("PHONE_REGION", default="RU")
#: Whose public holidays are filled in (two letters; empty: none), and of which part of it.
HOLIDAYS_COUNTRY = env.str("HOLIDAYS_COUNTRY", default="RU")
HOLIDAYS_SUBDIVISION = env.str("HOLIDAYS_SUBDIVISION", default="")

# --- static files -----------------------------------------------------------------------------------------------------
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = VAR_DIR / "staticfiles"
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "crm.web.assets.NodeAssetsFinder",
]
#: Files of clients. Never inside a folder that a web server publishes.
PRIVATE_FILES_DIR = env.path("PRIVATE_FILES_DIR", default=str(VAR_DIR / "files"))
#: The largest file that is taken, in bytes.
MAX_FILE_SIZE = env.int("MAX_FILE_SIZE", default=20 * 1024 * 1024)
#: What all files of one client may have together, in bytes.
MAX_CLIENT_FILES_SIZE = env.int("MAX_CLIENT_FILES_SIZE", default=500 * 1024 * 1024)
FILE_UPLOAD_HANDLERS = [
    "crm.web.uploads.BoundedUpload",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]

STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"
        if env.bool("STATIC_MANIFEST", default=False)
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}
WHITENOISE_USE_FINDERS = not env.bool("STATIC_MANIFEST", default=False)

# --- headers ----------------------------------------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_SAMESITE = "Lax"
if env.bool("HTTPS", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_SSL_REDIRECT = True
    SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = True
    SECURE_HSTS_SECONDS = 31536000

# --- jobs -------------------------------------------------------------------------------------------------------------
REDIS_URL = env.str("REDIS_URL", default="")
CELERY_TIMEZONE = COMPANY_TIME_ZONE
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_DIR / "celerybeat-schedule")
if REDIS_URL:
    CELERY_BROKER_URL = REDIS_URL
    # A task whose worker was killed is given out again after so many seconds, also when it only takes long: every task
    # must stand being run twice. (Celery's default is an hour, looked at every hundred seconds.)
    _redelivery = env.int("TASK_REDELIVERY_SECONDS", default=900)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "visibility_timeout": _redelivery,
        "unacked_restore_interval": max(1, min(10, _redelivery)),
        "unacked_restore_throttle": 1,
    }
else:
    CELERY_BROKER_URL = "filesystem://localhost"
    _queue = VAR_DIR / "queue"
    for _folder in (_queue, _queue / "control"):
        _folder.mkdir(parents=True, exist_ok=True)
    CELERY_BROKER_TRANSPORT_OPTIONS = {
        "data_folder_in": str(_queue),
        "data_folder_out": str(_queue),
        "control_folder": str(_queue / "control"),
    }
#: Hour and minute of the nightly run, company time.
NIGHTLY_RUN_AT = env.str("NIGHTLY_RUN_AT", default="01:00")
#: How many workers share it, cut by department (PostgreSQL): see docs/scale.md.
NIGHT_WORKERS = env.int("NIGHT_WORKERS", default=1)

# --- letters ----------------------------------------------------------------------------------------------------------
#: Where people reach this installation: links in letters begin with it.
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
if urlsplit(SITE_URL).scheme not in ("http", "https") or not urlsplit(SITE_URL).hostname:
    raise ImproperlyConfigured(f"SITE_URL must look like https://crm.example.com, not {SITE_URL!r}.")
#: When the day's letters are written, company time.
LETTERS_AT = dt.time.fromisoformat(env.str("LETTERS_AT", default="07:00"))
#: The mail server; without one letters are files in var/mail, and nobody is written to.
_mail = env.email_url_config(env.str("EMAIL_URL", default="") or f"filemail:///{VAR_DIR / 'mail'}")
EMAIL_BACKEND = _mail["EMAIL_BACKEND"]
EMAIL_FILE_PATH = _mail["EMAIL_FILE_PATH"]
EMAIL_HOST = _mail["EMAIL_HOST"] or "localhost"
EMAIL_USE_TLS = _mail.get("EMAIL_USE_TLS", False)
EMAIL_USE_SSL = _mail.get("EMAIL_USE_SSL", False)
EMAIL_PORT = _mail["EMAIL_PORT"] or (465 if EMAIL_USE_SSL else 587 if EMAIL_USE_TLS else 25)
EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"] or ""
EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"] or ""
#: Seconds for each answer of the mail server.
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=15)
DEFAULT_FROM_EMAIL = SERVER_EMAIL = env.str("DEFAULT_FROM_EMAIL", default="Svetofor CRM <svetofor@localhost>")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    "loggers": {"axes": {"level": "WARNING"}},
}
