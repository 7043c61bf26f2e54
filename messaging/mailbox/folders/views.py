"""The page of the own folders: make, rename, remove."""

import uuid
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from messaging.mailbox import queries
from messaging.mailbox.folders import actions
from messaging.mailbox.folders.actions import FOLDERS_MOST
from messaging.mailbox.folders.forms import FolderForm
from messaging.mailbox.folders.queries import shelves
from messaging.mailbox.navigation import links
from messaging.web import actor_of, domain_errors, show_error
from smportal.errors import Conflict, InvalidInput


@domain_errors
def own_folders(request: HttpRequest) -> HttpResponse:
    """Every own folder, and a form for a new one."""
    form = FolderForm(request.POST or None)
    if request.method != "POST":
        return _page(request, form)
    if form.is_valid():
        try:
            actions.create(actor=actor_of(request), name=form.cleaned_data["name"])
        except InvalidInput as invalid:
            return _page(request, form, status=show_error(form, invalid))
        messages.success(request, _("Your new folder is ready."))
        return redirect("mailbox_folders")
    return _page(request, form, status=400)


@domain_errors
def rename(request: HttpRequest, folder_id: uuid.UUID) -> HttpResponse:
    """Give a folder another name."""
    found = shelves(queries.mailbox_of(actor_of(request)))
    folder = found.folder(folder_id)
    form = FolderForm(request.POST or None, initial={"name": folder.name})
    status = 200
    if request.method == "POST":
        status = 400
        if form.is_valid():
            try:
                actions.rename(actor=actor_of(request), folder_id=folder_id, name=form.cleaned_data["name"])
            except InvalidInput as invalid:
                status = show_error(form, invalid)
            else:
                messages.success(request, _("The folder has its new name."))
                return redirect("mailbox_folder", folder_id)
    context = {"form": form, "folder": folder, "folders": links(found, str(folder_id))}
    return render(request, "messaging/mailbox/folder_rename.html", context, status=status)


@domain_errors
def remove(request: HttpRequest, folder_id: uuid.UUID) -> HttpResponse:
    """Remove an empty folder; a full one says what is in the way."""
    try:
        actions.remove(actor=actor_of(request), folder_id=folder_id)
    except Conflict as conflict:
        return _page(request, FolderForm(), status=409, in_the_way=(folder_id, conflict.text))
    messages.success(request, _("The folder is removed."))
    return redirect("mailbox_folders")


def _page(
    request: HttpRequest, form: FolderForm, *, status: int = 200, in_the_way: tuple[uuid.UUID, str] | None = None
) -> HttpResponse:
    found = shelves(queries.mailbox_of(actor_of(request)))
    context: dict[str, Any] = {
        "form": form,
        "own": found.folders,
        "may_make": len(found.folders) < FOLDERS_MOST,
        "most": FOLDERS_MOST,
        "full": in_the_way[0] if in_the_way else None,
        "full_text": in_the_way[1] if in_the_way else "",
        "folders": links(found, "mailbox_folders"),
    }
    return render(request, "messaging/mailbox/folders.html", context, status=status)
