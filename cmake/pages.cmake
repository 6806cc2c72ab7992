# lockstep_pages(target): the front end of our pages, bundled by esbuild with the parts of d3 that it uses, as a source file
# of the target (reports/pages/page_parts.h). Where the bundler or d3 is absent, the parts are empty, the program says so
# to whoever asks for a page, and all else works.
function(lockstep_pages target)
  set(web ${CMAKE_SOURCE_DIR}/reports/pages/web)
  set(out ${CMAKE_BINARY_DIR}/pages)
  find_program(LOCKSTEP_ESBUILD esbuild)
  find_path(LOCKSTEP_D3 d3-selection/package.json PATHS /usr/share/nodejs /usr/lib/nodejs)
  file(GLOB sources CONFIGURE_DEPENDS ${web}/*.ts ${web}/*.css ${web}/*/*.ts)
  if(LOCKSTEP_ESBUILD AND LOCKSTEP_D3)
    add_custom_command(
      OUTPUT ${out}/main.js ${out}/main.css
      COMMAND ${CMAKE_COMMAND} -E env NODE_PATH=${LOCKSTEP_D3} ${LOCKSTEP_ESBUILD} ${web}/main.ts ${web}/main.css --bundle --minify
              --format=iife --target=es2020 --charset=utf8 --legal-comments=inline --outdir=${out} --log-level=warning
      DEPENDS ${sources} VERBATIM)
    set(parts ${out}/main.js ${out}/main.css)
  else()
    message(WARNING "--html will not work: esbuild or d3 was not found (Debian: esbuild node-d3-selection and what .ci/packages lists beside)")
    set(parts)
  endif()
  add_custom_command(
    OUTPUT ${out}/page_parts.cc
    COMMAND ${CMAKE_COMMAND} -DOUT=${out}/page_parts.cc "-DPARTS=${parts}" -P ${CMAKE_SOURCE_DIR}/cmake/page_parts.cmake
    DEPENDS ${parts} ${CMAKE_SOURCE_DIR}/cmake/page_parts.cmake VERBATIM)
  target_sources(${target} PRIVATE ${out}/page_parts.cc)
endfunction()

# lockstep_pages_tests(program): the front end's types, and the pages of the program in a real browser. What is absent of a
# browser, its driver and the compiler of the types is said, and its test is skipped.
function(lockstep_pages_tests program)
  set(pages ${CMAKE_SOURCE_DIR}/reports/pages)
  # It may have been installed after the build was set up.
  add_test(NAME pages.types COMMAND sh -c
    "command -v tsc >/dev/null || { echo 'SKIPPED: types of the pages are not checked: tsc was not found'; exit 77; }; tsc -p ${pages}/web")
  # Debian's Python, whose packages they are.
  find_program(LOCKSTEP_PYTHON python3 PATHS /usr/bin NO_DEFAULT_PATH)
  file(GLOB tests CONFIGURE_DEPENDS ${pages}/browser/*_test.py)
  foreach(test IN LISTS tests)
    get_filename_component(name ${test} NAME_WE)
    add_test(NAME pages.${name} COMMAND ${LOCKSTEP_PYTHON} ${test} $<TARGET_FILE:${program}> ${CMAKE_BINARY_DIR}/pages/browser)
  endforeach()
  set(names ${tests})
  list(TRANSFORM names REPLACE ".*/(.*)\\.py$" "pages.\\1")
  set_tests_properties(pages.types ${names} PROPERTIES SKIP_RETURN_CODE 77 TIMEOUT 300)
endfunction()
