# Builds a file into a target: invigil_embed(target file header name). `header` declares
# `extern const unsigned char <name>[]; extern const std::size_t <name>_size;`.
if(CMAKE_SCRIPT_MODE_FILE)
  file(READ ${file} bytes HEX)
  string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${bytes}")
  string(REGEX REPLACE "(0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,0x..,)" "\\1\n" bytes "${bytes}")
  file(WRITE ${output} "#include \"${header}\"\n\nconst unsigned char ${name}[] = {\n${bytes}};\n"
                       "const std::size_t ${name}_size = sizeof ${name};\n")
  return()
endif()

set(INVIGIL_EMBED_SCRIPT ${CMAKE_CURRENT_LIST_FILE})
function(invigil_embed target file header name)
  get_filename_component(stem ${file} NAME)
  set(output ${CMAKE_CURRENT_BINARY_DIR}/${stem}.cpp)
  add_custom_command(OUTPUT ${output} DEPENDS ${file} ${INVIGIL_EMBED_SCRIPT} VERBATIM
    COMMAND ${CMAKE_COMMAND} -Dfile=${file} -Dheader=${header} -Dname=${name} -Doutput=${output}
            -P ${INVIGIL_EMBED_SCRIPT})
  target_sources(${target} PRIVATE ${output})
endfunction()
