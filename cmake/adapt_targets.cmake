# The precompiled headers of tools/base.
function(adapt_reuse_headers target)
  if(ADAPT_PCH)
    target_precompile_headers(${target} REUSE_FROM adapt_headers)
  endif()
endfunction()

# adapt_library(<name> SOURCES a.cpp ... DEPS other ...): one static library a folder.
function(adapt_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPS;PRIVATE_DEPS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_link_libraries(${name} PUBLIC ${ARG_DEPS} PRIVATE ${ARG_PRIVATE_DEPS} adapt_warnings)
  target_link_libraries(${name} PUBLIC adapt_settings)
  adapt_reuse_headers(${name})
endfunction()

# adapt_test(<name> SOURCES ... DEPS ... [LABEL unit|process|integration|torch]): one GoogleTest program a folder.
function(adapt_test name)
  cmake_parse_arguments(ARG "" "LABEL;TIMEOUT" "SOURCES;DEPS" ${ARGN})
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPS} adapt_settings adapt_warnings GTest::gtest_main)
  adapt_reuse_headers(${name})
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
