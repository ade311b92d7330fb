import unittest

import torch
from torch import nn


class Tiny(nn.Module):
    def __init__(self):
        super().__init__()
        self.lin = nn.Linear(4, 4)
        self.register_buffer("steps", torch.zeros((), dtype=torch.long))

    def forward(self, x, return_dict=True):
        y = torch.tanh(self.lin(x))
        return {"y": y} if return_dict else (y,)


class StateTest(unittest.TestCase):
    def setUp(self):
        torch.manual_seed(0)
        self.model, self.x = Tiny().eval(), torch.randn(2, 4)

    def test_round_trip(self):
        other = Tiny()
        other.load_state_dict(self.model.state_dict())
        self.assertTrue(torch.equal(other(self.x)["y"], self.model(self.x)["y"]))

    def test_tuple_and_dict_agree(self):
        a, b = self.model(self.x, return_dict=False), self.model(self.x, return_dict=True)
        self.assertIsInstance(a, tuple)
        self.assertTrue(torch.equal(a[0], b["y"]))

    def test_buffers_move(self):
        self.model.steps.add_(1)
        self.assertEqual(self.model.steps.item(), 1)
        self.model.steps.zero_()

    def test_no_nan(self):
        y = self.model(self.x * 1e4)["y"]
        if torch.isnan(y).any():
            self.fail("nan")
        self.assertLessEqual(y.abs().max().item(), 1.0)

    def test_weights_are_written(self):
        with torch.no_grad():
            self.model.lin.weight[0] = 1.0
            self.model.lin.weight[self.model.lin.weight < 0] = 0.0
        self.assertTrue((self.model.lin.weight >= 0).all())

    def test_rows(self):
        rows = [r.tolist() for r in self.x.split(1)]
        self.assertEqual(len(rows), 2)

    def test_cumsum_of_mask(self):
        mask = torch.tensor([True, False, True])
        self.assertEqual(mask.long().cumsum(0).tolist(), [1, 1, 2])


def suite(names):
    s = unittest.TestSuite()
    s.addTests(StateTest(n) for n in names)
    return s


if __name__ == "__main__":
    unittest.main()
