"""`models`: which backbones there are, and to check, get, add, convert, export and remove them."""

from __future__ import annotations

import json
import shutil
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenclip_core.commands.command import Command, ExitCode
from tokenclip_core.commands.options import positive
from tokenclip_core.errors import ModelError, TokenClipError

if TYPE_CHECKING:
    from tokenclip_core.model.catalog import KnownBackbone

# What a model folder needs of a published one; the rest are other formats of the same weights.
_PATTERNS = ("open_clip_config.json", "*.safetensors", "tokenizer*", "special_tokens_map.json", "vocab*", "merges.txt")

_EXAMPLES = (
    ("tokenclip models list", "what is installed, its licence and size, and what could be"),
    ("tokenclip models verify compact", "read the weights and compare their hash"),
    ("tokenclip models download ViT-B-16-quickgelu", "get one; asks the network only now"),
    ("tokenclip models import my-clip/ --name mine", "add a folder with open_clip_config.json and model.safetensors"),
    ("tokenclip models convert mine", "once, so that it runs faster on this processor"),
    ("tokenclip models export compact --format onnx --out compact-onnx", "for other programs, with an example"),
    ("tokenclip models remove mine", "delete an installed one"),
)


def _add_arguments(parser: ArgumentParser) -> None:
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    listing = actions.add_parser("list", help="what is installed and what could be")
    listing.add_argument("--json", action="store_true", help="print JSON")
    verify = actions.add_parser("verify", help="load a model and check its weights")
    verify.add_argument("name", nargs="?", default="compact", metavar="NAME", help="a name or a folder")
    download = actions.add_parser("download", help="get a known model from huggingface.co or a mirror of it")
    download.add_argument("name", metavar="NAME", help="a name from `models list`")
    download.add_argument("--mirror", metavar="URL", help="address to use instead of https://huggingface.co")
    add = actions.add_parser("import", help="copy a model folder to where models are kept")
    add.add_argument("folder", type=Path, metavar="FOLDER", help="holds open_clip_config.json and model.safetensors")
    add.add_argument("--name", metavar="NAME", help="what to call it (default: the folder's name)")
    convert = actions.add_parser("convert", help="convert a model once, so that it runs faster on this processor")
    convert.add_argument("name", metavar="NAME", help="a name or a folder")
    export = actions.add_parser("export", help="write a model for other programs, with its texts and an example")
    export.add_argument("name", metavar="NAME", help="a name or a folder")
    export.add_argument("--format", choices=("onnx", "openvino"), default="onnx", help="(default: onnx)")
    export.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for the files")
    export.add_argument("--image-size", type=positive, metavar="N", help="side of the example's input")
    remove = actions.add_parser("remove", help="delete an installed model")
    remove.add_argument("name", metavar="NAME", help="a name from `models list`")


def _run(arguments: Namespace) -> int:
    return _ACTIONS[arguments.action](arguments)


def _list(arguments: Namespace) -> int:
    from tokenclip_core.model.catalog import KNOWN_BACKBONES, models_folder

    known = {backbone.name: backbone for backbone in KNOWN_BACKBONES}
    own = _installed(models_folder())
    records = [_record(name, known.get(name)) for name in dict.fromkeys((*known, *own))]
    if arguments.json:
        sys.stdout.write(json.dumps({"folder": str(models_folder()), "models": records}, indent=2) + "\n")
        return ExitCode.DONE
    width = max(len(record["name"]) for record in records)
    for record in records:
        state = "installed" if record["installed"] else ""
        size = f"{record['megabytes']} MB" if record["megabytes"] else ""
        licence, remark = record["licence"] or "", record["remark"] or ""
        sys.stdout.write(f"{record['name']:<{width}}  {state:9}  {size:>8}  {licence:10}  {remark}".rstrip() + "\n")
    sys.stdout.write(f"\nkept in {models_folder()}\n")
    return ExitCode.DONE


def _record(name: str, known: KnownBackbone | None) -> dict[str, Any]:
    from tokenclip_core.model.catalog import find_model

    try:
        folder: Path | None = find_model(name)
    except ModelError:
        folder = None
    return {
        "name": name,
        "installed": folder is not None,
        "folder": str(folder) if folder is not None else None,
        "licence": known.licence if known is not None else None,
        "megabytes": known.megabytes if known is not None else None,
        "source": known.source if known is not None else None,
        "remark": known.remark if known is not None else None,
    }


def _installed(folder: Path) -> list[str]:
    from tokenclip_core.model.catalog import CONFIG_FILE

    return sorted(file.parent.name for file in folder.glob(f"*/{CONFIG_FILE}"))


def _verify(arguments: Namespace) -> int:
    from tokenclip_core.model.loading import load_model

    model = load_model(arguments.name)
    _check_finite(model.folder)
    expected = model.defaults.weights_sha256
    compared = "as expected" if expected is not None else "nothing to compare it with"
    sys.stdout.write(f"{model.name}: {model.folder}\nsha256 {model.weights_sha256} ({compared}); the model loads\n")
    return ExitCode.DONE


def _check_finite(folder: Path) -> None:
    """Refuse weights that are not numbers, which load like any others; one tensor is in memory at a time.

    Raises:
        ModelError: a tensor holds a value that is not finite.
    """
    import torch
    from safetensors import safe_open

    from tokenclip_core.model.catalog import weights_file

    weights = weights_file(folder)
    with safe_open(weights, framework="pt") as file:
        for name in list(file.keys()):
            tensor = file.get_tensor(name)
            if tensor.is_floating_point() and not bool(torch.isfinite(tensor).all()):
                raise ModelError(f"{weights}: {name} holds values that are not finite; install the model again")


def _download(arguments: Namespace) -> int:
    from tokenclip_core.model.catalog import KNOWN_BACKBONES, models_folder
    from tokenclip_core.model.loading import load_model

    known = next((backbone for backbone in KNOWN_BACKBONES if backbone.name == arguments.name), None)
    if known is None or known.bundled:
        names = ", ".join(backbone.name for backbone in KNOWN_BACKBONES if not backbone.bundled)
        raise ModelError(f"{arguments.name!r} cannot be downloaded; choose from {names}")
    folder = models_folder() / known.name
    sys.stderr.write(f"{known.name}: about {known.megabytes} MB, licence {known.licence}, from {known.source}\n")
    # What arrives stays aside until it has been loaded once, so that a half-done download is never taken for a model.
    partial = folder.with_name(folder.name + ".partial")
    _fetch(known.source, partial, arguments.mirror)
    load_model(partial)
    _replace(partial, folder)
    sys.stdout.write(f"{known.name} is installed in {folder}\n")
    return ExitCode.DONE


def _fetch(source: str, folder: Path, mirror: str | None) -> None:
    """Download a repository's model files into a folder; files that are there already are gone on with."""
    from huggingface_hub import snapshot_download

    try:
        # A mirror is another server: the user's token for the hub is none of its business.
        token = False if mirror else None
        snapshot_download(source, local_dir=folder, allow_patterns=list(_PATTERNS), endpoint=mirror, token=token)
    except Exception as error:  # The client raises its own errors, those of its transport, and the system's.
        reason = (" ".join(str(error).split()) or type(error).__name__)[:300]
        raise ModelError(
            f"{source} could not be downloaded ({reason}); check the network, try --mirror, or run it again to go on"
        ) from error
    shutil.rmtree(folder / ".cache", ignore_errors=True)


def _import(arguments: Namespace) -> int:
    from tokenclip_core.model.catalog import models_folder
    from tokenclip_core.model.loading import load_model

    model = load_model(arguments.folder)
    name = arguments.name or model.name
    folder = _own_folder(name)
    if folder.exists():
        raise ModelError(f"there is a model {name!r} already; give another --name, or remove it first")
    if model.folder.resolve().is_relative_to(models_folder().resolve()):
        raise ModelError(f"{model.folder} is where models are kept already")
    partial = folder.with_name(folder.name + ".partial")
    shutil.rmtree(partial, ignore_errors=True)
    try:
        shutil.copytree(model.folder, partial)
        _replace(partial, folder)
    except OSError as error:
        raise ModelError(f"{folder} cannot be written ({error}); make room") from error
    sys.stdout.write(f"{name} is installed in {folder}\n")
    return ExitCode.DONE


def _convert(arguments: Namespace) -> int:
    from tokenclip_core.conversion.convert import convert

    try:
        network, difference = convert(arguments.name)
    except OSError as error:
        raise ModelError(f"the converted model can't be kept ({error}); make room") from error
    said = "was converted before" if difference == 0 else f"is converted; it differs from torch by {difference:.1e}"
    sys.stdout.write(f"{network.facts.model.name} {said}; OpenVINO runs it on this processor\n")
    return ExitCode.DONE


def _export(arguments: Namespace) -> int:
    from tokenclip_core.conversion.export import export

    try:
        files = export(arguments.name, arguments.out, arguments.format, arguments.image_size)
    except OSError as error:
        raise ModelError(f"{arguments.out} can't be written ({error}); make room or name another folder") from error
    sys.stdout.write("".join(f"{file}\n" for file in files))
    return ExitCode.DONE


def _remove(arguments: Namespace) -> int:
    from tokenclip_core.model.catalog import models_folder

    if arguments.name not in _installed(models_folder()):
        raise ModelError(f"there is no model {arguments.name!r} in {models_folder()}; see `tokenclip models list`")
    folder = _own_folder(arguments.name)
    try:
        shutil.rmtree(folder)
    except OSError as error:
        raise ModelError(f"{folder} could not be removed ({error}); close what uses it") from error
    sys.stdout.write(f"{arguments.name} is removed\n")
    return ExitCode.DONE


def _own_folder(name: str) -> Path:
    """Return a model's folder among the user's, for a name that cannot lead out of there."""
    from tokenclip_core.model.catalog import models_folder

    if Path(name).name != name or name in ("", ".", "..") or name.endswith(".partial"):
        raise ModelError(f"{name!r} is not a name for a model; use letters, digits, - and _")
    return models_folder() / name


def _replace(new: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    try:
        new.replace(folder)
    except OSError as error:
        raise TokenClipError(f"{folder} cannot be replaced ({error}); close what uses it") from error


_ACTIONS: dict[str, Callable[[Namespace], int]] = {
    "list": _list,
    "verify": _verify,
    "download": _download,
    "import": _import,
    "convert": _convert,
    "export": _export,
    "remove": _remove,
}

COMMAND = Command(
    "models", "list, verify, download, import, convert, export and remove backbones", _EXAMPLES, _add_arguments, _run
)
"""The command, for `cli`."""
