"""This app's URLs; access.py beside it says who may open each."""

from django.urls import include, path

urlpatterns = [
    path("", include("messaging.search.urls")),
    path("", include("messaging.mailbox.urls")),
    path("", include("messaging.records.urls")),
    path("", include("messaging.acknowledging.urls")),
    path("", include("messaging.sent_in_error.urls")),
    # Before the queues, whose names are any word.
    path("", include("messaging.health_record.urls")),
    path("", include("messaging.reply_templates.urls")),
    path("", include("messaging.absence.urls")),
    path("", include("messaging.reminding.urls")),
    path("", include("messaging.inbox.urls")),
    path("", include("messaging.reports.urls")),
    path("", include("messaging.preferences.urls")),
    path("", include("messaging.library.urls")),
]
