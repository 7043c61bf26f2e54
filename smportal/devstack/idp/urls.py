"""The sandboxes' addresses: one folder for each service."""

from django.urls import path
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from smportal.devstack.idp import views

urlpatterns = [
    path("", require_GET(views.index)),
    path("style.css", require_GET(views.style)),
    path("<slug:slug>/.well-known/openid-configuration", require_GET(views.discovery)),
    path("<slug:slug>/keys", require_GET(views.keys)),
    path("<slug:slug>/authorize", require_http_methods(["GET", "POST"])(views.authorize)),
    path("<slug:slug>/token", require_POST(views.token)),
    path("<slug:slug>/userinfo", require_GET(views.userinfo)),
]
