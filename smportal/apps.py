"""The project's own app: commands, and the admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AppConfig):
    """Commands, templates and checks that belong to no domain app."""

    name = "smportal"


class PortalAdminConfig(AdminConfig):
    """Django admin behind the portal's own sign-in and roles."""

    default_site = "eligibility.admin_site.PortalAdminSite"
