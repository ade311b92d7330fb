add_library(adapt_warnings INTERFACE)
target_compile_options(adapt_warnings INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:-Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wold-style-cast -Wnon-virtual-dtor
  -Woverloaded-virtual -Wcast-align -Wextra-semi>
  $<$<COMPILE_LANG_AND_ID:CXX,GNU>:-Wlogical-op>)
# What GCC 12's optimiser believes of std::string and std::vector (its bug 105651 and kin): none of it is in our code.
target_compile_options(adapt_warnings INTERFACE
  $<$<AND:$<COMPILE_LANG_AND_ID:CXX,GNU>,$<CONFIG:Release,RelWithDebInfo>>:-Wno-stringop-overflow -Wno-array-bounds
  -Wno-maybe-uninitialized -Wno-restrict>)
if(ADAPT_WERROR)
  target_compile_options(adapt_warnings INTERFACE -Werror)
endif()
