"""Every URL; who may open each is in the access tables (smportal.access)."""

from django.contrib import admin
from django.urls import include, path

urlpatterns = [
    path("", include("smportal.public.urls")),
    path("", include("accounts.urls")),
    path("", include("eligibility.urls")),
    path("", include("messaging.urls")),
    path("admin/", admin.site.urls),
]

handler400 = "smportal.public.errors.bad_request"
handler403 = "smportal.public.errors.forbidden"
handler404 = "smportal.public.errors.not_found"
handler500 = "smportal.public.errors.server_error"
