"""Which addresses the library takes, and what it says about the others."""

import pytest

from messaging.library.addresses import MOST, checked
from smportal.errors import InvalidInput


@pytest.mark.parametrize(
    ("typed", "kept", "publisher"),
    [
        ("https://medlineplus.gov/diabetes.html", "https://medlineplus.gov/diabetes.html", "MedlinePlus"),
        ("  https://medlineplus.gov/x.html  ", "https://medlineplus.gov/x.html", "MedlinePlus"),
        ("HTTPS://WWW.VA.GOV/Health-Care/", "https://www.va.gov/Health-Care/", "U.S. Department of Veterans Affairs"),
        ("https://www.ptsd.va.gov", "https://www.ptsd.va.gov/", "U.S. Department of Veterans Affairs"),
        ("https://www.cdc.gov/flu/?lang=en&x=%20#top", "https://www.cdc.gov/flu/?lang=en&x=%20#top", "Centers"),
        ("https://va.gov/", "https://va.gov/", "U.S. Department of Veterans Affairs"),
    ],
)
def test_a_page_of_a_trusted_publisher_is_taken(typed: str, kept: str, publisher: str) -> None:
    address, found = checked(typed)
    assert address == kept
    assert found.name_en.startswith(publisher)


def test_the_publisher_is_named_in_the_language_of_the_page() -> None:
    publisher = checked("https://www.cdc.gov/flu/")[1]
    assert publisher.name_in("es") == "Centros para el Control y la Prevención de Enfermedades"
    assert publisher.name_in("en") == "Centers for Disease Control and Prevention"


@pytest.mark.parametrize(
    ("typed", "says"),
    [
        ("", "Enter the address"),
        ("   ", "Enter the address"),
        ("https://va.gov/" + "a" * MOST, "at most 500 characters"),
        ("http://www.va.gov/", "starts with https://"),
        ("//www.va.gov/", "starts with https://"),
        ("www.va.gov/health-care/", "starts with https://"),
        ("javascript://www.va.gov/%0aalert(1)", "hidden character"),
        ("javascript:alert(1)", "starts with https://"),
        ("data:text/html,https://va.gov/", "starts with https://"),
        ("ftp://va.gov/", "starts with https://"),
        ("https://evil.example/", "not one of the library’s trusted publishers"),
        ("https://va.gov.evil.example/", "not one of the library’s trusted publishers"),
        ("https://notva.gov/", "not one of the library’s trusted publishers"),
        ("https://gov/", "not a web address"),
        ("https:///va.gov/", "not a web address"),
        ("https://www..va.gov/", "not a web address"),
        ("https://-x.va.gov/", "not a web address"),
        ("https://%77ww.va.gov/", "not a web address"),
        ("https://www.va.gov@evil.example/", "user name"),
        ("https://user:secret@www.va.gov/", "user name"),
        ("https://www.va.gov:8443/", "port number"),
        ("https://www.va.gov:/", "port number"),
        ("https://[::1]/", "port number"),
        ("https://[va.gov/", "not a web address"),
        ("https://www.va.gov./health/", "dot at the end"),
        ("https://xn--v-7ia.va.gov/", "another script"),
        ("https://vа.gov/", "letter that addresses can’t have"),  # noqa: RUF001 - a Cyrillic letter, which is the point
        ("https://www.va.gov/a\nb", "hidden character"),
        ("https://www.va.gov/\x00", "hidden character"),
        ("https://www.va.gov\t/", "hidden character"),
        ("https://www.va.gov/\u202egnp.exe", "hidden character"),
        ("https://www.va.gov\\@evil.example/", "letter that addresses can’t have"),
        ('https://www.va.gov/"onmouseover="x', "letter that addresses can’t have"),
        ("https://www.va.gov/<script>", "letter that addresses can’t have"),
        ("https://www.va.gov/%0d%0aLocation:x", "hidden character"),
        ("https://www.va.gov/%zz", "hidden character"),
        ("https://www.va.gov/a/../b", "Leave out . and .."),
        ("https://www.va.gov/a/%2e%2E/b", "Leave out . and .."),
    ],
    ids=ascii,
)
def test_a022_a091_anything_else_is_an_error_of_the_field_that_says_what_to_do(typed: str, says: str) -> None:
    with pytest.raises(InvalidInput, match=says) as refused:
        checked(typed)
    assert refused.value.field == "address"
