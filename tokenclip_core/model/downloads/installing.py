"""Gets a known model whole and checked, imports a folder, removes a model."""

from __future__ import annotations

import hashlib
import json
import shutil
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path
from urllib.parse import quote

from filelock import FileLock, Timeout

from tokenclip_core.errors import ModelError
from tokenclip_core.files import PARTIAL_SUFFIX, write_atomically
from tokenclip_core.model import catalog
from tokenclip_core.model.downloads.listing import ListedFile, Listing, list_files
from tokenclip_core.model.downloads.progress import Counter, Listener
from tokenclip_core.model.downloads.transfer import DownloadError, Patience, Server, fetch
from tokenclip_core.model.fingerprint import file_sha256
from tokenclip_core.model.kept_hashes import differences, keep_hashes, read_hashes
from tokenclip_core.sources.network.streams import without_credentials

HUB = "https://huggingface.co"
ORIGIN_FILE = "origin.json"
_PART = ".part"
_KEY = 16


class Proof(StrEnum):
    """What says that a file is the published one."""

    PINNED = "pinned"
    """The hash in this program's catalogue."""
    KEPT = "kept"
    """The hash that was kept when the model was installed."""
    HUB = "hub"
    """The hash that the hub states, over an encrypted connection."""
    MIRROR = "mirror"
    """Only the hash that the mirror states itself, which proves no more than that the file arrived whole."""


@dataclass(frozen=True)
class Installed:
    """A model that was got.

    Attributes:
        folder: where it is.
        proof: what its weights were compared with.
        already: it was there and whole; nothing was got.
    """

    folder: Path
    proof: Proof
    already: bool = False


@dataclass(frozen=True)
class DownloadOptions:
    """How a model is got.

    Attributes:
        mirror: address to ask instead of the hub; None for the hub, or what the variable HF_ENDPOINT names.
        send_token: send the user's token for the hub to the mirror, too.
        patience: how long the server is waited for.
    """

    mirror: str | None = None
    send_token: bool = False
    patience: Patience = field(default_factory=Patience)


def known_model(name: str) -> catalog.KnownBackbone:
    """A model that can be got, by its name.

    Raises:
        ModelError: there is none of that name, or it comes with this program.
    """
    found = next((known for known in catalog.KNOWN_BACKBONES if known.name == name and not known.bundled), None)
    if found is None:
        names = ", ".join(known.name for known in catalog.KNOWN_BACKBONES if not known.bundled)
        raise ModelError(f"{name!r} cannot be downloaded; choose from {names}")
    return found


def download_model(
    known: catalog.KnownBackbone,
    options: DownloadOptions | None = None,
    listener: Listener | None = None,
    cancelled: threading.Event | None = None,
) -> Installed:
    """Get a model, compare each file with its hash, load it once, and only then install it.

    What an earlier try got is continued. Every file is compared with the pinned hash, else with the one kept beside
    the installed model, and always with the one that the server states.

    Args:
        known: which.
        options: from where.
        listener: told of the bytes, in this thread.
        cancelled: from any thread: stop soon, and keep what came.

    Raises:
        DownloadError: it can't be got, or is another than it should be.
        ModelError: what came can't be loaded, or can't be written.
    """
    options = options if options is not None else DownloadOptions()
    cancelled = cancelled if cancelled is not None else threading.Event()
    server, is_hub = _server(options)
    listing = list_files(server, known.source)
    folder = catalog.models_folder() / known.name
    kept = read_hashes(folder)
    proof = _check_stated(known, listing, kept, server, is_hub=is_hub)
    if kept and not list(differences(folder, kept)):
        return Installed(folder, proof, already=True)
    with _own_partial(folder) as partial:
        try:
            _get_all(server, listing, partial, Counter(listing.total, listener), cancelled)
            hashes = {file.name: file_sha256(partial / file.name) for file in listing.files}
            _refuse_others(known, hashes, kept, server)
            _write_origin(partial, listing, server, proof)
            keep_hashes(partial)
            _check_model(partial)
            _settle(partial, folder)
        except OSError as error:
            raise ModelError(f"{folder} can't be written ({error.strerror or error}); make room") from error
    return Installed(folder, proof)


def import_model(given: Path, name: str | None = None) -> tuple[str, Path]:
    """Copy a model folder to where models are kept, with a list of its hashes.

    Args:
        given: holds open_clip_config.json and weights as safetensors.
        name: what to call it; the folder's by default.

    Returns:
        Its name and its folder.

    Raises:
        ModelError: it can't be loaded, its name is taken or none, or there is no room.
    """
    from tokenclip_core.model.loading import load_model

    model = load_model(given)
    name = name or model.name
    folder = own_folder(name)
    if folder.exists():
        raise ModelError(f"there is a model {name!r} already; give another --name, or remove it first")
    if model.folder.resolve().is_relative_to(catalog.models_folder().resolve()):
        raise ModelError(f"{model.folder} is where models are kept already")
    partial = folder.with_name(folder.name + PARTIAL_SUFFIX)
    shutil.rmtree(partial, ignore_errors=True)
    try:
        shutil.copytree(model.folder, partial)
        keep_hashes(partial)
        partial.replace(folder)
    except OSError as error:
        raise ModelError(f"{folder} cannot be written ({error}); make room") from error
    return name, folder


def remove_model(name: str) -> int:
    """Delete an installed model, and what a download of it left.

    Returns:
        Bytes that it took.

    Raises:
        ModelError: there is none of that name, or it can't be deleted.
    """
    folder = own_folder(name)
    if name not in installed_names():
        raise ModelError(f"there is no model {name!r} in {catalog.models_folder()}; see `tokenclip models list`")
    size = folder_bytes(folder)
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise ModelError(f"{folder} could not be removed ({error}); close what uses it") from error
    shutil.rmtree(folder.with_name(folder.name + PARTIAL_SUFFIX), ignore_errors=True)
    return size


def installed_names() -> list[str]:
    """Names of the models in the user's folder; not those that are only partly there."""
    folders = (file.parent.name for file in catalog.models_folder().glob(f"*/{catalog.CONFIG_FILE}"))
    return sorted(name for name in folders if not name.endswith(PARTIAL_SUFFIX))


def folder_bytes(folder: Path) -> int:
    """Bytes that a folder's files take."""
    return sum(file.lstat().st_size for file in folder.rglob("*") if file.is_file())


def partly_here(name: str) -> int:
    """Bytes that an unfinished download of a model has left."""
    folder = catalog.models_folder() / f"{name}{PARTIAL_SUFFIX}"
    return folder_bytes(folder) if folder.is_dir() else 0


def forget_partial(name: str) -> int:
    """Delete what an unfinished download of a model has left.

    Returns:
        Bytes that it took.

    Raises:
        ModelError: it can't be deleted.
    """
    folder = own_folder(name)
    partial = folder.with_name(folder.name + PARTIAL_SUFFIX)
    size = partly_here(name)
    try:
        if partial.is_dir():
            shutil.rmtree(partial)
    except OSError as error:
        raise ModelError(f"{partial} could not be removed ({error}); close what uses it") from error
    return size


def own_folder(name: str) -> Path:
    """A model's folder among the user's, for a name that cannot lead out of there.

    Raises:
        ModelError: it could.
    """
    if Path(name).name != name or name in ("", ".", "..") or name.endswith(PARTIAL_SUFFIX):
        raise ModelError(f"{name!r} is not a name for a model; use letters, digits, - and _")
    return catalog.models_folder() / name


def _server(options: DownloadOptions) -> tuple[Server, bool]:
    """The server to ask, and whether it is the hub itself."""
    from huggingface_hub import constants, get_token

    if constants.HF_HUB_OFFLINE:
        raise DownloadError("HF_HUB_OFFLINE forbids downloads; unset it, or import a folder instead")
    address = options.mirror or constants.ENDPOINT
    is_hub = address.rstrip("/") == HUB
    # A mirror is another server: the user's token for the hub is not sent there unless the user says so.
    token = get_token() if is_hub or options.send_token else None
    return Server(address, token, options.patience), is_hub


def _check_stated(
    known: catalog.KnownBackbone, listing: Listing, kept: Mapping[str, str], server: Server, *, is_hub: bool
) -> Proof:
    """Refuse a server that states other files than those that are known, before any byte of them is got."""
    _refuse_others(known, {file.name: file.sha256 for file in listing.files if file.sha256}, kept, server)
    unknown = [file.name for file in listing.files if not (file.sha256 or file.git_sha1) and file.name not in kept]
    if unknown and not all(name in known.pinned for name in unknown):
        raise DownloadError(f"{server.shown} states no hash of {unknown[0]}; try another --mirror, or none")
    weights = listing.files[-1].name
    if weights in known.pinned:
        return Proof.PINNED
    if is_hub:
        return Proof.HUB
    return Proof.KEPT if weights in kept else Proof.MIRROR


def _refuse_others(
    known: catalog.KnownBackbone, found: Mapping[str, str], kept: Mapping[str, str], server: Server
) -> None:
    for name, sha256 in found.items():
        pinned = known.pinned.get(name)
        if pinned is not None and sha256 != pinned:
            raise DownloadError(
                f"{server.shown} has another {name} (sha256 {sha256[:12]}…) than its makers state in {known.stated_in} "
                f"({pinned[:12]}…); it is not installed"
            )
        if pinned is None and name in kept and sha256 != kept[name]:
            raise DownloadError(
                f"{server.shown} has another {name} (sha256 {sha256[:12]}…) than the one that was installed "
                f"({kept[name][:12]}…); if the change is wanted, remove the model first"
            )


def _get_all(server: Server, listing: Listing, partial: Path, counter: Counter, cancelled: threading.Event) -> None:
    parts = {file.name: partial / f"{file.name}.{_key(file, listing)}{_PART}" for file in listing.files}
    _clear_others(partial, {*parts.values(), *(partial / name for name in parts)})
    missing = [file for file in listing.files if not _is_whole(partial / file.name, file)]
    for file in listing.files:
        if file not in missing:
            counter.add(file.size, received=False)
    _check_room(partial, sum(file.size for file in missing))
    for file in missing:
        part = parts[file.name]
        fetch(server, _address(server, listing, file), part, file.size, counter, cancelled)
        if not _is_whole(part, file):
            part.unlink(missing_ok=True)
            raise DownloadError(
                f"{file.name} from {server.shown} is not the file whose hash is stated; it is not installed: run it "
                "again, or try another --mirror"
            )
        part.replace(partial / file.name)


def _address(server: Server, listing: Listing, file: ListedFile) -> str:
    return f"{server.address.rstrip('/')}/{listing.source}/resolve/{listing.revision}/{quote(file.name)}"


def _key(file: ListedFile, listing: Listing) -> str:
    """Marks a partial file by its content, so that the beginning of other content is not continued."""
    return (file.sha256 or file.git_sha1 or listing.revision)[:_KEY]


def _is_whole(path: Path, file: ListedFile) -> bool:
    """Whether a file has the size and the hash that were stated."""
    if not path.is_file() or path.stat().st_size != file.size:
        return False
    if file.sha256:
        return file_sha256(path) == file.sha256
    return not file.git_sha1 or _git_sha1(path) == file.git_sha1


def _git_sha1(path: Path) -> str:
    """Git's name of a small file's content."""
    content = path.read_bytes()
    return hashlib.sha1(b"blob %d\0" % len(content) + content, usedforsecurity=False).hexdigest()


def _clear_others(partial: Path, wanted: set[Path]) -> None:
    """Take away what an earlier try of another state left."""
    for path in partial.iterdir():
        if path not in wanted and path.with_suffix("") not in wanted:
            shutil.rmtree(path) if path.is_dir() and not path.is_symlink() else path.unlink()


def _check_room(partial: Path, wanted: int) -> None:
    held = sum(file.stat().st_size for file in partial.glob(f"*{_PART}"))
    free = shutil.disk_usage(partial).free
    if wanted - held > free:
        raise ModelError(
            f"{partial.parent} has room for {free // 10**6} MB; the model takes {wanted // 10**6} MB: make room"
        )


def _write_origin(partial: Path, listing: Listing, server: Server, proof: Proof) -> None:
    origin = {
        "source": listing.source,
        "revision": listing.revision,
        "server": without_credentials(server.address),
        "compared_with": str(proof),
    }
    write_atomically(partial / ORIGIN_FILE, json.dumps(origin, indent=2).encode())


def _check_model(folder: Path) -> None:
    from tokenclip_core.model.finite import check_finite
    from tokenclip_core.model.loading import load_model

    load_model(folder)
    check_finite(catalog.weights_file(folder))


def _settle(partial: Path, folder: Path) -> None:
    """Move a checked model to its place; into one that is there, file by file, so that what was added to it stays."""
    if not folder.exists():
        partial.replace(folder)
        return
    for path in sorted(partial.iterdir()):
        path.replace(folder / path.name)
    partial.rmdir()


@contextmanager
def _own_partial(folder: Path) -> Iterator[Path]:
    """The folder where a model arrives, which nobody else writes to meanwhile."""
    partial = folder.with_name(folder.name + PARTIAL_SUFFIX)
    lock = FileLock(folder.with_name(f".{folder.name}.lock"))
    try:
        partial.mkdir(parents=True, exist_ok=True)
        with lock.acquire(timeout=0):
            yield partial
    except Timeout:
        raise DownloadError(f"{folder.name} is being downloaded already; wait for it, or stop it") from None
    except OSError as error:
        raise ModelError(f"{partial} can't be written ({error.strerror or error}); make room") from error
