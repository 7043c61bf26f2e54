"""Makes a database with its two roles: the owner changes the schema, the application only rows.

Used for the demo, the tests and, through ``manage.py prepare_database``, for production.
"""

from dataclasses import dataclass
from urllib.parse import unquote, urlsplit

import psycopg
from psycopg import sql


@dataclass(frozen=True)
class Role:
    """A database role with its password and the database that its URL names."""

    name: str
    password: str
    database: str

    @classmethod
    def of(cls, url: str) -> "Role":
        """Read a role from a ``postgres://user:password@host:port/name`` URL.

        Raises ValueError when user, password or database is missing.
        """
        parts = urlsplit(url)
        database = parts.path.removeprefix("/")
        if not (parts.username and parts.password and database):
            msg = "A database URL needs a user, a password and a database name."
            raise ValueError(msg)
        return cls(unquote(parts.username), unquote(parts.password), unquote(database))


def prepare_database(superuser_dsn: str, *, owner_url: str, app_url: str) -> None:
    """Create roles, database, extension and default rights; running it again changes nothing.

    Raises ValueError when the two URLs name different databases or the same role, and
    psycopg.Error when the server refuses.
    """
    owner, app = Role.of(owner_url), Role.of(app_url)
    if owner.database != app.database or owner.name == app.name:
        msg = "Owner and application need one database and two roles."
        raise ValueError(msg)
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        for role in (owner, app):
            _ensure_role(connection, role)
        if not _exists(connection, "SELECT 1 FROM pg_database WHERE datname = %s", owner.database):
            _run(
                connection, "CREATE DATABASE {} OWNER {} TEMPLATE template0 ENCODING 'UTF8'", owner.database, owner.name
            )
        _run(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", owner.database)
        _run(connection, "GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}", owner.database, app.name)
    with psycopg.connect(superuser_dsn, dbname=owner.database, autocommit=True) as connection:
        grant_rights(connection, owner=owner.name, app=app.name)


def grant_rights(connection: psycopg.Connection, *, owner: str, app: str) -> None:
    """Give the owner the schema, and the application the rows of what the owner will make."""
    _run(connection, "REVOKE ALL ON SCHEMA public FROM PUBLIC")
    _run(connection, "ALTER SCHEMA public OWNER TO {}", owner)
    _run(connection, "GRANT USAGE ON SCHEMA public TO {}", app)
    _run(connection, "CREATE EXTENSION IF NOT EXISTS btree_gist")
    _run(
        connection,
        "ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {}",
        owner,
        app,
    )
    _run(
        connection,
        "ALTER DEFAULT PRIVILEGES FOR ROLE {} IN SCHEMA public GRANT USAGE, SELECT ON SEQUENCES TO {}",
        owner,
        app,
    )


def clone_database(superuser_dsn: str, *, template: str, name: str, owner: str, app: str) -> None:
    """Make a database that is a copy of another, replacing one of the same name.

    Rights on a database are not part of its copy, so they are given again.
    """
    drop_database(superuser_dsn, name)
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        _run(connection, "CREATE DATABASE {} OWNER {} TEMPLATE {} STRATEGY file_copy", name, owner, template)
        _run(connection, "REVOKE ALL ON DATABASE {} FROM PUBLIC", name)
        _run(connection, "GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}", name, app)


def drop_database(superuser_dsn: str, name: str) -> None:
    """Drop the database and every connection to it; a missing one is fine."""
    with psycopg.connect(superuser_dsn, autocommit=True) as connection:
        _run(connection, "DROP DATABASE IF EXISTS {} WITH (FORCE)", name)


def _ensure_role(connection: psycopg.Connection, role: Role) -> None:
    verb = "ALTER" if _exists(connection, "SELECT 1 FROM pg_roles WHERE rolname = %s", role.name) else "CREATE"
    statement = verb + " ROLE {} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION NOBYPASSRLS PASSWORD {}"
    connection.execute(sql.SQL(statement).format(sql.Identifier(role.name), sql.Literal(role.password)))


def _exists(connection: psycopg.Connection, query: str, value: str) -> bool:
    return connection.execute(query.encode(), (value,)).fetchone() is not None


def _run(connection: psycopg.Connection, statement: str, *names: str) -> None:
    # The statements are constants of this module; only identifiers are filled in, quoted.
    text = sql.SQL(statement)
    connection.execute(text.format(*(sql.Identifier(name) for name in names)))
