// tincan/detail/base/chrono.hpp - durations and clocks, without calendars and streams
//
// <chrono> brings the streams, too, with which it prints and reads dates, and they cost the compiler 80 ms in
// each file. Where libstdc++ has durations and clocks in a header of their own, this is enough here: its
// <mutex> and <thread> include it the same way.
#pragma once

#include <version>

#if defined(__GLIBCXX__) && __has_include(<bits/chrono.h>)
#include <bits/chrono.h>
#else
#include <chrono>
#endif
