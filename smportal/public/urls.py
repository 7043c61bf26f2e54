"""Public URLs."""

from django.urls import path

from smportal.public import health, language, views

urlpatterns = [
    path("", views.landing, name="landing"),
    path("help/", views.help_page, name="help"),
    path("help/protect-your-copies/", views.protect_your_copy, name="protect_your_copy"),
    path("find-a-facility/", views.facility_finder, name="facility_finder"),
    path("language/", language.choose, name="choose_language"),
    path("healthz", health.healthz, name="healthz"),
    path("readyz", health.readyz, name="readyz"),
]
