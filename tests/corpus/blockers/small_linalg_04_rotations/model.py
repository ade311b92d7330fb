# Pose head of a hand model: every joint predicts an axis-angle vector, and bones are turned one after the other.
import torch
import torch.nn as nn


def skew(v):
    x, y, z = v.unbind(-1)
    o = torch.zeros_like(x)
    return torch.stack([o, -z, y, z, o, -x, -y, x, o], dim=-1).reshape(v.shape[:-1] + (3, 3))


class Skeleton(nn.Module):
    def __init__(self, joints):
        super().__init__()
        self.offsets = nn.Parameter(torch.randn(joints, 3))

    def forward(self, axis_angle):
        turns = torch.matrix_exp(skew(axis_angle))
        frame = torch.eye(3).expand(axis_angle.shape[0], 3, 3)
        tip = axis_angle.new_zeros(axis_angle.shape[0], 3)
        tips = []
        for j in range(axis_angle.shape[1]):
            frame = frame @ turns[:, j]
            tip = tip + frame @ self.offsets[j]
            tips.append(tip)
        return torch.stack(tips, 1)


class PoseHead(nn.Module):
    def __init__(self, d_in=6, joints=4):
        super().__init__()
        self.joints = joints
        self.trunk = nn.Sequential(nn.Linear(d_in, 16), nn.Tanh(), nn.Linear(16, joints * 3))
        self.skeleton = Skeleton(joints)

    def forward(self, feature):
        return self.skeleton(self.trunk(feature).view(-1, self.joints, 3) + 0.1)


def load_model():
    torch.manual_seed(87)
    return PoseHead()


def load_inputs(seed=0):
    return {"feature": torch.randn(3, 6, generator=torch.Generator().manual_seed(seed))}
