"""Rows of the care team's lists, put together without the template engine: on a page of 25 it took a third of the time.

What comes out is what templates/messaging/inbox/rows.html stands around; the words are for staff, so in English only.
"""

from collections.abc import Iterable
from typing import Final

from django import template
from django.utils.html import conditional_escape as escaped
from django.utils.safestring import SafeString

from messaging.inbox.rows import QueueRow

register = template.Library()

_URGENT: Final = '<span class="tag tag--urgent">Possibly urgent</span> '
_OVERDUE: Final = '<span class="tag tag--urgent">Overdue</span> '
_UNREAD: Final = '<span class="tag tag--info" aria-hidden="true">Unread</span> '
_UNREAD_ALOUD: Final = '<span class="usa-sr-only">Unread: </span>'
_WITHDRAWN: Final = '<span class="tag">Withdrawn from the veteran’s view</span> '


@register.simple_tag
def queue_rows(rows: Iterable[QueueRow], *, is_open: bool, pick: bool, checked: bool) -> SafeString:
    """Return the items of a list: with age and due time where the work is open, with a box to `pick` them by."""
    # Safe: every value goes through escaped().
    return SafeString("\n".join([_row(row, is_open=is_open, pick=pick, checked=checked) for row in rows]))


def _row(row: QueueRow, *, is_open: bool, pick: bool, checked: bool) -> str:
    kind = f"{' row--unread' if row.is_unread else ''}{' row--pick' if pick else ''}"
    return f"""<li class="row row--queue{kind}">
    {_box(row, checked=checked) if pick else ""}<div class="row__title"><a href="{escaped(row.url)}" id="t-{escaped(row.key)}">{_UNREAD_ALOUD if row.is_unread else ""}<bdi>{escaped(row.veteran)}</bdi>: <bdi>{escaped(row.subject)}</bdi></a></div>
    {_tags(row)}<dl class="row__facts">
      <div><dt>Team</dt><dd><bdi>{escaped(row.team)}</bdi></dd></div>
      <div><dt>Category</dt><dd>{escaped(row.category)}</dd></div>
      <div><dt>Assigned to</dt><dd>{f"<bdi>{escaped(row.assignee)}</bdi>" if row.assignee else "Nobody"}</dd></div>
      {_clock(row) if is_open else _state(row)}
    </dl>
  </li>"""


def _box(row: QueueRow, *, checked: bool) -> str:
    key = escaped(row.key)
    return (
        f'<div class="row__pick"><input class="usa-checkbox__input" type="checkbox" id="c-{key}" name="conversation"'
        f' value="{key}" aria-labelledby="pick-word t-{key}"{" checked" if checked else ""}>'
        f'<label class="usa-checkbox__label" for="c-{key}"></label></div>\n    '
    )


def _tags(row: QueueRow) -> str:
    tags = (
        f"{_URGENT if row.is_urgent else ''}{_OVERDUE if row.is_overdue else ''}{_UNREAD if row.is_unread else ''}"
        f"{_WITHDRAWN if row.is_withdrawn else ''}"
    )
    if row.answer_by:
        tags += f'<span class="tag"><span>Reply being written by <bdi>{escaped(row.answer_by)}</bdi></span></span>'
    return f'<div class="row__tags">{tags}</div>\n    ' if tags else ""


def _clock(row: QueueRow) -> str:
    due = f'<time datetime="{escaped(row.due_iso)}">{escaped(row.due)}</time>' if row.due else "Not due"
    return (
        f"<div><dt>Waiting</dt><dd>{escaped(row.waiting) or 'No clock runs'}</dd></div>\n"
        f"      <div><dt>Answer due</dt><dd>{due}</dd></div>"
    )


def _state(row: QueueRow) -> str:
    return (
        f"<div><dt>State</dt><dd>{escaped(row.state)}</dd></div>\n      <div><dt>Last message</dt><dd>"
        f'<time datetime="{escaped(row.when_iso)}">{escaped(row.when)}</time></dd></div>'
    )
