"""What a command was asked to inspect: images, folders, videos and streams, as single pictures in order."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath

from tokenclip_core.errors import ImageError
from tokenclip_core.files import is_there
from tokenclip_core.images.reading import RgbImage, find_images, load_image
from tokenclip_core.sources.catalogue import is_live
from tokenclip_core.sources.network.streams import (
    Fault,
    StreamError,
    is_stream,
    looks_mistyped,
    split_address,
    without_credentials,
)

VIDEO_SUFFIXES = frozenset({".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv"})
"""Lower-case suffixes of the files whose frames are inspected; a video must be named, folders give only images."""


@dataclass(frozen=True)
class Limits:
    """How much of each video and stream is inspected: frames, and seconds from its beginning on; None for all of it."""

    frames: int | None = None
    seconds: float | None = None


@dataclass(frozen=True)
class Source:
    """A file or a stream to inspect.

    Attributes:
        path: as the user gave it, or found in a folder that the user gave; of a stream or camera, its name.
        name: where its pictures go, below `maps/` and the like, without a suffix; unlike that of any other source.
        address: of a stream or camera, with everything that is needed to connect; never shown.
    """

    path: Path
    name: PurePosixPath
    address: str | None = field(default=None, repr=False)

    @property
    def is_video(self) -> bool:
        """Whether the file holds frames to inspect one by one."""
        return self.path.suffix.lower() in VIDEO_SUFFIXES


@dataclass(frozen=True)
class Picture:
    """One image to inspect: a file's, or one frame of a video.

    Attributes:
        path: what its row says.
        name: as in `Source`.
        load: decodes it, in any thread; raises ImageError.
        file: the image file; None for a frame.
        seconds: of a frame, since the beginning of its video or stream.
        captured: of a live frame, when it was taken, ISO 8601 in UTC.
    """

    path: str
    name: PurePosixPath
    load: Callable[[], RgbImage]
    file: Path | None = None
    seconds: float | None = None
    captured: str | None = None


def file_or_stream(text: str) -> Path | str:
    """What a word of the command line names: a file or folder, or as text a stream's address or a camera.

    What is a file is no camera, however it is called.

    Raises:
        StreamError: it looks like an address but is none.
    """
    if is_stream(text):
        split_address(text)
        return text
    path = Path(text)
    if is_live(text) and not is_there(path):
        return text
    if looks_mistyped(text) and not is_there(path):
        raise StreamError(
            Fault.ADDRESS,
            f"{without_credentials(text)} is neither a file nor the address of a stream; an address begins with "
            "rtsp:// or http://",
        )
    return path


def shown_input(given: Path | str) -> str:
    """An input as it may be shown and written down: without user name and password."""
    return str(given) if isinstance(given, Path) else without_credentials(given)


def find_sources(paths: Sequence[Path | str], *, leave_out: Path | None = None) -> list[Source]:
    """Find what there is to inspect.

    Args:
        paths: files and folders (recursive, natural order), and addresses of streams as text.
        leave_out: files found below this folder are not taken: where the results go.

    Returns:
        The sources in order, each with a name of its own: the path below the given folder without its suffix, with the
        suffix where another source has that name, and with the given folder's name, then a number, where it still has.
    """
    avoided = leave_out.resolve() if leave_out is not None else None
    found: list[tuple[Path, Path, str | None]] = []
    for path in paths:
        if isinstance(path, str):
            found.append((Path("streams") / stream_name(path), Path("streams"), path))
            continue
        for file in find_images([path]):
            if avoided is not None and file != path and file.resolve().is_relative_to(avoided):
                continue
            found.append((file, path if file != path else path.parent, None))
    names = _names([(file.relative_to(root), root.resolve().name) for file, root, _ in found])
    return [Source(file, name, address) for (file, _, address), name in zip(found, names, strict=True)]


def stream_name(address: str) -> Path:
    """What the pictures of a stream or camera are called: its address or name, in signs that are safe in files."""
    shown = without_credentials(address)
    rest = (shown.partition("://")[2] or shown).partition("?")[0]
    return Path("".join(sign if sign.isalnum() or sign == "-" else "_" for sign in rest).strip("_") or "stream")


def pictures_of(sources: Sequence[Source], limits: Limits | None = None) -> Iterator[Picture]:
    """Yield every image of the sources, and every frame of their videos, in order; frames are decoded as asked for.

    Args:
        sources: files; streams are not read here, since their frames can't be waited for ahead.
        limits: of each video.
    """
    for source in sources:
        if source.is_video and source.path.is_file():
            yield from _frames(source, limits or Limits())
        else:
            yield Picture(str(source.path), source.name, _loader(source.path), source.path)


def _loader(path: Path) -> Callable[[], RgbImage]:
    return lambda: load_image(path)


def _frames(source: Source, limits: Limits) -> Iterator[Picture]:
    # Imported here because only videos need it, and it takes longer than all the rest of the command line.
    import cv2

    capture = cv2.VideoCapture(str(source.path))
    try:
        number = 0
        rate = capture.get(cv2.CAP_PROP_FPS)
        while capture.isOpened() and (limits.frames is None or number < limits.frames):
            arrived, frame = capture.read()
            if not arrived:
                break
            seconds = round(number / rate, 3) if rate > 0 else None
            if limits.seconds is not None and seconds is not None and seconds > limits.seconds:
                break
            image = cv2.cvtColor(frame, cv2.COLOR_BGR2RGB).astype("uint8", copy=False)
            name = source.name / f"frame_{number:06}"
            yield Picture(f"{source.path}#frame={number}", name, _known(image), seconds=seconds)
            number += 1
    finally:
        capture.release()
    if number == 0:
        yield Picture(str(source.path), source.name, _refusal(source.path), source.path)


def _known(image: RgbImage) -> Callable[[], RgbImage]:
    return lambda: image


def _refusal(path: Path) -> Callable[[], RgbImage]:
    def refuse() -> RgbImage:
        raise ImageError(f"{path}: the video has no frame that can be read; convert it to MP4 (H.264)")

    return refuse


def _names(files: Sequence[tuple[Path, str]]) -> list[PurePosixPath]:
    """Return a name of its own for each (path below its root, name of the root)."""
    names = [PurePosixPath(relative.with_suffix("").as_posix()) for relative, _ in files]
    with_suffix = [PurePosixPath(relative.as_posix()) for relative, _ in files]
    with_root = [PurePosixPath(root or "root", relative.as_posix()) for relative, root in files]
    for alternatives in (with_suffix, with_root):
        taken = _repeated(names)
        names = [other if _folded(name) in taken else name for name, other in zip(names, alternatives, strict=True)]
    seen: set[str] = set()
    for index, name in enumerate(names):
        unique, number = name, 1
        while _folded(unique) in seen:
            number += 1
            unique = name.with_name(f"{name.name}~{number}")
        seen.add(_folded(unique))
        names[index] = unique
    return names


def _folded(name: PurePosixPath) -> str:
    """Return what names are compared by: many file systems do not tell capitals apart."""
    return str(name).casefold()


def _repeated(names: Sequence[PurePosixPath]) -> set[str]:
    seen: set[str] = set()
    repeated: set[str] = set()
    for name in map(_folded, names):
        (repeated if name in seen else seen).add(name)
    return repeated
