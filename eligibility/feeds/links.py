"""Rows that name another row of the same kind: a facility its parent, a merged record its survivor.

The other row may come later in the file, so these are judged before anything is applied: on what
the whole file and the database say together, and again until nothing more falls away.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from accounts.models import VeteranRecord
from eligibility.feeds.staging import Stage
from eligibility.models import Facility


@dataclass(frozen=True, slots=True)
class Words:
    """What the two ways of failing are called."""

    unknown: str
    circle: str


WORDS = {
    "facilities": Words("the parent station is unknown", "the parent stations form a circle"),
    "veterans": Words("the surviving ICN is not in the master index", "the merged records form a circle"),
}
_CHUNK = 5_000


def resolve(kind: str, stage: Stage) -> tuple[dict[str, str], dict[str, int]]:
    """Return the keys to set aside with their reasons, and the rank by which to apply the others that link."""
    links = stage.links()
    if not links:
        return {}, {}
    stored = _stored_links(kind)
    words = WORDS[kind]
    plain = stage.standing({*stored, *links.values()}) - links.keys()
    known = plain | _existing(kind, links.values())
    in_database = _existing(kind, links)
    refused: dict[str, str] = {}
    while bad := _dangling(links, known | in_database, words) or _circles(links, plain, stored, words):
        refused |= bad
        links = {key: link for key, link in links.items() if key not in bad}
    return refused, {key: len(_chain(key, links, plain, stored)) for key in links}


def _dangling(links: Mapping[str, str], known: set[str], words: Words) -> dict[str, str]:
    return {key: words.unknown for key, link in links.items() if link not in known and link not in links}


def _circles(links: Mapping[str, str], plain: set[str], stored: Mapping[str, str], words: Words) -> dict[str, str]:
    bad: dict[str, str] = {}
    cleared: set[str] = set()
    for key in links:
        chain = _chain(key, links, plain, stored, stop=cleared)
        last = _next(chain[-1], links, plain, stored)
        if last in chain:
            bad |= {each: words.circle for each in chain[chain.index(last) :] if each in links}
        cleared.update(chain)
    return bad


def _chain(
    key: str,
    links: Mapping[str, str],
    plain: set[str],
    stored: Mapping[str, str],
    stop: Iterable[str] = (),
) -> list[str]:
    """Follow the links from a key until they end, meet `stop`, or come back to where they were."""
    chain, met = [key], {key}
    while (key := _next(key, links, plain, stored)) and key not in met and key not in stop:
        chain.append(key)
        met.add(key)
    return chain


def _next(key: str, links: Mapping[str, str], plain: set[str], stored: Mapping[str, str]) -> str:
    if key in links:
        return links[key]
    # The file says that it links to nothing now.
    return "" if key in plain else stored.get(key, "")


def _stored_links(kind: str) -> dict[str, str]:
    if kind == "facilities":
        facilities = Facility.objects.filter(parent__isnull=False).order_by()
        return dict(facilities.values_list("station_number", "parent__station_number"))
    merged = VeteranRecord.objects.filter(merged_into__isnull=False).order_by()
    return dict(merged.values_list("icn", "merged_into__icn"))


def _existing(kind: str, keys: Iterable[str]) -> set[str]:
    wanted = sorted(set(keys))
    found: set[str] = set()
    for place in range(0, len(wanted), _CHUNK):
        part = wanted[place : place + _CHUNK]
        if kind == "facilities":
            found.update(
                Facility.objects.filter(station_number__in=part).order_by().values_list("station_number", flat=True)
            )
        else:
            found.update(VeteranRecord.objects.filter(icn__in=part).order_by().values_list("icn", flat=True))
    return found
