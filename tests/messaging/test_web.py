"""Whatever an action refuses becomes a page that says why, and never a failure of the server."""

import pytest
from django.contrib.auth.models import AnonymousUser
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from messaging.web import domain_errors
from smportal.errors import Conflict, DomainError, InvalidInput, NotFound, Refused


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (NotFound(), 404),
        (Conflict("Somebody was faster."), 409),
        (Refused("You may not do this."), 403),
        (InvalidInput("Choose a member.", field="staff"), 400),
        (DomainError("That can’t be."), 400),
    ],
)
def test_an_action_s_error_is_a_page_with_its_reason(error: DomainError, status: int) -> None:
    @domain_errors
    def view(request: HttpRequest) -> HttpResponse:
        raise error

    request = RequestFactory().post("/")
    request.user = AnonymousUser()
    response = view(request)
    assert response.status_code == status
    assert isinstance(response, HttpResponse)
    assert (error.text in response.content.decode()) == (status != 404)
