from .pytorch import ModelLoader  # there is no such folder: nobody imports this package by itself
