"""The environment of a context's process, against this worker's servers."""

import base64
from typing import Final

from services import CONTEXTS
from tests.support import identities
from tests.support.servers import Servers

PUBLIC_URL: Final = "http://localhost:8080"
SECRET_KEY: Final = base64.b64encode(b"the secret key of the test runs!").decode()
# Nobody listens there: a call to a context that a test has not started fails at once.
NOBODY: Final = "http://127.0.0.1:9"


def environ_of(servers: Servers, context: str, **other: str) -> dict[str, str]:
    """Every variable that the context's process reads; `other` changes or adds some: `PUBLIC_URL="https://…"`."""
    return {
        "DATABASE_URL": servers.database_of(context),
        "REDIS_URL": servers.valkey,
        "RABBITMQ_URL": servers.rabbitmq,
        "PUBLIC_URL": PUBLIC_URL,
        "TRUSTED_ORIGINS": PUBLIC_URL,
        "SECRET_KEY": SECRET_KEY,
        "IDENTITY_PRIVATE_KEY": identities.private_key(context),
        "IDENTITY_PUBLIC_KEYS": ",".join(f"{name}={key}" for name, key in identities.public_keys().items()),
        **{f"{name.upper()}_URL": NOBODY for name in CONTEXTS if name != "sandbox"},
        "RESEND_API_KEY": "re_of_a_test",
        "RESEND_BASE_URL": f"{NOBODY}/sandbox/resend",
        "FROM_EMAIL": "PeepoPay <hello@peepopay.example>",
        "TWILIO_ACCOUNT_SID": "AC00000000000000000000000000000000",
        "TWILIO_AUTH_TOKEN": "token-of-a-test",
        "TWILIO_FROM_NUMBER": "+6421000000",
        "TWILIO_BASE_URL": f"{NOBODY}/sandbox/twilio",
        "STRIPE_SECRET_KEY": "sk_test_of_a_test",
        "STRIPE_PUBLISHABLE_KEY": "pk_test_of_a_test",
        "STRIPE_WEBHOOK_SECRET": "whsec_of_a_test",
        "STRIPE_CONNECT_WEBHOOK_SECRET": "whsec_connect_of_a_test",
        "STRIPE_PLATFORM_FEE_PERCENTAGE": "2.5",
        "STRIPE_BASE_URL": f"{NOBODY}/sandbox/stripe",
        # A stand-in that a test runs tells nobody, unless the test says whom.
        "STRIPE_WEBHOOK_URL": f"{NOBODY}/api/webhooks/stripe",
        "GOOGLE_CLIENT_ID": "client-of-a-test",
        "GOOGLE_CLIENT_SECRET": "google-secret-of-a-test",
        "GOOGLE_BASE_URL": f"{PUBLIC_URL}/sandbox/google",
        "GOOGLE_SERVER_URL": f"{NOBODY}/sandbox/google",
        "LOG_LEVEL": "INFO",
        **other,
    }
