"""`models`: which backbones there are, and to check, get, add, convert, export and remove them."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser, Namespace
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tokenclip_core.commands.command import Command, ExitCode
from tokenclip_core.commands.options import positive
from tokenclip_core.commands.progress import TransferProgress, megabytes
from tokenclip_core.errors import ModelError

if TYPE_CHECKING:
    from tokenclip_core.model.catalog import KnownBackbone

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
    download.add_argument(
        "--mirror-token", action="store_true", help="send the mirror your token for the hub (otherwise never sent)"
    )
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
    from tokenclip_core.model.downloads.installing import installed_names

    known = {backbone.name: backbone for backbone in KNOWN_BACKBONES}
    own = installed_names()
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


def _verify(arguments: Namespace) -> int:
    from tokenclip_core.model.catalog import weights_file
    from tokenclip_core.model.finite import check_finite
    from tokenclip_core.model.kept_hashes import HASHES_FILE, differences, read_hashes
    from tokenclip_core.model.loading import load_model

    model = load_model(arguments.name)
    check_finite(weights_file(model.folder))
    kept = read_hashes(model.folder)
    found = list(differences(model.folder, kept)) if kept else []
    if found:
        more = f" and {len(found) - 1} more" if len(found) > 1 else ""
        raise ModelError(f"{model.folder}: {found[0]}{more}; if you did not change it, install the model again")
    whole = f"{len(kept)} files as kept in {HASHES_FILE}" if kept else "no kept hashes to compare its files with"
    expected = "as expected" if model.defaults.weights_sha256 is not None else whole
    sys.stdout.write(f"{model.name}: {model.folder}\nsha256 {model.weights_sha256} ({expected}); the model loads\n")
    if expected is not whole:
        sys.stdout.write(f"{whole}\n")
    return ExitCode.DONE


_PROOFS = {
    "pinned": "each file is the one that its makers state",
    "kept": "each file is the one that was installed before",
    "hub": "each file has the hash that the hub states, which is kept",
    "mirror": "each file arrived whole, but only the mirror says that it is the published one, which proves nothing; "
    "its hash is kept, so that another is refused from now on",
}


def _download(arguments: Namespace) -> int:
    from tokenclip_core.model.downloads.installing import DownloadOptions, download_model, known_model

    known = known_model(arguments.name)
    sys.stderr.write(f"{known.name}: about {known.megabytes} MB, licence {known.licence}, from {known.source}\n")
    progress = TransferProgress()
    try:
        options = DownloadOptions(arguments.mirror, arguments.mirror_token)
        installed = download_model(known, options, progress.show)
    finally:
        progress.clear()
    if installed.already:
        sys.stdout.write(f"{known.name} is installed already in {installed.folder}, and whole\n")
        return ExitCode.DONE
    sys.stdout.write(f"{known.name} is installed in {installed.folder}; {_PROOFS[installed.proof]}\n")
    return ExitCode.DONE


def _import(arguments: Namespace) -> int:
    from tokenclip_core.model.downloads.installing import import_model

    name, folder = import_model(arguments.folder, arguments.name)
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
    from tokenclip_core.model.downloads.installing import remove_model

    freed = remove_model(arguments.name)
    sys.stdout.write(f"{arguments.name} is removed; {megabytes(freed)} MB are free\n")
    return ExitCode.DONE


_ACTIONS: dict[str, Callable[[Namespace], int]] = {
    "list": _list,
    "verify": _verify,
    "download": _download,
    "import": _import,
    "convert": _convert,
    "export": _export,
    "remove": _remove,
}

COMMAND = Command(_EXAMPLES, _add_arguments, _run)
"""The command, for `cli`."""
