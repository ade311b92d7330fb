import numpy as np
import torch
import torch.nn as nn


def gae(rewards, values, dones, gamma=0.99, lam=0.95):
    T = rewards.shape[0]
    nxt = torch.cat([values[1:], torch.zeros_like(values[:1])])
    nxt = torch.where(dones, 0, nxt)
    delta = rewards + gamma * nxt - values
    adv = torch.zeros_like(rewards)
    last = torch.zeros_like(rewards[0])
    for t in reversed(range(T)):
        last = delta[t] + gamma * lam * last * (~dones[t])
        adv[t] = last
    return adv, adv + values


class ReplayBuffer:
    def __init__(self, size, obs_dim):
        self.obs = np.zeros((size, obs_dim), np.float32)
        self.rew = np.zeros(size, np.float32)
        self.ptr, self.full, self.size = 0, False, size

    def store(self, obs, rew):
        self.obs[self.ptr] = obs
        self.rew[self.ptr] = rew
        self.ptr = (self.ptr + 1) % self.size
        self.full = self.full or self.ptr == 0

    def sample(self, n, rng):
        idx = rng.integers(0, self.size if self.full else self.ptr, n)
        return torch.from_numpy(self.obs[idx]), torch.from_numpy(self.rew[idx])


class MaskedPolicy(nn.Module):
    def __init__(self, obs, actions, width=64):
        super().__init__()
        self.body = nn.Sequential(nn.Linear(obs, width), nn.Tanh(), nn.Linear(width, width), nn.Tanh())
        self.pi, self.v = nn.Linear(width, actions), nn.Linear(width, 1)

    def forward(self, obs, legal):
        h = self.body(obs)
        logits = self.pi(h)
        illegal = legal == 0
        logits = torch.where(illegal, -1e8, logits)
        return logits, self.v(h).squeeze(-1)

    @torch.no_grad()
    def act(self, obs, legal, explore):
        logits, v = self(obs, legal)
        greedy = logits.argmax(-1)
        random = torch.multinomial(logits.softmax(-1), 1).squeeze(-1)
        greedy = torch.where(explore, random, greedy)
        return greedy, v


def ppo_loss(logp, old, adv, clip=0.2):
    ratio = (logp - old).exp()
    bounded = ratio.clamp(1 - clip, 1 + clip)
    return -torch.min(ratio * adv, bounded * adv).mean()


def td_error(q, reward, q_next, done, gamma=0.99):
    target = reward + gamma * q_next.amax(-1)
    target = torch.where(done, reward, target)
    return target - q
