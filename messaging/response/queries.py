"""What pages ask of the clocks."""

import datetime as dt

from messaging.models import Conversation, Obligation, ObligationEnd


def withdrawals(conversation: Conversation) -> list[dt.datetime]:
    """Return when the veteran said that no answer is needed any more, the first time first."""
    ended = Obligation.objects.filter(conversation=conversation, end=ObligationEnd.WITHDRAWN).order_by("ended_at")
    return [at for at in ended.values_list("ended_at", flat=True) if at is not None]
