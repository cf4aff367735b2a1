# install(TARGETS ...), the package files and pkg-config.
