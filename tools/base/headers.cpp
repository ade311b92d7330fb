// Nothing of its own: it is compiled for the precompiled headers, which CMakeLists.txt lists.
