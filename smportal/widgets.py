"""Form widgets that Django does not have; components/field.html knows how to show them."""

import datetime as dt
import re
from collections.abc import Mapping
from typing import Any

from django.forms import Widget
from django.utils.datastructures import MultiValueDict
from django.utils.dates import MONTHS

ISO_LIKE = re.compile(r"(?P<year>[^-]*)-(?P<month>[^-]*)-(?P<day>[^-]*)")


class MemorableDate(Widget):
    """A date that somebody knows by heart: month, day and year apart, as USWDS advises.

    Gives a DateField "YYYY-MM-DD". What was typed comes back as typed, also when it is no date.
    """

    template_name = "components/widgets/memorable_date.html"
    use_fieldset = True

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        context = super().get_context(name, value, attrs)
        context["widget"] |= {"parts": self.parts(value), "months": list(MONTHS.items())}
        return context

    def value_from_datadict(self, data: Mapping[str, Any], files: MultiValueDict[str, Any], name: str) -> str | None:
        del files
        year, month, day = (str(data.get(f"{name}_{part}", "")).strip() for part in ("year", "month", "day"))
        if not (year or month or day):
            return None
        return f"{year}-{month.zfill(2) if month else ''}-{day.zfill(2) if day else ''}"

    def value_omitted_from_data(self, data: Mapping[str, Any], files: MultiValueDict[str, Any], name: str) -> bool:
        del files
        return not any(f"{name}_{part}" in data for part in ("year", "month", "day"))

    def id_for_label(self, id_: str) -> str:
        return f"{id_}_month" if id_ else id_

    @staticmethod
    def parts(value: Any) -> dict[str, str]:
        """Split a date, or what was typed instead of one."""
        if isinstance(value, dt.date):
            return {"year": str(value.year), "month": str(value.month), "day": str(value.day)}
        found = ISO_LIKE.fullmatch(str(value or ""))
        if found is None:
            return {"year": "", "month": "", "day": ""}
        return {"year": found["year"], "month": found["month"].lstrip("0"), "day": found["day"].lstrip("0")}
