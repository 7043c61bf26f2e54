"""The demo: production's settings on one machine, over http://localhost."""

from django.utils.translation import gettext_lazy as _

from smportal.settings import env
from smportal.settings.base import *  # noqa: F403
from smportal.settings.base import ALLOWED_HOSTS

if not set(ALLOWED_HOSTS) <= {"localhost", "127.0.0.1"}:
    env.fail("SITE_URL", "the demo's settings serve localhost only; use smportal.settings.production elsewhere")

# The line above every page's header (smportal.templatetags.components.site_banner).
SITE_BANNER = _("This is a demonstration. The people and messages are made up. Don’t enter real health information.")
