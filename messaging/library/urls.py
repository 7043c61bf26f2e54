"""The health library for readers, and the list that staff choose from while they write."""

from django.urls import path

from messaging.library import views

urlpatterns = [
    path("library/", views.library, name="library"),
    path("library/search/", views.search, name="library_search"),
    path("library/topics/<uuid:topic_id>/", views.topic, name="library_topic"),
    path("team/conversations/<uuid:conversation_id>/library/", views.for_reply, name="team_library"),
    path("team/start/<uuid:draft_id>/library/", views.for_start, name="team_start_library"),
    path("team/many/<uuid:broadcast_id>/library/", views.for_many, name="team_broadcast_library"),
]
