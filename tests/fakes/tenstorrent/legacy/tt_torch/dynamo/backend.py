import tt_stand_in
from torch._dynamo import register_backend
from tt_torch.tools.utils import CompilerConfig


class BackendOptions:
    def __init__(self, compiler_config=None, devices=None, async_mode=False, buffer_cache=None, constant_cache=None):
        self.compiler_config = compiler_config or CompilerConfig()
        self.async_mode = async_mode


@register_backend(name="tt-legacy")
def backend(gm, example_inputs, options=None):
    set_values = {name: str(value) for name, value in vars(options.compiler_config).items()}
    tt_stand_in.note("tt_legacy_backend", config=set_values, async_mode=options.async_mode)
    depth = options.compiler_config.compile_depth.name
    tt_stand_in.reach("compile", depth)

    def run(*inputs):
        tt_stand_in.reach("run", depth)
        return gm.forward(*inputs)

    return run
