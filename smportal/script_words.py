"""Every word that the page's scripts show or say, so that it is translated like all others.

base.html embeds them once as a data block (`{% script_words %}`), and js/words.js gives each script its own:
`portalWords.counter.left_one`. A script holds no sentence of its own; {names} in braces are filled in by
`portalFill`. docs/components.md says how to add one.
"""

from typing import Final

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

WORDS: Final[dict[str, dict[str, Promise]]] = {
    "autosave": {
        "already_sent": _("Not saved: this message was sent already"),
        "conflict": _("Not saved: this draft was changed in another tab"),
        "nothing": _("Nothing to save yet"),
        "refused": _("Not saved: {reason}"),
        "refused_by_button": _("Not saved. Select Save draft to keep this text."),
        "saving": _("Saving…"),
        "sent_messages": _("Go to your sent messages"),
        "signed_out": _("You’re signed out, so this text isn’t saved. Copy it, then sign in again."),
        "trying_again": _("Not saved yet – trying again"),
        "unsaved": _("Not saved yet"),
    },
    "choosing": {
        "folder": _("A folder can’t be added. Open it, then choose the files in it."),
        "pasted": _("Pasted picture {number}"),
    },
    "counter": {
        "left_one": _("{count} character left"),
        "left_other": _("{count} characters left"),
        "over_one": _("{count} character too many"),
        "over_other": _("{count} characters too many"),
    },
    "files": {
        "already": _("{name} is in your list already"),
        "cancelled": _("{name}: upload canceled"),
        "changed": _("This file changed or was moved while it was uploading. Choose it again."),
        "gone": _("This message’s files can’t be reached anymore. Save your text, then load this page again."),
        "lost": _("This file wasn’t uploaded: the connection was lost. Your text is still here."),
        "not_removed": _("This file wasn’t removed: the connection was lost. Try again."),
        "removed": _("{name} removed"),
        "said": _("{name}: {state}"),
        "signed_in_again": _("You signed in again after you opened this page. Save your draft, then add this file."),
        "storing": _("Uploaded. We’re looking at it…"),
        "unanswered": _("This file wasn’t uploaded: something is wrong on our side. Wait a minute, then try again."),
        "uploading": _("Uploading: {percent}%"),
        "waiting": _("Waiting to upload"),
    },
    "filestates": {"said": _("{name}: {state}")},
    "forms": {"sending": _("Sending…")},
    "holding": {
        "on_hold": _("Your files are still uploading. We’ll go on as soon as they’re done."),
        "stopped": _("Nothing was sent, because a file wasn’t uploaded. Try that file again or remove it."),
    },
    "passkey": {"failed": _("That didn’t work. Try again, or use another way to sign in.")},
    "pick": {
        "all": _("Select all on this page"),
        "clear": _("Clear selection"),
        "none": _("Nothing selected"),
        "one": _("{count} conversation selected"),
        "other": _("{count} conversations selected"),
    },
    "session": {
        "ending": _("Signing you out in {time}"),
        "longest": _("We sign everyone out after 12 hours."),
        "minutes": _("{count} minutes"),
        "not_reached": _("{time}. We couldn’t reach the server; try again"),
        "one_second": _("1 second"),
        "seconds": _("{count} seconds"),
        "still_signed_in": _("You’re still signed in."),
    },
    "teams": {
        "found_one": _("{found} of your {total} care teams"),
        "found_other": _("{found} of your {total} care teams"),
    },
}
