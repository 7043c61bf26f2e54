"""Search. Addresses carry the id of a kept search, never what is searched for."""

from django.urls import path

from messaging.search import views

urlpatterns = [
    path("messages/search/", views.search, name="mailbox_search"),
    path("messages/search/<uuid:search_id>/", views.results, name="mailbox_search_results"),
    path("team/search/", views.team_search, name="team_search"),
    path("team/search/<uuid:search_id>/", views.team_results, name="team_search_results"),
]
