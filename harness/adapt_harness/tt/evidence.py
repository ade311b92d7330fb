"""What is there of Tenstorrent's software and cards: looks at files, imports and opens nothing."""

from __future__ import annotations

import importlib.util
import os
from dataclasses import dataclass
from pathlib import Path

from adapt_harness.backends.base import Probe
from adapt_harness.backends.evidence import version_of

DEVICES = Path("/dev/tenstorrent")
DESCRIPTOR_VARIABLE = "TT_COMPILE_ONLY_SYSTEM_DESC"
_DESCRIPTOR_MARK = b"TTSY"  # bytes 4 to 8
_ELF = b"\x7fELF"
_STAND_IN = "STAND_IN"  # a file in a package that only stands in for one, and says for what


@dataclass(frozen=True)
class Software:
    """Packages that a backend needs, each with a path below it that only this one has."""

    backend: str
    distribution: str
    packages: tuple[tuple[str, str], ...]
    native: tuple[str, str]  # package and its library; "" is the package's own module
    compiles_only: bool  # whether a system descriptor can take the card's place


TT = Software(
    "tt",
    "pjrt-plugin-tt",
    (("torch_xla", ""), ("tt_torch", "backend"), ("torch_plugin_tt", ""), ("pjrt_plugin_tt", "")),
    ("pjrt_plugin_tt", "pjrt_plugin_tt.so"),
    compiles_only=True,
)
TT_LEGACY = Software(
    "tt-legacy", "tt-torch", (("tt_torch", "dynamo"), ("tt_mlir", "")), ("tt_mlir", ""), compiles_only=False
)


def _spec(package: str):
    try:
        return importlib.util.find_spec(package)
    except (ImportError, ValueError):
        return None


def _folder(package: str) -> Path | None:
    spec = _spec(package)
    places = list(spec.submodule_search_locations or []) if spec else []
    return Path(places[0]) if places else None


def stand_in() -> Path | None:
    """The folder of a package that says of itself that it is none; whatever runs with it is no result."""
    for package in ("tt_torch", "tt_mlir", "pjrt_plugin_tt", "torch_plugin_tt", "torch_xla"):
        folder = _folder(package)
        if folder is not None and (folder / _STAND_IN).is_file():
            return folder
    return None


def device_nodes() -> list[Path]:
    """One a card, by number. A stand-in brings its own, which are ordinary files."""
    standing = stand_in()
    folder = standing / "devices" if standing else DEVICES
    if not folder.is_dir():
        return []
    return sorted((node for node in folder.iterdir() if node.name.isdigit()), key=lambda node: int(node.name))


def _starts_with(path: Path, mark: bytes, offset: int = 0) -> bool:
    try:
        with open(path, "rb") as file:
            return file.read(offset + len(mark))[offset:] == mark
    except OSError:
        return False


def _missing_software(software: Software) -> list[str]:
    missing = []
    for package, below in software.packages:
        folder = _folder(package)
        if _spec(package) is None:
            missing.append(f"Python package {package}")
        elif below and (folder is None or not (folder / below).exists()):
            missing.append(f"{package}/{below} (the {package} in {folder} is another one)")
    if not missing and stand_in() is None:
        package, library = software.native
        spec, folder = _spec(package), _folder(package)
        path = folder / library if library and folder else Path(spec.origin or "") if spec else Path()
        if not _starts_with(path, _ELF):
            missing.append(f"the native library {path}")
    return missing


def _missing_card() -> list[str]:
    nodes = device_nodes()
    if not nodes:
        return [f"device node {DEVICES}/0"]
    rights = os.R_OK if stand_in() else os.R_OK | os.W_OK
    usable = [node for node in nodes if os.access(node, rights)]
    return [] if usable else [f"the right to open {nodes[0]}"]


def _missing_descriptor(path: str) -> list[str]:
    if not os.path.isfile(path):
        return [f"system descriptor {path}"]
    return [] if _starts_with(Path(path), _DESCRIPTOR_MARK, 4) else [f"the mark of a system descriptor in {path}"]


def probe(software: Software) -> Probe:
    descriptor = os.environ.get(DESCRIPTOR_VARIABLE, "") if software.compiles_only else ""
    missing = _missing_software(software) + (_missing_descriptor(descriptor) if descriptor else _missing_card())
    version = version_of(software.distribution)
    if missing:
        way_out = ""
        if software.compiles_only and not descriptor and any("device node" in what for what in missing):
            way_out = "; without a card, --compile-only FILE.ttsys compiles for a described one"
        return Probe(False, "not found: " + "; ".join(missing) + way_out, version)
    where = f"compiling for {os.path.basename(descriptor)}" if descriptor else f"cards: {len(device_nodes())}"
    standing = stand_in()
    if standing is not None:
        said = (standing / _STAND_IN).read_text(encoding="utf-8").strip()
        return Probe(
            True,
            f"a stand-in and no {software.distribution}: {said} ({where})",
            version,
            concession="a stand-in took the backend's place: nothing ran on it",
            cap="none",
            executes=not descriptor,
        )
    if descriptor:
        return Probe(
            True,
            f"{software.distribution} {version or 'of unknown version'}, {where}",
            version,
            cap="L3",
            executes=False,
        )
    return Probe(True, f"{software.distribution} {version or 'of unknown version'}, {where}", version)
