import torch
import torch.nn as nn
import torch.nn.functional as F


class STN(nn.Module):
  # two-space indentation: this file came with the data set
  def __init__(self, k=3):
    super(STN, self).__init__()
    self.k = k
    self.conv1 = nn.Conv1d(k, 64, 1)
    self.conv2 = nn.Conv1d(64, 256, 1)
    self.fc1 = nn.Linear(256, 128)
    self.fc2 = nn.Linear(128, k * k)

  def forward(self, x):
    x = F.relu(self.conv1(x))
    x = F.relu(self.conv2(x))
    x = torch.max(x, 2)[0]
    x = F.relu(self.fc1(x))
    x = self.fc2(x).view(-1, self.k, self.k)
    return x + torch.eye(self.k, device=x.device)


class PointFeatures(nn.Module):
  def __init__(self, out=256):
    super(PointFeatures, self).__init__()
    self.stn = STN(3)
    self.convs = nn.ModuleList([nn.Conv1d(i, o, 1) for i, o in ((3, 64), (64, 128), (128, out))])
    self.norms = nn.ModuleList([nn.BatchNorm1d(o) for o in (64, 128, out)])

  def forward(self, points):
    t = self.stn(points)
    x = torch.bmm(points.transpose(1, 2), t).transpose(1, 2)
    for i, (conv, norm) in enumerate(zip(self.convs, self.norms)):
      x = norm(conv(x))
      if i < 2:
        x = F.leaky_relu(x, 0.2)
    return x.amax(dim=2), t


class Classifier(nn.Module):
  def __init__(self, classes):
    super(Classifier, self).__init__()
    self.features = PointFeatures()
    self.fc = nn.Linear(256, 128)
    self.out = nn.Linear(128, classes)

  def forward(self, points):
    f, t = self.features(points)
    h = F.dropout(F.relu(self.fc(f)), 0.3, self.training)
    return F.log_softmax(self.out(h), dim=1), t


def loss_fn(out, target, t, weight=0.001):
  I = torch.eye(t.shape[-1], device=t.device)
  reg = (torch.bmm(t, t.transpose(1, 2)) - I).norm(dim=(1, 2)).mean()
  return F.nll_loss(out, target) + weight * reg


def chamfer(a, b):
  d = torch.cdist(a, b)
  return d.min(1).values.mean() + d.min(2).values.mean()


def f_score(pred, truth, radius=0.01):
  d = torch.cdist(pred, truth)
  P = (d.min(2).values < radius).float().mean(1)
  R = (d.min(1).values < radius).float().mean(1)
  F = 2 * P * R / (P + R).clamp(min=1e-6)
  return F.mean()
