"""One process a card: real processes, real locks."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from adapt_harness.tt.lease import DeviceBusy, acquire

HARNESS = Path(__file__).resolve().parents[2] / "harness"
OWNER = """
import sys, time
sys.path.insert(0, {harness!r})
from pathlib import Path
from adapt_harness.tt.lease import acquire
lease = acquire({cards!r}, False, print, Path({folder!r}), 0.0)
print(*lease.files, flush=True)
time.sleep(120)
"""


class Owner:
    """Another process that has a card until it is killed."""

    def __init__(self, folder: Path, cards: list[str]):
        code = OWNER.format(harness=str(HARNESS), cards=cards, folder=str(folder))
        self.process = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
        assert self.process.stdout is not None
        self.card = self.process.stdout.readline().strip()

    def __enter__(self) -> "Owner":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()


def released(lease) -> None:
    for descriptor in lease.files.values():
        os.close(descriptor)


def test_a_card_that_another_process_has_is_waited_for_within_bounds_and_its_owner_is_named(tmp_path: Path):
    now, said = [0.0], []
    with Owner(tmp_path, ["0"]) as owner, pytest.raises(DeviceBusy) as busy:
        acquire(["0"], False, said.append, tmp_path, 12, clock=lambda: now[0], sleep=lambda s: now.__setitem__(0, now[0] + s))
    assert now[0] == pytest.approx(12)
    assert len(said) == 3 and said[1].startswith("waiting for a card, 5 of 12 s; card 0: process ")
    assert str(busy.value).startswith(f"no card was free for 12 s; card 0: process {owner.process.pid} on ")
    assert busy.value.failure_class == "device"


def test_a_card_is_had_as_soon_as_its_owner_ends(tmp_path: Path):
    with Owner(tmp_path, ["0"]) as owner:
        waited = []

        def sleep(_: float) -> None:
            waited.append(True)
            owner.process.send_signal(signal.SIGKILL)
            owner.process.wait()

        lease = acquire(["0"], False, lambda text: None, tmp_path, 30, sleep=sleep)
    assert waited == [True] and list(lease.files) == ["0"]
    released(lease)


def test_the_lease_of_a_dead_owner_is_taken_over_and_that_is_said(tmp_path: Path):
    with Owner(tmp_path, ["0"]) as owner:
        assert owner.card == "0"
    said: list[str] = []
    lease = acquire(["0"], False, said.append, tmp_path, 0)
    assert said == [f"card 0 is taken over: its owner, process {owner.process.pid}, ended without giving it back"]
    assert json.loads((tmp_path / "card-0").read_text())["pid"] == os.getpid()
    released(lease)


def test_a_card_whose_last_use_failed_is_taken_last(tmp_path: Path):
    first = acquire(["0", "1"], False, lambda text: None, tmp_path, 0)
    assert list(first.files) == ["0"]
    first.write("failed")
    released(first)
    second = acquire(["0", "1"], False, lambda text: None, tmp_path, 0)
    assert list(second.files) == ["1"]
    second.write("ended")
    released(second)


def test_two_processes_never_have_one_card(tmp_path: Path):
    with Owner(tmp_path, ["0", "1"]) as one, Owner(tmp_path, ["0", "1"]) as two:
        assert sorted((one.card, two.card)) == ["0", "1"]
        with pytest.raises(DeviceBusy):
            acquire(["0", "1"], False, lambda text: None, tmp_path, 0)


def test_all_cards_or_none(tmp_path: Path):
    with Owner(tmp_path, ["1"]):
        with pytest.raises(DeviceBusy):
            acquire(["0", "1"], True, lambda text: None, tmp_path, 0)
        free = acquire(["0"], False, lambda text: None, tmp_path, 0)  # the half that was taken has been given back
        released(free)
    both = acquire(["0", "1"], True, lambda text: None, tmp_path, 0)
    assert sorted(both.files) == ["0", "1"]
    released(both)


@pytest.mark.parametrize("text", [b"", b"no json", b"[1]", b"\xff" * 9000, b'{"state":[]}'])
def test_what_stands_in_the_file_is_believed_to_be_anything(tmp_path: Path, text: bytes):
    (tmp_path / "card-0").write_bytes(text)
    lease = acquire(["0"], False, lambda said: None, tmp_path, 0)
    assert list(lease.files) == ["0"]
    released(lease)


def test_a_link_in_place_of_the_file_is_not_followed(tmp_path: Path):
    target = tmp_path / "precious"
    target.write_text("kept")
    (tmp_path / "leases").mkdir()
    (tmp_path / "leases" / "card-0").symlink_to(target)
    with pytest.raises(OSError):
        acquire(["0"], False, lambda said: None, tmp_path / "leases", 0)
    assert target.read_text() == "kept"


def test_waiting_is_real(tmp_path: Path):
    start = time.monotonic()
    with Owner(tmp_path, ["0"]), pytest.raises(DeviceBusy):
        acquire(["0"], False, lambda said: None, tmp_path, 0.5)
    assert 0.4 < time.monotonic() - start < 20
