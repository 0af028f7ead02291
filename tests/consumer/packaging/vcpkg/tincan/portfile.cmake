# An overlay port, of the tree that it lies in: vcpkg install tincan --overlay-ports=tests/consumer/packaging/vcpkg
# One of a registry would take a release, by vcpkg_from_github.
cmake_path(SET SOURCE_PATH NORMALIZE "${CMAKE_CURRENT_LIST_DIR}/../../../../..")

vcpkg_check_linkage(ONLY_STATIC_LIBRARY)
vcpkg_cmake_configure(
  SOURCE_PATH "${SOURCE_PATH}"
  OPTIONS
    -DTINCAN_COMPILED=ON
    -DTINCAN_BUILD_TESTS=OFF
    -DTINCAN_BUILD_EXAMPLES=OFF
    -DTINCAN_BUILD_BENCHMARKS=OFF)
vcpkg_cmake_install()
vcpkg_cmake_config_fixup(CONFIG_PATH lib/cmake/tincan)
vcpkg_fixup_pkgconfig()
file(REMOVE_RECURSE "${CURRENT_PACKAGES_DIR}/debug/include")

# No licence has been chosen yet, so there is no file to install as share/tincan/copyright.
set(VCPKG_POLICY_SKIP_COPYRIGHT_CHECK enabled)
