# The production image: non-root, from the lock, no compiler, no Node, no tests.

FROM python:3.13-slim AS front
WORKDIR /src
COPY requirements/demo.txt requirements/
RUN pip install --no-cache-dir --require-hashes -r requirements/demo.txt
COPY package.json package-lock.json .npmrc ./
COPY . .
RUN python -m smportal.devstack.frontend && python -m smportal.devstack.collect

FROM python:3.13-slim AS packages
COPY requirements/base.txt requirements/mail.txt /tmp/
RUN python -m venv /opt/portal && /opt/portal/bin/pip install --no-cache-dir --require-hashes -r /tmp/base.txt
RUN python -m venv /opt/mail && /opt/mail/bin/pip install --no-cache-dir --require-hashes -r /tmp/mail.txt

FROM python:3.13-slim AS base
RUN useradd --uid 10001 --no-create-home --shell /usr/sbin/nologin portal \
    && install --directory --owner portal --mode 700 /var/lib/smportal /var/lib/smportal/attachments
WORKDIR /app
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1
USER 10001

# A mail server that delivers nothing, for trying the portal; production has its own.
FROM base AS mail
ENV PATH=/opt/mail/bin:$PATH
COPY --from=packages /opt/mail /opt/mail
# One file without the packages around it: the portal's own would want the portal's dependencies.
COPY smportal/devstack/mailsink.py smportal/devstack/

FROM base AS portal
ENV PATH=/opt/portal/bin:$PATH
COPY --from=packages /opt/portal /opt/portal
COPY manage.py ./
COPY templates templates
COPY accounts accounts
COPY eligibility eligibility
COPY messaging messaging
COPY smportal smportal
COPY --from=front /src/build/fonts build/fonts
COPY --from=front /src/build/static build/static
COPY --from=front /src/build/locale build/locale
COPY --from=front /src/build/collected build/collected
EXPOSE 8000
CMD ["python", "-m", "gunicorn", "smportal.wsgi:application", "--bind", "0.0.0.0:8000", "--worker-class", "gthread", "--workers", "2", "--threads", "4", "--graceful-timeout", "5", "--no-control-socket", "--logger-class", "smportal.gunicorn_log.PortalLogger"]
