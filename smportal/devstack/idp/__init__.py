"""Sandboxes of the four sign-in services: real OpenID providers for made-up people, on this machine only."""

import os

if os.environ.get("DJANGO_SETTINGS_MODULE") == "smportal.settings.production":
    raise ImportError("the sandbox sign-in services never run with production settings")
