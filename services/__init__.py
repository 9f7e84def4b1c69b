"""The six contexts, what they stand on (kernel), what they tell each other (contracts), and the sandbox beside them."""

from typing import Final

CONTEXTS: Final = ("auth", "catalog", "availability", "booking", "payments", "notify", "sandbox")
