import json
import os

import numpy as np
import torch
from torch import nn
from torch.utils.data import Dataset


class Scans(Dataset):
    def __init__(self, root, size):
        with open(os.path.join(root, "index.json")) as f:
            self.items = json.load(f)
        self.root, self.size = root, size

    def __len__(self):
        return len(self.items)

    def __getitem__(self, i):
        raw = np.load(os.path.join(self.root, self.items[i]["file"]))
        raw = np.clip(raw, -1000, 400)
        raw = (raw - np.mean(raw)) / (np.std(raw) + 1e-6)
        pad = [(0, max(self.size - s, 0)) for s in raw.shape]
        raw = np.pad(raw, pad)[: self.size, : self.size, : self.size]
        return torch.from_numpy(np.ascontiguousarray(raw)).float()[None], self.items[i]["label"]


class Attention3d(nn.Module):
    def __init__(self, c):
        super().__init__()
        self.pool = nn.AdaptiveAvgPool3d(1)
        self.fc = nn.Sequential(nn.Linear(c, c // 4), nn.ReLU(), nn.Linear(c // 4, c))

    def forward(self, x):
        w = self.fc(self.pool(x).flatten(1))
        w = 1 / (1 + np.exp(-w))
        return x * w[:, :, None, None, None]


class Net(nn.Module):
    def __init__(self, classes, c=16):
        super().__init__()
        self.stem = nn.Conv3d(1, c, 5, 2, 2)
        self.body = nn.Sequential(nn.Conv3d(c, 2 * c, 3, 2, 1), nn.ReLU(), Attention3d(2 * c))
        self.head = nn.Linear(2 * c + 2, classes)
        self.register_buffer("prior", torch.tensor(np.log(np.full(classes, 1 / classes))).float())

    def moments(self, x):
        flat = x.flatten(2)
        mean = np.mean(flat, axis=(1, 2))
        log_var = np.log(flat.var((1, 2)) + 1e-6)
        return np.stack([mean, log_var], axis=-1)

    def forward(self, x):
        m = self.moments(x)
        h = self.body(torch.relu(self.stem(x))).mean((2, 3, 4))
        h = np.concatenate([h, m], axis=1)
        return self.head(h) + self.prior


def auc(score, label):
    order = np.argsort(score)
    rank = np.empty(len(score))
    rank[order] = np.arange(1, len(score) + 1)
    pos = label == 1
    return (rank[pos].sum() - pos.sum() * (pos.sum() + 1) / 2) / (pos.sum() * (~pos).sum())
