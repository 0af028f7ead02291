// tincan/impl/src.hpp - the bodies of all functions that are no templates, for one file of a program
//
// A program that defines TINCAN_SEPARATE_COMPILATION in all of its files includes this in exactly one of them,
// or links the CMake target tincan::compiled, which is that file. Without it the linker misses functions
// of namespace tincan; with it in two files, it finds them twice.
#pragma once

#if !defined(TINCAN_SEPARATE_COMPILATION)
#error \
    "tincan: define TINCAN_SEPARATE_COMPILATION in all files of the program, then include tincan/impl/src.hpp in one of them; without it the headers have all bodies"
#endif

#include <tincan/bus.ipp>
#include <tincan/detail/bodies.hpp>
#include <tincan/endpoint.ipp>
#include <tincan/main.ipp>
#include <tincan/renderer.ipp>
#include <tincan/renderer_thread.ipp>
#include <tincan/scope.ipp>
#include <tincan/timer.ipp>
#include <tincan/trace.ipp>
