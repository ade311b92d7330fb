import unittest
import torch


class ModelTesterMixin:
    model_classes = ()
    return_tuple_supported = True

    def make(self, cls):
        torch.manual_seed(0)
        return cls(self.config).eval()

    def inputs(self):
        return {"ids": torch.randint(0, 50, (2, 7)), "mask": None}

    def test_shapes(self):
        for cls in self.model_classes:
            out = self.make(cls)(**self.inputs())
            self.assertEqual(out[0].shape[:2], (2, 7))

    def test_tuple_equals_named(self):
        for cls in self.model_classes:
            model = self.make(cls)
            with torch.no_grad():
                plain = model(**self.inputs(), return_tuple=True)
                named = model(**self.inputs(), return_tuple=False).to_tuple()
            self.assertIsInstance(plain, tuple)
            for a, b in zip(plain, named):
                self.assertTrue(torch.equal(a, b))

    def test_keywords(self):
        for cls in self.model_classes:
            model = self.make(cls)
            with self.subTest(cls.__name__):
                first = model(self.inputs()["ids"], None, return_tuple=True)[0]
                second = model(ids=self.inputs()["ids"], return_tuple=True)[0]
                self.assertEqual(first.shape, second.shape)

    def test_trace(self):
        if not self.return_tuple_supported:
            self.skipTest("no tuples")
        for cls in self.model_classes:
            config = self.config
            config.return_tuple = True
            model = cls(config).eval()
            traced = torch.jit.trace(model, (self.inputs()["ids"],))
            self.assertIsNotNone(traced)

    def test_hidden_states(self):
        for cls in self.model_classes:
            model = self.make(cls)
            out = model(**self.inputs(), output_hidden_states=True, return_tuple=True)
            self.assertEqual(len(out[-1]), self.config.depth + 1)

    def test_output_type(self):
        def check(value, tuple_wanted):
            self.assertEqual(isinstance(value, tuple), tuple_wanted)

        for cls in self.model_classes:
            model = self.make(cls)
            check(model(**self.inputs(), return_tuple=True), True)
            check(model(**self.inputs(), return_tuple=False), False)


def collect(fn, n, return_list=False):
    out = (fn(i) for i in range(n))
    return list(out) if return_list else out


if __name__ == "__main__":
    unittest.main()
