"""The veteran's side. URLs carry UUIDs only."""

from django.urls import path

from messaging.attachments import lists as file_lists
from messaging.attachments import views as file_views
from messaging.mailbox import autosave, choosing, compose, navigation, thread, views
from messaging.mailbox.discarding import views as discarding
from messaging.mailbox.folders import views as folders
from messaging.mailbox.lists import views as lists
from messaging.mailbox.moving import views as moving

urlpatterns = [
    path("home/", navigation.dashboard, name="dashboard"),
    path("messages/", lists.inbox, name="mailbox_inbox"),
    path("messages/sent/", lists.sent, name="mailbox_sent"),
    path("messages/drafts/", discarding.drafts, name="mailbox_drafts"),
    path("messages/trash/", lists.trash, name="mailbox_trash"),
    path("messages/folders/", folders.own_folders, name="mailbox_folders"),
    path("messages/folders/<uuid:folder_id>/", lists.folder, name="mailbox_folder"),
    path("messages/folders/<uuid:folder_id>/rename/", folders.rename, name="folder_rename"),
    path("messages/folders/<uuid:folder_id>/remove/", folders.remove, name="folder_remove"),
    path("messages/selected/", moving.selected, name="mailbox_selected"),
    path("messages/undo/", moving.undo, name="mailbox_undo"),
    path("messages/urgent-needs/", compose.urgent_needs, name="urgent_needs"),
    path("messages/files/<uuid:file_id>/", file_views.download, name="mailbox_file"),
    path("messages/files/<uuid:file_id>/picture/", file_views.picture, name="mailbox_file_picture"),
    path("messages/new/", compose.compose, name="compose"),
    path("messages/new/team/", choosing.choose_team, name="choose_team"),
    path("messages/new/to/<uuid:team_id>/", compose.compose_to, name="compose_to"),
    path("messages/new/save/", autosave.compose, name="autosave_compose"),
    path("messages/drafts/deleted/", discarding.deleted_drafts, name="deleted_drafts"),
    path("messages/drafts/<uuid:draft_id>/", compose.edit_draft, name="edit_draft"),
    path("messages/drafts/<uuid:draft_id>/delete/", discarding.discard_draft, name="discard_draft"),
    path("messages/drafts/<uuid:draft_id>/restore/", discarding.restore_draft, name="restore_draft"),
    path("messages/drafts/<uuid:draft_id>/files/", file_lists.files, name="draft_files"),
    path("messages/drafts/<uuid:draft_id>/team/", choosing.choose_draft_team, name="choose_draft_team"),
    path("messages/sent/<uuid:message_id>/", views.confirmation, name="sent_confirmation"),
    path("messages/<uuid:conversation_id>/", thread.conversation, name="mailbox_conversation"),
    path("messages/<uuid:conversation_id>/files/", file_lists.states, name="mailbox_file_states"),
    path("messages/<uuid:conversation_id>/order/", thread.order, name="mailbox_order"),
    path("messages/<uuid:conversation_id>/continue/", thread.go_on, name="mailbox_continue"),
    path("messages/<uuid:conversation_id>/no-answer-needed/", thread.no_answer_needed, name="mailbox_withdraw"),
    path("messages/sent/<uuid:message_id>/copy/", thread.copy_to_another_team, name="mailbox_copy_message"),
    path("messages/<uuid:conversation_id>/reply/", compose.reply, name="mailbox_reply"),
    path("messages/<uuid:conversation_id>/reply/save/", autosave.reply, name="autosave_reply"),
    path("messages/<uuid:conversation_id>/reply/<uuid:draft_id>/files/", file_lists.files, name="reply_files"),
    path("messages/<uuid:conversation_id>/unread/", moving.mark_unread, name="mailbox_mark_unread"),
    path("messages/<uuid:conversation_id>/move/", moving.move, name="mailbox_move"),
]
