"""Metadata: what is given is merged into what is held."""

from collections.abc import Mapping
from typing import Final

from services.sandbox.domain.stripe.refusals import StripeRefusal

_MOST_KEYS: Final = 50
_LONGEST_KEY: Final = 40
_LONGEST_VALUE: Final = 500


def merged(held: Mapping[str, str], given: Mapping[str, str] | str | None) -> dict[str, str]:
    """An empty text unsets a key, an empty text instead of the whole unsets all of them."""
    if given is None:
        return dict(held)
    if isinstance(given, str):
        return {}
    for key, value in given.items():
        if len(key) > _LONGEST_KEY:
            raise StripeRefusal(
                f"Metadata keys can have up to {_LONGEST_KEY} characters, but you passed in {key!r}.",
                param=f"metadata[{key}]",
            )
        if len(value) > _LONGEST_VALUE:
            raise StripeRefusal(
                f"Metadata values can have up to {_LONGEST_VALUE} characters, but you passed in a value that is"
                f" {len(value)} characters.",
                param=f"metadata[{key}]",
            )
    kept = {key: value for key, value in {**held, **given}.items() if value != ""}
    if len(kept) > _MOST_KEYS:
        raise StripeRefusal(f"You can only have up to {_MOST_KEYS} metadata keys.", param="metadata")
    return kept
