// tincan/impl/testing_src.hpp - the bodies of the test kit, for one file of a program of tests
//
// As src.hpp, beside that or in another file. The CMake target tincan::compiled has both; a program that uses
// nothing of the kit links none of it.
#pragma once

#if !defined(TINCAN_SEPARATE_COMPILATION)
#error \
    "tincan: define TINCAN_SEPARATE_COMPILATION in all files of the program, then include tincan/impl/testing_src.hpp in one of them; without it the headers have all bodies"
#endif

#include <tincan/testing/double.ipp>
#include <tincan/testing/explore.ipp>
#include <tincan/testing/explore_around.ipp>
#include <tincan/testing/fault.ipp>
#include <tincan/testing/recorder.ipp>
#include <tincan/testing/recording.ipp>
#include <tincan/testing/records.ipp>
#include <tincan/testing/replay.ipp>
#include <tincan/testing/simulation.ipp>
#include <tincan/testing/spy.ipp>
