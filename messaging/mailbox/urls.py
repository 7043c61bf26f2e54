"""The veteran's side. URLs carry UUIDs only."""

from django.urls import path, register_converter

from messaging.mailbox import autosave, compose, navigation, thread, views


class PlaceConverter:
    """The two places that a button can move a conversation to."""

    regex = "inbox|trash"

    @staticmethod
    def to_python(value: str) -> str:
        return value

    @staticmethod
    def to_url(value: str) -> str:
        return value


register_converter(PlaceConverter, "place")

urlpatterns = [
    path("home/", navigation.dashboard, name="dashboard"),
    path("messages/", views.inbox, name="mailbox_inbox"),
    path("messages/sent/", views.sent, name="mailbox_sent"),
    path("messages/drafts/", views.drafts, name="mailbox_drafts"),
    path("messages/trash/", views.trash, name="mailbox_trash"),
    path("messages/urgent-needs/", compose.urgent_needs, name="urgent_needs"),
    path("messages/new/", compose.compose, name="compose"),
    path("messages/new/save/", autosave.compose, name="autosave_compose"),
    path("messages/drafts/<uuid:draft_id>/", compose.edit_draft, name="edit_draft"),
    path("messages/drafts/<uuid:draft_id>/delete/", views.discard_draft, name="discard_draft"),
    path("messages/sent/<uuid:message_id>/", views.confirmation, name="sent_confirmation"),
    path("messages/<uuid:conversation_id>/", thread.conversation, name="mailbox_conversation"),
    path("messages/<uuid:conversation_id>/order/", thread.order, name="mailbox_order"),
    path("messages/<uuid:conversation_id>/continue/", thread.go_on, name="mailbox_continue"),
    path("messages/<uuid:conversation_id>/no-answer-needed/", thread.no_answer_needed, name="mailbox_withdraw"),
    path("messages/sent/<uuid:message_id>/copy/", thread.copy_to_another_team, name="mailbox_copy_message"),
    path("messages/<uuid:conversation_id>/reply/", compose.reply, name="mailbox_reply"),
    path("messages/<uuid:conversation_id>/reply/save/", autosave.reply, name="autosave_reply"),
    path("messages/<uuid:conversation_id>/unread/", views.mark_unread, name="mailbox_mark_unread"),
    path("messages/<uuid:conversation_id>/move/<place:place>/", views.move, name="mailbox_move"),
]
