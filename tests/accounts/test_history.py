"""The owner of an account sees its sign-ins and how they ended, and nobody else's."""

from django.test import Client

from tests.accounts.people import make_person


def test_sign_ins_failures_and_ends_are_listed_for_their_owner(db: None) -> None:
    person, other = make_person(record=True), make_person(record=True)
    other.sign_in()
    person.password_step("not the password")
    person.sign_in()
    person.client.post("/account/logout/")
    # A code works once: this sign-in is with the other step's code.
    page = other.client.get("/account/sessions/").content.decode()
    assert page.count("Signed in with My HealtheVet") == 1
    assert "A try to sign in that failed" not in page
    assert Client().get("/account/sessions/").status_code == 302


def test_each_end_says_why(db: None) -> None:
    person = make_person(record=True)
    person.sign_in()
    page = person.client.get("/account/sessions/").content.decode()
    assert "Signed in with My HealtheVet" in page
    assert "127.0.0.1" in page
    assert "Signed out" not in page.split("Recent sign-ins")[1]
