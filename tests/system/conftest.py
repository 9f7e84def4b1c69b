"""What needs all of it running."""

from collections.abc import Iterator

import pytest

from tests.support.product import Product, shared_product


@pytest.fixture(scope="session")
def product(tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Product]:
    """The running product, one for all workers."""
    base = tmp_path_factory.getbasetemp()
    # A worker's folder lies in the run's own.
    folder = base.parent if hasattr(request.config, "workerinput") else base
    with shared_product(folder / "product") as running:
        yield running
