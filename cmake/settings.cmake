# What every target of ours is compiled with; linked PRIVATE by adapt_library, never by third-party code.
add_library(adapt_settings INTERFACE)
target_compile_features(adapt_settings INTERFACE cxx_std_20)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
# Nothing is put in the place of our functions at load time: without that promise none that is visible may be inlined.
target_compile_options(adapt_settings INTERFACE -fno-semantic-interposition)
target_include_directories(adapt_settings INTERFACE ${PROJECT_SOURCE_DIR})
target_compile_definitions(adapt_settings INTERFACE $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)

if(ADAPT_SANITIZE)
  target_compile_options(adapt_settings INTERFACE -fsanitize=${ADAPT_SANITIZE} -fno-omit-frame-pointer -fno-sanitize-recover=all)
  target_link_options(adapt_settings INTERFACE -fsanitize=${ADAPT_SANITIZE})
endif()

find_program(ADAPT_CCACHE ccache)
if(ADAPT_CCACHE)
  set(CMAKE_C_COMPILER_LAUNCHER ${ADAPT_CCACHE})
  # What ccache asks for before it keeps anything that was compiled with precompiled headers.
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env CCACHE_SLOPPINESS=pch_defines,time_macros ${ADAPT_CCACHE})
  if(ADAPT_FAST_BUILD)
    add_compile_options($<$<COMPILE_LANG_AND_ID:CXX,GNU>:-fpch-preprocess>)
  endif()
endif()
