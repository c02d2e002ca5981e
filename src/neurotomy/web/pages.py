"""The pages and what they fetch. Each panel is a function in a file of its own; here they are put together."""

from __future__ import annotations

import datetime
from contextlib import suppress
from pathlib import Path
from typing import Any

import numpy as np
from fastapi import Request, Response
from fastapi.responses import JSONResponse, PlainTextResponse
from nicegui import app, ui

from neurotomy.errors import NeurotomyError
from neurotomy.web import frames, uploads
from neurotomy.web.guard import SESSION, TooLarge
from neurotomy.web.marking.picture import marking_picture
from neurotomy.web.marking.state import Marking
from neurotomy.web.session import Session
from neurotomy.web.shared import FIRST_PAGE
from neurotomy.web.store import Store
from neurotomy.web.tasks import Task

__all__ = ["build"]

STATIC = Path(__file__).parent / "static"
_tasks: dict[str, Task] = {}


def build(store: Store, upload_bytes: int) -> None:
    """Register every page."""
    app.add_static_files("/static", STATIC, max_cache_age=0)
    app.colors(primary="#7cc0ee")
    # No bar of the framework's at the top while something is fetched: pages show their progress, and it has no name.
    app.config.quasar_config["loadingBar"]["skipHijack"] = True
    ui.add_head_html('<link rel="stylesheet" href="/static/suite.css">', shared=True)
    ui.add_head_html(
        "".join(
            f'<script src="/static/{name}.js"></script>' for name in ("fluoro", "slices", "scene", "upload", "tour")
        ),
        shared=True,
    )

    def session_of(request: Request) -> Session:
        return store.get(request.scope[SESSION])

    @app.get("/frame")
    async def frame(
        request: Request, primary: float, secondary: float, field: float = 300.0, size: int = 256, refined: int = 0
    ) -> Response:
        session = session_of(request)
        return await _pictured(frames.radiograph, session, primary, secondary, field, size, bool(refined))

    @app.get("/slice")
    async def slice_(
        request: Request, plane: str, x: float, y: float, z: float, mm: float = 110.0, ratio: float = 1.0
    ) -> Response:
        if plane not in frames.PLANES:
            return PlainTextResponse("There is no such plane.", 404)
        wide, shape = min(max(mm, 20.0), 600.0), min(max(ratio, 0.25), 4.0)
        return await _pictured(frames.slice_picture, session_of(request), plane, np.array([x, y, z]), wide, shape)

    markings: dict[str, Marking] = {}

    @app.get("/mark/slice")
    async def marked_slice(request: Request, plane: str, x: float, y: float, z: float, mm: float = 110.0) -> Response:
        marking = markings.get(request.scope[SESSION])
        if plane not in frames.PLANES or marking is None:
            return PlainTextResponse("Nothing is being marked: reload the page.", 409)
        return await _pictured(marking_picture, marking, plane, np.array([x, y, z]), min(max(mm, 20.0), 600.0))

    @ui.page("/mark")
    async def mark(request: Request) -> None:
        from neurotomy.web.marking.page import marking_page
        from neurotomy.web.opening.page import open_case
        from neurotomy.web.opening.stated import stated_case

        session = session_of(request)
        marking = Marking.kept(session.folder)
        if marking is None:
            ui.navigate.to("/open")
            return
        before = markings.get(request.scope[SESSION])
        if before is not None and before.imaging == marking.imaging:
            marking.ct = before.ct
        markings[request.scope[SESSION]] = marking
        said = ui.label("").classes("alert").props('role="alert"')
        said.set_visibility(False)
        task = _tasks.setdefault(request.scope[SESSION], Task())

        async def finish() -> None:
            imaging = marking.imaging | {
                "levels_confirmed_on": datetime.date.fromisoformat(marking.imaging["levels_confirmed_on"])
            }
            await open_case(
                session,
                task,
                said,
                lambda: stated_case(marking.joints, marking.side.value, imaging, session.folder, marking.landmarks()),
            )

        await marking_page(marking, finish)

    @app.get("/mesh/{name}.stl")
    async def mesh(request: Request, name: str) -> Response:
        from neurotomy.web.suite.scene3d import COLOURS, mesh_bytes

        if name not in COLOURS:
            return PlainTextResponse("There is no such part.", 404)
        try:
            return Response(await frames.in_worker(mesh_bytes, session_of(request), name), media_type="model/stl")
        except (NeurotomyError, AssertionError) as error:
            return PlainTextResponse(str(error), 409)

    @app.post("/needle")
    async def needle(request: Request) -> Response:
        session, given = session_of(request), await request.json()
        try:
            await frames.in_worker(_drag, session, given)
        except (NeurotomyError, KeyError, TypeError, ValueError) as error:
            return PlainTextResponse(str(error), 409)
        return JSONResponse({})

    @app.post("/upload")
    async def upload(request: Request, role: str, name: str, first: int = 0) -> Response:
        session = session_of(request)
        try:
            place = uploads.place_of(session.folder, role, name)
            if first:
                uploads.replaced(session.folder, role)
            await uploads.receive(request.stream(), place, upload_bytes)
        except NeurotomyError as error:
            return PlainTextResponse(str(error), 409)
        except TooLarge:
            return PlainTextResponse(f"Too large: at most {upload_bytes / 1e6:.0f} MB are taken.", 413)
        return JSONResponse({})

    rooms: dict[str, Any] = {}

    @ui.page("/training")
    async def training(request: Request) -> None:
        from neurotomy.web.training.page import training_page
        from neurotomy.web.training.room import Room

        session = session_of(request)
        room, task = rooms.setdefault(request.scope[SESSION], (Room(session.folder / "training"), Task()))
        await training_page(room, task)

    @ui.page("/open")
    async def opening(request: Request) -> None:
        from neurotomy.web.opening.page import opening_page

        opening_page(session_of(request), _tasks.setdefault(request.scope[SESSION], Task()))

    @ui.page("/")
    async def suite(request: Request) -> None:
        session = session_of(request)
        task = _tasks.setdefault(request.scope[SESSION], Task())
        from neurotomy.web.opening.wait import opened_or_wait

        if await opened_or_wait(session, task):
            await show_suite(session, task)


async def show_suite(session: Session, task: Task) -> None:
    """The fluoroscopy suite of an open session."""
    from neurotomy.web.burn.panel import burn_panel
    from neurotomy.web.meaning.panel import meaning_panel
    from neurotomy.web.suite.layout import bar, slices, start_values, xray
    from neurotomy.web.suite.listen import Listener
    from neurotomy.web.suite.needle import needle_panel
    from neurotomy.web.suite.scene3d import scene

    client = ui.context.client
    listener = Listener(session, client)
    ui.add_body_html(f"<script>neurotomy.opening({start_values(session)})</script>")
    with ui.element("div").classes("suite"):
        bar(
            session,
            listener,
            [
                ("school", "Training", lambda: ui.navigate.to("/training")),
                ("folder_open", "Open another case", lambda: ui.navigate.to("/open")),
                ("help_outline", "Hints", lambda: ui.run_javascript("neurotomy.tour(true)")),
            ],
        )
        at_a_glance = xray(session, listener)
        with ui.element("section").classes("sight").props('aria-label="Slices and scene"'):
            slices()
            sight = ui.element("div").style("display: contents")
        with ui.element("aside").classes("panel").props('aria-label="Needle, burn and meaning"'):
            with ui.tabs().props("dense no-caps align=justify").classes("w-full") as tabs:
                needle = ui.tab("Needle")
                burn = ui.tab("Burn")
                meaning = ui.tab("Meaning")
            with ui.tab_panels(tabs, value=needle, animated=False).classes("w-full bg-transparent"):
                with ui.tab_panel(needle):
                    needle_panel(session, listener, task, at_a_glance)
                burning, meant = ui.tab_panel(burn), ui.tab_panel(meaning)
    await client.connected(timeout=30)
    # The picture first: the scene and the charts bring a megabyte of code that the browser has to read.
    with suppress(TimeoutError):
        await ui.run_javascript("neurotomy.tour(); return neurotomy.shown()", timeout=10.0)
    FIRST_PAGE.set()
    with sight:
        scene(session, listener)
    with burning:
        burn_panel(session, listener, task)
    with meant:
        meaning_panel(session, listener, task)


async def _pictured(make: Any, *args: Any) -> Response:
    try:
        picture, scene = await frames.in_worker(make, *args)
    except NeurotomyError as error:
        return PlainTextResponse(str(error), 409)
    except (AssertionError, ValueError):
        return PlainTextResponse("No case is open in this browser: reload the page.", 409)
    return Response(
        picture, media_type="image/jpeg", headers={"X-Scene": frames.header(scene), "Cache-Control": "no-store"}
    )


def _drag(session: Session, given: dict[str, Any]) -> None:
    """Move one end of the needle to where a person dragged it.

    In the radiograph parallel to the detector, at the depth it had; in a slice within its plane, at the distance from
    the plane that it had.
    """
    placement = session.placement
    if placement is None or given["which"] not in {"tip", "entry"}:
        raise ValueError("no needle")
    tip, entry = np.asarray(placement.tip_lps_mm), np.asarray(placement.entry_lps_mm)
    point = tip if given["which"] == "tip" else entry
    if "plane" in given:
        moved = np.array([float(v) for v in given["lps"]])
        normal = frames.PLANES[given["plane"]][2]
        moved[normal] = point[normal]
    else:
        carm = session.posed(float(given["primary"]), float(given["secondary"]), float(given["field"]))
        depth = float((point - carm.isocentre_lps_mm) @ carm.to_detector)
        at = [float(given["x"]) * carm.columns - 0.5, float(given["y"]) * carm.rows - 0.5]
        moved = np.asarray(carm.back_project(np.array(at), depth))
    session.drag_needle(given["which"], moved)
