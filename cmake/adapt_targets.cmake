# What many files have in common is read and instantiated once: the headers of tools/base are precompiled, and the files
# of a target are compiled some at a time. Names in two files of a target therefore differ, in unnamed namespaces too.
# The headers are compiled as a library is: -fPIC, where a program would get -fPIE.
function(adapt_fast_build target)
  if(NOT ADAPT_FAST_BUILD)
    return()
  endif()
  set_target_properties(${target} PROPERTIES UNITY_BUILD ON UNITY_BUILD_BATCH_SIZE 8)
  # No collection of garbage below a gigabyte (KiB); that warning takes every file of a batch for a header.
  target_compile_options(${target} PRIVATE
    $<$<COMPILE_LANG_AND_ID:CXX,GNU>:--param=ggc-min-heapsize=1000000 -Wno-subobject-linkage>)
  target_precompile_headers(${target} REUSE_FROM adapt_headers)
  get_target_property(type ${target} TYPE)
  if(type STREQUAL EXECUTABLE)
    set_target_properties(${target} PROPERTIES POSITION_INDEPENDENT_CODE OFF)
    target_compile_options(${target} PRIVATE -fPIC)
  endif()
endfunction()

# adapt_library(<name> SOURCES a.cpp ... DEPS other ...): one static library a folder.
function(adapt_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS} adapt_warnings)
  target_link_libraries(${name} PUBLIC adapt_settings)
  adapt_fast_build(${name})
endfunction()

# adapt_test(<name> SOURCES ... DEPS ... [LABEL unit|process|integration|torch]): one GoogleTest program a folder.
function(adapt_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} adapt_settings adapt_warnings GTest::gtest_main)
  adapt_fast_build(${name})
  target_compile_definitions(${name} PRIVATE ADAPT_TEST_DATA="${PROJECT_SOURCE_DIR}/tests/data"
    ADAPT_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  if(NOT ARG_LABEL)
    set(ARG_LABEL unit)
  endif()
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 120)
  endif()
  gtest_discover_tests(${name} DISCOVERY_TIMEOUT 60 PROPERTIES LABELS ${ARG_LABEL} TIMEOUT ${ARG_TIMEOUT})
endfunction()
