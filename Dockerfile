# Svetofor CRM: one image for the web server, the worker and beat (compose.yaml names the commands).

FROM node:22-slim AS assets
WORKDIR /assets
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts


FROM python:3.11-slim AS build
WORKDIR /app
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
COPY requirements.txt ./
RUN python -m venv /venv && /venv/bin/pip install -r requirements.txt
COPY . .
COPY --from=assets /assets/node_modules ./node_modules
# The key is the built-in one here and signs nothing; the running container gets its own.
RUN /venv/bin/python -m crm.translations \
    && VAR_DIR=/app/var STATIC_MANIFEST=1 /venv/bin/python manage.py collectstatic --noinput --verbosity 0


FROM python:3.11-slim
# A volume of files takes over whose this folder is.
RUN useradd --system --uid 10001 --home-dir /app svetofor \
    && install -d -o svetofor /srv/svetofor/files
WORKDIR /app
COPY --from=build /venv /venv
COPY --from=build --chown=svetofor /app /app
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    PRODUCTION=1 STATIC_MANIFEST=1 VAR_DIR=/app/var
USER svetofor
EXPOSE 8000
# As a proxy would ask: with HTTPS=1 a plain request is redirected.
HEALTHCHECK --interval=30s --timeout=10s --start-period=30s CMD ["python", "-m", "crm.healthcheck"]
CMD ["gunicorn", "crm.wsgi", "--preload", "--bind=0.0.0.0:8000", "--workers=3", "--threads=4", "--worker-tmp-dir=/dev/shm", "--access-logfile=-"]
