"""The lock file that names no package index."""

from stack.lock import FILES, INDEX, neutral

LOCKED = """
[[package]]
name = "aiormq"
version = "7.2.4"
source = { registry = "https://index.example.org/simple" }
sdist = { url = "https://files.example.net/packages/ab/aiormq-7.2.4.tar.gz", hash = "sha256:00ff" }
wheels = [
    { url = "https://mirror.example.net:8443/packages/aiormq-7.2.4-py3-none-any.whl", hash = "sha256:11ee" },
]

[[package]]
name = "peepopay"
version = "0.1.0"
source = { virtual = "." }
"""


def test_every_host_gives_way_and_everything_else_stays() -> None:
    locked = neutral(LOCKED)
    assert "example" not in locked
    assert f'registry = "{INDEX}"' in locked
    assert f'url = "{FILES}/packages/ab/aiormq-7.2.4.tar.gz", hash = "sha256:00ff"' in locked
    assert f'url = "{FILES}/packages/aiormq-7.2.4-py3-none-any.whl", hash = "sha256:11ee"' in locked
    assert 'source = { virtual = "." }' in locked


def test_a_neutral_file_stays_as_it_is() -> None:
    assert neutral(neutral(LOCKED)) == neutral(LOCKED)
