# cmake -DNPM=… -DSOURCE=… [-DTO=…] -DSTAMP=… [-DSTRICT=ON] -P build.cmake: what SOURCE's lock file names into its
# node_modules, where it isn't there yet, and the pages into TO. Without STRICT a failure is told and no error: npm
# may have no way to its registry.
function(attempt what)
  execute_process(COMMAND ${ARGN} WORKING_DIRECTORY "${SOURCE}" RESULT_VARIABLE result
                  OUTPUT_VARIABLE told ERROR_VARIABLE told)
  if(result EQUAL 0)
    return()
  endif()
  if(STRICT)
    message(FATAL_ERROR "${what} failed:\n${told}")
  endif()
  message("${SOURCE}: left out, as ${what} failed (`make web` says why); everything else is built")
  file(TOUCH "${STAMP}")
  set(failed TRUE PARENT_SCOPE)
endfunction()

# npm leaves its own copy of the lock file behind when it is done.
if("${SOURCE}/package-lock.json" IS_NEWER_THAN "${SOURCE}/node_modules/.package-lock.json")
  attempt("npm ci" "${NPM}" ci --no-audit --no-fund)
  if(failed)
    return()
  endif()
  file(TOUCH "${SOURCE}/node_modules/.package-lock.json")
endif()
if(TO)
  attempt("vite build" "${NPM}" exec --no -- vite build --outDir "${TO}" --emptyOutDir --logLevel warn)
  if(failed)
    return()
  endif()
endif()
file(TOUCH "${STAMP}")
