"""Signing in; access.py beside it says who may open each. Of allauth's URLs only those that are wanted."""

from allauth.account import views as account
from allauth.mfa.base import views as mfa
from allauth.mfa.recovery_codes import views as codes
from allauth.mfa.webauthn import views as passkeys
from django.urls import path, re_path

from accounts import views
from accounts.middleware import ENDED_PATH
from accounts.oidc import views as oidc
from accounts.traits import views as traits

urlpatterns = [
    path("sign-in/<slug:slug>/", oidc.start, name="oidc_start"),
    path("sign-in/<slug:slug>/back/", oidc.callback, name="oidc_callback"),
    path("account/verify/", oidc.verify, name="oidc_verify"),
    path("account/connect/", traits.connect_record, name="connect_record"),
    path("session/extend", views.extend_session, name="session_extend"),
    path(ENDED_PATH.removeprefix("/"), views.session_ended, name="session_ended"),
    path("account/second-step/", views.second_factor_needed, name="second_factor_needed"),
    path("account/login/", account.login, name="account_login"),
    path("account/logout/", views.SignOutView.as_view(), name="account_logout"),
    path("account/inactive/", account.account_inactive, name="account_inactive"),
    path("account/signup/", account.signup, name="account_signup"),
    path("account/reauthenticate/", views.PasswordAgainView.as_view(), name="account_reauthenticate"),
    path("account/email/", account.email, name="account_email"),
    path("account/confirm-email/", account.email_verification_sent, name="account_email_verification_sent"),
    re_path(r"^account/confirm-email/(?P<key>[-:\w]+)/$", account.confirm_email, name="account_confirm_email"),
    path("account/password/change/", account.password_change, name="account_change_password"),
    path("account/password/set/", account.password_set, name="account_set_password"),
    path("account/password/reset/", account.password_reset, name="account_reset_password"),
    path("account/password/reset/done/", account.password_reset_done, name="account_reset_password_done"),
    re_path(
        r"^account/password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$",
        account.password_reset_from_key,
        name="account_reset_password_from_key",
    ),
    path(
        "account/password/reset/key/done/",
        account.password_reset_from_key_done,
        name="account_reset_password_from_key_done",
    ),
    path("account/sessions/", views.SessionsView.as_view(), name="usersessions_list"),
    path("account/2fa/", mfa.index, name="mfa_index"),
    path("account/2fa/authenticate/", mfa.authenticate, name="mfa_authenticate"),
    path("account/2fa/reauthenticate/", views.FactorAgainView.as_view(), name="mfa_reauthenticate"),
    path("account/2fa/totp/activate/", views.AddAppView.as_view(), name="mfa_activate_totp"),
    path("account/2fa/totp/deactivate/", views.RemoveAppView.as_view(), name="mfa_deactivate_totp"),
    path("account/2fa/recovery-codes/", codes.view_recovery_codes, name="mfa_view_recovery_codes"),
    path(
        "account/2fa/recovery-codes/generate/",
        views.NewRecoveryCodesView.as_view(),
        name="mfa_generate_recovery_codes",
    ),
    path("account/2fa/recovery-codes/download/", codes.download_recovery_codes, name="mfa_download_recovery_codes"),
    path("account/2fa/webauthn/", passkeys.list_webauthn, name="mfa_list_webauthn"),
    path("account/2fa/webauthn/add/", views.AddPasskeyView.as_view(), name="mfa_add_webauthn"),
    path("account/2fa/webauthn/login/", passkeys.login_webauthn, name="mfa_login_webauthn"),
    path(
        "account/2fa/webauthn/reauthenticate/",
        views.PasskeyAgainView.as_view(),
        name="mfa_reauthenticate_webauthn",
    ),
    path("account/2fa/webauthn/keys/<int:pk>/edit/", passkeys.edit_webauthn, name="mfa_edit_webauthn"),
    path("account/2fa/webauthn/keys/<int:pk>/remove/", views.RemovePasskeyView.as_view(), name="mfa_remove_webauthn"),
]
