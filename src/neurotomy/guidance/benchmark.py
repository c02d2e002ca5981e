"""Images a second and how true they are, beside ITK-RTK in the same run.

Every time is the mean over :data:`POSES` of the best of a few runs. Processor time is what a core gives to one image;
wall time is what a person waits, and on a busy machine it measures the neighbours too, so the load is told.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from neurotomy.geometry import Volume
from neurotomy.guidance import itk_rtk
from neurotomy.guidance.blobs import Blobs
from neurotomy.guidance.carm import CArm
from neurotomy.guidance.density import Method
from neurotomy.guidance.live import LivePicture
from neurotomy.guidance.placement import Placement
from neurotomy.guidance.radiograph import Projector
from neurotomy.progress import SILENT, Progress
from neurotomy.provenance import Provenance
from neurotomy.results import Result

__all__ = ["POSES", "RadiographBenchmark", "Ratio", "Speed", "Truth", "benchmark", "speed_table"]

POSES = ((180.0, 0.0), (-155.0, 0.0), (-160.0, -40.0), (90.0, 0.0), (60.0, -20.0), (0.0, 30.0))
"""(primary, secondary) angles: AP, oblique, declined, lateral, and two compound ones."""

OWN, RTK = "neurotomy", "ITK-RTK"


@dataclass(frozen=True)
class Speed(Result):
    """How long one image takes.

    Attributes
    ----------
    code, method
        Whose, and how.
    voxels, pixels
        From what, to what: "256 x 256 x 256", "512 x 512".
    cores
        That the code was allowed.
    cpu_ms, wall_ms
        Processor and wall time of an image, mean over the poses, best of the runs.
    slowest_cpu_ms
        Of the slowest pose.
    images_per_s
        1 / wall time.
    """

    code: str
    method: str
    voxels: str
    pixels: str
    cores: int
    cpu_ms: float
    slowest_cpu_ms: float
    wall_ms: float
    images_per_s: float


@dataclass(frozen=True)
class Truth(Result):
    """How far images of Gaussian blobs on 1 mm voxels are from their closed form, of all poses, in % of the maximum."""

    code: str
    method: str
    rms_percent: float
    largest_percent: float


@dataclass(frozen=True)
class Ratio(Result):
    """How many times less processor time this program takes for the same image on one core."""

    code: str
    method: str
    than: str
    times: float


@dataclass(frozen=True)
class RadiographBenchmark(Result):
    """All of it.

    Attributes
    ----------
    speeds, truths, ratios
        What was measured.
    load
        Programs that wanted a core in the minute before; None where the system does not tell.
    cores
        Of this machine, for this process.
    codes_missing
        That would be compared if they were installed.
    """

    speeds: tuple[Speed, ...]
    truths: tuple[Truth, ...]
    ratios: tuple[Ratio, ...]
    load: float | None
    cores: int
    codes_missing: tuple[str, ...]
    provenance: Provenance


def benchmark(*, runs: int = 5, progress: Progress = SILENT) -> RadiographBenchmark:
    """Measure everything (about half a minute).

    Parameters
    ----------
    runs : int
        Repetitions of each pose; the best counts.
    """
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else None
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    progress(0.0, "a spine of 256 x 256 x 256 voxels")
    cube = _body((256, 256, 256), (1.0, 1.0, 1.0))
    jobs = [*_projections(cube, runs, cores), *_previews(cube, runs), *_screens(runs), *_rtk(cube, runs)]
    speeds = []
    for n, (words, job) in enumerate(jobs):
        progress(0.1 + 0.8 * n / len(jobs), words)
        speeds.append(job())
    progress(0.9, "against closed forms")
    truths = tuple(_truths())
    progress(1.0)
    missing = () if itk_rtk.installed() else (RTK,)
    return RadiographBenchmark(tuple(speeds), truths, tuple(_ratios(speeds)), load, cores, missing, Provenance.now())


def speed_table(found: RadiographBenchmark) -> str:
    """The speeds, what they are against other codes, and the load they were measured under, as Markdown."""
    lines = [
        "| code | method | voxels | pixels | cores | CPU ms | images/s by CPU | images/s by wall |",
        "| --- | --- | --- | --- | ---: | ---: | ---: | ---: |",
    ]
    for speed in found.speeds:
        by_cpu = f"{1e3 / speed.cpu_ms:.0f}" if speed.cores == 1 else ""
        lines.append(
            f"| {speed.code} | {speed.method} | {speed.voxels} | {speed.pixels} | {speed.cores} | {speed.cpu_ms:.1f} | "
            f"{by_cpu} | {speed.images_per_s:.1f} |"
        )
    told = [f"{ratio.method}: {ratio.times:.1f} times the speed of {ratio.than}" for ratio in found.ratios]
    told += [f"{code} was not installed" for code in found.codes_missing]
    load = "" if found.load is None else f" and a load of {found.load:.1f} in the minute before"
    return "\n".join([*lines, "", f"{'; '.join(told)}. Measured with {found.cores} cores{load}.", ""])


Job = tuple[str, Callable[[], Speed]]


def _projections(cube: Volume, runs: int, cores: int) -> Iterator[Job]:
    projector = Projector(cube)
    for method, over, threads in (
        ("shear-warp", 1.0, 1),
        ("shear-warp", 1.0, 2),
        ("shear-warp, half the samples", 0.5, 1),
        ("shear-warp, half the samples", 0.5, 2),
        ("Joseph, ray by ray", 1.0, 1),
    ):
        if threads > cores:
            continue
        kernel: Method = "joseph" if method.startswith("Joseph") else "shear-warp"
        take = partial(projector.water_mm, method=kernel, over_sampling=over, threads=threads)
        yield (
            f"{method}, {threads} {'cores' if threads > 1 else 'core'}",
            partial(_timed, OWN, method, cube, 512, threads, take, runs),
        )


def _previews(cube: Volume, runs: int) -> Iterator[Job]:
    for ct in (cube, _body((512, 512, 300), (0.5, 0.5, 0.85))):
        take = partial(Projector(ct).preview.water_mm, threads=1)
        method = "preview: shear-warp from half the resolution"
        yield method, partial(_timed, OWN, method, ct, 256, 1, take, runs)


def _screens(runs: int) -> Iterator[Job]:
    """The picture on the screen, needle, scatter and noise in it, as the app makes it."""
    from neurotomy.anatomy import Side
    from neurotomy.anatomy.innervation import targets_for
    from neurotomy.anatomy.spine import built_in_spine
    from neurotomy.equipment import catalogue

    spine = built_in_spine()
    course = spine.course(targets_for("L4/5", Side.LEFT)[0])
    tip = course.landmarks_mm["target"]
    electrode = catalogue.electrode("conventional-18g-10mm")
    needle = Placement(course.target, electrode, tip, tip + np.array([15.0, 60.0, -50.0]), "given")
    live = LivePicture(spine.ct)
    for words, pixels, refined in (("preview on the screen", 256, False), ("image on the screen", 512, True)):
        take = partial(_screen, live, needle, pixels, refined)
        yield words, partial(_timed, OWN, words, spine.ct, pixels, 1, take, runs, tip)


def _screen(live: LivePicture, needle: Placement, pixels: int, refined: bool, carm: CArm) -> NDArray[Any]:
    return live.picture(carm, (needle,), pixels=pixels, refined=refined, threads=1)


def _rtk(cube: Volume, runs: int) -> Iterator[Job]:
    if itk_rtk.installed():
        density = np.maximum(1.0 + np.asarray(cube.array, dtype=np.float32) / 1000.0, 0.0)
        projector = itk_rtk.RtkProjector(density, cube.lps_from_voxel, threads=1)
        method = f"Joseph, version {projector.version}"
        yield f"{RTK}, 1 core", partial(_timed, RTK, method, cube, 512, 1, projector.integrate, min(runs, 3))


def _timed(
    code: str,
    method: str,
    ct: Volume,
    pixels: int,
    cores: int,
    take: Callable[[CArm], Any],
    runs: int,
    isocentre_lps_mm: NDArray[np.float64] | None = None,
) -> Speed:
    centre = ct.lps((np.array(ct.shape) - 1) / 2) if isocentre_lps_mm is None else isocentre_lps_mm
    cpu, wall = [], []
    for primary_deg, secondary_deg in POSES:
        carm = CArm(np.asarray(centre), primary_deg, secondary_deg).with_pixels(pixels)
        take(carm)  # compiles, and makes the memory order that this pose needs
        times = []
        for _ in range(runs):
            began, clock = time.process_time(), time.perf_counter()
            take(carm)
            times.append((time.process_time() - began, time.perf_counter() - clock))
        best = np.min(times, axis=0)
        cpu.append(1e3 * best[0])
        wall.append(1e3 * best[1])
    return Speed(
        code,
        method,
        " x ".join(str(n) for n in ct.shape),
        f"{pixels} x {pixels}",
        cores,
        float(np.mean(cpu)),
        float(np.max(cpu)),
        float(np.mean(wall)),
        1e3 / float(np.mean(wall)),
    )


def _truths() -> Iterator[Truth]:
    blobs, shape = Blobs.six(), (240, 240, 240)
    affine = np.eye(4)
    affine[:3, 3] = -(np.array(shape) - 1) / 2
    grid = blobs.grid(shape, affine)
    methods: list[tuple[str, str, Callable[[CArm], NDArray[np.float32]]]] = [
        (OWN, "shear-warp", partial(grid.integrate, method="shear-warp")),
        (OWN, "shear-warp, half the samples", partial(grid.integrate, method="shear-warp", over_sampling=0.5)),
        (OWN, "Joseph, ray by ray", partial(grid.integrate, method="joseph")),
    ]
    if itk_rtk.installed():
        rtk = itk_rtk.RtkProjector(blobs.values(shape, affine), affine)
        methods.append((RTK, f"Joseph, version {rtk.version}", rtk.integrate))
    views = [CArm(np.zeros(3), *pose) for pose in POSES]
    known = [blobs.image(view) for view in views]
    for code, method, take in methods:
        errors = [(take(view) - exact) / exact.max() for view, exact in zip(views, known, strict=True)]
        yield Truth(
            code,
            method,
            100 * max(float(np.sqrt(np.mean(error**2))) for error in errors),
            100 * max(float(np.abs(error).max()) for error in errors),
        )


def _ratios(speeds: list[Speed]) -> Iterator[Ratio]:
    """Own time against another's, where both made the same image on one core."""
    for other in speeds:
        if other.code == OWN:
            continue
        for own in speeds:
            same = (own.voxels, own.pixels, own.cores) == (other.voxels, other.pixels, other.cores)
            if own.code == OWN and same:
                yield Ratio(own.code, own.method, f"{other.code}, {other.method}", other.cpu_ms / own.cpu_ms)


def _body(shape: tuple[int, int, int], spacing_mm: tuple[float, float, float]) -> Volume:
    """The built-in spine in its body, on other voxels (the nearest ones: speed does not ask for better)."""
    from neurotomy.anatomy.spine import built_in_spine

    ct = built_in_spine().ct
    at, inside = [], []
    for axis, (count, size) in enumerate(zip(shape, spacing_mm, strict=True)):
        own = float(np.linalg.norm(ct.lps_from_voxel[:3, axis]))
        place = (np.arange(count) - (count - 1) / 2) * size / own + (ct.shape[axis] - 1) / 2
        at.append(np.clip(np.rint(place).astype(int), 0, ct.shape[axis] - 1))
        inside.append((place > -0.5) & (place < ct.shape[axis] - 0.5))
    held = inside[0][:, None, None] & inside[1][:, None] & inside[2]
    array = np.where(held, ct.array[np.ix_(*at)], -1000)
    affine = np.diag([*spacing_mm, 1.0])
    affine[:3, 3] = -(np.array(shape) - 1) / 2 * np.array(spacing_mm)
    return Volume(array.astype(np.int16), affine)
