"""Usage: layer.py FOLDER FILE...

Makes FOLDER a Python environment over the one that runs this, and installs the requirement files into it alone: what is
there already is seen through it, and nothing below is changed. Files called *.nodeps* are installed without what they
depend on, *.nobuildisolation* with the packages that are there as their build environment.
"""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
from pathlib import Path


def make(folder: Path) -> Path:
    """The new environment's interpreter."""
    venv.create(folder, symlinks=True, with_pip=False)
    python = folder / "bin" / "python"
    below = list(dict.fromkeys(sysconfig.get_path(kind) for kind in ("purelib", "platlib")))
    own = folder / "lib" / f"python{sys.version_info.major}.{sys.version_info.minor}" / "site-packages"
    # Not a mere line with the folder: its own .pth files count too. It comes after the new environment's packages.
    lines = [f"import site; site.addsitedir({path!r})\n" for path in below]
    (own / "environment_below.pth").write_text("".join(lines), encoding="utf-8")
    return python


def install(python: Path, file: Path) -> int:
    flags = [flag for mark, flag in ((".nodeps", "--no-deps"), (".nobuildisolation", "--no-build-isolation"))
             if mark in file.name]
    command = [sys.executable, "-m", "pip", "--python", str(python), "install", "--disable-pip-version-check", "--no-input",
               "--no-warn-script-location", *flags, "-r", str(file)]
    return subprocess.run(command, check=False).returncode


def main(folder: str, *files: str) -> int:
    python = make(Path(folder))
    for file in files:
        if status := install(python, Path(file)):
            return status
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
