# Flags of our own targets only; a project that embeds invigil keeps its own.
function(invigil_own_target target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion)
  if(PROJECT_IS_TOP_LEVEL)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(INVIGIL_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${INVIGIL_SANITIZE} -fno-omit-frame-pointer
                                             -fno-sanitize-recover=all)
    target_link_options(${target} PRIVATE -fsanitize=${INVIGIL_SANITIZE})
  endif()
endfunction()
