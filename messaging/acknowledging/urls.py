"""Settings of led teams. They stand before the queues, whose names are any word."""

from django.urls import path

from messaging.acknowledging import views

urlpatterns = [
    path("team/settings/", views.led_teams, name="team_settings"),
    path("team/settings/<uuid:team_id>/", views.settings_page, name="team_acknowledgement"),
]
