"""Receives an uploaded feed in memory only: no plaintext file is ever left behind."""

import io
from typing import Any

from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile

# Loaded within one request; larger files go through the command (docs/feeds.md).
LARGEST_UPLOAD = 5 * 1024 * 1024


class MemoryOnlyUploadHandler(FileUploadHandler):
    """Keeps one small file in memory and skips a larger one; `too_large` tells the form."""

    def __init__(self, request: Any = None) -> None:
        super().__init__(request)
        self.too_large = False
        self._buffer = io.BytesIO()

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self._buffer = io.BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._buffer.write(raw_data)
        if self._buffer.tell() > LARGEST_UPLOAD:
            self.too_large = True
            self._buffer = io.BytesIO()
            raise SkipFile

    def file_complete(self, file_size: int) -> InMemoryUploadedFile | None:
        if self.too_large:
            return None
        self._buffer.seek(0)
        return InMemoryUploadedFile(
            file=self._buffer,
            field_name=self.field_name,
            name=self.file_name or "feed.csv",
            content_type=self.content_type or "text/csv",
            size=file_size,
            charset=self.charset,
        )
