// Before every file that clang below 19 compiles. libstdc++ 12 offers <expected> only to compilers that
// announce P0848; these have what <expected> needs and don't announce it. <variant> would take more of them
// than they have, so it is read before.
#pragma once
#ifdef __cplusplus
#include <variant>
#undef __cpp_concepts
#define __cpp_concepts 202002L
#endif
