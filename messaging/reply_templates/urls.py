"""Templates. They stand before the queues, whose names are any word."""

from django.urls import path

from messaging.reply_templates import views

urlpatterns = [
    path("team/templates/", views.templates, name="reply_templates"),
    path("team/templates/new/", views.new, name="reply_template_new"),
    path("team/templates/<uuid:template_id>/", views.template, name="reply_template"),
    path("team/conversations/<uuid:conversation_id>/templates/", views.for_reply, name="team_reply_templates"),
    path("team/start/<uuid:draft_id>/templates/", views.for_start, name="team_start_templates"),
    path("team/many/<uuid:broadcast_id>/templates/", views.for_many, name="team_broadcast_templates"),
]
