"""What a station counts and measures, for Prometheus."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

from tokenclip_core.errors import SettingsError
from tokenclip_core.extras import import_extra

if TYPE_CHECKING:
    from prometheus_client import CollectorRegistry
    from prometheus_client.metrics_core import GaugeMetricFamily, Metric

    from tokenclip_core.station.health import StationHealth

# Seconds: an inspection takes from some milliseconds on a GPU to seconds with tiles.
_BUCKETS = (0.01, 0.02, 0.03, 0.05, 0.075, 0.1, 0.15, 0.2, 0.3, 0.5, 0.75, 1.0, 2.0, 5.0, 10.0)


class Meter:
    """Counts, where the package for it is installed; else it only says that it is not.

    Attributes:
        problem: why there are no metrics, in words; "" where there are.
    """

    def __init__(self) -> None:
        self.problem = ""
        self._registry: CollectorRegistry | None = None
        try:
            client = import_extra("prometheus_client", "station", "/metrics")
        except SettingsError as error:
            self.problem = str(error)
            return
        registry = self._registry = client.CollectorRegistry()
        self._results = client.Counter(
            "tokenclip_results", "Results by camera and outcome.", ("camera", "outcome"), registry=registry
        )
        self._from_trigger = client.Histogram(
            "tokenclip_trigger_to_result_seconds",
            "From the trigger to its result on disk.",
            ("camera",),
            buckets=_BUCKETS,
            registry=registry,
        )
        self._inspection = client.Histogram(
            "tokenclip_inspection_seconds", "Of one inspection alone.", ("camera",), buckets=_BUCKETS, registry=registry
        )
        client.ProcessCollector(registry=registry)

    def result(self, camera: str, outcome: str, inspection: float | None, from_trigger: float | None) -> None:
        """Count a result.

        Args:
            camera: its name.
            outcome: ``good``, ``defect`` or ``error``.
            inspection: seconds; None where there was none.
            from_trigger: seconds; None where nothing triggered it.
        """
        if self._registry is None:
            return
        self._results.labels(camera, outcome).inc()
        if inspection is not None:
            self._inspection.labels(camera).observe(inspection)
        if from_trigger is not None:
            self._from_trigger.labels(camera).observe(from_trigger)

    def watch(self, health: Callable[[], StationHealth]) -> None:
        """Show, beside what is counted, how the station is whenever somebody asks."""
        if self._registry is not None:
            self._registry.register(_HealthCollector(health))

    def text(self) -> bytes:
        """The metrics in Prometheus's own format.

        Raises:
            SettingsError: the package is missing.
        """
        if self._registry is None:
            raise SettingsError(self.problem)
        exposition = import_extra("prometheus_client.exposition", "station", "/metrics")
        return bytes(exposition.generate_latest(self._registry))


class _HealthCollector:
    """How the station is, as numbers."""

    def __init__(self, health: Callable[[], StationHealth]) -> None:
        self._health = health

    def collect(self) -> Iterator[Metric]:
        """Called by the library for each request."""
        health = self._health()
        yield _gauge("tokenclip_up", "1 where the station is ok or degraded, 0 where it fails.", [((), health.works)])
        yield _gauge("tokenclip_triggers_waiting", "Triggers without a result.", [((), health.waiting)])
        yield _gauge("tokenclip_recipe_changes", "How often the recipe was exchanged.", [((), health.recipe_changes)])
        cameras, outputs = health.cameras, health.outputs
        yield from _gauges(
            "camera",
            [camera.name for camera in cameras],
            ("tokenclip_camera_up", "1 while frames come.", [not camera.problem for camera in cameras]),
            ("tokenclip_camera_frames_per_second", "Frames that come.", [camera.rate for camera in cameras]),
            ("tokenclip_camera_restarts", "Opened again after it failed.", [camera.restarts for camera in cameras]),
        )
        yield from _gauges(
            "output",
            [output.name for output in outputs],
            ("tokenclip_output_up", "1 while it takes results.", [not output.problem for output in outputs]),
            ("tokenclip_output_waiting", "Messages that it does not have.", [output.waiting for output in outputs]),
            (
                "tokenclip_output_refused",
                "Messages since the start that it will never take.",
                [output.refused for output in outputs],
            ),
        )
        yield _gauge("tokenclip_disk_free_bytes", "Where the spool lies.", [((), health.disk_free)])


def _gauges(label: str, names: Sequence[str], *gauges: tuple[str, str, Sequence[float]]) -> Iterator[Metric]:
    """Gauges of several things; each gauge is its name, its words, and a value for each of the things."""
    for name, words, values in gauges:
        yield _gauge(name, words, [((one,), value) for one, value in zip(names, values, strict=True)], (label,))


def _gauge(
    name: str, words: str, values: Iterable[tuple[tuple[str, ...], float]], labels: tuple[str, ...] = ()
) -> Metric:
    core = import_extra("prometheus_client.metrics_core", "station", "/metrics")
    family: GaugeMetricFamily = core.GaugeMetricFamily(name, words, labels=labels)
    for names, value in values:
        family.add_metric(list(names), float(value))
    return family
