"""Notes for the health record: pages of the care team."""

from django.urls import path

from messaging.health_record import views

urlpatterns = [
    path("team/conversations/<uuid:conversation_id>/health-record/", views.choose, name="record_choose"),
    path("team/health-record/", views.listed, name="record_notes"),
    path("team/health-record/<uuid:note_id>/", views.note, name="record_note"),
    path("team/health-record/<uuid:note_id>/change/", views.change, name="record_change"),
    path("team/health-record/<uuid:note_id>/try-again/", views.try_again, name="record_try_again"),
    path("team/health-record/<uuid:note_id>/give-up/", views.dismiss, name="record_dismiss"),
]
