# Warnings are errors, and sanitizers where asked for, for every target that links vedette_warnings.
add_library(vedette_warnings INTERFACE)
target_compile_options(vedette_warnings INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion -Werror
  # libbpf's and the kernel's C headers use flexible array members and statement expressions.
  $<$<CXX_COMPILER_ID:GNU>:-Wno-pedantic>
  $<$<CXX_COMPILER_ID:Clang>:-Wno-flexible-array-extensions -Wno-c99-extensions -Wno-gnu-anonymous-struct
                             -Wno-nested-anon-types -Wno-zero-length-array -Wno-gnu-statement-expression>)
if(CMAKE_CXX_COMPILER_ID STREQUAL "Clang" AND CMAKE_CXX_COMPILER_VERSION VERSION_LESS 19)
  target_compile_options(vedette_warnings INTERFACE
    "$<$<COMPILE_LANGUAGE:CXX>:SHELL:-include \"${CMAKE_SOURCE_DIR}/cmake/clang_concepts.h\">"
    -Wno-builtin-macro-redefined -Wno-macro-redefined)
endif()
if(VEDETTE_SANITIZE)
  target_compile_options(vedette_warnings INTERFACE
    -fsanitize=${VEDETTE_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer -g)
  target_link_options(vedette_warnings INTERFACE -fsanitize=${VEDETTE_SANITIZE})
  if(VEDETTE_SANITIZE MATCHES thread AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # Fences order our reading of what kernel programs write, and those it can't see anyway.
    target_compile_options(vedette_warnings INTERFACE -Wno-tsan)
  endif()
endif()
