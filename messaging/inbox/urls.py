"""The care team's side."""

from django.urls import path

from messaging.answering import views as answer_views
from messaging.attachments import lists as file_lists
from messaging.attachments import views as file_views
from messaging.broadcasts import views as broadcast_views
from messaging.inbox import bulk_views, queue_views, reply_views, views
from messaging.presence import views as presence_views
from messaging.starting import views as starting_views

urlpatterns = [
    path("team/files/<uuid:file_id>/", file_views.download, name="team_file"),
    path("team/files/<uuid:file_id>/picture/", file_views.picture, name="team_file_picture"),
    path("team/selected/", bulk_views.selected, name="team_selected"),
    path("team/start/", starting_views.find, name="team_start"),
    path("team/start/autosave/", starting_views.autosave, name="autosave_team_start"),
    path("team/start/<uuid:draft_id>/", starting_views.write, name="team_start_write"),
    path("team/start/<uuid:draft_id>/files/", file_lists.files, name="team_start_files"),
    path("team/start/<uuid:draft_id>/delete/", starting_views.discard, name="team_start_discard"),
    path("team/many/", broadcast_views.begin, name="team_broadcasts"),
    path("team/many/<uuid:broadcast_id>/", broadcast_views.broadcast, name="team_broadcast"),
    path("team/many/<uuid:broadcast_id>/autosave/", broadcast_views.autosave, name="autosave_broadcast"),
    path("team/many/<uuid:broadcast_id>/progress/", broadcast_views.progress, name="team_broadcast_progress"),
    path("team/many/<uuid:broadcast_id>/result/", broadcast_views.result, name="team_broadcast_result"),
    path("team/<slug:name>/", queue_views.queue, name="team_queue"),
    path("team/<slug:name>/news/", queue_views.news, name="team_queue_news"),
    path("team/conversations/<uuid:conversation_id>/", views.conversation, name="team_conversation"),
    path("team/conversations/<uuid:conversation_id>/files/", file_lists.states, name="team_file_states"),
    path("team/conversations/<uuid:conversation_id>/reply/", reply_views.reply, name="team_reply"),
    path(
        "team/conversations/<uuid:conversation_id>/reply/autosave/", answer_views.autosave, name="autosave_team_reply"
    ),
    path("team/conversations/<uuid:conversation_id>/reply/give-up/", answer_views.give_up, name="team_reply_give_up"),
    path("team/conversations/<uuid:conversation_id>/reply/earlier/", answer_views.put_away, name="team_reply_earlier"),
    path(
        "team/conversations/<uuid:conversation_id>/reply/earlier/<uuid:draft_id>/",
        answer_views.bring_back,
        name="team_reply_bring_back",
    ),
    path(
        "team/conversations/<uuid:conversation_id>/reply/<uuid:draft_id>/files/",
        file_lists.files,
        name="team_reply_files",
    ),
    path("team/conversations/<uuid:conversation_id>/presence/", presence_views.presence, name="team_presence"),
    path("team/conversations/<uuid:conversation_id>/note/", views.note, name="team_note"),
    path("team/conversations/<uuid:conversation_id>/take/", views.take, name="team_take"),
    path("team/conversations/<uuid:conversation_id>/assign/", views.assign, name="team_assign"),
    path("team/conversations/<uuid:conversation_id>/hand-over/", views.hand_over, name="team_hand_over"),
    path("team/conversations/<uuid:conversation_id>/complete/", views.complete, name="team_complete"),
    path("team/conversations/<uuid:conversation_id>/reopen/", views.reopen, name="team_reopen"),
]
