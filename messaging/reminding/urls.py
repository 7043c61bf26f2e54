"""Own reminders; before the queues, whose names are any word."""

from django.urls import path

from messaging.reminding import views

urlpatterns = [
    path("team/reminders/", views.reminders, name="team_reminders"),
    path("team/conversations/<uuid:conversation_id>/reminder/", views.reminder, name="team_reminder"),
    path("team/conversations/<uuid:conversation_id>/reminder/end/", views.end, name="team_reminder_end"),
]
