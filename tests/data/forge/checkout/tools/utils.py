from typing import Callable, Optional

import absent_vision_package
from absent_picture_package import Image, open as open_picture


class Preprocessor:
    hook: Optional[Callable[[Image.Image], int]] = None  # annotations name what is absent


def picture(path: str):
    return open_picture(path)


def resized(x):
    return absent_vision_package.transforms.Resize(8)(x)


def scaled(x):
    return x * 0.5
