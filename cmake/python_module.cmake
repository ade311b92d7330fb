# Python and pybind11 for python/adaptkit. A wheel is built by the interpreter that asked for it. A build tree serves
# the project's own environment, so the interpreter is chosen as harness/envs/make_env.sh does; without Python's headers
# or pybind11 the tree has no module, and its tests say so.
set(needed REQUIRED)
if(NOT ADAPT_PYTHON_MODULE)
  set(needed QUIET)
  if(DEFINED ENV{ADAPT_BASE_PYTHON} AND NOT Python_EXECUTABLE)
    set(Python_EXECUTABLE $ENV{ADAPT_BASE_PYTHON})
  else()
    find_package(Python 3.11 EXACT QUIET COMPONENTS Interpreter Development.Module)
  endif()
endif()
if(NOT Python_FOUND)
  find_package(Python 3.11 ${needed} COMPONENTS Interpreter Development.Module)
endif()
if(Python_FOUND)
  set(PYBIND11_FINDPYTHON ON)
  find_package(pybind11 2.10 CONFIG ${needed})
endif()
