"""Addresses and their answers: each takes what it needs from the request and renders one page."""

from typing import Any

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, PlainTextResponse, Response
from starlette.routing import Route

from jobs.view.overview import funnel
from jobs.view.pictures import SIDES_PX
from jobs.view.search import TARGETS, Found, NotReadyError
from jobs.view.site import Site
from realsyn_lib.errors import InputError, RealSynError
from realsyn_lib.view.content import ImageCard, SentenceCard
from realsyn_lib.view.render import ASSETS, asset

_MAX_PAGE = 10**6


def application(site: Site) -> Starlette:
    """Return the application; its guard stands before it."""
    handlers = Handlers(site)
    routes = [
        Route("/", handlers.home),
        Route("/search", handlers.search),
        Route("/image/{id}", handlers.image),
        Route("/sentence/{id}", handlers.sentence),
        Route("/documents", handlers.documents),
        Route("/document/{id}", handlers.document),
        Route("/groups/{of}/{kind}", handlers.groups),
        Route("/group/{of}/{kind}/{id}", handlers.group),
        Route("/thresholds/{name}", handlers.thresholds),
        Route("/picture/{side}/{id}", handlers.picture),
        *(Route(f"/{name}", handlers.asset) for name in ASSETS),
        Route("/favicon.ico", handlers.no_icon),
    ]
    faults = {
        RealSynError: handlers.fault,
        NotReadyError: handlers.not_ready,
        404: handlers.unknown,
    }
    return Starlette(routes=routes, exception_handlers=faults)


class Handlers:
    """Run in threads: tables, vectors and models are asked without waiting for one another."""

    def __init__(self, site: Site) -> None:
        self._site = site

    def home(self, request: Request) -> Response:
        """What is published, and where to go from here."""
        return self._page(
            "home.html", request, steps=funnel(self._site.published, self._site.queries)
        )

    def search(self, request: Request) -> Response:
        """Images or sentences nearest to a text (``q``), an image or a sentence."""
        asked, search = request.query_params, self._site.search
        target = asked.get("for", "images")
        if target not in TARGETS:
            raise InputError(f"for={target[:40]!r}; expected one of {', '.join(TARGETS)}")
        text = asked.get("q", "").strip()
        origin: ImageCard | SentenceCard | None = None
        found = Found()
        if "image" in asked:
            image_id = _id(asked["image"])
            origin = self._site.stories.image(image_id).card
            found = search.by_image(image_id, target)
        elif "sentence" in asked:
            sentence_id = _id(asked["sentence"])
            origin = self._site.stories.sentence(sentence_id).card
            found = search.by_sentence(sentence_id, target)
        elif text:
            found = search.by_text(text, target)
        return self._page(
            "search.html", request, text=text, target=target, origin=origin, found=found
        )

    def image(self, request: Request) -> Response:
        """One image with all that the line wrote about it."""
        story = self._site.stories.image(_id(request.path_params["id"]))
        return self._page("image.html", request, story=story)

    def sentence(self, request: Request) -> Response:
        """One sentence with its scores and the images that it was given to."""
        story = self._site.stories.sentence(_id(request.path_params["id"]))
        return self._page("sentence.html", request, story=story)

    def documents(self, request: Request) -> Response:
        """Documents by address or title."""
        text = request.query_params.get("q", "").strip()[:500]
        rows, page = self._site.documents.listed(text, _number(request))
        return self._page("documents.html", request, text=text, rows=rows, page=page)

    def document(self, request: Request) -> Response:
        """One document from its first item to its last."""
        walk = self._site.documents.walk(_id(request.path_params["id"]), _number(request))
        return self._page("document.html", request, walk=walk, page=walk.page)

    def groups(self, request: Request) -> Response:
        """Components of duplicates, the largest first."""
        of, kind = request.path_params["of"], request.path_params["kind"]
        rows, page = self._site.groups.listed(of, kind, _number(request))
        return self._page("groups.html", request, of=of, kind=kind, rows=rows, page=page)

    def group(self, request: Request) -> Response:
        """One component with its members."""
        path = request.path_params
        group = self._site.groups.group(path["of"], path["kind"], _id(path["id"]), _number(request))
        return self._page("group.html", request, group=group, page=group.page)

    def thresholds(self, request: Request) -> Response:
        """What other limits would keep; ``part`` asks for the result alone, for a page that is there."""
        name = request.path_params["name"]
        trial = self._site.thresholds.trial(name, request.query_params)
        template = "trial.html" if "part" in request.query_params else "thresholds.html"
        return self._page(template, request, trial=trial)

    def picture(self, request: Request) -> Response:
        """One picture, drawn anew as a JPEG."""
        side = _id(request.path_params["side"])
        data = None
        if side in SIDES_PX:
            data = self._site.pictures.jpeg(_id(request.path_params["id"]), side)
        if data is None:
            return PlainTextResponse("no picture", 404)
        return Response(
            data, media_type="image/jpeg", headers={"Cache-Control": "private, max-age=3600"}
        )

    def asset(self, request: Request) -> Response:
        """The style sheet or the script."""
        name = request.url.path.strip("/")
        return Response(asset(name), media_type=ASSETS[name])

    def no_icon(self, _request: Request) -> Response:
        """Browsers ask for an icon by themselves."""
        return Response(status_code=204)

    def fault(self, request: Request, error: Exception) -> Response:
        """Say what is wrong with a request or a table."""
        status, title = (
            (404, "Not found") if isinstance(error, InputError) else (503, "Not possible")
        )
        return self._page("message.html", request, status, title=title, text=str(error))

    def not_ready(self, request: Request, error: Exception) -> Response:
        """Say what is being made; the page asks again by itself."""
        answer = self._page(
            "message.html", request, 503, title="Not ready yet", text=f"{error}; this page asks again.",
        )  # fmt: skip
        answer.headers["Refresh"] = "2"
        return answer

    def unknown(self, request: Request, _error: Exception) -> Response:
        """Say that there is no such page."""
        return self._page(
            "message.html", request, 404, title="Not found", text="There is no such page."
        )

    def _page(self, template: str, request: Request, status: int = 200, **values: Any) -> Response:
        published = self._site.published
        common = {
            "warehouse": published.folder.name,
            "path": request.url.path,
            "query": dict(request.query_params),
            "has_changed": published.has_changed(),
        }
        return HTMLResponse(self._site.pages.page(template, common | values), status)


def _id(text: str) -> int:
    """Return a signed 64-bit number.

    Raises:
        InputError: it is none.
    """
    digits = text.removeprefix("-")
    if digits.isascii() and digits.isdigit() and len(digits) <= 19 and abs(int(text)) < 2**63:
        return int(text)
    raise InputError(f"{text[:40]!r} is no id")


def _number(request: Request) -> int:
    return min(abs(_id(request.query_params.get("page", "0"))), _MAX_PAGE)
