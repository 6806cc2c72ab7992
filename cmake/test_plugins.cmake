# Plug-ins for cli/plugin_test.cc: the examples, and the examples with a piece of their text replaced, each of them wrong in
# one way. By C's compiler too, which shows that the header is C.
enable_language(C)

# lockstep_test_plugin(name file [old new]...): of a file of examples/plugin_lock.
function(lockstep_test_plugin name file)
  set(source ${CMAKE_SOURCE_DIR}/examples/plugin_lock/${file})
  if(ARGC GREATER 2)
    set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${source})
    file(READ ${source} text)
    math(EXPR last "${ARGC} - 2")
    foreach(i RANGE 2 ${last} 2)
      math(EXPR next "${i} + 1")
      string(FIND "${text}" "${ARGV${i}}" at)
      if(at EQUAL -1)
        message(FATAL_ERROR "${source} no longer says: ${ARGV${i}}")
      endif()
      string(REPLACE "${ARGV${i}}" "${ARGV${next}}" text "${text}")
    endforeach()
    set(source ${CMAKE_BINARY_DIR}/plugins/${name}_${file})
    file(CONFIGURE OUTPUT ${source} CONTENT "${text}" @ONLY)
  endif()
  add_library(plugin_${name} MODULE ${source})
  set_target_properties(plugin_${name} PROPERTIES PREFIX "" OUTPUT_NAME ${name} C_STANDARD 99 C_EXTENSIONS OFF
                        LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins)
  target_include_directories(plugin_${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_compile_options(plugin_${name} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wno-unused-parameter -Wno-unused-function)
  add_dependencies(cli_test plugin_${name})
endfunction()

lockstep_test_plugin(good plugin_lock.c)
# Whoever releases or renews has the lease.
lockstep_test_plugin(forgiving plugin_lock.c " || !same(&l->holder, asked->holder)) return LOCKSTEP_NO;\n  l->until = now(lock)"
                     ") return LOCKSTEP_NO;\n  l->until = now(lock)")
# No token is above those of before the last crash.
lockstep_test_plugin(forgetful plugin_lock.c "(uint64_t)starts << 32" "0")
lockstep_test_plugin(durable durable_lock.cc)
# The processes of a host share the file; what they held is not kept over a restart of it, which is not claimed.
lockstep_test_plugin(shared durable_lock.cc "RUNS_SERVER" "RUNS_CLIENTS" "LOCKSTEP_CLAIMS_SURVIVES_POWER_LOSS |" "")
# Deadlines of before the host was restarted are compared with those of after.
lockstep_test_plugin(rebooted durable_lock.cc "last(lease, lease.ttl);" "(void)lease;")
# It claims to survive crashes, and keeps its leases in memory.
lockstep_test_plugin(boastful plugin_lock.c "LOCKSTEP_CLAIMS_FENCING" "LOCKSTEP_CLAIMS_DURABLE | LOCKSTEP_CLAIMS_FENCING")
# Each client has a table of its own.
lockstep_test_plugin(alone plugin_lock.c "RUNS_SERVER" "RUNS_CLIENTS")
lockstep_test_plugin(crashing plugin_lock.c "  *token = l->token;" "  if (l->token % 32 == 31) abort();\n  *token = l->token;")
lockstep_test_plugin(hanging plugin_lock.c "  *token = l->token;" "  while (l->token % 2 == 1) (void)now(t);\n  *token = l->token;")
lockstep_test_plugin(nonsense plugin_lock.c "return LOCKSTEP_NO;\n  l->until = now(t)" "return 99;\n  l->until = now(t)")
lockstep_test_plugin(later plugin_lock.c "sizeof plugin, LOCKSTEP_PLUGIN_ABI" "sizeof plugin, 2")
lockstep_test_plugin(longer plugin_lock.c "sizeof plugin," "sizeof plugin + 8,")
lockstep_test_plugin(silent plugin_lock.c "version == LOCKSTEP_PLUGIN_ABI" "version == 2")
lockstep_test_plugin(holey plugin_lock.c "close_table, acquire" "close_table, NULL")
lockstep_test_plugin(misnamed plugin_lock.c "\"c-table\"" "\"c table\"")
lockstep_test_plugin(unexported plugin_lock.c "const struct lockstep_plugin_v1* lockstep_plugin(uint32_t version)"
                     "const struct lockstep_plugin_v1* my_lock(uint32_t version)")
target_compile_definitions(cli_test PRIVATE LOCKSTEP_PLUGINS="${CMAKE_BINARY_DIR}/plugins")
