"""What a server says of a model's files: names, sizes and hashes."""

from __future__ import annotations

import http.client
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.error import HTTPError, URLError

from tokenclip_core.model.downloads.transfer import DownloadError, Server, answer, refusal
from tokenclip_core.model.folders import CONFIG_FILE, WEIGHTS_FILES
from tokenclip_core.model.tokenizer_files import CONFIG, DATA_FILES, SPECIAL_TOKENS
from tokenclip_core.small_files import parse_json
from tokenclip_core.sources.network.streams import reason_of

_MAX_LIST_BYTES = 1 << 22
# The largest file that is no weights; the largest tokenizers have 34 MB.
_MAX_SMALL_BYTES = 1 << 26
_TOKENIZER_FILES = DATA_FILES | {CONFIG, SPECIAL_TOKENS}
_SHA256 = re.compile(r"[0-9a-f]{64}")
_SHA1 = re.compile(r"[0-9a-f]{40}")


@dataclass(frozen=True)
class ListedFile:
    """A file as a server describes it.

    Attributes:
        name: without a folder.
        size: in bytes.
        sha256: of its content; "" where the server states none.
        git_sha1: Git's name of its content, for small files without the former; "" where the server states none.
    """

    name: str
    size: int
    sha256: str = ""
    git_sha1: str = ""


@dataclass(frozen=True)
class Listing:
    """The files of a model at one state of its repository.

    Attributes:
        source: the repository.
        revision: the state, as Git names it.
        files: those that a model folder needs, the configuration first.
    """

    source: str
    revision: str
    files: tuple[ListedFile, ...]

    @property
    def total(self) -> int:
        """Bytes of all files."""
        return sum(file.size for file in self.files)


def list_files(server: Server, source: str) -> Listing:
    """Ask a server for a model's files.

    Raises:
        DownloadError: it can't be asked, or its answer makes no sense.
    """
    address = f"{server.address.rstrip('/')}/api/models/{source}/revision/main?blobs=true"
    values = _asked(server, address)
    try:
        revision = values["sha"]
        if not _SHA1.fullmatch(revision):
            raise ValueError("its state has no name")
        files = {file.name: file for file in map(_file, values["siblings"]) if file is not None}
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DownloadError(
            f"{server.shown} answers with a list of files that is not understood ({error!s:.80}); try another --mirror"
        ) from error
    return Listing(source, revision, tuple(_needed(files, server.shown, source)))


def _asked(server: Server, address: str) -> Mapping[str, Any]:
    shown = server.shown
    try:
        with answer(server, address) as response:
            content = response.read(_MAX_LIST_BYTES)
        values = parse_json(content)
    except HTTPError as error:
        error.close()
        raise DownloadError(refusal(shown, error.code)) from error
    except URLError as error:
        words = reason_of(error.reason) if isinstance(error.reason, OSError) else str(error.reason)
        raise DownloadError(f"{shown} can't be reached ({words}); check the network, or try --mirror") from error
    except TimeoutError:
        raise DownloadError(
            f"{shown} has stalled (no list of files in {server.patience.answer:g} s); try again later, or --mirror"
        ) from None
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise DownloadError(
            f"{shown} gives no list of files ({type(error).__name__}); write it as https://host of a hub's mirror"
        ) from error
    return values if isinstance(values, dict) else {}


def _file(entry: Mapping[str, Any]) -> ListedFile | None:
    """A file of the list; None for one that a model folder does not need."""
    name = entry["rfilename"]
    if name not in _TOKENIZER_FILES and name not in WEIGHTS_FILES and name != CONFIG_FILE:
        return None
    lfs = entry.get("lfs") or {}
    size = lfs.get("size", entry.get("size"))
    if type(size) is not int or size < 0 or (name not in WEIGHTS_FILES and size > _MAX_SMALL_BYTES):
        raise ValueError(f"{name} has {size!r:.40} bytes")
    sha256, git_sha1 = lfs.get("sha256", ""), entry.get("blobId", "")
    if sha256 and not _SHA256.fullmatch(sha256):
        raise ValueError(f"the hash of {name} is {sha256!r:.40}")
    # Of a large file, Git's name is that of a pointer to it.
    usable = not lfs and isinstance(git_sha1, str) and _SHA1.fullmatch(git_sha1) is not None
    return ListedFile(name, size, sha256, git_sha1 if usable else "")


def _needed(files: Mapping[str, ListedFile], shown: str, source: str) -> Iterator[ListedFile]:
    """Configuration, tokenizer and one file of weights."""
    weights = next((files[name] for name in WEIGHTS_FILES if name in files), None)
    if CONFIG_FILE not in files or weights is None:
        raise DownloadError(
            f"{shown} has no {CONFIG_FILE} with weights as safetensors for {source}; other formats can execute code "
            "and are never got"
        )
    yield files[CONFIG_FILE]
    yield from (file for name, file in sorted(files.items()) if name in _TOKENIZER_FILES)
    yield weights
