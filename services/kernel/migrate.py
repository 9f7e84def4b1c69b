"""Brings the database up to date: roles, schemas, each context's own Alembic history, and what a role may do."""

import argparse
import asyncio
import os
import re
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final
from urllib.parse import unquote, urlsplit

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.ext.asyncio import create_async_engine

from services import CONTEXTS

_SERVICES: Final = Path(__file__).resolve().parent.parent
_LOCK: Final = 7_223_372_000_001
_NAME: Final = re.compile(r"[a-z_][a-z0-9_]{0,62}")


class MigrationProblem(Exception):  # noqa: N818 - one clear sentence
    """Why the database could not be brought up to date."""


def _quoted(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"


def _role(connection: Connection, context: str, url: str) -> str:
    """The context's own role: it owns nothing, and reaches no other context's schema."""
    parts = urlsplit(url)
    name, password = parts.username or "", unquote(parts.password or "")
    if _NAME.fullmatch(name) is None or not password:
        raise MigrationProblem(f"{context.upper()}_DATABASE_URL must name a role (lower case) and its password")
    exists = connection.execute(text("SELECT 1 FROM pg_roles WHERE rolname = :name"), {"name": name}).scalar()
    verb = "ALTER" if exists else "CREATE"
    database = connection.execute(text("SELECT quote_ident(current_database())")).scalar()
    for statement in (
        f"{verb} ROLE {name} LOGIN NOSUPERUSER NOCREATEDB NOCREATEROLE PASSWORD {_quoted(password)}",
        f"GRANT CONNECT ON DATABASE {database} TO {name}",
        f"CREATE SCHEMA IF NOT EXISTS {context}",
        f"GRANT USAGE ON SCHEMA {context} TO {name}",
        f"ALTER ROLE {name} IN DATABASE {database} SET search_path = {context}",
        # Statements are planned once per connection: planning one anew takes longer than what a plan of its own saves.
        f"ALTER ROLE {name} IN DATABASE {database} SET plan_cache_mode = force_generic_plan",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {context} GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {name}",
        f"ALTER DEFAULT PRIVILEGES IN SCHEMA {context} GRANT USAGE ON SEQUENCES TO {name}",
    ):
        connection.exec_driver_sql(statement)
    return name


def _upgrade(connection: Connection, context: str, role: str) -> None:
    folder = _SERVICES / context / "migrations"
    if not folder.is_dir():
        return
    config = Config()
    config.set_main_option("script_location", str(folder))
    config.set_main_option("version_locations", str(folder))
    config.set_main_option("path_separator", "os")
    script = ScriptDirectory.from_config(config)
    connection.exec_driver_sql(f"SET LOCAL search_path = {context}, public")

    def to_head(revision: str, _: object) -> object:
        return script._upgrade_revs("head", revision)  # noqa: SLF001 - as its own command does

    with EnvironmentContext(config, script, fn=to_head, destination_rev="head") as environment:
        environment.configure(connection=connection, version_table="schema_version", version_table_schema=context)
        environment.run_migrations()
    connection.exec_driver_sql(f"REVOKE ALL ON {context}.schema_version FROM {role}")


def _migrate(connection: Connection, context: str, url: str) -> None:
    # Two at once take turns; the second finds nothing to do.
    connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
    _upgrade(connection, context, _role(connection, context, url))


async def migrate(environ: Mapping[str, str], contexts: Sequence[str]) -> None:
    admin = environ.get("MIGRATION_DATABASE_URL", "")
    if not admin:
        raise MigrationProblem("MIGRATION_DATABASE_URL is missing: a role that may create roles and schemas")
    urls = {context: environ.get(f"{context.upper()}_DATABASE_URL", "") for context in contexts}
    if missing := [f"{context.upper()}_DATABASE_URL" for context, url in urls.items() if not url]:
        raise MigrationProblem(f"{', '.join(missing)} missing")
    parts = urlsplit(admin)
    engine = create_async_engine(parts._replace(scheme="postgresql+asyncpg").geturl())
    try:
        async with engine.begin() as connection:
            await connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": _LOCK})
            await connection.exec_driver_sql("REVOKE CREATE ON SCHEMA public FROM PUBLIC")
            await connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA public")
            await connection.exec_driver_sql("CREATE EXTENSION IF NOT EXISTS citext WITH SCHEMA public")
        for context, url in urls.items():
            async with engine.begin() as connection:
                await connection.run_sync(_migrate, context, url)
    except (OSError, DBAPIError) as error:
        raise MigrationProblem(f"the database refused: {_first_line(error)}") from error
    except SQLAlchemyError as error:
        raise MigrationProblem(f"a migration failed: {_first_line(error)}") from error
    finally:
        await engine.dispose()


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


def main() -> int:
    parser = argparse.ArgumentParser(prog="migrate", description=__doc__)
    parser.add_argument("context", nargs="*", help="one of them, or none for all")
    chosen = parser.parse_args().context or list(CONTEXTS)
    if unknown := [name for name in chosen if name not in CONTEXTS]:
        parser.error(f"{unknown[0]} is none of {', '.join(CONTEXTS)}")
    try:
        asyncio.run(migrate(os.environ, chosen))
    except MigrationProblem as problem:
        sys.stderr.write(f"{problem}\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
