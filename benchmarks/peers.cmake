# The peers that against_peers measures tincan against: those that are installed, in TINCAN_BENCH_WITH_<PEER>. Nothing
# is downloaded; the program runs with none of them, too.
add_library(tincan_peers INTERFACE)
target_link_libraries(bench_against_peers PRIVATE tincan_peers)
if(TINCAN_NO_RTTI)
  message(STATUS "benchmarks: without peers, which need type information")
  return()
endif()

# peer(<PEER> <its name> <Debian's package> FOUND <variables> LINK <targets> INCLUDE <directories> VERSION <if its headers do not tell>)
function(peer macro name package)
  cmake_parse_arguments(arg "" "VERSION" "FOUND;LINK;INCLUDE" ${ARGN})
  foreach(variable IN LISTS arg_FOUND)
    if(NOT ${variable})
      message(STATUS "benchmarks: without ${name} (${package})")
      return()
    endif()
  endforeach()
  target_link_libraries(tincan_peers INTERFACE ${arg_LINK})
  target_include_directories(tincan_peers SYSTEM INTERFACE ${arg_INCLUDE})
  target_compile_definitions(tincan_peers INTERFACE TINCAN_BENCH_WITH_${macro})
  if(DEFINED arg_VERSION)
    target_compile_definitions(tincan_peers INTERFACE "TINCAN_BENCH_${macro}_VERSION=\"${arg_VERSION}\"")
  endif()
endfunction()

# Headers that do not tell their version: the package manager may know it.
find_program(DPKG_QUERY dpkg-query)
function(version_of_package package result)
  set(version "")
  if(DPKG_QUERY)
    execute_process(COMMAND "${DPKG_QUERY}" -W "-f=\${Version}" ${package} OUTPUT_VARIABLE version ERROR_QUIET)
    string(REGEX REPLACE "([+]ds.*)?-[^-]*$" "" version "${version}")  # without Debian's own revision
  endif()
  if(NOT version)
    set(version "(version unknown)")
  endif()
  set(${result} "${version}" PARENT_SCOPE)
endfunction()

# ---- queues that carry callables ----------------------------------------------------------------

find_path(MOODYCAMEL_INCLUDE_DIR concurrentqueue.h
  PATH_SUFFIXES concurrentqueue concurrentqueue/moodycamel moodycamel)
version_of_package(libconcurrentqueue-dev version)
peer(MOODYCAMEL "moodycamel::ConcurrentQueue" libconcurrentqueue-dev
  FOUND MOODYCAMEL_INCLUDE_DIR INCLUDE "${MOODYCAMEL_INCLUDE_DIR}" VERSION "${version}")

find_path(ATOMIC_QUEUE_INCLUDE_DIR atomic_queue/atomic_queue.h)
version_of_package(libatomic-queue-dev version)
peer(ATOMIC_QUEUE "atomic_queue" libatomic-queue-dev
  FOUND ATOMIC_QUEUE_INCLUDE_DIR INCLUDE "${ATOMIC_QUEUE_INCLUDE_DIR}" VERSION "${version}")

find_package(TBB QUIET)
peer(TBB "TBB" libtbb-dev FOUND TBB_FOUND LINK TBB::tbb)

find_path(BOOST_LOCKFREE_INCLUDE_DIR boost/lockfree/queue.hpp)
peer(BOOST_LOCKFREE "Boost.Lockfree" libboost-dev
  FOUND BOOST_LOCKFREE_INCLUDE_DIR INCLUDE "${BOOST_LOCKFREE_INCLUDE_DIR}")

# ---- loops --------------------------------------------------------------------------------------

find_path(ASIO_INCLUDE_DIR asio/io_context.hpp HINTS ENV ASIO_INCLUDE)
peer(ASIO "asio" libasio-dev FOUND ASIO_INCLUDE_DIR INCLUDE "${ASIO_INCLUDE_DIR}")

find_by_pkg_config(LIBUV libuv)
peer(LIBUV "libuv" libuv1-dev FOUND LIBUV_FOUND LINK PkgConfig::LIBUV)

find_package(Qt5Core QUIET)
peer(QT "Qt" qtbase5-dev FOUND Qt5Core_FOUND LINK Qt5::Core)
target_compile_definitions(tincan_peers INTERFACE QT_NO_KEYWORDS)  # other peers use its words

find_by_pkg_config(GLIB glib-2.0)
peer(GLIB "GLib" libglib2.0-dev FOUND GLIB_FOUND LINK PkgConfig::GLIB)

# ---- events, sockets, actors --------------------------------------------------------------------

# Debian has no package: -DEVENTPP_INCLUDE_DIR=<the folder include of a clone>
find_path(EVENTPP_INCLUDE_DIR eventpp/eventqueue.h HINTS ENV EVENTPP_INCLUDE DOC "the folder that holds eventpp/")
set(version "(version unknown)")
if(EXISTS "${EVENTPP_INCLUDE_DIR}/../CMakeLists.txt")
  file(STRINGS "${EVENTPP_INCLUDE_DIR}/../CMakeLists.txt" line REGEX "^project.eventpp VERSION " LIMIT_COUNT 1)
  string(REGEX MATCH "[0-9]+[.][0-9.]*" version "${line}")
endif()
peer(EVENTPP "eventpp" "EVENTPP_INCLUDE_DIR is not set"
  FOUND EVENTPP_INCLUDE_DIR INCLUDE "${EVENTPP_INCLUDE_DIR}" VERSION "${version}")

find_by_pkg_config(ZEROMQ libzmq)
find_path(CPPZMQ_INCLUDE_DIR zmq.hpp)
peer(ZEROMQ "ZeroMQ" "libzmq3-dev cppzmq-dev"
  FOUND ZEROMQ_FOUND CPPZMQ_INCLUDE_DIR LINK PkgConfig::ZEROMQ INCLUDE "${CPPZMQ_INCLUDE_DIR}")

# 0.17: later ones announce the types of messages otherwise.
find_path(CAF_INCLUDE_DIR caf/config.hpp)
find_library(CAF_LIBRARY caf_core)
set(caf_fits OFF)
if(CAF_INCLUDE_DIR)
  file(STRINGS "${CAF_INCLUDE_DIR}/caf/config.hpp" caf_fits REGEX "define CAF_VERSION 17[0-9][0-9]$" LIMIT_COUNT 1)
  if(caf_fits)
    set(caf_fits ON)
  endif()
endif()
peer(CAF "CAF 0.17" libcaf-dev
  FOUND caf_fits CAF_LIBRARY LINK "${CAF_LIBRARY}" INCLUDE "${CAF_INCLUDE_DIR}")
