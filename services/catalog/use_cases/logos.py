"""A business's logo: looked at, made anew, stored, and only then shown."""

import logging

import msgspec

from services.catalog.domain.errors import StorageUnavailable
from services.catalog.domain.profiles import Profile
from services.catalog.use_cases import profiles
from services.catalog.use_cases.changing import changing
from services.catalog.use_cases.tools import Tools
from services.kernel.ids import new_id

_log = logging.getLogger(__name__)


async def put(tools: Tools, tenant_id: str, upload: bytes) -> Profile:
    """The picture is stored before the profile names it, and the former one goes when nobody is shown it any more."""
    await profiles.ensure(tools, tenant_id)
    picture = await tools.pictures.remade(upload, of=tenant_id)
    # A name is never used twice: what an address shows never changes, and nobody removes what another just stored.
    key = f"{tenant_id}/{new_id('img')}.{picture.extension}"
    await tools.storage.put(key, picture.body, picture.media_type)
    return await _change(tools, tenant_id, key)


async def remove(tools: Tools, tenant_id: str) -> Profile:
    """Done twice, it is as done once."""
    await profiles.ensure(tools, tenant_id)
    return await _change(tools, tenant_id, None)


async def _change(tools: Tools, tenant_id: str, key: str | None) -> Profile:
    async with changing(tools, tenant_id) as tx:
        present = await profiles.locked(tx, tenant_id)
        if present.logo == key:
            return present
        changed = await profiles.save(tools, tx, present, msgspec.structs.replace(present, logo=key))
    if present.logo is not None:
        await _drop(tools, present.logo)
    return changed


async def _drop(tools: Tools, key: str) -> None:
    try:
        await tools.storage.remove(key)
    except StorageUnavailable:
        # Nobody is shown it any more; what is left takes a little room.
        _log.warning("a former logo could not be removed", extra={"key": key})
