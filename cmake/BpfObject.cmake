# vedette_bpf_object(NAME SOURCE): compiles a kernel program with clang and makes a library
# bpf_NAME whose header <NAME.bpf.h> gives the object file's bytes (see cmake/bpf_object.h.in).
find_program(VEDETTE_BPF_CLANG NAMES clang REQUIRED)
execute_process(COMMAND ${CMAKE_C_COMPILER} -print-multiarch OUTPUT_VARIABLE multiarch
                OUTPUT_STRIP_TRAILING_WHITESPACE ERROR_QUIET)
if(NOT multiarch)
  set(multiarch "${CMAKE_SYSTEM_PROCESSOR}-linux-gnu")
endif()
string(REGEX REPLACE "x86_64|amd64" "x86" bpf_arch "${CMAKE_SYSTEM_PROCESSOR}")
string(REGEX REPLACE "aarch64" "arm64" bpf_arch "${bpf_arch}")
set(VEDETTE_BPF_FLAGS -target bpf -mcpu=v3 -O2 -g -std=gnu11 -Wall -Wextra -Werror -Wno-unused-function
    -D__TARGET_ARCH_${bpf_arch} -I${CMAKE_SOURCE_DIR}/bpf -isystem /usr/include/${multiarch})

function(vedette_bpf_object name source)
  set(object "${CMAKE_CURRENT_BINARY_DIR}/${name}.bpf.o")
  add_custom_command(
    OUTPUT "${object}"
    # The debug information names no folder of the machine that built it.
    COMMAND ${VEDETTE_BPF_CLANG} ${VEDETTE_BPF_FLAGS} ${ARGN} -fdebug-prefix-map=${CMAKE_SOURCE_DIR}=.
            -MD -MF "${object}.d" -c "${CMAKE_CURRENT_SOURCE_DIR}/${source}" -o "${object}"
    DEPENDS "${CMAKE_CURRENT_SOURCE_DIR}/${source}"
    DEPFILE "${object}.d"
    COMMENT "BPF ${name}"
    VERBATIM)
  set(VEDETTE_OBJECT_NAME ${name})
  set(VEDETTE_OBJECT_FILE "${object}")
  configure_file("${CMAKE_SOURCE_DIR}/cmake/bpf_object.h.in" "${CMAKE_CURRENT_BINARY_DIR}/embed/${name}.bpf.h" @ONLY)
  configure_file("${CMAKE_SOURCE_DIR}/cmake/bpf_object.S.in" "${CMAKE_CURRENT_BINARY_DIR}/embed/${name}.S" @ONLY)
  set_source_files_properties("${CMAKE_CURRENT_BINARY_DIR}/embed/${name}.S" PROPERTIES OBJECT_DEPENDS "${object}")
  add_library(bpf_${name} STATIC "${CMAKE_CURRENT_BINARY_DIR}/embed/${name}.S")
  target_include_directories(bpf_${name} INTERFACE "${CMAKE_CURRENT_BINARY_DIR}/embed")
endfunction()
