add_library(adapt_warnings INTERFACE)
target_compile_options(adapt_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wcast-align -Wextra-semi>
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wlogical-op>)
if(ADAPT_WERROR)
  target_compile_options(adapt_warnings INTERFACE -Werror)
endif()
