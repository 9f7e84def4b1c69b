"""How long things live, and how often they may be tried."""

from datetime import timedelta
from typing import Final, Literal

LinkKind = Literal["verification", "password_reset", "invitation"]

SESSION_LIFETIME: Final = timedelta(days=7)
SESSION_RENEWED_AFTER: Final = timedelta(days=1)
# How exact "last seen" is.
SEEN_AGAIN_AFTER: Final = timedelta(minutes=5)

LINK_LIFETIME: Final[dict[LinkKind, timedelta]] = {
    "verification": timedelta(hours=48),
    "password_reset": timedelta(hours=1),
    "invitation": timedelta(days=7),
}
# Mails of one kind to one person: a few in a row for the impatient, and an end to it.
LINKS_IN_A_ROW: Final = 3
LINKS_ROW: Final = timedelta(minutes=5)
LINKS_A_DAY: Final = 10
# Asked for again sooner, an invitation's mail would only repeat the last one.
INVITED_AGAIN_AFTER: Final = timedelta(minutes=5)
DAY: Final = timedelta(days=1)

WRONG_TRIES: Final = 10
LOCKED_FOR: Final = timedelta(minutes=15)
# After so long a quiet the count begins anew.
TRIES_FORGOTTEN_AFTER: Final = timedelta(hours=1)
# A try whose process died counts as a wrong one after this time.
TRY_LOST_AFTER: Final = timedelta(seconds=30)

GOOGLE_TRY_LIFETIME: Final = timedelta(minutes=10)
TOTP_SETUP_LIFETIME: Final = timedelta(minutes=30)
