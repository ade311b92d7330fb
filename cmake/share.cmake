# <build>/bin/agent looks for ../share/adapt; in a build tree those are links to the sources.
file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/share/adapt)
foreach(folder harness patterns)
  file(CREATE_LINK ${PROJECT_SOURCE_DIR}/${folder} ${PROJECT_BINARY_DIR}/share/adapt/${folder} SYMBOLIC)
endforeach()
install(DIRECTORY harness/adapt_harness harness/envs DESTINATION share/adapt/harness PATTERN __pycache__ EXCLUDE)
install(FILES harness/host_main.py DESTINATION share/adapt/harness)
install(DIRECTORY patterns/library DESTINATION share/adapt/patterns)
install(FILES patterns/isomorphisms.txt patterns/background.tsv DESTINATION share/adapt/patterns)
