"""The sandboxes' own Django site: no database, no sessions, no cookies."""

import os
import secrets
from pathlib import Path

from smportal.settings import env, oidc

if os.environ.get("DJANGO_SETTINGS_MODULE") != "smportal.devstack.idp.settings":
    env.fail("DJANGO_SETTINGS_MODULE", "the sandboxes run by themselves: smportal.devstack.idp.settings")

SECRET_KEY = secrets.token_urlsafe(48)
PORTAL_URL = env.url("SITE_URL", "http").rstrip("/")
IDP_URL = f"http://localhost:{env.integer('IDP_PORT', 8040, least=1, most=65535)}"
REDIS_URL = env.url("REDIS_URL", "redis", "rediss")
CLIENTS = oidc.from_environment()
ALLOWED_HOSTS = ["localhost", "127.0.0.1"]
ROOT_URLCONF = "smportal.devstack.idp.urls"
WSGI_APPLICATION = "smportal.devstack.idp.wsgi.application"
MIDDLEWARE = ["smportal.devstack.idp.views.HeadersMiddleware", "django.middleware.common.CommonMiddleware"]
INSTALLED_APPS: list[str] = []
DATABASES: dict[str, dict[str, str]] = {}
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [Path(__file__).resolve().parent / "templates"],
        "OPTIONS": {},
    }
]
USE_TZ = True
TIME_ZONE = "UTC"
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "handlers": {"console": {"class": "logging.StreamHandler"}},
    "loggers": {"django": {"handlers": ["console"], "level": "WARNING"}},
}
