"""One's own absences, and those that a lead enters."""

from django.urls import path

from messaging.absence import lead_views, views

urlpatterns = [
    path("account/absences/", views.absences, name="absences"),
    path("account/absences/<uuid:absence_id>/", views.absence, name="absence"),
    path("account/absences/<uuid:absence_id>/end/", views.end, name="absence_end"),
    path("team/away/", lead_views.members, name="members_away"),
    path("team/away/<uuid:staff_id>/", lead_views.enter, name="member_away"),
    path("team/away/end/<uuid:absence_id>/", lead_views.end, name="member_away_end"),
]
