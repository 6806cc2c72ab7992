# lockstep_precompiled(name headers... LIBS ...): system headers that most files read, parsed once for all of them. Ours
# are not among them: a change of one would build everything anew. CMake's own CMAKE_DISABLE_PRECOMPILE_HEADERS does
# without, as the preset dev does, so that a file which forgot an #include is found out.
function(lockstep_precompiled name)
  cmake_parse_arguments(ARG "" "" "LIBS" ${ARGN})
  file(WRITE ${CMAKE_BINARY_DIR}/${name}.cc.in "// only its headers matter\n")
  configure_file(${CMAKE_BINARY_DIR}/${name}.cc.in ${CMAKE_BINARY_DIR}/${name}.cc COPYONLY)
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/${name}.cc)
  target_link_libraries(${name} PRIVATE lockstep_options ${ARG_LIBS})
  target_precompile_headers(${name} PRIVATE ${ARG_UNPARSED_ARGUMENTS})
endfunction()

# One folder, one library: lockstep_module(name DIRS ... DEPENDS ... LIBS ...) builds every *.cc that is not a
# test into the library and every *_test.cc beside it into one test program, so a new file needs no list. PLAIN: it knows
# no Asio, which is among the precompiled headers.
function(lockstep_module name)
  cmake_parse_arguments(ARG "PLAIN" "" "DIRS;DEPENDS;TEST_DEPENDS" ${ARGN})
  set(sources)
  set(tests)
  foreach(dir IN LISTS ARG_DIRS)
    file(GLOB found CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${dir}/*.cc)
    foreach(file IN LISTS found)
      if(file MATCHES "_test\\.cc$")
        list(APPEND tests ${file})
      elseif(NOT file MATCHES "_(main|bench|fuzz)\\.cc$")
        list(APPEND sources ${file})
      endif()
    endforeach()
  endforeach()
  if(sources)
    add_library(lockstep_${name} STATIC ${sources})
    target_link_libraries(lockstep_${name} PUBLIC lockstep_options ${ARG_DEPENDS})
    if(NOT ARG_PLAIN)
      target_precompile_headers(lockstep_${name} REUSE_FROM lockstep_headers)
    endif()
  else()
    add_library(lockstep_${name} INTERFACE)
    target_link_libraries(lockstep_${name} INTERFACE lockstep_options ${ARG_DEPENDS})
  endif()
  if(tests AND LOCKSTEP_TESTS)
    add_executable(${name}_test ${tests})
    target_link_libraries(${name}_test PRIVATE lockstep_${name} ${ARG_TEST_DEPENDS} GTest::gtest_main GTest::gmock)
    target_compile_definitions(${name}_test PRIVATE LOCKSTEP_ROOT="${CMAKE_SOURCE_DIR}")
    if(NOT ARG_PLAIN)
      target_precompile_headers(${name}_test REUSE_FROM lockstep_test_headers)
    endif()
    # As a property of the files, since the options of a target come before those of what it links.
    set_source_files_properties(${tests} PROPERTIES COMPILE_OPTIONS "${lockstep_test_options}")
    gtest_discover_tests(${name}_test DISCOVERY_TIMEOUT 60 PROPERTIES TIMEOUT 300)
  endif()
endfunction()

# lockstep_fuzzer(module file corpora...) builds, of a file with LLVMFuzzerTestOneInput, a fuzzer named after it if
# LOCKSTEP_FUZZ is set, and a test that gives it every file of the corpora.
function(lockstep_fuzzer module file)
  get_filename_component(name ${file} NAME_WE)
  if(LOCKSTEP_FUZZ)
    add_executable(${name} ${file})
    target_link_libraries(${name} PRIVATE lockstep_${module})
    if(LOCKSTEP_FUZZ STREQUAL "AFL")
      target_link_libraries(${name} PRIVATE ${LOCKSTEP_AFL_DRIVER} ${LOCKSTEP_AFL_RUNTIME})
    else()
      target_link_options(${name} PRIVATE -fsanitize=fuzzer)
    endif()
  endif()
  if(LOCKSTEP_TESTS)
    list(TRANSFORM ARGN PREPEND ${CMAKE_SOURCE_DIR}/)
    list(JOIN ARGN ":" corpora)
    add_executable(${name}_test ${file} ${CMAKE_SOURCE_DIR}/cmake/fuzz_replay.cc)
    target_link_libraries(${name}_test PRIVATE lockstep_${module} GTest::gtest_main)
    target_compile_definitions(${name}_test PRIVATE LOCKSTEP_CORPORA="${corpora}")
    gtest_discover_tests(${name}_test TEST_PREFIX ${name}. PROPERTIES TIMEOUT 300)
  endif()
endfunction()

# lockstep_option(flags...): how we compile ourselves. Who links an installed copy is not told.
function(lockstep_option)
  target_compile_options(lockstep_options INTERFACE "$<BUILD_INTERFACE:${ARGN}>")
endfunction()

# lockstep_install(set modules...): what users link, as lockstep::<module> after find_package(lockstep), with the headers
# under include/lockstep/ by the names that they have here. The first set is `lockstep`, what production needs; another one
# is a component, to be asked for by its name. A module that does not exist is left out. The target <set>_libraries builds
# what is installed.
function(lockstep_install set)
  include(CMakePackageConfigHelpers)
  set(targets)
  if(set STREQUAL "lockstep")
    set(targets lockstep_options)
    set_target_properties(lockstep_options PROPERTIES EXPORT_NAME options)
  endif()
  foreach(module IN LISTS ARGN)
    if(TARGET lockstep_${module})
      list(APPEND targets lockstep_${module})
      set_target_properties(lockstep_${module} PROPERTIES EXPORT_NAME ${module})
    endif()
  endforeach()
  add_custom_target(${set}_libraries DEPENDS ${targets})
  install(TARGETS ${targets} EXPORT ${set} ARCHIVE DESTINATION lib COMPONENT ${set})
  install(EXPORT ${set} NAMESPACE lockstep:: DESTINATION lib/cmake/lockstep FILE ${set}-targets.cmake COMPONENT ${set})
  set(folders sim virtual_time models scenarios properties reports cli)
  if(set STREQUAL "lockstep")
    set(folders impl)
  endif()
  foreach(folder IN LISTS folders)
    install(DIRECTORY ${CMAKE_SOURCE_DIR}/${folder} DESTINATION include/lockstep COMPONENT ${set}
            FILES_MATCHING PATTERN "*.h" PATTERN "*_test.h" EXCLUDE PATTERN "*_fuzz.h" EXCLUDE)
  endforeach()
  if(NOT set STREQUAL "lockstep")
    # All that a plug-in needs, for those who take this set alone.
    install(FILES ${CMAKE_SOURCE_DIR}/impl/plugin/lockstep_plugin.h DESTINATION include/lockstep/impl/plugin COMPONENT ${set})
    return()
  endif()
  write_basic_package_version_file(${CMAKE_BINARY_DIR}/lockstep-config-version.cmake COMPATIBILITY SameMinorVersion)
  set(lockstep_has_observe NO)
  if(TARGET lockstep_observe AND "observe" IN_LIST ARGN)
    set(lockstep_has_observe YES)
  endif()
  configure_file(${CMAKE_SOURCE_DIR}/cmake/lockstep-config.cmake.in ${CMAKE_BINARY_DIR}/lockstep-config.cmake @ONLY)
  install(FILES ${CMAKE_BINARY_DIR}/lockstep-config.cmake ${CMAKE_BINARY_DIR}/lockstep-config-version.cmake
          DESTINATION lib/cmake/lockstep COMPONENT ${set})
endfunction()

# lockstep_texts(target header name files...): a source file of the target with the names and contents of files,
# for a program that may be far from its sources.
function(lockstep_texts target header name)
  set(entries)
  foreach(file IN LISTS ARGN)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${file})
    get_filename_component(stem ${file} NAME_WE)
    file(READ ${file} content)
    string(APPEND entries "    {\"${stem}\", R\"~~~(${content})~~~\"},\n")
  endforeach()
  file(CONFIGURE OUTPUT ${CMAKE_BINARY_DIR}/${name}.cc @ONLY CONTENT
"// Made by cmake: ${header} says what it is.
#include \"${header}\"

namespace lockstep::scenarios {

const std::vector<StoredText>& ${name}() {
  static const std::vector<StoredText> all = {
${entries}  };
  return all;
}

}  // namespace lockstep::scenarios
")
  target_sources(${target} PRIVATE ${CMAKE_BINARY_DIR}/${name}.cc)
endfunction()
