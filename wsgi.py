"""The WSGI application, for any server: `gunicorn wsgi:app`."""

from trainapp import create_app

app = create_app()
