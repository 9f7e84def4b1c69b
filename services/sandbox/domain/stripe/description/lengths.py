"""How long texts may be: Stripe's package does not say it, and its interface refuses longer ones."""

from collections.abc import Mapping
from typing import Final

# Where nothing else is said.
LONGEST: Final = 5000
# By where the operation begins, then by parameter; as in Stripe's older published description.
_SHORTER: Final[Mapping[str, Mapping[str, int]]] = {
    "/v1/accounts": {
        "settings[card_payments][statement_descriptor_prefix]": 10,
        "settings[payments][statement_descriptor]": 22,
    },
    "/v1/checkout/sessions": {
        "client_reference_id": 200,
        "payment_intent_data[description]": 1000,
        "payment_intent_data[statement_descriptor]": 22,
        "payment_intent_data[statement_descriptor_suffix]": 22,
    },
    "/v1/customers": {"email": 512, "name": 256, "phone": 20},
    "/v1/payment_intents": {"description": 1000, "statement_descriptor": 22, "statement_descriptor_suffix": 22},
    "/v1/setup_intents": {"description": 1000},
}


def of(template: str) -> Mapping[str, int]:
    """The limits of an operation at that address."""
    for beginning, limits in _SHORTER.items():
        if template.startswith(beginning):
            return limits
    return {}
