"""The environment of the contexts: addresses, keys and accounts, worked out from plain facts."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlsplit, urlunsplit

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

CONTEXTS = ("auth", "catalog", "availability", "booking", "payments", "notify")
SANDBOX = "sandbox"
APPLICATIONS = (*CONTEXTS, SANDBOX)

# What a program inherits from whoever runs the launcher.
INHERITED = (
    "PATH", "HOME", "USER", "LANG", "LC_ALL", "TMPDIR", "SSL_CERT_FILE", "SSL_CERT_DIR",
    "HTTP_PROXY", "HTTPS_PROXY", "NO_PROXY", "http_proxy", "https_proxy", "no_proxy",
)  # fmt: skip
PASSED_ON = (
    "LOG_LEVEL", "OTEL_EXPORTER_OTLP_ENDPOINT", "PEEPOPAY_HOLD_SECONDS", "OUTSIDE_ALLOWED", "FROM_EMAIL",
    "STRIPE_PLATFORM_FEE_PERCENTAGE", "STRIPE_DASHBOARD", "STRIPE_ACCOUNTS_API",
)  # fmt: skip

# What catalog alone is told: where logos go, if not into a folder of this stack.
OF_CATALOG = (
    "LOGO_FOLDER", "S3_ENDPOINT", "S3_BUCKET", "S3_REGION", "S3_ACCESS_KEY_ID", "S3_SECRET_ACCESS_KEY", "S3_PUBLIC_URL",
    "WIDGET_PAGE",
)  # fmt: skip

# A company on the internet and the variables that belong to it. Where the first is given, the
# product talks to the company with what is given; else it talks to the sandbox.
COMPANIES = {
    "stripe": (
        "STRIPE_SECRET_KEY", "STRIPE_PUBLISHABLE_KEY", "STRIPE_WEBHOOK_SECRET",
        "STRIPE_CONNECT_WEBHOOK_SECRET", "STRIPE_BASE_URL", "STRIPE_BROWSER_URL",
    ),
    "resend": ("RESEND_API_KEY", "RESEND_BASE_URL", "RESEND_WEBHOOK_SECRET"),
    "twilio": (
        "TWILIO_ACCOUNT_SID", "TWILIO_AUTH_TOKEN", "TWILIO_FROM_NUMBER", "TWILIO_BASE_URL",
    ),
    "google": (
        "GOOGLE_CLIENT_ID", "GOOGLE_CLIENT_SECRET", "GOOGLE_BASE_URL", "GOOGLE_SERVER_URL",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Facts:
    """All that the environment of the applications depends on."""

    public_url: str
    database_url: str
    redis_url: str
    rabbitmq_url: str
    ports: Mapping[str, int]
    secret_key: str
    identity_keys: Mapping[str, str]
    database_passwords: Mapping[str, str]
    root: str
    logo_folder: str
    unlimited: bool = False


def address(port: int) -> str:
    return f"http://127.0.0.1:{port}"


def own_database_url(url: str, context: str, password: str) -> str:
    """The same database, entered as that context's own role."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    account = f"peepopay_{context}:{quote(password, safe='')}"
    return urlunsplit(parts._replace(netloc=f"{account}@{host}"))


def public_key(seed: str) -> str:
    private = Ed25519PrivateKey.from_private_bytes(base64.b64decode(seed))
    return base64.b64encode(private.public_key().public_bytes_raw()).decode()


def inherited(given: Mapping[str, str], root: str) -> dict[str, str]:
    return {name: given[name] for name in INHERITED if name in given} | {
        "PYTHONPATH": root,
        "PYTHONUNBUFFERED": "1",
        "TZ": "UTC",
        # One heap per core is for programs with many threads; ours would only grow by it.
        "MALLOC_ARENA_MAX": "2",
    }


def of_everyone(facts: Facts, given: Mapping[str, str]) -> dict[str, str]:
    """What all applications and the gateway know."""
    origin = urlsplit(facts.public_url)
    names = {origin.hostname or "localhost", "localhost", "127.0.0.1"}
    origins = sorted(f"{origin.scheme}://{name}:{origin.port}" for name in names)
    shared = inherited(given, facts.root)
    shared |= {name: given[name] for name in PASSED_ON if name in given}
    shared |= {
        "PUBLIC_URL": facts.public_url,
        "TRUSTED_ORIGINS": given.get("TRUSTED_ORIGINS") or ",".join(origins),
        "SANDBOX_URL": address(facts.ports[SANDBOX]),
    }
    shared |= {f"{name.upper()}_URL": address(facts.ports[name]) for name in CONTEXTS}
    if facts.unlimited:
        shared["PEEPOPAY_UNLIMITED"] = "1"
    return shared


def of_application(name: str, facts: Facts, given: Mapping[str, str]) -> dict[str, str]:
    own_url = own_database_url(facts.database_url, name, facts.database_passwords[name])
    keys = (f"{context}={public_key(seed)}" for context, seed in facts.identity_keys.items())
    logos = {"LOGO_FOLDER": facts.logo_folder} | {key: given[key] for key in OF_CATALOG if key in given}
    return (
        of_everyone(facts, given)
        | companies(facts, given)
        | (logos if name == "catalog" else {})
        | {
            "DATABASE_URL": own_url,
            "REDIS_URL": facts.redis_url,
            "RABBITMQ_URL": facts.rabbitmq_url,
            "SECRET_KEY": facts.secret_key,
            "IDENTITY_PRIVATE_KEY": facts.identity_keys[name],
            "IDENTITY_PUBLIC_KEYS": ",".join(keys),
        }
    )


def of_migration(facts: Facts, given: Mapping[str, str]) -> dict[str, str]:
    own = {
        f"{name.upper()}_DATABASE_URL": own_database_url(facts.database_url, name, facts.database_passwords[name])
        for name in APPLICATIONS
    }
    return inherited(given, facts.root) | own | {"MIGRATION_DATABASE_URL": facts.database_url}


def catches_mail(given: Mapping[str, str]) -> bool:
    """Do mails end in the sandbox?"""
    return not given.get("RESEND_API_KEY")


def simulates_payments(given: Mapping[str, str]) -> bool:
    """Does the sandbox stand in for the company that moves the money?"""
    return not given.get("STRIPE_SECRET_KEY")


def companies(facts: Facts, given: Mapping[str, str]) -> dict[str, str]:
    sandbox = f"{address(facts.ports[SANDBOX])}/sandbox"
    # These are the sandbox's own words for its accounts; it has no secrets to protect.
    stand_ins = {
        "stripe": ("sk_test_sandbox", "pk_test_sandbox", "whsec_sandbox", "whsec_sandbox_connect",
                   f"{sandbox}/stripe", f"{facts.public_url}/sandbox/stripe"),
        "resend": ("re_sandbox", f"{sandbox}/resend", "whsec_c2FuZGJveC1yZXNlbmQtc2VjcmV0"),
        "twilio": ("ACsandbox", "sandbox", "+15005550006", f"{sandbox}/twilio"),
        "google": ("sandbox", "sandbox", f"{facts.public_url}/sandbox/google",
                   f"{sandbox}/google"),
    }  # fmt: skip
    chosen: dict[str, str] = {}
    for company, variables in COMPANIES.items():
        if given.get(variables[0]):
            chosen |= {name: given[name] for name in variables if name in given}
        else:
            chosen |= dict(zip(variables, stand_ins[company], strict=True))
    chosen.setdefault("STRIPE_PLATFORM_FEE_PERCENTAGE", given.get("STRIPE_PLATFORM_FEE_PERCENTAGE", "2.5"))
    chosen.setdefault("FROM_EMAIL", given.get("FROM_EMAIL", "PeepoPay <bookings@peepopay.example>"))
    return chosen
