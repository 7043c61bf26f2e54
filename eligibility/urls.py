"""This app's URLs; access.py beside it says who may open each."""

from django.urls import URLPattern, URLResolver, path

from eligibility import missing_team_views, views

urlpatterns: list[URLPattern | URLResolver] = [
    path("eligibility/", views.checklist, name="eligibility"),
    path("terms/", views.terms, name="terms"),
    path("missing-team/", missing_team_views.choose_facility, name="missing_team"),
    path("missing-team/<slug:slug>/", missing_team_views.ask, name="missing_team_ask"),
]
