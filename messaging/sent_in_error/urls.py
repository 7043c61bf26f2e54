"""Withdrawing a message from the veteran's view."""

from django.urls import path

from messaging.sent_in_error import views

urlpatterns = [
    path("team/messages/<uuid:message_id>/withdraw/", views.withdraw, name="team_withdraw_message"),
]
