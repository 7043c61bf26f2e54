"""Reports for triage leads and administrators."""

from django.urls import path

from messaging.reports import views

urlpatterns = [
    path("reports/", views.reports, name="reports"),
    path("reports/response-times.csv", views.reports_csv, name="reports_csv"),
]
