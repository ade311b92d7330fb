# The tree-sitter core and the Python grammar: pinned npm archives, checked by hash, fetched by cmake/fetch_deps.sh
# into the user's cache folder (or taken from the folder that ADAPT_DEPS names).
execute_process(COMMAND ${PROJECT_SOURCE_DIR}/cmake/fetch_deps.sh OUTPUT_VARIABLE ADAPT_DEPS_DIR
  OUTPUT_STRIP_TRAILING_WHITESPACE RESULT_VARIABLE fetch_status)
if(NOT fetch_status EQUAL 0)
  message(FATAL_ERROR "the tree-sitter sources could not be fetched; see the message above")
endif()

set(core ${ADAPT_DEPS_DIR}/tree-sitter/vendor/tree-sitter/lib)
set(grammar ${ADAPT_DEPS_DIR}/tree-sitter-python/src)
add_library(tree_sitter STATIC ${core}/src/lib.c ${grammar}/parser.c ${grammar}/scanner.c)
target_include_directories(tree_sitter SYSTEM PUBLIC ${core}/include PRIVATE ${core}/src ${grammar})
# Nothing is put in the place of its functions at load time: without that promise none of them may be inlined.
target_compile_options(tree_sitter PRIVATE -fno-semantic-interposition)
target_compile_definitions(tree_sitter PRIVATE _POSIX_C_SOURCE=200112L _DEFAULT_SOURCE)
