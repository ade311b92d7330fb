class OverrideError(RuntimeError):
    """The installed source is not the one this override was made for, or the place it names is gone."""


class Change(NamedTuple):
    kind: str  # "replace" a function or method, "add" one to a class or module, "statement" run in the module
    module: str
    qualname: str  # "function" or "Class.method"; "" for a statement
    expects: str  # SHA-256 of the normalised text that is replaced; "" where nothing is
    same_decorators: bool
    source: str  # full new text, indented as in the module


def normalised(text: str) -> str:
    lines = [line.rstrip() for line in textwrap.dedent(text.expandtabs(8)).strip("\n").split("\n")]
    return "\n".join(lines)


def _definition(tree: ast.AST, qualname: str) -> ast.AST | None:
    node = tree
    for part in qualname.split("."):
        found = None
        for child in getattr(node, "body", []):
            if isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and child.name == part:
                found = child  # the last definition wins, as it does when Python runs the file
        if found is None:
            return None
        node = found
    return node


def _text_of(path: str, qualname: str) -> str | None:
    with open(path, encoding="utf-8") as file:
        text = file.read()
    node = _definition(ast.parse(text), qualname)
    if node is None:
        return None
    first = min([node.lineno] + [decorator.lineno for decorator in node.decorator_list])
    return "\n".join(text.split("\n")[first - 1 : node.end_lineno])


def _check(change: Change, path: str) -> None:
    text = _text_of(path, change.qualname)
    place = f"{change.module}.{change.qualname}"
    if text is None:
        raise OverrideError(f"{place} is not defined in {path}")
    found = hashlib.sha256(normalised(text).encode()).hexdigest()
    if found != change.expects:
        raise OverrideError(f"{place} in {path} is not the source this override replaces: derive the patch again for this version")


def _compile(change: Change, module: types.ModuleType):
    """The new function, made in the module's own namespace, under the qualified name and class it belongs to."""
    *classes, function_name = change.qualname.split(".")
    # Classes around it, so that private names are mangled as in the original; strings keep their bytes.
    text = "".join(f"{' ' * depth}class {name}:\n" for depth, name in enumerate(classes)) + change.source + "\n"
    filename = f"<override {change.module}.{change.qualname}>"
    # Tracebacks, inspect and Dynamo read the text of generated code from here.
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    scratch: dict = {}
    exec(compile(text, filename, "exec"), module.__dict__, scratch)  # noqa: S102 - the text is this file's own
    made = scratch[(classes or [function_name])[0]]
    for part in change.qualname.split(".")[1:]:
        made = made.__dict__[part]
    return made, filename


def _innermost(value):
    """The plain function under descriptors and decorators that keep __wrapped__, or None."""
    for _ in range(32):
        if isinstance(value, (staticmethod, classmethod)):
            value = value.__func__
        elif isinstance(value, property):
            value = value.fget
        elif hasattr(value, "__wrapped__"):
            value = value.__wrapped__
        else:
            break
    return value if isinstance(value, types.FunctionType) else None


def _set_class_cell(function: types.FunctionType | None, owner: type) -> None:
    """Zero-argument super() reads the class from a cell: point it at the real class, not at the one made above."""
    if function is not None and "__class__" in function.__code__.co_freevars:
        function.__closure__[function.__code__.co_freevars.index("__class__")].cell_contents = owner


def _swap_code(old: types.FunctionType, new: types.FunctionType, undo: list) -> None:
    before = (old.__code__, old.__defaults__, old.__kwdefaults__)

    def restore():
        old.__code__, old.__defaults__, old.__kwdefaults__ = before

    undo.append(restore)
    old.__code__, old.__defaults__, old.__kwdefaults__ = new.__code__, new.__defaults__, new.__kwdefaults__


def _bind(owner, name: str, value, undo: list) -> None:
    missing = object()
    before = vars(owner).get(name, missing)
    undo.append(lambda: delattr(owner, name) if before is missing else setattr(owner, name, before))
    setattr(owner, name, value)


def _rebind_everywhere(old, new, undo: list) -> None:
    """Modules that imported the old function by value hold it under a name of their own."""
    for module in list(sys.modules.values()):
        if not isinstance(module, types.ModuleType):
            continue
        for name, value in list(vars(module).items()):
            if value is old:
                _bind(module, name, new, undo)


def _owner(module: types.ModuleType, qualname: str):
    owner = module
    for part in qualname.split(".")[:-1]:
        owner = getattr(owner, part, None)
        if owner is None:
            raise OverrideError(f"{module.__name__}.{qualname} has no owner: {part} is missing")
    return owner


def _apply_function(change: Change, module: types.ModuleType, undo: list) -> None:
    owner, name = _owner(module, change.qualname), change.qualname.rpartition(".")[2]
    made, filename = _compile(change, module)
    inner = _innermost(made)
    if isinstance(owner, type):
        _set_class_cell(inner, owner)
    old = vars(owner).get(name)
    old_inner = _innermost(old)
    swappable = (
        change.kind == "replace"
        and change.same_decorators
        and inner is not None
        and old_inner is not None
        and inner.__code__.co_filename == filename  # a decorator without __wrapped__ hides the function: bind instead
        and old_inner.__code__.co_name == inner.__code__.co_name
        and old_inner.__code__.co_freevars == inner.__code__.co_freevars
    )
    if swappable:  # the function keeps its identity, so every table and every import by value sees the new text
        _swap_code(old_inner, inner, undo)
        return
    _bind(owner, name, made, undo)
    if change.kind == "replace" and owner is module:
        _rebind_everywhere(old, made, undo)


def _apply_statement(change: Change, module: types.ModuleType, undo: list) -> None:
    before = dict(vars(module))

    def restore():
        for name in set(vars(module)) - set(before):
            delattr(module, name)
        for name, value in before.items():
            if vars(module).get(name) is not value:
                setattr(module, name, value)

    undo.append(restore)
    exec(compile(change.source, f"<override {change.module}>", "exec"), module.__dict__)  # noqa: S102


def _forget_compiled() -> None:
    """Dynamo keeps what it compiled from the old text."""
    if "torch._dynamo" in sys.modules:
        sys.modules["torch._dynamo"].reset()


_depth = 0
_undo: list = []


def apply() -> None:
    """Replace the functions listed in CHANGES in this process. Calls nest; the outermost undo() restores."""
    global _depth
    if _depth == 0:
        modules = {change.module: importlib.import_module(change.module) for change in CHANGES}
        for change in CHANGES:  # all checks before the first change: applied whole or not at all
            if change.expects:
                _check(change, modules[change.module].__file__)
        try:
            for change in CHANGES:
                step = _apply_statement if change.kind == "statement" else _apply_function
                step(change, modules[change.module], _undo)
        except BaseException:
            _restore()
            raise
        _forget_compiled()
    _depth += 1


def _restore() -> None:
    while _undo:
        _undo.pop()()
    _forget_compiled()


def undo() -> None:
    """Take back one apply()."""
    global _depth
    if _depth == 0:
        return
    _depth -= 1
    if _depth == 0:
        _restore()


@contextlib.contextmanager
def applied() -> Iterator[None]:
    """with applied(): ..."""
    apply()
    try:
        yield
    finally:
        undo()
