import numpy as np
import torch
import torch.nn as nn


class Heatmap(nn.Module):
    def __init__(self, c, joints):
        super().__init__()
        self.conv = nn.Conv2d(c, joints, 1)

    def forward(self, x):
        heat = self.conv(x)
        b, j, h, w = heat.shape
        p = heat.flatten(2).softmax(-1).view(b, j, h, w)
        ux = np.arange(w) / w
        uy = np.arange(h) / h
        cx = np.sum(np.sum(p, axis=2) * ux, axis=-1)
        cy = np.sum(np.sum(p, axis=3) * uy, axis=-1)
        return np.stack([cx, cy], axis=-1)


class RotationHead(nn.Module):
    """Six numbers, made orthogonal."""

    def __init__(self, d, joints):
        super().__init__()
        self.fc, self.joints = nn.Linear(d, 6 * joints), joints

    def forward(self, x):
        a, b = self.fc(x).view(-1, self.joints, 2, 3).unbind(2)
        a = a / np.linalg.norm(a, axis=-1, keepdims=True)
        b = b - (a * b).sum(-1, keepdim=True) * a
        b = b / np.linalg.norm(b, axis=-1, keepdims=True)
        c = np.cross(a, b)
        return np.stack((a, b, c), axis=-1)


class Kinematics(nn.Module):
    def __init__(self, parents, offsets):
        super().__init__()
        self.parents = parents
        # skeleton file: list of lists
        self.register_buffer("offsets", torch.as_tensor(np.array(offsets, dtype=np.float32)))

    def forward(self, rot):
        world, pos = [rot[:, 0]], [torch.zeros_like(rot[:, 0, :, 0])]
        for i, p in enumerate(self.parents[1:], 1):
            pos.append(pos[p] + (world[p] @ self.offsets[i][:, None])[..., 0])
            world.append(world[p] @ rot[:, i])
        return torch.stack(pos, dim=1)


class PoseNet(nn.Module):
    def __init__(self, joints, parents, offsets, d=128):
        super().__init__()
        self.back = nn.Sequential(nn.Conv2d(3, d, 7, 4), nn.ReLU(), nn.Conv2d(d, d, 3, 2), nn.ReLU())
        self.heat, self.rot, self.kin = Heatmap(d, joints), RotationHead(d, joints), Kinematics(parents, offsets)

    def forward(self, x):
        h = self.back(x)
        return self.heat(h), self.kin(self.rot(h.mean((2, 3))))


def pck(pred, truth, size, alpha=0.2):
    d = np.linalg.norm(np.asarray(pred) - np.asarray(truth), axis=-1)
    return (d < alpha * size).mean(axis=0)


def smooth(track, k=5):
    kernel = np.ones(k) / k
    return np.stack([np.convolve(c, kernel, mode="same") for c in track.T], axis=-1)
