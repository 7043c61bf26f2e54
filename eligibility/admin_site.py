"""Django admin behind the portal's own sign-in and roles."""

from django.contrib.admin import AdminSite


class PortalAdminSite(AdminSite):
    """The administrators' side."""
