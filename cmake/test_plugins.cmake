# Plug-ins for cli/plugin_test.cc: the example, and the example with a piece of its text replaced, each of them wrong in one
# way. By C's compiler, which shows that the header is C.
enable_language(C)

# lockstep_test_plugin(name [old new])
function(lockstep_test_plugin name)
  set(source ${CMAKE_SOURCE_DIR}/examples/plugin_lock/plugin_lock.c)
  if(ARGC GREATER 1)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
    file(READ ${source} text)
    string(FIND "${text}" "${ARGV1}" at)
    if(at EQUAL -1)
      message(FATAL_ERROR "${source} no longer says: ${ARGV1}")
    endif()
    string(REPLACE "${ARGV1}" "${ARGV2}" text "${text}")
    set(source ${CMAKE_BINARY_DIR}/plugins/${name}.c)
    file(CONFIGURE OUTPUT ${source} CONTENT "${text}" @ONLY)
  endif()
  add_library(plugin_${name} MODULE ${source})
  set_target_properties(plugin_${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name} C_STANDARD 99 C_EXTENSIONS OFF
                        LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins)
  target_include_directories(plugin_${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(plugin_${name} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wno-unused-parameter)
  add_dependencies(cli_test plugin_${name})
endfunction()

lockstep_test_plugin(good)
# Whoever releases or renews has the lease.
lockstep_test_plugin(forgiving " || !same(&l->holder, asked->holder)) return LOCKSTEP_NO;\n  l->until = now(lock)"
                     ") return LOCKSTEP_NO;\n  l->until = now(lock)")
# No token is above those of before the last crash.
lockstep_test_plugin(forgetful "(uint64_t)starts << 32" "0")
# Each client has a table of its own.
lockstep_test_plugin(alone "LOCKSTEP_RUNS_SERVER" "LOCKSTEP_RUNS_CLIENTS")
lockstep_test_plugin(crashing "  *token = l->token;" "  if (l->token % 8 == 7) raise(SIGSEGV);\n  *token = l->token;")
target_compile_options(plugin_crashing PRIVATE -include signal.h)
lockstep_test_plugin(nonsense "return LOCKSTEP_NO;\n  l->until = now(t)" "return 99;\n  l->until = now(t)")
lockstep_test_plugin(later "sizeof plugin, LOCKSTEP_PLUGIN_ABI" "sizeof plugin, 2")
lockstep_test_plugin(longer "sizeof plugin," "sizeof plugin + 8,")
lockstep_test_plugin(silent "version == LOCKSTEP_PLUGIN_ABI" "version == 2")
lockstep_test_plugin(holey "close_table, acquire" "close_table, NULL")
lockstep_test_plugin(misnamed "\"c-table\"" "\"c table\"")
lockstep_test_plugin(unexported "const struct lockstep_plugin_v1* lockstep_plugin(uint32_t version)"
                     "const struct lockstep_plugin_v1* my_lock(uint32_t version)")
target_compile_definitions(cli_test PRIVATE LOCKSTEP_PLUGINS="${CMAKE_BINARY_DIR}/plugins")
