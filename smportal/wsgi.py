"""WSGI entry point."""

import os
import sys

from django.core.wsgi import get_wsgi_application

from smportal.whole_body import whole_bodies

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "smportal.settings.production")
# A search computes for longer than a page takes. Threads that wait for the interpreter get it after half a
# millisecond instead of five: otherwise every answer of the database to another page would wait for as long.
sys.setswitchinterval(0.0005)
application = whole_bodies(get_wsgi_application())
