"""`agent adapt forge:…`: a loader repaired end to end, hostile ones that end honestly, and requirements in an environment of
their own."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from agent_program import AGENT, WITHOUT_AGENT, Ended, Program
from test_sources_forge import LOADERS, written

pytestmark = pytest.mark.skipif(not AGENT, reason=WITHOUT_AGENT)


@pytest.fixture(scope="module")
def program(tmp_path_factory: pytest.TempPathFactory) -> Program:
    return Program(tmp_path_factory.mktemp("agent"))


def adapt(program: Program, folder: Path, *more: str, **changes: str) -> Ended:
    return program("adapt", f"forge:{folder}", "--backend", "export", "--json", "--quiet", *more, **changes)


def test_a_loader_in_no_checkout_is_adapted_and_its_test_stands_by_itself(program: Program):
    ended = adapt(program, LOADERS / "branching")
    assert ended.code == 0, ended.stdout + ended.stderr
    result = ended.json
    assert result["model"] == f"forge:{LOADERS / 'branching' / 'pytorch'}"
    assert [(r["kind"], r["id"]) for r in result["repairs"]] == [("pattern", "control/branch-to-select")]
    assert result["repairs"][0]["sites"][0]["file"] == "branching/pytorch/src/model.py"
    test = Path(result["out"]) / "tests" / "test_branching_export.py"
    done = subprocess.run([sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(test)], text=True,
                          capture_output=True, timeout=300, env=program.environment(), cwd=program.root)
    assert done.returncode == 0 and "2 passed" in done.stdout, done.stdout[-3000:]


@pytest.mark.parametrize(("changes", "failure_class", "says"), [
    ({"model": "import os; os._exit(7)"}, "exit", "exit code 7"),
    ({"model": "import sys; sys.exit(0)"}, "exit", "load_model ends the program: sys.exit(0)"),
    ({"top": "while True: pass"}, "hang", "load"),
    ({"model": "print('x' * (1 << 20) * 80, flush=True); return torch.nn.Linear(4, 4)"}, None, ""),
    ({"top": "import os\nos.close(1); os.close(2); os.close(4)"}, None, ""),
    ({"model": "import os, signal; os.kill(os.getpid(), signal.SIGKILL)"}, "crash", "signal 9"),
])
def test_a_hostile_loader_ends_as_what_it_is(program: Program, tmp_path: Path, changes: dict, failure_class: str | None, says: str):
    ended = adapt(program, written(tmp_path, **changes), "--set", "limits.stage_seconds.load=6", "--attempts", "0")
    failure = ended.json["failure"] or {"class": None, "message": ""}
    if failure_class is None:  # it may be refused for what it prints, but it is never taken for something else
        assert failure["class"] in (None, "protocol-violation", "exit", "other"), failure
    else:
        assert (failure["class"], failure["stage"]) == (failure_class, "load") and says in failure["message"] + failure["stage"]
    assert not program.leftovers()


@pytest.mark.parametrize(("text", "says"), [
    ("forge:{0}/absent", "no such file or folder"),
    ("forge:{0}", "no loader.py"),
    ("forge:" + str(LOADERS / "checkout" / "config.py"), "is not a loader"),
    ("forge:" + str(LOADERS / "branching") + ":", "is not the name of a variant"),
])
def test_what_is_no_loader_is_a_usage_error(program: Program, tmp_path: Path, text: str, says: str):
    ended = program("adapt", text.format(tmp_path), "--backend", "export")
    assert ended.code == 2 and says in ended.said


def test_requirements_are_installed_for_loaders_alone(program: Program):
    model = program.write("plain.py", "")
    ended = program("adapt", model, "--backend", "export", "--install-requirements")
    assert ended.code == 2 and "--install-requirements is for loaders" in ended.said


# Requirements: a wheel that the test writes, found in the loader's folder, so that no index is asked.

def wheel(folder: Path, name: str, version: str, text: str) -> None:
    info = f"{name}-{version}.dist-info"
    with zipfile.ZipFile(folder / f"{name}-{version}-py3-none-any.whl", "w") as file:
        file.writestr(f"{name}.py", text)
        file.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        file.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        file.writestr(f"{info}/RECORD", "")


def site_packages(python: str) -> dict[str, float]:
    """Every file of the environment, with its time of change."""
    where = subprocess.run([python, "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True,
                           capture_output=True, check=True).stdout.strip()
    return {entry.path: entry.stat().st_mtime for entry in os.scandir(where)}


@pytest.fixture
def needing(tmp_path: Path) -> Path:
    folder = written(tmp_path, top="import forge_probe_package",
                     model="return torch.nn.Linear(4, forge_probe_package.WIDTH)")
    wheel(folder, "forge_probe_package", "1.5", "WIDTH = 3\n")
    (folder / "requirements.txt").write_text("--no-index\n--find-links .\nforge_probe_package==1.5\n")
    return folder


def test_what_is_missing_is_said_and_nothing_is_installed_unasked(program: Program, needing: Path):
    failure = adapt(program, needing).json["failure"]
    assert failure["class"] == "missing-package" and failure["stage"] == "load"
    assert failure["message"].endswith("requirements.txt beside the loader wants forge_probe_package==1.5 (absent); "
                                       "--install-requirements installs that into a copy of the environment")


def test_requirements_go_into_an_environment_of_their_own(program: Program, needing: Path):
    python = program.environment()["ADAPT_PYTHON"]
    before = site_packages(python)
    cache = program.root / "cache"
    first = adapt(program, needing, "--install-requirements", "--set", f"cache_folder={cache}")
    assert first.code == 0 and first.json["outcome"] == "already_works", first.stdout + first.stderr
    made = [path.name for path in (cache / "envs").iterdir()]
    assert len(made) == 1 and made[0].startswith("layer-") and len(made[0]) == len("layer-") + 12
    times = site_packages(str(cache / "envs" / made[0] / "bin" / "python"))
    second = adapt(program, needing, "--install-requirements", "--set", f"cache_folder={cache}")
    assert second.code == 0 and [path.name for path in (cache / "envs").iterdir()] == made
    assert site_packages(str(cache / "envs" / made[0] / "bin" / "python")) == times  # used again, not made again
    assert site_packages(python) == before
    # Other contents, another environment; the folder with the wheel is unchanged but for the requirement.
    (needing / "requirements.txt").write_text("--no-index\n--find-links .\nforge_probe_package\n")
    third = adapt(program, needing, "--install-requirements", "--set", f"cache_folder={cache}")
    assert third.code == 0 and len(list((cache / "envs").iterdir())) == 2


def test_a_newer_package_of_the_loader_comes_before_the_environments_own(program: Program, tmp_path: Path):
    folder = written(tmp_path, top="import tabulate", model="return torch.nn.Linear(4, tabulate.WIDTH)")
    wheel(folder, "tabulate", "99.0", "WIDTH = 7\n")
    (folder / "requirements.nodeps.txt").write_text("--no-index\n--find-links .\ntabulate==99.0\n")
    ended = adapt(program, folder, "--install-requirements", "--set", f"cache_folder={program.root / 'newer'}")
    assert ended.code == 0 and ended.json["outcome"] == "already_works", ended.stdout + ended.stderr


def test_an_installation_that_fails_leaves_nothing(program: Program, needing: Path):
    (needing / "requirements.txt").write_text("--no-index\nnowhere_to_be_found_package==1\n")
    cache = program.root / "failing"
    ended = adapt(program, needing, "--install-requirements", "--set", f"cache_folder={cache}")
    assert ended.code == 3 and "were not installed" in ended.said and "nowhere_to_be_found_package" in ended.said
    assert list((cache / "envs").iterdir()) == [] and not program.leftovers()


def test_an_installer_that_hangs_meets_the_deadline_and_leaves_nothing(program: Program, needing: Path):
    source = needing / "hanging"
    source.mkdir()
    (source / "setup.py").write_text("import time\ntime.sleep(600)\n")
    (needing / "requirements.nodeps.nobuildisolation.txt").write_text("./hanging\n")
    cache = program.root / "hanging"
    ended = adapt(program, needing, "--install-requirements", "--set", f"cache_folder={cache}", "--wall-seconds", "12")
    assert ended.code == 3 and "deadline" in ended.said and ended.seconds < 60
    assert list((cache / "envs").iterdir()) == [] and not program.leftovers()


def test_building_a_requirement_cannot_write_outside(program: Program, needing: Path):
    source, mark = needing / "writing", program.root / "written by setup.py"
    source.mkdir()
    (source / "setup.py").write_text(f"open({str(mark)!r}, 'w').write('x')\n")
    (needing / "requirements.nodeps.nobuildisolation.txt").write_text("./writing\n")
    ended = adapt(program, needing, "--install-requirements", "--set", f"cache_folder={program.root / 'writing'}")
    assert ended.code == 3 and not mark.exists()
