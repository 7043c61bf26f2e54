"""The page for people: what the stand-in has taken, newest first."""

import base64
import html
from collections.abc import Mapping
from typing import Any, Final

STYLE: Final = """
body { font: 1.05rem/1.5 system-ui, sans-serif; margin: 0 auto; max-width: 52rem; padding: 1rem; color: #1b1b1b; }
article { border-top: 1px solid #a9aeb1; padding: .6rem 0; }
h1 { font-size: 1.6rem; } h2 { font-size: 1.2rem; margin: .3rem 0; }
dl { display: grid; gap: 0 1rem; grid-template-columns: max-content 1fr; margin: 0; } dd { margin: 0; }
dd, pre, h2 { overflow-wrap: anywhere; } pre { background: #f0f0f0; padding: .6rem; white-space: pre-wrap; }
"""
_PAGE: Final = """<!doctype html><html lang="en"><head><meta charset="utf-8"><title>Health record of the demo</title>
<meta name="viewport" content="width=device-width"><link rel="stylesheet" href="/style.css"></head>
<body><main><h1>Health record of the demo</h1>
<p>{count} filed, newest first. It stands in for a FHIR R4 server: it checks notes as one would, and keeps them here.</p>
{notes}</main></body></html>"""
_NOTE: Final = """<article><h2>{title}</h2><dl><dt>Veteran (ICN)</dt><dd>{icn}</dd><dt>Author</dt><dd>{author}</dd>
<dt>Clinic</dt><dd>{clinic}</dd><dt>Date</dt><dd>{date}</dd><dt>Known as</dt><dd>{identifier}</dd></dl>
<pre>{text}</pre></article>"""


def render(notes: Mapping[str, dict[str, Any]]) -> str:
    """Return the page."""
    newest = reversed(list(notes.values()))
    return _PAGE.format(count=len(notes), notes="\n".join(_one(note) for note in newest) or "<p>Nothing yet.</p>")


def _one(note: dict[str, Any]) -> str:
    attachment = note["content"][0]["attachment"]
    fields = {
        "title": note.get("description") or attachment.get("title") or "",
        "icn": note["subject"]["identifier"]["value"],
        "author": note["author"][0]["display"],
        "clinic": ", ".join(each.get("display", "") for each in note["context"].get("related", ())),
        "date": note["date"],
        "identifier": note["masterIdentifier"]["value"],
        "text": base64.b64decode(attachment["data"]).decode(),
    }
    return _NOTE.format(**{name: html.escape(value) for name, value in fields.items()})
