"""Who may open which of this app's URLs."""

from smportal.access import FORM, WRITE, Audience, Rule

# Opening a conversation is on record: only a real GET may do it, never a HEAD.
OPENING = frozenset({"GET"})

RULES: dict[str, Rule] = {
    "dashboard": Rule(Audience.ACCOUNT),
    "mailbox_inbox": Rule(Audience.READER),
    "mailbox_sent": Rule(Audience.READER),
    "mailbox_drafts": Rule(Audience.READER),
    "mailbox_trash": Rule(Audience.READER),
    "urgent_needs": Rule(Audience.READER, FORM),
    "compose": Rule(Audience.READER, FORM),
    "autosave_compose": Rule(Audience.READER, WRITE),
    "edit_draft": Rule(Audience.READER),
    "discard_draft": Rule(Audience.READER, WRITE),
    "sent_confirmation": Rule(Audience.READER),
    "mailbox_search": Rule(Audience.READER, FORM),
    "mailbox_search_results": Rule(Audience.READER, OPENING),
    "mailbox_conversation": Rule(Audience.READER, OPENING),
    "mailbox_reply": Rule(Audience.READER, WRITE),
    "autosave_reply": Rule(Audience.READER, WRITE),
    "mailbox_order": Rule(Audience.READER, WRITE),
    "mailbox_continue": Rule(Audience.READER, WRITE),
    "mailbox_withdraw": Rule(Audience.READER, WRITE),
    "mailbox_copy_message": Rule(Audience.READER, WRITE),
    "records_opened": Rule(Audience.READER),
    "records_copy": Rule(Audience.READER, FORM),
    "mailbox_mark_unread": Rule(Audience.READER, WRITE),
    "mailbox_move": Rule(Audience.READER, WRITE),
    "reports": Rule(Audience.WORKER),
    "reports_csv": Rule(Audience.WORKER),
    "team_queue": Rule(Audience.STAFF),
    "team_search": Rule(Audience.STAFF, FORM),
    "team_search_results": Rule(Audience.STAFF, OPENING),
    "team_conversation": Rule(Audience.STAFF, OPENING),
    "team_reply": Rule(Audience.STAFF, WRITE),
    "team_note": Rule(Audience.STAFF, WRITE),
    "team_take": Rule(Audience.STAFF, WRITE),
    "team_assign": Rule(Audience.STAFF, WRITE),
    "team_hand_over": Rule(Audience.STAFF, WRITE),
    "team_complete": Rule(Audience.STAFF, WRITE),
    "team_reopen": Rule(Audience.STAFF, WRITE),
}
