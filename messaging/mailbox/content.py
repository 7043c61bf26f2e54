"""What a veteran's message consists of: in part as a draft, whole and in normal form to be sent."""

import unicodedata
import uuid
from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from django.utils.translation import gettext as _

from messaging import guided as guided_forms
from messaging import posting, signing, text
from messaging.guided import Guided
from messaging.models import Category
from messaging.signing import LegalSignature
from smportal.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class DraftContent:
    """What was typed so far; anything may be missing."""

    team_id: uuid.UUID | None = None
    category: str = ""
    subject: str = ""
    body: str = ""
    guided: Guided = field(default_factory=Guided)
    with_signature: bool = False
    legal: LegalSignature = field(default_factory=LegalSignature)
    # Links of the health library; only staff send them.
    links: tuple[uuid.UUID, ...] = ()

    @property
    def is_empty(self) -> bool:
        """Nothing typed: not worth keeping. The team alone was chosen on the way to the form."""
        typed = (self.category, self.subject.strip(), self.body.strip(), self.guided, self.legal, self.links)
        return not any(typed)

    def plain(self) -> tuple[object, ...]:
        """Return what tells two texts apart: not the line ends of a browser, nor spaces that a send takes away."""
        answers = {name: _words(value) for name, value in self.guided.answers.items() if value.strip()}
        lines = "\n".join(line.rstrip() for line in _visible(self.body).split("\n")).strip("\n")
        signed = (self.with_signature, _words(self.legal.name), self.legal.certified)
        return self.team_id, self.category, _words(self.subject), lines, self.guided.kind, answers, signed, self.links


def _visible(value: str) -> str:
    return unicodedata.normalize("NFC", text.visible_only(value))


def _words(value: str) -> str:
    return " ".join(_visible(value).split())


@dataclass(frozen=True, slots=True)
class SendContent:
    """A whole message: what a send needs."""

    team_id: uuid.UUID
    category: str
    subject: str
    body: str
    guided: Guided
    with_signature: bool
    legal: LegalSignature

    def as_draft(self) -> DraftContent:
        """Return it as a draft would hold it."""
        values = (self.team_id, self.category, self.subject, self.body, self.guided, self.with_signature, self.legal)
        return DraftContent(*values)

    def digested(self, file_ids: Collection[uuid.UUID] = ()) -> bytes:
        """Return what makes another content of it. The signature counts as wished or not: its text may change."""
        return posting.content_of(
            str(self.team_id), self.category, self.subject, self.body, *_extras(self.guided, self), file_ids=file_ids
        )


@dataclass(frozen=True, slots=True)
class ReplyContent:
    """A whole reply."""

    body: str
    with_signature: bool = False
    legal: LegalSignature = field(default_factory=LegalSignature)

    def as_draft(self) -> DraftContent:
        """Return it as a draft would hold it."""
        return DraftContent(body=self.body, with_signature=self.with_signature, legal=self.legal)

    def digested(self, conversation_id: uuid.UUID, file_ids: Collection[uuid.UUID] = ()) -> bytes:
        """Return what makes another content of it."""
        return posting.content_of(str(conversation_id), self.body, *_extras(Guided(), self), file_ids=file_ids)


def _extras(guided: Guided, whole: SendContent | ReplyContent) -> tuple[str, ...]:
    """Return what there is beside the text; nothing for a plain message, so that its digest stays what it was."""
    if not (guided or whole.with_signature or whole.legal):
        return ()
    return guided.packed(), str(whole.with_signature), whole.legal.packed() if whole.legal else ""


def checked_content(content: DraftContent, *, needs_legal: bool = False) -> SendContent:
    """Return the content in normal form.

    Raises InvalidInput for the first field at fault, with the other ones in its `others`.
    """
    errors: list[InvalidInput] = []
    if content.team_id is None:
        errors.append(InvalidInput(_("Choose a care team"), code="empty", field="team"))
    if content.category not in Category.values:
        errors.append(InvalidInput(_("Choose a category"), code="empty", field="category"))
    subject = _collected(
        errors,
        lambda: text.clean_line(content.subject, field="subject", label=_("A subject"), most=text.SUBJECT_MOST),
    )
    guided, unanswered = guided_forms.checked(content.guided)
    errors += unanswered
    body = _collected(errors, lambda: clean_body(content.body, content.guided))
    legal = _legal(errors, content.legal, needed=needs_legal)
    _raise_all(errors)
    assert content.team_id is not None  # noqa: S101 - for the type checker: an error was raised above
    return SendContent(content.team_id, content.category, subject, body, guided, content.with_signature, legal)


def checked_reply(content: DraftContent, *, needs_legal: bool = False) -> ReplyContent:
    """Return a reply's content in normal form; raises as `checked_content` does."""
    errors: list[InvalidInput] = []
    body = _collected(errors, lambda: clean_body(content.body))
    legal = _legal(errors, content.legal, needed=needs_legal)
    _raise_all(errors)
    return ReplyContent(body, content.with_signature, legal)


def clean_body(body: str, guided: Guided | None = None) -> str:
    """Return the message's text in normal form. Raises InvalidInput; a guided form has words of its own for it."""
    kind = guided_forms.kind_of(guided.kind) if guided else None
    try:
        return text.clean_text(body, field="body", label=_("A message"), most=text.BODY_MOST)
    except InvalidInput as error:
        if kind is None or error.code != "empty":
            raise
        answer = _("Answer “{label}”").format(label=kind.body_label)
        raise InvalidInput(answer, code="empty", field="body") from None


def _legal(errors: list[InvalidInput], legal: LegalSignature, *, needed: bool) -> LegalSignature:
    """Return the legal signature in normal form; where the team needs one, it must be whole."""
    if not needed:
        return LegalSignature(_words(legal.name), legal.certified)
    checked, lacking = signing.checked_legal(legal)
    errors += lacking
    return checked


def _collected(errors: list[InvalidInput], clean: Callable[[], str]) -> str:
    try:
        return clean()
    except InvalidInput as error:
        errors.append(error)
        return ""


def _raise_all(errors: list[InvalidInput]) -> None:
    if errors:
        first, *others = errors
        first.others = tuple(others)
        raise first
