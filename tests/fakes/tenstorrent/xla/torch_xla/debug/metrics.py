def counter_names():
    return ["aten::nonzero", "CreateXlaTensor"]


def counter_value(name):
    return 1
