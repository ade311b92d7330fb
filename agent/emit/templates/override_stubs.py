def _stand_in():
    stubs = Stubs(STUBS)
    stubs.install()
    return stubs.remove


_before_imports.append(_stand_in)
