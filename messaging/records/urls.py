"""What a veteran keeps. URLs carry UUIDs only."""

from django.urls import path, register_converter

from messaging.records import views


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
    path("messages/<uuid:conversation_id>/opened/", views.opened, name="records_opened"),
    path("messages/<uuid:conversation_id>/copy/<copy_kind:kind>/", views.copy, name="records_copy"),
]
