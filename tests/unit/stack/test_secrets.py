"""Secrets made once, for their owner only."""

import base64
from pathlib import Path

from stack.home import Home
from stack.secrets import kept_secret, write_private


def test_a_secret_is_made_once_and_readable_by_its_owner_only(tmp_path: Path) -> None:
    file = tmp_path / "deep" / "password"
    first = kept_secret(file)
    assert kept_secret(file) == first
    assert file.stat().st_mode & 0o777 == 0o600
    assert kept_secret(tmp_path / "another") != first


def test_a_file_is_written_whole_and_leaves_no_draft(tmp_path: Path) -> None:
    file = tmp_path / "state"
    write_private(file, "old, and longer")
    write_private(file, "new")
    assert file.read_text() == "new"
    assert list(tmp_path.iterdir()) == [file]


def test_keys_are_32_bytes_each_another(tmp_path: Path) -> None:
    home = Home(tmp_path)
    keys = {home.key(name) for name in ("secret-key", "identity-auth", "identity-booking")}
    assert len(keys) == 3
    assert {len(base64.b64decode(key)) for key in keys} == {32}
