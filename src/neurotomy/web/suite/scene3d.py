"""Bones, nerves, needle and lesion in three dimensions, about the target: patient LPS, head up, seen from behind."""

from __future__ import annotations

from typing import Any

import numpy as np
from nicegui import ui
from numpy.typing import NDArray

from neurotomy.geometry import Curve
from neurotomy.imaging.export.mesh import Mesh, tube
from neurotomy.web.lesion_surface import lesion_surface
from neurotomy.web.session import Session
from neurotomy.web.suite.layout import enlarge
from neurotomy.web.suite.listen import Listener

__all__ = ["mesh_bytes", "scene"]

COLOURS = {"bones": "#d9cfb8", "nerves": "#56b4e9", "needles": "#e6e9ec", "tips": "#e69f00", "lesions": "#ff5a36"}
OPACITY = {"bones": 1.0, "nerves": 1.0, "needles": 1.0, "tips": 1.0, "lesions": 0.55}


def scene(session: Session, listener: Listener) -> None:
    """The scene with its toggles; a small white ball is where the slices meet."""
    shown = dict.fromkeys(COLOURS, True)
    parts: dict[str, Any] = {}
    with (
        ui.element("div")
        .classes("tile scene")
        .props(
            'tabindex=0 role="group" data-tile="scene" aria-label="Bones, nerves, needle and lesion in three '
            'dimensions. Arrow keys turn it, plus and minus come nearer."'
        )
    ):
        with ui.element("div").classes("scene-bar"):
            for name, words in (("bones", "Bones"), ("nerves", "Nerves"), ("lesions", "Lesion")):
                ui.checkbox(words, value=True, on_change=lambda e, name=name: toggle(name, e.value)).props(
                    "dense size=xs"
                )
        ui.html(enlarge("the scene"), sanitize=False).style("display: contents")
        view = ui.scene(width=400, height=300, grid=False, background_color="#0d1216").classes("view")
        with view:
            cross = view.sphere(0.8).material("#ffffff")

    def draw(*names: str) -> None:
        for name in names:
            if name in parts:
                parts.pop(name).delete()
            if not shown[name] or (name == "lesions" and not session.lesions):
                continue
            with view:
                part = view.stl(f"/mesh/{name}.stl?v={session._version}")
                part.material(COLOURS[name], OPACITY[name])
                parts[name] = part

    def toggle(name: str, on: bool) -> None:
        shown[name] = on
        draw(name)

    def everything() -> None:
        draw(*COLOURS)

    def meet(event: Any) -> None:
        at = np.asarray([float(v) for v in event.args]) - np.asarray(session.carm.isocentre_lps_mm)
        cross.move(*(float(v) for v in at))

    everything()
    ui.on("centre", meet)
    view.move_camera(x=50, y=125, z=45, look_at_x=0, look_at_y=0, look_at_z=0, up_x=0, up_y=0, up_z=1, duration=0)
    ui.run_javascript(f"neurotomy.calm({view.id})")
    listener.on("needle", lambda: draw("needles", "tips"))
    listener.on("lesion", lambda: draw("lesions"))
    listener.on("growing", lambda: draw("lesions"))
    listener.on("target", everything)


def mesh_bytes(session: Session, name: str) -> bytes:
    """One part of the scene as binary STL, mm from the isocentre, LPS."""
    meshes = list(_meshes(session, name))
    return _stl(meshes, np.asarray(session.carm.isocentre_lps_mm))


def _meshes(session: Session, name: str) -> Any:
    assert session.anatomy is not None
    assert session.opened is not None
    if name == "bones":
        yield session.opened.bones()
    elif name == "nerves":
        for course in session.anatomy.courses:
            yield tube(_thinned(course.curve), 0.9, around=8)
    elif name in {"needles", "tips"}:
        for placement in session.placements.values():
            apex, upper = placement.active_tip_lps_mm
            radius = placement.electrode.radius_mm
            hub = apex + placement.electrode.cannula_length_mm * placement.shaft_direction
            yield tube(
                Curve(np.stack([upper, hub] if name == "needles" else [apex, upper])), max(radius, 0.6), around=10
            )
    elif name == "lesions":
        for label in tuple(session.lesions):
            mesh = lesion_surface(session, label)
            if mesh is not None:
                yield mesh


def _thinned(curve: Curve) -> Curve:
    points = curve.points_mm
    return Curve(points[np.linspace(0, len(points) - 1, 40).astype(int)])


def _stl(meshes: list[Mesh], origin: NDArray[np.float64]) -> bytes:
    rows = []
    for mesh in meshes:
        corners = (mesh.points_lps_mm - origin)[mesh.triangles].astype("<f4")
        normals = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
        row = np.zeros(len(corners), dtype=[("n", "<f4", 3), ("c", "<f4", (3, 3)), ("a", "<u2")])
        row["n"], row["c"] = normals, corners
        rows.append(row)
    body = np.concatenate(rows) if rows else np.zeros(0, dtype=[("n", "<f4", 3), ("c", "<f4", (3, 3)), ("a", "<u2")])
    return b"neurotomy".ljust(80, b" ") + np.array(len(body), "<u4").tobytes() + body.tobytes()
