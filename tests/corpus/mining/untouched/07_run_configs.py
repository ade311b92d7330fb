import argparse
import dataclasses
import json
import logging
import os
import sys

log = logging.getLogger("runs")


@dataclasses.dataclass
class Run:
    name: str
    lr: float = 1e-4
    steps: int = 10_000
    return_dict: bool = True
    in_channels: int = 4
    sample_size: int = 64

    @property
    def folder(self):
        return os.path.join("runs", f"{self.name}-{self.lr:.0e}")

    def override(self, pairs):
        known = {f.name: f.type for f in dataclasses.fields(self)}
        values = {}
        for p in pairs:
            key, _, text = p.partition("=")
            if key not in known:
                raise SystemExit(f"unknown setting {key}")
            values[key] = json.loads(text) if known[key] != "str" else text
        return dataclasses.replace(self, **values)


def lr_at(run, step, warm=500):
    if step < warm:
        return run.lr * step / warm
    return run.lr * max(0.0, 1 - (step - warm) / (run.steps - warm))


def should_log(step, every=50):
    return step % every == 0 or step == 1


def parse(argv):
    p = argparse.ArgumentParser()
    p.add_argument("name", help="of the run (default: %(default)s)", default="base", nargs="?")
    p.add_argument("--set", action="append", default=[])
    return p.parse_args(argv)


def main(argv=None):
    args = parse(argv)
    run = Run(args.name).override(args.set)
    if os.path.exists(run.folder):
        log.warning("%s is there already", run.folder)
    os.makedirs(run.folder, exist_ok=True)
    with open(os.path.join(run.folder, "run.json"), "w") as f:
        json.dump(dataclasses.asdict(run), f)
    log.info("wrote %s", run.folder)
    return 0


if __name__ == "__main__":
    sys.exit(main())
