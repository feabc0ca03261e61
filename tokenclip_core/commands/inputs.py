"""What a command was asked to inspect: images, folders, videos and streams, as single pictures in order."""

from __future__ import annotations

import hashlib
import os
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path, PurePath, PurePosixPath
from typing import NamedTuple

from tokenclip_core.cluster.object_stores import is_stored, listed, load_stored
from tokenclip_core.errors import ImageError
from tokenclip_core.files import is_there
from tokenclip_core.images.folders import RARE_SUFFIXES, LeftOut, find_image_names
from tokenclip_core.images.reading import RgbImage, load_image
from tokenclip_core.sources.catalogue import VIDEO_SUFFIXES, is_live
from tokenclip_core.sources.network.streams import (
    Fault,
    StreamError,
    is_stream,
    looks_mistyped,
    split_address,
    without_credentials,
)
from tokenclip_core.sources.video_reader import VideoReader

# Bytes of a file's name; nearly every file system has this limit.
_LONGEST_NAME = 255


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
        stored: address of a file in an object store; None for others.
    """

    path: Path
    name: PurePosixPath
    address: str | None = field(default=None, repr=False)
    stored: str | None = None

    @property
    def shown(self) -> str:
        """The path or name that its row gives."""
        return self.stored or str(self.path)

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
        is_whole: it does not stand for the frames of a video that are missing.
    """

    path: str
    name: PurePosixPath
    load: Callable[[], RgbImage]
    file: Path | None = None
    seconds: float | None = None
    captured: str | None = None
    is_whole: bool = True


def file_or_stream(text: str) -> Path | str:
    """What a word of the command line names: a file or folder, or as text a stream's address or a camera.

    What is a file is no camera, however it is called.

    Raises:
        StreamError: it looks like an address but is none.
    """
    if is_stream(text):
        split_address(text)
        return text
    if is_stored(text):
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


def shown_word(word: str) -> str:
    """A word of the command line as it may be shown: addresses without user name and password."""
    option, equals, value = word.partition("=") if word.startswith("--") else ("", "", word)
    return f"{option}{equals}{without_credentials(value)}" if "://" in value else word


def picture_file(name: PurePosixPath) -> PurePosixPath:
    """Where a picture of a source goes: its name with ``.png``, shortened where no file could be called so."""
    file = name.with_name(f"{name.name}.png")
    encoded = os.fsencode(file.name)
    if len(encoded) <= _LONGEST_NAME:
        return file
    mark = hashlib.sha256(encoded).hexdigest()[:12]
    kept = encoded[: _LONGEST_NAME - 20].decode("utf-8", "ignore")
    return name.with_name(f"{kept}~{mark}.png")


def find_sources(
    paths: Sequence[Path | str],
    *,
    leave_out: Path | None = None,
    left_out: LeftOut | None = None,
    counted: Callable[[int], None] | None = None,
) -> list[Source]:
    """Find what there is to inspect.

    Args:
        paths: files and folders (recursive, natural order), and addresses of streams as text.
        leave_out: files found below this folder are not taken: where the results go.
        left_out: counts what is no part: masks, and pictures of formats that are not read.
        counted: told of each file found, for progress.

    Returns:
        The sources in order, each with a name of its own: the path below the given folder without its suffix, with the
        suffix where another source has that name, and with the given folder's name, then a number, where it still has.
    """
    avoided = os.path.realpath(leave_out) if leave_out is not None else None
    found: list[_Found] = []
    for path in paths:
        if isinstance(path, str) and is_stored(path):
            found += _stored(path, counted)
            continue
        if isinstance(path, str):
            stream = stream_name(path)
            found.append(_Found(str(Path("streams") / stream), str(stream), "streams", path))
            continue
        root = str(path)
        below = root if root.endswith(os.sep) else root + os.sep
        title: str | None = None
        is_left_out = _Below(avoided)
        for file in find_image_names([path], left_out):
            if file == root or file.startswith(f"{root}#page="):
                parent = Path(os.path.realpath(path.parent)).name
                found.append(_Found(file, PurePath(file).name, parent))
            elif not is_left_out(file):
                title = Path(os.path.realpath(root)).name if title is None else title
                found.append(_Found(file, file.removeprefix("./" if root == "." else below), title))
            if counted is not None:
                counted(1)
    names = _names(found)
    return [
        Source(Path(one.file), PurePosixPath(name), one.address, one.stored)
        for one, name in zip(found, names, strict=True)
    ]


def _stored(address: str, counted: Callable[[int], None] | None) -> Iterator[_Found]:
    root = address.rstrip("/")
    title = root.rpartition("/")[2]
    for one in listed(address):
        relative = one.removeprefix(root).lstrip("/") or title
        if counted is not None:
            counted(1)
        yield _Found(relative, relative, title, stored=one)


class _Found(NamedTuple):
    """A file or stream: its path, that below its folder, the folder's name, and its address in a network or store."""

    file: str
    relative: str
    folder: str
    address: str | None = None
    stored: str | None = None


class _Below:
    """Whether a file lies below a folder, wherever links lead; each folder is looked up once."""

    def __init__(self, avoided: str | None) -> None:
        self._avoided = avoided
        self._folders: dict[str, bool] = {}

    def __call__(self, file: str) -> bool:
        avoided = self._avoided
        if avoided is None:
            return False
        folder = file.rpartition(os.sep)[0] or os.sep
        if folder not in self._folders:
            # Where links lead in a circle, this gives the path as it is.
            real = os.path.realpath(folder)
            self._folders[folder] = real == avoided or real.startswith(avoided.rstrip(os.sep) + os.sep)
        return self._folders[folder]


def formats_found(sources: Sequence[Source]) -> str:
    """How many files of each suffix there are, in words, where some are of formats that are often passed over."""
    counts = Counter(source.path.suffix.lower() for source in sources if source.address is None)
    if not RARE_SUFFIXES.intersection(counts):
        return ""
    return "found " + ", ".join(f"{count} {suffix}" for suffix, count in sorted(counts.items()))


def stream_name(address: str) -> Path:
    """What the pictures of a stream or camera are called: its address or name, in signs that are safe in files."""
    shown = without_credentials(address)
    rest = (shown.partition("://")[2] or shown).partition("?")[0]
    return Path("".join(sign if sign.isalnum() or sign == "-" else "_" for sign in rest).strip("_") or "stream")


def pictures_of(sources: Sequence[Source], limits: Limits | None = None, bits: int | None = None) -> Iterator[Picture]:
    """Yield every image of the sources, and every frame of their videos, in order; frames are decoded as asked for.

    Args:
        sources: files; streams are not read here, since their frames can't be waited for ahead.
        limits: of each video.
        bits: of 16-bit pictures, as in `load_image`.
    """
    for source in sources:
        if source.stored is not None:
            yield Picture(source.stored, source.name, _stored_loader(source.stored, bits))
        elif source.is_video and source.path.is_file():
            yield from _frames(source, limits or Limits())
        else:
            yield Picture(str(source.path), source.name, _loader(source.path, bits), source.path)


def _loader(path: Path, bits: int | None) -> Callable[[], RgbImage]:
    return lambda: load_image(path, bits=bits)


def _stored_loader(address: str, bits: int | None) -> Callable[[], RgbImage]:
    return lambda: load_stored(address, bits)[0]


def _frames(source: Source, limits: Limits) -> Iterator[Picture]:
    reader = VideoReader(source.path)
    ended = False
    try:
        while limits.frames is None or reader.given < limits.frames:
            frame = reader.read()
            ended = frame is None
            if frame is None or (limits.seconds is not None and frame.seconds > limits.seconds):
                break
            yield Picture(
                f"{source.path}#frame={frame.number}",
                source.name / f"frame_{frame.number:06}",
                _known(frame.pixels),
                seconds=round(frame.seconds, 3),
            )
    finally:
        reader.close()
    missing = reader.missing(to_the_end=ended)
    if reader.given == 0 and reader.failure is None:
        missing = "the video has no frame that can be read; convert it to MP4 (H.264)"
    if missing is not None:
        yield Picture(str(source.path), source.name, _refusal(f"{source.path}: {missing}"), source.path, is_whole=False)


def _known(image: RgbImage) -> Callable[[], RgbImage]:
    return lambda: image


def _refusal(reason: str) -> Callable[[], RgbImage]:
    def refuse() -> RgbImage:
        raise ImageError(reason)

    return refuse


def _names(found: Sequence[_Found]) -> list[str]:
    """Return a name of its own for each."""
    with_suffix = [PurePath(one.relative).as_posix() if os.sep != "/" else one.relative for one in found]
    names = [_without_suffix(name) for name in with_suffix]
    folded = [name.casefold() for name in names]
    for others in (
        with_suffix,
        [f"{one.folder or 'root'}/{name}" for one, name in zip(found, with_suffix, strict=True)],
    ):
        taken = _repeated(folded)
        if not taken:
            return names
        for index, name in enumerate(folded):
            if name in taken:
                names[index] = others[index]
                folded[index] = others[index].casefold()
    return _numbered(names)


def _numbered(names: Sequence[str]) -> list[str]:
    """The names, with a number behind those that come again."""
    seen: set[str] = set()
    unique: list[str] = []
    for name in names:
        number, candidate = 1, name
        while candidate.casefold() in seen:
            number += 1
            candidate = f"{name}~{number}"
        seen.add(candidate.casefold())
        unique.append(candidate)
    return unique


def _without_suffix(name: str) -> str:
    """The path without the suffix of its last part; a name such as ``.png`` is no suffix."""
    folder, slash, last = name.rpartition("/")
    stem, dot, suffix = last.rpartition(".")
    return folder + slash + stem if dot and stem and suffix else name


def _repeated(names: Sequence[str]) -> set[str]:
    """Those that come more than once; they are folded, since many file systems do not tell capitals apart."""
    return {name for name, count in Counter(names).items() if count > 1}
