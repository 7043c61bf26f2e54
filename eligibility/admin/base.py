"""What every admin page of the portal shares: rights by role, rows by scope, changes by actions.

Nothing here writes rows. A form that is otherwise valid calls its action; what the action refuses
shows next to its field. No page deletes: things end, and stay on record.
"""

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest

from eligibility import queries
from eligibility.models import Role
from smportal.actor import Actor
from smportal.errors import DomainError

if TYPE_CHECKING:
    ModelAdmin = admin.ModelAdmin[Any]
    ModelForm = forms.ModelForm[Any]
else:
    ModelAdmin = admin.ModelAdmin
    ModelForm = forms.ModelForm


def actor_of(request: HttpRequest) -> Actor:
    """Return who acts in this request."""
    actor: Actor = request.actor  # type: ignore[attr-defined]
    return actor


class ActionForm(ModelForm):
    """A form that does its deed by an action, once, when everything typed is valid.

    A subclass gives `perform`; the admin sets `actor`.
    """

    actor: Actor

    def perform(self, data: dict[str, Any]) -> Model:
        """Call the action and return the row. Raises DomainError."""
        raise NotImplementedError

    def _post_clean(self) -> None:
        # Instead of Django's building of an instance: the action builds, checks and saves it.
        if self.errors:
            return
        try:
            with transaction.atomic():
                self.instance = self.perform(self.cleaned_data)
        except DomainError as error:
            self.add_error(error.field if error.field in self.fields else None, error.text)

    def _save_m2m(self) -> None:
        """Leave the row as the action left it."""

    def save(self, commit: bool = True) -> Any:  # noqa: FBT002 - Django's signature
        """Return the row that the action saved."""
        self.save_m2m = self._save_m2m  # type: ignore[method-assign]
        return self.instance


class ScopedAdmin(ModelAdmin):
    """Rows of the facilities that the actor administers, read-only unless a form with an action is given."""

    # Who may look, and who may change.
    view_roles: ClassVar[frozenset[str]] = frozenset({Role.ADMINISTRATOR})
    # The path from a row to its facility's id; empty for what only a national role may see.
    scope_path: ClassVar[str] = ""
    # Rows without a facility are everybody's (a closure of all facilities).
    shows_unscoped: ClassVar[bool] = False
    add_form: ClassVar[type[ActionForm] | None] = None
    change_form: ClassVar[type[ActionForm] | None] = None
    list_per_page = 50
    show_full_result_count = False
    actions_on_bottom = True
    view_on_site = False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self._may_view(actor_of(request))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self._may_view(actor_of(request))

    def has_add_permission(self, request: HttpRequest) -> bool:
        return self.add_form is not None and actor_of(request).has_role(Role.ADMINISTRATOR)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.change_form is not None and actor_of(request).has_role(Role.ADMINISTRATOR)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def _may_view(self, actor: Actor) -> bool:
        return any(self._scope(actor, role) is not None for role in self.view_roles)

    def _scope(self, actor: Actor, role: str) -> queries.Scope | None:
        """Return the actor's scope in a role, None when it opens nothing here."""
        if not actor.has_role(role):
            return None
        scope = queries.scope_of(actor, role)
        return scope if scope.everywhere or self.scope_path else None

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        scopes = [self._scope(actor_of(request), role) for role in self.view_roles]
        held = [scope for scope in scopes if scope is not None]
        rows = super().get_queryset(request)
        if any(scope.everywhere for scope in held):
            return rows
        ids = {facility_id for scope in held for facility_id in scope.facility_ids}
        if not ids or not self.scope_path:
            return rows.none()
        condition = Q(**{f"{self.scope_path}__in": ids})
        if self.shows_unscoped:
            condition |= Q(**{f"{self.scope_path}__isnull": True})
        return rows.filter(condition)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:  # noqa: FBT002
        own = self.change_form if obj is not None else self.add_form
        if own is None or (not self.has_change_permission(request, obj) and obj is not None):
            return super().get_form(request, obj, change, **kwargs)
        # A class of this request, because Django builds the form itself.
        return type(own.__name__, (own,), {"actor": actor_of(request)})

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        own = self.change_form if obj is not None else self.add_form
        if own is not None and (obj is None or self.has_change_permission(request, obj)):
            return [*own.base_fields, *(self.get_readonly_fields(request, obj) if obj else ())]
        return super().get_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        # A new row's form asks for what its page later only shows.
        return () if obj is None else super().get_readonly_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Do nothing: the form's action has saved."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Do nothing: no page edits related rows."""

    def for_each(
        self, request: HttpRequest, rows: QuerySet[Any] | Sequence[Any], act: Callable[[Any], object], done: str
    ) -> None:
        """Run an action for every selected row, all or none, and say how it went."""
        try:
            with transaction.atomic():
                count = sum(1 for row in rows if act(row) is not NotImplemented)
        except DomainError as error:
            self.message_user(request, f"Nothing was changed. {error.text}", messages.ERROR)
            return
        self.message_user(request, f"{done}: {count}", messages.SUCCESS)
