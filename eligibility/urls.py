"""This app's URLs; access.py beside it says who may open each."""

from django.urls import URLPattern, URLResolver, path

from eligibility import views

urlpatterns: list[URLPattern | URLResolver] = [
    path("eligibility/", views.checklist, name="eligibility"),
    path("terms/", views.terms, name="terms"),
]
