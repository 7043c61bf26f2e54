"""Who may open which of this app's URLs."""

from smportal.access import FORM, WRITE, Audience, Rule

_ANYONE = Rule(Audience.PUBLIC)
_ANYONES_FORM = Rule(Audience.PUBLIC, FORM)
_OWN = Rule(Audience.ACCOUNT)
_OWN_FORM = Rule(Audience.ACCOUNT, FORM)

RULES: dict[str, Rule] = {
    # A sign-in elsewhere starts by a form only; its way back is the provider's redirect, never a HEAD.
    "oidc_start": Rule(Audience.PUBLIC, WRITE),
    "oidc_callback": Rule(Audience.PUBLIC, frozenset({"GET"})),
    "oidc_verify": Rule(Audience.VETERAN),
    "connect_record": Rule(Audience.VETERAN, FORM),
    "session_extend": Rule(Audience.ACCOUNT, WRITE),
    "session_ended": _ANYONE,
    "second_factor_needed": _OWN,
    "account_login": _ANYONES_FORM,
    # The form of a session that ended meanwhile leads to the landing page instead of to signing in.
    "account_logout": _ANYONES_FORM,
    "account_inactive": _ANYONE,
    "account_signup": _ANYONES_FORM,
    "account_reauthenticate": _OWN_FORM,
    "account_email": _OWN_FORM,
    "account_email_verification_sent": _ANYONE,
    "account_confirm_email": _ANYONES_FORM,
    "account_change_password": _OWN_FORM,
    "account_set_password": _OWN_FORM,
    "account_reset_password": _ANYONES_FORM,
    "account_reset_password_done": _ANYONE,
    "account_reset_password_from_key": _ANYONES_FORM,
    "account_reset_password_from_key_done": _ANYONE,
    "usersessions_list": _OWN_FORM,
    "mfa_index": _OWN,
    # Between password and session: nobody is signed in yet; the login stage guards it.
    "mfa_authenticate": _ANYONES_FORM,
    "mfa_reauthenticate": _OWN_FORM,
    "mfa_activate_totp": _OWN_FORM,
    "mfa_deactivate_totp": _OWN_FORM,
    "mfa_view_recovery_codes": _OWN,
    "mfa_generate_recovery_codes": _OWN_FORM,
    "mfa_download_recovery_codes": _OWN,
    "mfa_list_webauthn": _OWN,
    "mfa_add_webauthn": _OWN_FORM,
    "mfa_login_webauthn": _ANYONES_FORM,
    "mfa_reauthenticate_webauthn": _OWN_FORM,
    "mfa_edit_webauthn": _OWN_FORM,
    "mfa_remove_webauthn": _OWN_FORM,
}
