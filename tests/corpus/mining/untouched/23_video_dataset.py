import os
import random
import warnings

import numpy as np
import torch
from torch.utils.data import Dataset

try:
    import av
except ImportError:
    av = None


class Clips(Dataset):
    def __init__(self, root, frames=8, step=2, train=True):
        if av is None:
            warnings.warn("no decoder; only arrays can be read")
        self.files = sorted(os.path.join(d, f) for d, _, fs in os.walk(root) for f in fs)
        self.frames, self.step, self.train = frames, step, train

    def __len__(self):
        return len(self.files)

    def index(self, total):
        need = self.frames * self.step
        if total <= need:
            return np.arange(self.frames) % total
        start = random.randrange(total - need) if self.train else (total - need) // 2
        return start + np.arange(self.frames) * self.step

    def read(self, path):
        if path.endswith(".npy"):
            return np.load(path, mmap_mode="r")
        with av.open(path) as c:
            return np.stack([f.to_ndarray(format="rgb24") for f in c.decode(video=0)])

    def __getitem__(self, i):
        video = self.read(self.files[i])
        clip = np.ascontiguousarray(video[self.index(len(video))])
        if self.train and random.random() < 0.5:
            clip = clip[:, :, ::-1].copy()
        x = torch.from_numpy(clip).permute(3, 0, 1, 2).float()
        return x.div_(255).sub_(0.5).mul_(2)


def mean_frame(files):
    total, n = None, 0
    for f in files:
        v = np.load(f)
        s = v.sum(0, dtype=np.float64)
        total = s if total is None else total + s
        n += len(v)
    return total / n


def brightness(clip, low=0.6, high=1.4):
    return np.clip(clip * np.random.uniform(low, high), 0, 255).astype(np.uint8)


def flow_magnitude(u, v):
    return np.sqrt(u**2 + v**2), np.arctan2(v, u) / np.pi
