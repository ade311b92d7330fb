#!/usr/bin/env python
import argparse
import pathlib
import torch


def parse():
    p = argparse.ArgumentParser(description=__doc__)
    # argparse fills in %(default)s
    p.add_argument("--checkpoint", type=pathlib.Path, required=True, help="a .pt file (%(default)s)")
    p.add_argument("--batch", type=int, default=8, help="rows at once (default: %(default)s)")
    p.add_argument("--device", default="cpu")
    return p.parse_args()


def top_k_accuracy(logits, labels, ks=(1, 5)):
    order = logits.topk(max(ks), dim=1).indices
    hit = order == labels[:, None]
    return {f"top{k}": hit[:, :k].any(1).float().mean().item() for k in ks}


def confusion(logits, labels, names):
    pred = logits.argmax(1)
    rows = []
    for i, name in enumerate(names):
        of = labels == i
        if of.any():
            worst = torch.bincount(pred[of], minlength=len(names))
            worst[i] = 0
            j = int(worst.argmax())
            rows.append(f"{name}: mostly taken for {names[j]} ({int(worst[j])}x)")
    return rows


def main():
    args = parse()
    if not args.checkpoint.exists():
        raise SystemExit(f"{args.checkpoint}: no such file")
    state = torch.load(args.checkpoint, map_location=args.device)
    model = state["model"].eval()
    print(f"{args.checkpoint.name}: step {state['step']}, {sum(p.numel() for p in model.parameters())} parameters")
    logits, labels = [], []
    for n, (x, y) in enumerate(state["data"]):
        with torch.inference_mode():
            logits.append(model(x.to(args.device)).cpu())
        labels.append(y)
        if n % 10 == 0:
            print(f"batch {n}", end="\r")
    logits, labels = torch.cat(logits), torch.cat(labels)
    for name, value in top_k_accuracy(logits, labels).items():
        print(f"{name}: {value:.2%}")
    for row in confusion(logits, labels, state["names"]):
        print(row)


TEMPLATE = """\
run: {run}
score: {score}
"""


def card(run, score):
    return TEMPLATE.format(run=run, score=score)


if __name__ == "__main__":
    main()
