"""One's own absences."""

from django.urls import path

from messaging.absence import views

urlpatterns = [
    path("account/absences/", views.absences, name="absences"),
    path("account/absences/<uuid:absence_id>/", views.absence, name="absence"),
    path("account/absences/<uuid:absence_id>/end/", views.end, name="absence_end"),
]
