"""What is the same in the demo, the tests and production."""

from pathlib import Path
from urllib.parse import urlsplit

from csp.constants import NONE, SELF

from smportal.jobs.schedule import beat_schedule
from smportal.logging import logging_settings
from smportal.settings import env, oidc

BASE_DIR = Path(__file__).resolve().parent.parent.parent

DEBUG = False
SECRET_KEY = env.secret("SECRET_KEY")
SITE_URL = env.url("SITE_URL", "http", "https").rstrip("/")
if urlsplit(SITE_URL)._replace(scheme="", netloc="").geturl() or "@" in SITE_URL:
    env.fail("SITE_URL", "it must be only scheme, host and port, e.g. https://portal.example")
ALLOWED_HOSTS = [urlsplit(SITE_URL).hostname or "", *env.host_names("EXTRA_HOSTS")]
if not env.HOST.fullmatch(ALLOWED_HOSTS[0]):
    env.fail("SITE_URL", "its host must be a name in full, without a wildcard")
CSRF_TRUSTED_ORIGINS = [SITE_URL]
ROOT_URLCONF = "smportal.urls"
WSGI_APPLICATION = "smportal.wsgi.application"
AUTH_USER_MODEL = "accounts.Account"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
SITE_ID = 1

# The one source of "now"; production refuses any other than the real one.
CLOCK = "smportal.clock.SystemClock"

INSTALLED_APPS = [
    "smportal.apps.PortalConfig",
    "smportal.crypto.apps.CryptoConfig",
    "smportal.audit.apps.AuditConfig",
    "smportal.jobs.apps.JobsConfig",
    "accounts.apps.AccountsConfig",
    "eligibility.apps.EligibilityConfig",
    "messaging.apps.MessagingConfig",
    "smportal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.usersessions",
    "csp",
    "django_guid",
]

MIDDLEWARE = [
    "django_guid.middleware.guid_middleware",
    "smportal.middleware.headers.ResponseHeadersMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    # Early: what stands after it may answer with an error page.
    "accounts.language.OwnLanguageMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "messaging.middleware.TypedTextMiddleware",
    "smportal.middleware.outage.OutageMiddleware",
    "smportal.middleware.crypto.CryptoMiddleware",
    # Compression with random length padding (Django's GZipMiddleware) against BREACH.
    "django.middleware.gzip.GZipMiddleware",
    "smportal.middleware.input.InputMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "eligibility.middleware.ActorMiddleware",
    "accounts.language.AccountLanguageMiddleware",
    "accounts.middleware.SessionLimitsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "messaging.middleware.EndedSessionMiddleware",
    "messaging.attachments.middleware.UploadMiddleware",
    "smportal.middleware.access.AccessMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "smportal.context.page",
            ],
        },
    }
]
FORM_RENDERER = "smportal.form_renderer.FormRenderer"

# --- Database -----------------------------------------------------------------------------
# The application's role cannot change the audit trail, sent messages or the schema; migrations run as the owner.
DATABASES = {"default": env.database("DATABASE_URL")}
DATABASES["default"]["OPTIONS"].setdefault(
    "pool", {"min_size": 1, "max_size": env.integer("DATABASE_POOL", 8, least=1, most=200), "timeout": 5}
)
DATABASES["default"]["OPTIONS"].setdefault("connect_timeout", 3)
# At their first use; only what goes through smportal.prepared, so a pooler in between must know prepared statements.
DATABASES["default"]["OPTIONS"].setdefault("prepare_threshold", 0)
# Else PostgreSQL plans some of them at every call for all that: it takes them for dearer without their values.
DATABASES["default"]["OPTIONS"].setdefault("options", "-c plan_cache_mode=force_generic_plan")
DATABASES["default"]["ATOMIC_REQUESTS"] = False

# --- Redis and Celery: ids only, never private data -----------------------------------------
REDIS_URL = env.url("REDIS_URL", "redis", "rediss")
CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = None
CELERY_TASK_IGNORE_RESULT = True
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_SERIALIZER = "json"
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 60
CELERY_TASK_SOFT_TIME_LIMIT = 45
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 600,
    "unacked_restore_interval": 5,
    "socket_timeout": 2,
    "socket_connect_timeout": 2,
}
CELERY_TIMEZONE = "UTC"
# What runs and how often: smportal/jobs/schedule.py.
CELERY_BEAT_SCHEDULE = beat_schedule()
CACHES = {
    "default": {
        "BACKEND": "smportal.cache.ForgivingRedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "smportal",
        "OPTIONS": {
            "serializer": "smportal.cache.JsonSerializer",
            "socket_timeout": 1,
            "socket_connect_timeout": 1,
        },
    }
}

# --- Keys (values never leave these settings; see docs/security/keys.md) ---------------------
FIELD_KEYS = env.keyring("FIELD_KEYS")
SSN_PEPPERS = env.keyring("SSN_PEPPERS")
AUDIT_KEYS = env.keyring("AUDIT_KEYS")
env.refuse_shared_keys(FIELD_KEYS=FIELD_KEYS, SSN_PEPPERS=SSN_PEPPERS, AUDIT_KEYS=AUDIT_KEYS)

# --- Mail -----------------------------------------------------------------------------------
_mail = env.mail_server("EMAIL_URL")
EMAIL_BACKEND = "smportal.smtp.Backend"
EMAIL_HOST, EMAIL_PORT = _mail.host, _mail.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _mail.user, _mail.password
EMAIL_USE_SSL, EMAIL_USE_TLS = _mail.use_ssl, _mail.use_tls
EMAIL_TIMEOUT = 5
DEFAULT_FROM_EMAIL = env.text("EMAIL_FROM", "VA Secure Messaging <no-reply@secure-messaging.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL

# --- Sessions and cookies ---------------------------------------------------------------------
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_NAME = "__Host-session"
SESSION_COOKIE_SECURE = True
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 12 * 60 * 60
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_ABSOLUTE_SECONDS = 12 * 60 * 60
SESSION_IDLE_SECONDS = {
    "veteran": env.integer("IDLE_SECONDS_VETERAN", 30 * 60, least=60, most=30 * 60),
    "staff": env.integer("IDLE_SECONDS_STAFF", 15 * 60, least=60, most=15 * 60),
    "administrator": env.integer("IDLE_SECONDS_ADMINISTRATOR", 10 * 60, least=60, most=10 * 60),
}
SESSION_WARN_SECONDS = {"veteran": 5 * 60, "staff": 2 * 60, "administrator": 2 * 60}
CSRF_COOKIE_NAME = "__Host-csrf"
CSRF_COOKIE_SECURE = True
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "smportal.public.errors.csrf_failure"
LANGUAGE_COOKIE_NAME = "__Host-language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 60 * 60
LANGUAGE_COOKIE_SECURE = True
LANGUAGE_COOKIE_HTTPONLY = True
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

# User names are unique without case by a constraint on Lower("username"), which the check does not see.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]

# --- Signing in -------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["accounts.backends.AccountBackend"]
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "dashboard"
ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
MFA_ADAPTER = "accounts.adapters.MFAAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "email*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_LOGIN_BY_CODE_ENABLED = False
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PRESERVE_USERNAME_CASING = False
ACCOUNT_USERNAME_MIN_LENGTH = 4
ACCOUNT_REAUTHENTICATION_TIMEOUT = 300
ACCOUNT_LOGOUT_REDIRECT_URL = "landing"
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_CHANGE_EMAIL = True
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_EMAIL_CONFIRMATION_EXPIRE_DAYS = 1
ACCOUNT_PASSWORD_RESET_TOKEN_GENERATOR = "accounts.tokens.ResetTokens"  # noqa: S105 - a class, not a secret
# Wrong passwords are counted in the database (accounts.attempts); these guard the rest by address, and
# leave room for a whole clinic behind one.
ACCOUNT_RATE_LIMITS = {"login": "300/m/ip", "login_failed": "60/m/ip", "reset_password": "20/m/ip,5/m/key"}
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_DEFAULT_HTTP_PROTOCOL = urlsplit(SITE_URL).scheme
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_PASSKEY_SIGNUP_ENABLED = False
# Every verified veteran has a second factor; without this nobody of them could change the address. A new one
# counts only after its link was followed, and the page asks for the password again first.
MFA_ALLOW_UNVERIFIED_EMAIL = True
MFA_TOTP_TOLERANCE = 0
MFA_TOTP_ISSUER = "VA Secure Messaging"
# http://localhost counts as secure without this; it would take away the check of the origin.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = False
MFA_RECOVERY_CODES_SHOW_ONCE = True
# A whole facility may stand behind one address; guessing is limited per account elsewhere.
MFA_RATE_LIMITS = {"webauthn_login": "300/m/ip"}
MFA_FORMS = {
    "authenticate": "accounts.forms.CodeForm",
    "reauthenticate": "accounts.forms.CodeAgainForm",
    "activate_totp": "accounts.forms.ActivateAppForm",
    "add_webauthn": "accounts.forms.AddPasskeyForm",
    "authenticate_webauthn": "accounts.forms.PasskeyForm",
    "login_webauthn": "accounts.forms.PasskeyLoginForm",
    "reauthenticate_webauthn": "accounts.forms.PasskeyAgainForm",
}
# Sign-in services: docs/security/oidc.md. One may live on this machine without TLS only where the portal does.
OIDC_PROVIDERS = oidc.from_environment()
OIDC_ALLOW_LOCAL_HTTP: bool = urlsplit(SITE_URL).scheme == "http" and ALLOWED_HOSTS[0] == "localhost"
STAFF_DIRECTORY = "eligibility.staff_directory.account_of"
PASSWORD_RESET_TIMEOUT = 60 * 60
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "accounts.passwords.LengthValidator"},
    {"NAME": "accounts.passwords.BlocklistValidator"},
]
# How many proxies of ours stand in front; the client's address is the one the last of them saw.
TRUSTED_PROXY_COUNT = env.integer("TRUSTED_PROXY_COUNT", 0, least=0, most=5)
ALLAUTH_TRUSTED_PROXY_COUNT = TRUSTED_PROXY_COUNT

# --- Headers: the same in demo, test and production, but for HSTS -----------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "manifest-src": [SELF],
        "base-uri": [NONE],
        "frame-ancestors": [NONE],
        "object-src": [NONE],
    }
}

# --- Input limits ---------------------------------------------------------------------------
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 400
# More than a message may have: somebody who chose too many keeps what was typed, and reads which did not fit.
DATA_UPLOAD_MAX_NUMBER_FILES = 200
# A file is dropped unless its address takes files; then it is sealed before it touches the disk.
FILE_UPLOAD_HANDLERS = ["messaging.attachments.uploads.DiscardingHandler"]

# --- Files of messages: encrypted, in this directory; scanned before anybody gets them ---------
ATTACHMENTS_DIR = env.directory("ATTACHMENTS_DIR")
SCANNER_URL = env.url("SCANNER_URL", "clamd", "devscan")

# --- The health record: where notes are filed; messaging.health_record.service is the interface ---
HEALTH_RECORD_ADAPTER = env.class_path("HEALTH_RECORD_ADAPTER", "messaging.health_record.fhir.FhirRecord")
FHIR_URL = env.url("FHIR_URL", "http", "https").rstrip("/")
if urlsplit(FHIR_URL).query or urlsplit(FHIR_URL).fragment or "@" in FHIR_URL:
    env.fail("FHIR_URL", "it must be the server's base address, without a query or a password")
FHIR_TOKEN = env.token("FHIR_TOKEN")
# Certificates by which the server's is checked; empty: those that come with the requests package.
FHIR_CA_FILE = env.file("FHIR_CA_FILE")

# --- Language and time ------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
# Spanish as it is written in the United States: Django's own "es" groups digits as Spain does.
FORMAT_MODULE_PATH = ["smportal.formats"]
# Compiled from locale/ by the step that builds the style sheet (smportal.devstack.catalogue).
LOCALE_PATHS = [BASE_DIR / "build" / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = "UTC"

# --- Static files -------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.text("STATIC_ROOT", str(BASE_DIR / "build" / "collected")))
STATICFILES_DIRS = [
    BASE_DIR / "build" / "static",
    ("css", BASE_DIR / "smportal" / "assets" / "css"),
    ("js", BASE_DIR / "smportal" / "assets" / "js"),
    ("img", BASE_DIR / "smportal" / "assets" / "img"),
]
# What PDFs are set in; never served.
PDF_FONTS = BASE_DIR / "build" / "fonts"
# Our pages alone use our files; its default lets every site read them.
WHITENOISE_ALLOW_ALL_ORIGINS = False
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- Logs ----------------------------------------------------------------------------------------
LOGGING = logging_settings(env.choice("LOG_LEVEL", "INFO", "DEBUG", "INFO", "WARNING", "ERROR"))
LOGGING_CONFIG = "logging.config.dictConfig"
DJANGO_GUID = {
    "GUID_HEADER_NAME": "X-Request-Id",
    "VALIDATE_GUID": True,
    "RETURN_HEADER": True,
    "EXPOSE_HEADER": False,
    "INTEGRATIONS": [],
    "UUID_LENGTH": 32,
}

# --- Product rules that an administrator of the installation may tighten, never loosen -------------
TERMS_VERSION = "2026-01"
FACILITY_FINDER_URL_NAME = "facility_finder"
STAFF_PASSKEY_ONLY = env.boolean("STAFF_PASSKEY_ONLY", default=False)

# How many searches of veterans, and as many of staff, may run at once: half of what would hold up other pages.
SEARCH_SLOTS = env.integer("SEARCH_SLOTS", 2, least=1, most=100)
