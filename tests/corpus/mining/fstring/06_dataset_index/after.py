import csv
import glob
import os.path as osp
import warnings
from torch.utils.data import Dataset


class Samples(Dataset):
    SPLITS = ("train", "val", "test")

    def __init__(self, root, split="train", fold=0, transform=None, limit=None):
        if split not in self.SPLITS:
            raise ValueError(f"split must be one of {self.SPLITS}, not {split!r}")
        self.root, self.transform = root, transform
        table = osp.join(root, f"{split}_{fold}.csv")
        if not osp.exists(table):
            others = glob.glob(osp.join(root, f"{split}_*.csv"))
            raise FileNotFoundError(f"no {table}; there are {len(others)} others")
        self.rows = []
        with open(table, newline="") as f:
            for n, row in enumerate(csv.DictReader(f)):
                if limit and n >= limit:
                    break
                if not row.get("label"):
                    warnings.warn(f"row {n} of {table} has no label")
                    continue
                self.rows.append((row["path"], int(row["label"])))
        self.classes = max(l for _, l in self.rows) + 1

    def __len__(self):
        return len(self.rows)

    def __getitem__(self, i):
        path, label = self.rows[i % len(self.rows)]
        item = load(osp.join(self.root, path))
        return (self.transform(item) if self.transform else item), label

    def __repr__(self):
        head = "Samples of the data set"
        lines = [f"    rows: {len(self)}", f"    classes: {self.classes}"]
        return "\n".join([head] + lines)


def load(path):
    with open(path, "rb") as f:
        head = f.read(4)
        if head != b"RIFF":
            # bytes have no f-strings
            raise OSError(repr(b"%s is no RIFF header" % head))
        return f.read()


def folds(n, k):
    return [[i for i in range(n) if i % k == j] for j in range(k)]


def describe(counts):
    total = sum(counts.values())
    return "; ".join("%s %.1f%%" % (k, 100.0 * v / total) for k, v in counts.items())


def balance(counts):
    top = max(counts.values())
    return {k: top / v for k, v in counts.items()}
