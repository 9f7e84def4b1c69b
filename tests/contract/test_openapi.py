"""The public API as it was promised: a change of it is seen in a review, not found by a customer.

`RENEW=1 ./peepopay test tests/contract` writes the documents anew.
"""

import importlib
import json
import os
from pathlib import Path

import pytest

from services import CONTEXTS
from services.kernel.http.document import document
from tests.support.environ import environ_of
from tests.support.servers import Servers

COMMITTED = Path(__file__).parent / "openapi"
_OF_THE_PRODUCT = [name for name in CONTEXTS if name != "sandbox"]


@pytest.mark.parametrize("context", _OF_THE_PRODUCT)
def test_the_api_is_the_one_that_was_promised(context: str, servers: Servers) -> None:
    composed = importlib.import_module(f"services.{context}.app").compose(environ_of(servers, context))
    present = json.dumps(document(composed.application("serve")), indent=1, sort_keys=True, ensure_ascii=False) + "\n"
    file = COMMITTED / f"{context}.json"
    if os.environ.get("RENEW"):
        file.write_text(present, encoding="utf-8")
    assert json.loads(present) == json.loads(file.read_text(encoding="utf-8"))
