"""Handing out files: decrypted piece by piece, as a download that no browser runs."""

import uuid
from typing import cast

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse
from django.utils.http import content_disposition_header

from messaging.attachments import ranges, thumbnails
from messaging.attachments.disclosure import disclose_file
from messaging.attachments.queries import file_of, info_of, stream
from messaging.attachments.sealing import thumbnail_reader
from messaging.web import actor_of, domain_errors, is_prefetch
from smportal.errors import NotFound

HARDENED = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "X-Content-Type-Options": "nosniff",
    "Cache-Control": "private, no-store",
    "Cross-Origin-Resource-Policy": "same-origin",
}


@domain_errors
def download(request: HttpRequest, file_id: uuid.UUID) -> HttpResponse:
    """A file, or one range of it. HEAD tells its length, and not its name: nothing is on record for it."""
    if is_prefetch(request):
        return HttpResponse(status=204)
    actor = actor_of(request)
    row = file_of(actor, file_id)
    try:
        wanted = ranges.parse(request.headers.get("Range", ""), row.size)
    except ranges.Unsatisfiable:
        return HttpResponse(status=416, headers={**HARDENED, "Content-Range": f"bytes */{row.size}"})
    first, last = wanted or (0, row.size - 1)
    info = info_of(row)
    headers = {**HARDENED, "Accept-Ranges": "bytes", "Content-Length": str(last - first + 1)}
    if wanted:
        headers["Content-Range"] = f"bytes {first}-{last}/{row.size}"
    status = 206 if wanted else 200
    if request.method == "HEAD":
        return HttpResponse(status=status, content_type=info.media_type, headers=headers)
    row = disclose_file(actor=actor, file_id=file_id, purpose="range" if wanted else "download")
    # Ciphertext or pictures gain nothing from compression, and a range needs the length as it is.
    request.META["HTTP_ACCEPT_ENCODING"] = ""
    headers["Content-Disposition"] = content_disposition_header(as_attachment=True, filename=info.name) or "attachment"
    pieces = stream(row, first, last)
    streaming = StreamingHttpResponse(pieces, status=status, content_type=info.media_type, headers=headers)
    # Both are responses to Django; only its types tell them apart.
    return cast("HttpResponse", streaming)


@domain_errors
def picture(request: HttpRequest, file_id: uuid.UUID) -> HttpResponse:
    """The small picture, drawn by the server, for the list of files of a page that was opened already."""
    row = file_of(actor_of(request), file_id)
    if not row.thumbnail_size:
        raise NotFound
    content = b"".join(thumbnail_reader(row).pieces())
    return HttpResponse(content, content_type=thumbnails.MEDIA_TYPE, headers=HARDENED)
