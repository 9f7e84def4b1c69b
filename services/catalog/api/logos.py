"""A business's logo: sent by its owner, shown to anybody."""

from dataclasses import dataclass, field
from typing import Annotated, Final

from litestar import Response, delete, get, post
from litestar.datastructures import UploadFile
from litestar.exceptions import HTTPException
from litestar.openapi.spec import OpenAPIMediaType, Operation, RequestBody, Schema
from litestar.openapi.spec.enums import OpenAPIFormat, OpenAPIType
from litestar.params import PathParameter

from services.catalog.api.views import settings_view
from services.catalog.api.who import AnyRequest, Has, tenant_of
from services.catalog.domain.profiles import Profile
from services.catalog.gateways.pictures import LARGEST_UPLOAD
from services.catalog.schemas.settings import SettingsView
from services.catalog.use_cases import facts, logos
from services.catalog.use_cases.tools import Tools
from services.kernel import errors
from services.kernel.http import envelope, who
from services.kernel.http.envelope import Ok

# Room for the other parts of a form.
_LARGEST_BODY: Final = LARGEST_UPLOAD + 50_000
_MULTIPART: Final = "multipart/form-data"
_FIELD: Final = "file"
_SHOWN: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "cross-origin",
}
_BINARY: Final = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
_FORM: Final = Schema(type=OpenAPIType.OBJECT, properties={_FIELD: _BINARY}, required=[_FIELD])


@dataclass
class Upload(Operation):
    """Says in the document what the handler reads by itself."""

    request_body: RequestBody | None = field(
        default_factory=lambda: RequestBody(
            required=True,
            content={
                _MULTIPART: OpenAPIMediaType(schema=_FORM),
                **{kind: OpenAPIMediaType(schema=_BINARY) for kind in ("image/png", "image/jpeg", "image/webp")},
            },
        )
    )

    def __post_init__(self) -> None:
        if self.request_body is None:
            self.request_body = Upload().request_body


@post(
    "/api/settings/logo",
    status_code=200,
    guards=[who.Allowed("owner", "admin")],
    request_max_body_size=_LARGEST_BODY,
    operation_class=Upload,
    tags=["Settings"],
    summary="Upload the logo",
)
async def put(request: AnyRequest, tools: Has) -> Ok[SettingsView]:
    """PNG, JPEG or WebP of at most 2 MB, as the field `file` of a form or as the whole body.

    It is made anew: upright, at most 1024 pixels a side, without what cameras and programs write into a file.
    """
    tenant_id = tenant_of(request)
    return envelope.ok(_view(tools, await logos.put(tools, tenant_id, await _uploaded(request))))


@delete(
    "/api/settings/logo",
    status_code=200,
    guards=[who.Allowed("owner", "admin")],
    tags=["Settings"],
    summary="Remove the logo",
)
async def remove(request: AnyRequest, tools: Has) -> Ok[SettingsView]:
    """Done twice, it is as done once."""
    return envelope.ok(_view(tools, await logos.remove(tools, tenant_of(request))))


@get("/media/logos/{tenant_id:str}/{name:str}", include_in_schema=False)
async def show(
    tools: Has,
    tenant_id: Annotated[str, PathParameter(max_length=64)],
    name: Annotated[str, PathParameter(max_length=80)],
) -> Response[bytes]:
    """A logo that is kept in a folder; a bucket shows its own."""
    found = await tools.storage.read(f"{tenant_id}/{name}")
    if found is None:
        raise errors.NotFound
    return Response(found.body, media_type=found.media_type, headers=_SHOWN)


async def _uploaded(request: AnyRequest) -> bytes:
    kind, _ = request.content_type
    if kind == _MULTIPART:
        form = await request.form()
        file = form.get(_FIELD)
        if not isinstance(file, UploadFile):
            raise errors.Invalid(details={_FIELD: "is required"})
        body = await file.read()
    elif kind.startswith("image/") or kind == "application/octet-stream":
        body = await request.body()
    else:
        raise errors.Invalid(details={_FIELD: "must be sent as the field `file` of a form, or as the body"})
    if not body:
        raise errors.Invalid(details={_FIELD: "must not be empty"})
    if len(body) > LARGEST_UPLOAD:
        raise HTTPException(status_code=413)
    return body


def _view(tools: Tools, profile: Profile) -> SettingsView:
    return settings_view(profile, facts.logo_url(tools, profile))


ROUTES = (put, remove, show)
