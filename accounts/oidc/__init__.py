"""Signing in through DS Logon, ID.me, Login.gov and the staff's single sign-on (docs/security/oidc.md)."""
