#!/usr/bin/env python3
import argparse
import logging
import pathlib
import sys
import warnings

import torch

log = logging.getLogger("export")


def parse(argv):
    p = argparse.ArgumentParser()
    p.add_argument("model", type=pathlib.Path)
    p.add_argument("--opset", type=int, default=17)
    p.add_argument("--warn", action="store_true", help="warnings are errors")
    return p.parse_args(argv)


def check_versions(opset):
    major = tuple(int(v) for v in torch.__version__.split("+")[0].split(".")[:2])
    if major < (2, 1):
        log.warn("torch %s is old, expect gaps", torch.__version__)
    if opset < 13:
        log.warn('opset %d has no per-channel quantisation', opset)


def export(model, inputs, path, opset):
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        torch.onnx.export(model, inputs, str(path), opset_version=opset)
    for w in caught:
        # hand over what the tracer said
        log.warn("tracer: %s", w.message)
    if not caught:
        warnings.warn("the tracer was silent")
    return path.stat().st_size


def fold(model):
    bad = [n for n, m in model.named_modules() if isinstance(m, torch.nn.Dropout) and m.training]
    list(map(lambda n: log.warn("%s is in training mode", n), bad))
    return model.eval()


def main(argv=None):
    args = parse(argv)
    logging.basicConfig(level=logging.INFO)
    if args.warn:
        warnings.simplefilter("error")
    check_versions(args.opset)
    bundle = torch.load(args.model)
    model = fold(bundle["model"])
    size = export(model, bundle["inputs"], args.model.with_suffix(".onnx"), args.opset)
    if size > 2**31:
        log.warn("%d bytes: more than one protobuf holds", size)
    log.info("%d bytes", size)
    return 0


class Console:
    def warn(self, *parts):
        print("!", *parts, file=sys.stderr)


if __name__ == "__main__":
    code = main()
    if code:
        Console().warn("code", code)
    sys.exit(code)
