import torch
import tt_stand_in


def set_custom_compile_options(options):
    tt_stand_in.note("set_custom_compile_options", options=options)


def device():
    return torch.device("cpu")
