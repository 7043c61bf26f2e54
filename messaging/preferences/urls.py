"""One's own settings."""

from django.urls import path

from messaging.preferences import views

urlpatterns = [path("account/settings/", views.settings_page, name="account_settings")]
