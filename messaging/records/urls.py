"""What a veteran keeps. URLs carry UUIDs only."""

from django.urls import path, register_converter

from messaging.records import views
from messaging.records.archive import views as archive_views


class KindConverter:
    """The kinds of copy; see views.KINDS."""

    regex = "print|pdf|text"

    @staticmethod
    def to_python(value: str) -> str:
        return value

    @staticmethod
    def to_url(value: str) -> str:
        return value


register_converter(KindConverter, "copy_kind")

urlpatterns = [
    path("messages/everything/", archive_views.archive, name="records_archive"),
    path("messages/everything/progress/", archive_views.progress, name="records_archive_progress"),
    path("messages/everything/<uuid:archive_id>/", archive_views.take, name="records_archive_take"),
    path("messages/everything/<uuid:archive_id>/file/", archive_views.file, name="records_archive_file"),
    path("messages/<uuid:conversation_id>/opened/", views.opened, name="records_opened"),
    path("messages/<uuid:conversation_id>/copy/<copy_kind:kind>/", views.copy, name="records_copy"),
]
