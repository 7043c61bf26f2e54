"""Taking files in: each chunk that arrives is sealed before it is written, so nothing lies on the disk in clear."""

import hashlib
import uuid
from typing import TYPE_CHECKING, Any

from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import HttpRequest

from messaging.attachments import storage
from messaging.attachments.limits import BYTES_MOST, FILES_MOST
from messaging.attachments.refusals import Refusal
from messaging.attachments.sealing import Secret
from messaging.attachments.segments import SegmentReader, new_key

if TYPE_CHECKING:
    _UploadedFile = UploadedFile[bytes]
else:
    _UploadedFile = UploadedFile


class SealedUpload(_UploadedFile):
    """A file that has arrived. It is kept only when an action says so; else it is removed with the request."""

    def __init__(self, file_id: uuid.UUID, name: str, size: int, secret: Secret, refusal: Refusal | None) -> None:
        super().__init__(file=None, name=name, size=size)
        self.file_id, self.secret, self.refusal = file_id, secret, refusal
        self.kept = False

    def reader(self) -> SegmentReader:
        """Return the file in clear, readable at any place."""
        return storage.open_stream(self.file_id, self.secret.key, self.size or 0)

    def close(self) -> None:
        """Nothing is open between requests of its content."""


def sealed(content: bytes, name: str) -> SealedUpload:
    """Take in a small file that no form brings: one that the portal makes itself."""
    file_id, key = uuid.uuid4(), new_key()
    deposit = storage.Deposit(file_id, key)
    deposit.writer.write(content)
    deposit.commit()
    return SealedUpload(file_id, name, len(content), Secret(key, hashlib.sha256(content).digest()), None)


class DiscardingHandler(FileUploadHandler):
    """For every address that takes no files, and for people who are not signed in; `files_dropped` tells of it."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        if self.request is not None:
            self.request.files_dropped = True  # type: ignore[attr-defined]
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        return None

    def file_complete(self, file_size: int) -> None:
        return None


class SealingHandler(FileUploadHandler):
    """Seals each file of a request into the store. One that is too large is read on and forgotten.

    The rest of the form must come through whatever is wrong with a file: it is what somebody typed.
    """

    def __init__(self, request: HttpRequest | None = None) -> None:
        super().__init__(request)
        self.uploads: list[SealedUpload] = []
        self._deposit: storage.Deposit | None = None
        self._refusal: Refusal | None = None

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        if len(self.uploads) >= 2 * FILES_MOST:
            raise SkipFile
        self._id, self._key, self._digest = uuid.uuid4(), new_key(), hashlib.sha256()
        self._size, self._refusal = 0, None
        if len(self.uploads) >= FILES_MOST:
            self._refuse(Refusal.TOO_MANY)
            return
        try:
            self._deposit = storage.Deposit(self._id, self._key)
        except OSError:
            self._refuse(Refusal.STORAGE)

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        self._size += len(raw_data)
        if self._deposit is None:
            return
        if self._size > BYTES_MOST:
            self._refuse(Refusal.TOO_LARGE)
            return
        self._digest.update(raw_data)
        try:
            self._deposit.writer.write(raw_data)
        except OSError:
            self._refuse(Refusal.STORAGE)

    def file_complete(self, file_size: int) -> SealedUpload:
        if self._deposit is not None:
            try:
                self._deposit.commit()
            except OSError:
                self._refuse(Refusal.STORAGE)
            self._deposit = None
        secret = Secret(self._key, self._digest.digest())
        upload = SealedUpload(self._id, self.file_name or "", self._size, secret, self._refusal)
        self.uploads.append(upload)
        return upload

    def upload_interrupted(self) -> None:
        """The connection was lost."""
        self._forget()

    def sweep(self) -> None:
        """Remove what no action kept; runs after the response, whatever it was."""
        self._forget()
        for upload in self.uploads:
            if not upload.kept:
                storage.remove(upload.file_id)

    def _refuse(self, refusal: Refusal) -> None:
        self._refusal = refusal
        self._forget()

    def _forget(self) -> None:
        if self._deposit is not None:
            self._deposit.abandon()
            self._deposit = None
