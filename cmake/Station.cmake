# vedette_station(NAME STATIONS ... SOURCES ... LIBRARIES ...)
# One station of a packet's way: a static library that can include only the stations it names, which
# must have been declared before it.
function(vedette_station name)
  cmake_parse_arguments(arg "" "" "STATIONS;SOURCES;LIBRARIES" ${ARGN})
  set(target vedette_${name})
  add_library(${target} STATIC ${arg_SOURCES})
  target_link_libraries(${target} PUBLIC ${arg_LIBRARIES} PRIVATE vedette_warnings)
  # An include names its station ("flow/flow_table.h"): found by way of a folder of links that holds
  # this station's own and those before it, and no other.
  set(view "${CMAKE_BINARY_DIR}/stations/${name}")
  file(MAKE_DIRECTORY "${view}")
  foreach(station IN LISTS arg_STATIONS ITEMS ${name})
    if(NOT TARGET vedette_${station})
      message(FATAL_ERROR "station ${name} includes ${station}, which does not come before it")
    endif()
    file(CREATE_LINK "${CMAKE_SOURCE_DIR}/src/${station}" "${view}/${station}" SYMBOLIC)
    if(NOT station STREQUAL name)
      target_link_libraries(${target} PUBLIC vedette_${station})
    endif()
  endforeach()
  target_include_directories(${target} PRIVATE "${view}" "${CMAKE_SOURCE_DIR}/bpf")
endfunction()
