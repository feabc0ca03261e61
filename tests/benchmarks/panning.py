"""Dragging a part of 50 megapixels about: frames per second of the canvas, painted by the processor.

    python tests/benchmarks/panning.py [--steps 120] [--size 1366x768]

Runs without a screen where there is none. Each step moves the mouse with the left button down and paints at once; "fps"
is what a person sees; "work" is what one processor could do if no other program had it.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
import time
from pathlib import Path

import numpy as np

from tokenclip_core.output.layers import subspace_layer

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

if sys.platform == "linux" and not {"DISPLAY", "WAYLAND_DISPLAY"} & set(os.environ):
    os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

from PySide6.QtCore import QEvent, QPointF, Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import QApplication

from app.canvas import compose
from app.canvas.canvas import Canvas
from app.canvas.display import Display, Look
from app.parts.state import Layer
from app.process.prepare import prepare
from app.widgets.qimage import argb_image, lines

WIDTH, HEIGHT = 8192, 6144
GRID = (96, 128)
WARM_UP = 5
ENOUGH = 30.0


def made_canvas(display: Display) -> Canvas:
    """A canvas with a part of 50 megapixels, its overlays and some regions."""
    random = np.random.default_rng(0)
    pixels = np.repeat(np.repeat(random.integers(0, 255, (HEIGHT // 4, WIDTH // 4, 3), np.uint8), 4, 0), 4, 1)
    picture = compose.picture(pixels)
    down, across = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float32)
    anomaly_map = 0.5 + 0.5 * np.sin(down / 211) * np.sin(across / 173)
    weights = random.random((*GRID, 12)).astype(np.float32)
    weights /= weights.sum(axis=-1, keepdims=True)
    colours = tuple((int(red), int(green), int(blue)) for red, green, blue in random.integers(0, 255, (12, 3)))
    canvas = Canvas()
    canvas.show_picture([argb_image(level) for level in picture.levels], picture.width, picture.height)
    heatmap = argb_image(compose.heatmap(anomaly_map))
    canvas.show_overlays(heatmap, argb_image(subspace_layer(weights, colours)), GRID)
    canvas.show_outline(lines(compose.outline(anomaly_map > 0.8)))
    canvas.follow(display)
    return canvas


def mouse(canvas: Canvas, kind: QEvent.Type, place: QPointF) -> None:
    """Send the canvas what a mouse would."""
    button = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseMove else Qt.MouseButton.LeftButton
    held = Qt.MouseButton.NoButton if kind is QEvent.Type.MouseButtonRelease else Qt.MouseButton.LeftButton
    where = canvas.viewport().mapToGlobal(place)
    event = QMouseEvent(kind, place, where, button, held, Qt.KeyboardModifier.NoModifier)
    QApplication.sendEvent(canvas.viewport(), event)


def drag(canvas: Canvas, steps: int) -> tuple[list[float], list[float]]:
    """Seconds of every step, as a person waits and as the processor computes (Qt paints with several threads)."""
    waited, computed = [], []
    view = canvas.viewport()
    centre = QPointF(view.width() / 2, view.height() / 2)
    mouse(canvas, QEvent.Type.MouseButtonPress, centre)
    for step in range(steps + WARM_UP):
        angle = step / 9
        place = centre + QPointF(np.cos(angle) * view.width() / 4, np.sin(angle) * view.height() / 4)
        wall, own = time.perf_counter(), time.process_time()
        mouse(canvas, QEvent.Type.MouseMove, place)
        view.repaint()
        if step >= WARM_UP:
            waited.append(time.perf_counter() - wall)
            computed.append(time.process_time() - own)
    mouse(canvas, QEvent.Type.MouseButtonRelease, centre)
    return waited, computed


def main() -> None:
    """Print every combination of zoom and layers."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=120)
    parser.add_argument("--size", default="1366x768")
    options = parser.parse_args()
    prepare()
    application = QApplication([sys.argv[0]])
    display = Display(Look(opacity=0.7))
    canvas = made_canvas(display)
    canvas.resize(*(int(side) for side in options.size.split("x")))
    canvas.show()
    application.processEvents()
    print(f"{WIDTH} x {HEIGHT} pixels on {canvas.width()} x {canvas.height()}, {application.platformName()}")
    for name, zoom in (("whole", None), ("30 %", 0.3), ("1:1", 1.0), ("400 %", 4.0)):
        canvas.fit()
        if zoom is not None:
            canvas.zoom_by(zoom / canvas.devicePixelRatioF() / canvas.zoom)
        for layer in Layer:
            canvas.set_layer(layer)
            display.take(regions=layer is not Layer.ORIGINAL)
            waited, computed = drag(canvas, options.steps)
            fps, work = 1 / statistics.median(waited), 1 / statistics.median(computed)
            least = 1 / max(waited)
            verdict = "" if work >= ENOUGH else f"   below {ENOUGH:.0f}"
            print(
                f"{name:<8} {layer.value:<10} median {fps:6.0f} fps   worst {least:6.0f} fps   "
                f"work {work:6.0f} fps{verdict}",
                flush=True,
            )
    canvas.close()


if __name__ == "__main__":
    main()
