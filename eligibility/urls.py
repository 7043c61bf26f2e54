"""This app's URLs; access.py beside it says who may open each."""

from django.urls import URLPattern, URLResolver

urlpatterns: list[URLPattern | URLResolver] = []
