"""Sandboxes of the four sign-in services: real OpenID providers for made-up people, on this machine only."""

from django import conf

# Not the environment variable: the project itself sets that to production where nobody has, also in the launcher.
if conf.settings.configured and conf.settings.SETTINGS_MODULE == "smportal.settings.production":
    raise ImportError("the sandbox sign-in services never run with production settings")
