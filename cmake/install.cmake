# install(TARGETS ...), the package files and pkg-config. The tree may be moved after installing.
include(CMakePackageConfigHelpers)
set(package_dir ${CMAKE_INSTALL_LIBDIR}/cmake/invigil)

install(TARGETS invigil EXPORT invigil-targets
        RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR}
        LIBRARY DESTINATION ${CMAKE_INSTALL_LIBDIR}
        ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR})
install(DIRECTORY ${PROJECT_SOURCE_DIR}/include/invigil DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}
        FILES_MATCHING PATTERN "*.hpp")
install(FILES ${PROJECT_BINARY_DIR}/include/invigil/version.hpp DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/invigil)
install(FILES ${PROJECT_SOURCE_DIR}/LICENSE DESTINATION ${CMAKE_INSTALL_DOCDIR})

install(EXPORT invigil-targets NAMESPACE invigil:: DESTINATION ${package_dir})
configure_package_config_file(${CMAKE_CURRENT_LIST_DIR}/invigil-config.cmake.in
  ${PROJECT_BINARY_DIR}/invigil-config.cmake INSTALL_DESTINATION ${package_dir})
# Before 1.0 a minor version may change the interface.
write_basic_package_version_file(${PROJECT_BINARY_DIR}/invigil-config-version.cmake
  COMPATIBILITY SameMinorVersion)
install(FILES ${PROJECT_BINARY_DIR}/invigil-config.cmake ${PROJECT_BINARY_DIR}/invigil-config-version.cmake
        DESTINATION ${package_dir})

file(RELATIVE_PATH pc_to_prefix /${CMAKE_INSTALL_LIBDIR}/pkgconfig /)
string(REGEX REPLACE "/$" "" pc_to_prefix "${pc_to_prefix}")
set(pc_requires_private "libavcodec libavformat libavfilter libavutil libswscale libswresample fmt libcrypto protobuf")
if(INVIGIL_AVDEVICE)
  string(PREPEND pc_requires_private "libavdevice ")
endif()
if(INVIGIL_PULSE)
  string(PREPEND pc_requires_private "libpulse ")
endif()
if(INVIGIL_ALSA)
  string(PREPEND pc_requires_private "alsa ")
endif()
if(TESSERACT_FOUND)
  string(PREPEND pc_requires_private "tesseract lept ")
endif()
if(EBUR128_FOUND)
  string(PREPEND pc_requires_private "libebur128 ")
endif()
list(TRANSFORM OpenCV_LIBS PREPEND "-l" OUTPUT_VARIABLE pc_libs_private)
list(JOIN pc_libs_private " " pc_libs_private)
string(APPEND pc_libs_private " -lonnx_proto -pthread")
if(NOT BUILD_SHARED_LIBS)
  # A static library's users link what it needs, also without `pkg-config --static`.
  set(pc_requires "${pc_requires_private}")
  set(pc_requires_private "")
  set(pc_libs "${pc_libs_private}")
  set(pc_libs_private "")
  set(pc_cflags "-DINVIGIL_STATIC")
endif()
configure_file(${CMAKE_CURRENT_LIST_DIR}/invigil.pc.in ${PROJECT_BINARY_DIR}/invigil.pc @ONLY)
install(FILES ${PROJECT_BINARY_DIR}/invigil.pc DESTINATION ${CMAKE_INSTALL_LIBDIR}/pkgconfig)

if(INVIGIL_APP)
  file(RELATIVE_PATH bin_to_lib /${CMAKE_INSTALL_BINDIR} /${CMAKE_INSTALL_LIBDIR})
  set_target_properties(invigil_app PROPERTIES INSTALL_RPATH "$ORIGIN/${bin_to_lib}")
  install(TARGETS invigil_app RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
endif()
