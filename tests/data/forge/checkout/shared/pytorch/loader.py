from ...base import ForgeModel


class ModelLoader(ForgeModel):
    pass
