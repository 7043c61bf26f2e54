"""The doors of other services, for pages that allauth renders."""

from django import template

from accounts import sign_in

register = template.Library()


@register.simple_tag
def other_doors() -> list[sign_in.Choice]:
    """Return the veterans' doors that lead to another service, and the staff's single sign-on."""
    return [choice for choice in [*sign_in.choices(), sign_in.staff_choice()] if choice.post]
