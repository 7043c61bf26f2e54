"""Password rules, registration, links to set a new one; nothing tells who has an account (A065, A066, A070, A071)."""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from allauth.account.models import EmailAddress
from django.conf import settings as current
from django.core.exceptions import ValidationError
from django.test import Client
from django.urls import reverse
from pytest_django import Settings

from accounts import actions, attempts
from accounts.models import Account, Credential, Level
from accounts.passwords import BlocklistValidator, LengthValidator
from smportal.audit.actions import Deed
from smportal.audit.models import AuditEvent
from smportal.testing import FastPBKDF2PasswordHasher
from tests.accounts.people import BY, PASSWORD, Hands, Person, make_person
from tests.fixtures.mail import Mailbox

pytestmark = pytest.mark.django_db
NEW = "seven gulls above the harbor"


# --- Rules ------------------------------------------------------------------------------------------
@pytest.mark.parametrize(
    "password",
    ["correct horse battery staple", "ruwzqkvbnhtplxj", "no digits nor capitals", "ж" * 3 + "ывапролджэюбтимсчя"],
)
def test_good_passwords(password: str) -> None:
    for rule in (LengthValidator(), BlocklistValidator()):
        rule.validate(password, Account(username="walker1", email="walker1@example.com"))


@pytest.mark.parametrize("password", ["short but fine", "y" * 129])
def test_length(password: str) -> None:
    with pytest.raises(ValidationError):
        LengthValidator().validate(password)


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "Password123456789",
        "aaaaaaaaaaaaaaaaaaaa",
        "abcabcabcabcabcabc",
        "123456789012345678",
        "SecureMessaging2026!",
        "My HealtheVet 2025",
        "veteranveteran1234",
        "abcdefghijklmnopqrst",
        "johnwalker johnwalker",
        "JohnWalker-Messages-1999",
        "qwertyuiopasdfghjkl",
    ],
)
def test_a065_what_anybody_would_try_is_refused(password: str) -> None:
    with pytest.raises(ValidationError):
        BlocklistValidator().validate(password, Account(username="john.walker", email="johnwalker@example.com"))


# --- Registration -----------------------------------------------------------------------------------
def register(client: Client, **changes: str) -> Any:
    """Post the registration form."""
    data = {"username": "newcomer", "email": "newcomer@example.com", "password1": NEW, "password2": NEW}
    return client.post(reverse("account_signup"), data | changes)


def link_in(mailbox: Mailbox, count: int = 1) -> str:
    """Return the path of the last mail's link."""
    text = mailbox.wait_for(count)[-1].get_content()
    found = re.search(r"http\S+/account/\S+", text)
    assert found, text
    assert found.group().startswith(current.SITE_URL)
    return urlsplit(found.group()).path


def test_registration_makes_a_basic_account_once_the_address_is_proved(client: Client, mailbox: Mailbox) -> None:
    assert register(client)["Location"] == reverse("account_email_verification_sent")
    account = Account.objects.get(username="newcomer")
    assert Credential.objects.get(account=account).level == Level.BASIC
    assert AuditEvent.objects.filter(deed=Deed.ACCOUNT_CREATED, object_id=str(account.id)).exists()
    sign_in = {"login": "newcomer", "password": NEW}
    assert client.post(reverse("account_login"), sign_in)["Location"] == reverse("account_email_verification_sent")
    assert "_auth_user_id" not in client.session
    path = link_in(mailbox)
    assert client.get(path).status_code == 200
    assert not EmailAddress.objects.get(user=account).verified
    client.post(path)
    assert EmailAddress.objects.get(user=account).verified
    fresh = Client()
    fresh.post(reverse("account_login"), sign_in)
    assert "_auth_user_id" in fresh.session


def test_taken_user_name_is_said_next_to_the_field(client: Client, veteran: Person) -> None:
    response = register(client, username=veteran.account.username.upper())
    assert response.status_code == 200
    assert "username" in response.context["form"].errors


def test_easy_password_is_refused_at_registration(client: Client, db: str) -> None:
    response = register(client, password1="Password123456789", password2="Password123456789")
    assert "too easy to guess" in str(response.context["form"].errors)


# --- A066: nothing tells who has an account ----------------------------------------------------------
def shape(response: Any) -> tuple[int, str, dict[str, str]]:
    """Return what somebody outside could compare; tokens differ each time."""
    body = re.sub(r'name="csrfmiddlewaretoken" value="[^"]+"', "", response.content.decode())
    body = re.sub(r"(walker|person|nobody)\w*(@example\.com)?", "NAME", body)
    headers = {
        name: value
        for name, value in response.headers.items()
        if name not in {"X-Request-Id", "Content-Length", "Expires"}
    }
    headers["Content-Security-Policy"] = re.sub(r"nonce-[^']+", "", headers.get("Content-Security-Policy", ""))
    return response.status_code, body, headers


def test_a066_sign_in(veteran: Person) -> None:
    disabled = make_person(app=False)
    actions.disable_account(actor=BY, account=disabled.account, reason="left")
    names = (veteran.account.username, "nobody1", disabled.account.username)
    data = [{"login": name, "password": "wrong wrong wrong wrong"} for name in names]
    known, unknown, inactive = (shape(Client().post(reverse("account_login"), one)) for one in data)
    assert known == unknown == inactive


def test_a066_reset(veteran: Person, mailbox: Mailbox) -> None:
    disabled = make_person(app=False)
    actions.disable_account(actor=BY, account=disabled.account, reason="left")
    emails = (veteran.account.email, "nobody1@example.com", disabled.account.email)
    shapes = [shape(Client().post(reverse("account_reset_password"), {"email": one})) for one in emails]
    assert shapes[0] == shapes[1] == shapes[2]
    assert [to for (to,) in mailbox.recipients] == list(emails)


def test_a066_registration_with_a_known_address(veteran: Person, mailbox: Mailbox) -> None:
    known = shape(register(Client(), email=veteran.account.email))
    unknown = shape(register(Client(), email="nobody1@example.com"))
    assert known == unknown
    assert not Account.objects.filter(username="newcomer", email=veteran.account.email).exists()


def test_mail_server_away_shows_nothing(veteran: Person, settings: Settings) -> None:
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", 1
    settings.EMAIL_BACKEND = "smportal.smtp.Backend"
    for email in (veteran.account.email, "nobody1@example.com"):
        response = Client().post(reverse("account_reset_password"), {"email": email})
        assert response["Location"] == reverse("account_reset_password_done")


# --- A070, A071: links ---------------------------------------------------------------------------------
def ask(client: Client, mailbox: Mailbox, email: str, count: int = 1) -> str:
    """Ask for a link and return its path."""
    client.post(reverse("account_reset_password"), {"email": email})
    return link_in(mailbox, count)


def use(client: Client, path: str, password: str = NEW) -> Any:
    """Follow the link and set a password; return the last response."""
    first = client.get(path)
    if first.status_code == 200:
        return first
    assert "set-password" in first["Location"]
    return client.post(first["Location"], {"password1": password, "password2": password})


def works(account: Account, password: str) -> bool:
    """Tell whether the password is the account's."""
    return Account.objects.get(pk=account.pk).check_password(password)


def test_a070_link_works_once(veteran: Person, mailbox: Mailbox) -> None:
    path = ask(Client(), mailbox, veteran.account.email)
    assert use(Client(), path).status_code == 302
    assert works(veteran.account, NEW)
    assert use(Client(), path, "another one of these words").status_code == 200
    assert works(veteran.account, NEW)
    assert AuditEvent.objects.filter(deed=Deed.PASSWORD_CHANGED).count() == 1


@pytest.mark.parametrize(("seconds", "accepted"), [(3599, True), (3602, False)])
def test_a070_link_lasts_an_hour(
    veteran: Person, mailbox: Mailbox, hands: Hands, seconds: float, accepted: bool
) -> None:
    path = ask(Client(), mailbox, veteran.account.email)
    hands.forward(seconds)
    use(Client(), path)
    assert works(veteran.account, NEW) == accepted


def test_a070_void_after_a_password_change(veteran: Person, mailbox: Mailbox) -> None:
    path = ask(Client(), mailbox, veteran.account.email)
    actions.change_password(actor=BY, account=veteran.account, password="four quiet otters asleep")
    use(Client(), path)
    assert not works(veteran.account, NEW)


def test_a070_link_of_one_is_no_link_of_another(veteran: Person, mailbox: Mailbox) -> None:
    other = make_person()
    mine, theirs = ask(Client(), mailbox, veteran.account.email), ask(Client(), mailbox, other.account.email, 2)
    uid, _, token = mine.rstrip("/").rpartition("/")[2].partition("-")
    other_uid = theirs.rstrip("/").rpartition("/")[2].partition("-")[0]
    for path in (mine.replace(uid, other_uid), mine.replace(token, token[:-1] + "x"), mine.replace(uid, "zz")):
        assert use(Client(), path).status_code == 200
    assert not works(other.account, NEW)
    assert not works(veteran.account, NEW)


def test_a070_every_session_ends(veteran: Person, mailbox: Mailbox) -> None:
    veteran.sign_in()
    use(Client(), ask(Client(), mailbox, veteran.account.email))
    assert veteran.client.get("/account/2fa/").status_code == 302


def test_a071_reset_does_not_skip_the_second_factor(veteran: Person, mailbox: Mailbox) -> None:
    client = veteran.client
    response = use(client, ask(client, mailbox, veteran.account.email))
    assert response["Location"] == reverse("account_reset_password_from_key_done")
    assert "_auth_user_id" not in client.session
    assert veteran.password_step(NEW)["Location"] == "/account/2fa/authenticate/"


def test_a061_link_in_the_mail_is_on_the_configured_site(veteran: Person, mailbox: Mailbox, settings: Settings) -> None:
    settings.ALLOWED_HOSTS = [*settings.ALLOWED_HOSTS, "internal.example"]
    Client(headers={"Host": "internal.example"}).post(
        reverse("account_reset_password"), {"email": veteran.account.email}
    )
    assert "internal.example" not in mailbox.wait_for(1)[0].as_string()
    link_in(mailbox)


# --- Changing it -------------------------------------------------------------------------------------
def test_change_ends_other_sessions_and_tells_by_mail(veteran: Person, mailbox: Mailbox, hands: Hands) -> None:
    elsewhere = make_person_twin(veteran)
    hands.forward(30)
    veteran.sign_in()
    page = reverse("account_change_password")
    response = veteran.client.post(page, {"oldpassword": PASSWORD, "password1": NEW, "password2": NEW})
    assert response.status_code == 302
    assert veteran.client.get("/account/2fa/").status_code == 200
    assert elsewhere.get("/account/2fa/").status_code == 302
    message = mailbox.wait_for(1)[0]
    text = message.as_string()
    assert veteran.account.email == message["To"]
    for private in ("127.0.0.1", NEW, PASSWORD, "Mozilla"):
        assert private not in text


def make_person_twin(person: Person) -> Client:
    """Sign the same person in elsewhere."""
    again = Person(person.account, Client())
    again.sign_in()
    return again.client


def test_hundred_wrong_passwords_turn_the_password_off_until_a_reset(
    veteran: Person, mailbox: Mailbox, hands: Hands
) -> None:
    for _ in range(attempts.MOST_CONSECUTIVE):
        attempts.failed(veteran.account.id, attempts.PASSWORD)
    assert veteran.password_step().status_code == 200
    use(Client(), ask(Client(), mailbox, veteran.account.email))
    assert veteran.password_step(NEW).status_code == 302


def test_a066_the_same_work_whoever_it_is(veteran: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    disabled = make_person(app=False)
    actions.disable_account(actor=BY, account=disabled.account, reason="left")
    hashed: list[int] = []
    original = FastPBKDF2PasswordHasher.encode

    def counted(self: Any, *args: Any, **kwargs: Any) -> str:
        hashed[-1] += 1
        return str(original(self, *args, **kwargs))

    monkeypatch.setattr(FastPBKDF2PasswordHasher, "encode", counted)
    for name in (veteran.account.username, "nobody1", disabled.account.username):
        hashed.append(0)
        Client().post(reverse("account_login"), {"login": name, "password": "wrong wrong wrong wrong"})
    assert hashed == [1, 1, 1]
