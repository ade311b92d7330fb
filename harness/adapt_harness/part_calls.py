"""Calls of a model's submodules, recorded in one eager run so that each can be made again without the model."""

from __future__ import annotations

import contextlib
import copy
import inspect
from dataclasses import dataclass, field
from typing import Any, Iterator

import torch
from torch.utils import _pytree as pytree

from adapt_harness.errors import first_line
from adapt_harness.flat import FlatModel, unfold
from adapt_harness.reference import Tensors

_MOST_BYTES = 4 << 30  # of recorded tensors: a large model's activations, kept once on either side of each part
_PLAIN = (type(None), bool, int, float, complex, str, bytes, torch.dtype, torch.device)


class CannotRecord(Exception):
    """The call has something that tensors and plain values do not carry."""


@dataclass
class PartCall:
    """The first call of one submodule. Where it cannot be made again `problem` says why, and there are no tensors."""

    path: str  # in the model, dotted
    module: torch.nn.Module
    cls: str
    source: str  # dotted module that defines the class
    problem: str = ""
    names: list[str] = field(default_factory=list)  # of the tensors among the arguments
    inputs: Tensors = ()
    outputs: Tensors = ()
    leaf_names: list[str] = field(default_factory=list)  # of the outputs
    tree: str = ""
    _spec: Any = None
    _leaves: list[Any] = field(default_factory=list)  # arguments that are no tensors; None where a tensor stood
    _tensor_at: list[int] = field(default_factory=list)
    _running: int = 0  # how often it is entered just now; the first call ends when this is back at zero

    def take_arguments(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        paths, self._spec = pytree.tree_flatten_with_path((args, kwargs))
        parameters = _parameters_of(self.module)
        inputs = []
        for at, (path, leaf) in enumerate(paths):
            name = _name(path, parameters)
            if isinstance(leaf, torch.Tensor):
                inputs.append(_kept(leaf, name))
                self.names.append(name)
                self._tensor_at.append(at)
            self._leaves.append(None if isinstance(leaf, torch.Tensor) else _constant(leaf, name))
        if not inputs:
            raise CannotRecord("it is given no tensor")
        self.inputs = tuple(inputs)

    def take_output(self, output: Any) -> None:
        leaves, self.tree = unfold(output)
        if not leaves:
            raise CannotRecord("it returns no tensor")
        self.leaf_names = [name for name, _ in leaves]
        self.outputs = tuple(_kept(tensor, name) for name, tensor in leaves)

    def arguments(self, tensors: Tensors) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """Positional and keyword arguments with `tensors` in the places of the recorded ones."""
        # Objects are copied again for each call: one may be filled by it, as a cache is.
        leaves = [leaf if _is_shared(leaf) else copy.deepcopy(leaf) for leaf in self._leaves]
        for at, tensor in zip(self._tensor_at, tensors):
            leaves[at] = tensor
        return pytree.tree_unflatten(leaves, self._spec)

    def form(self) -> tuple[Any, ...]:
        """What the arguments are, without the values of tensors; an object of its own counts as itself."""
        plain = [repr(leaf) if isinstance(leaf, _PLAIN) else id(leaf) for leaf in self._leaves]
        return (str(self._spec), *plain, *((str(t.dtype), tuple(t.shape)) for t in self.inputs))

    def flat(self) -> FlatModel:
        return _FlatPart(self).eval()

    def size(self) -> int:
        """Bytes of its tensors."""
        return sum(tensor.nbytes for tensor in (*self.inputs, *self.outputs))

    def drop(self, problem: str) -> None:
        self.problem, self.inputs, self.outputs = problem, (), ()


class _FlatPart(FlatModel):
    """One submodule in the place of the model: what backends see of it is what they see of a model."""

    def __init__(self, recorded: PartCall):
        super().__init__(recorded.module, recorded.names, {})
        self._recorded = recorded

    def call(self, *tensors: torch.Tensor) -> Any:
        args, kwargs = self._recorded.arguments(tensors)
        return self.model(*args, **kwargs)


def _parameters_of(module: torch.nn.Module) -> list[str]:
    try:
        return list(inspect.signature(module.forward).parameters)
    except (TypeError, ValueError):
        return []


def _name(path: tuple[Any, ...], parameters: list[str]) -> str:
    """`hidden_states`, or `position_embeddings.0` inside a container, however the argument was passed."""
    kind, *steps = [str(getattr(key, "idx", getattr(key, "key", getattr(key, "name", "")))) for key in path]
    if kind == "0" and steps and int(steps[0]) < len(parameters):
        steps[0] = parameters[int(steps[0])]
    return ".".join(steps)


def _kept(tensor: torch.Tensor, name: str) -> torch.Tensor:
    if tensor.layout is not torch.strided or not tensor.is_cpu:
        raise CannotRecord(f"'{name}' has no plain memory")
    return tensor.detach().clone()


def _is_shared(value: Any) -> bool:
    """Whether a call cannot change it, or may: modules and functions are the model's own."""
    return isinstance(value, _PLAIN) or callable(value)


def _constant(value: Any, name: str) -> Any:
    if _is_shared(value):
        return value
    if unfold(value)[0]:
        raise CannotRecord(f"'{name}' is a {type(value).__name__} that holds tensors")
    try:
        return copy.deepcopy(value)
    except Exception as error:  # foreign code
        raise CannotRecord(f"'{name}' cannot be copied: {first_line(error, 200)}") from error


class Recorder:
    """The first call of each submodule, in the order in which they begin."""

    def __init__(self, model: torch.nn.Module):
        self._model = model
        self._bytes = 0
        self._by_module: dict[int, PartCall] = {}

    @contextlib.contextmanager
    def on(self) -> Iterator[None]:
        """Records what runs meanwhile. Nothing that goes wrong in here reaches the model."""
        handles = []
        for path, module in self._model.named_modules():
            if module is self._model:
                continue
            with contextlib.suppress(Exception):  # a scripted module takes no such hooks: it is looked through
                enter = module.register_forward_pre_hook(self._enter(path), with_kwargs=True, prepend=True)
                handles.append(enter)
                handles.append(module.register_forward_hook(self._leave))
        try:
            yield
        finally:
            for handle in handles:
                handle.remove()

    def _enter(self, path: str) -> Any:
        def hook(module: torch.nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
            known = self._by_module.get(id(module))
            call = known or PartCall(path, module, type(module).__name__, type(module).__module__)
            call._running += 1
            if known is None:
                self._by_module[id(module)] = call
                self._take(call, lambda: call.take_arguments(args, kwargs))

        return hook

    def _leave(self, module: torch.nn.Module, _: Any, output: Any) -> None:
        call = self._by_module.get(id(module))
        if call is None:
            return
        call._running -= 1
        if call._running == 0 and not call.outputs and not call.problem:
            self._take(call, lambda: call.take_output(output))

    def _take(self, call: PartCall, take: Any) -> None:
        before = call.size()
        try:
            take()
        except CannotRecord as error:
            call.drop(str(error))
        except Exception as error:  # foreign containers, memory
            call.drop(f"its call cannot be recorded: {first_line(error, 200)}")
        if self._bytes + call.size() - before > _MOST_BYTES:
            call.drop(f"its tensors are beyond the {_MOST_BYTES >> 30} GiB that are kept")
        self._bytes += call.size() - before

    def below(self, module: torch.nn.Module) -> list[PartCall]:
        """The nearest submodules that were called, in order of their first calls.

        A child that was never called itself, as a list of layers is not, is looked through.
        """
        seen, waiting = {id(module)}, list(module.children())
        while waiting:
            child = waiting.pop()
            if id(child) not in seen and id(child) not in self._by_module:
                waiting += child.children()
            seen.add(id(child))
        return [call for key, call in self._by_module.items() if key in seen and key != id(module)]
