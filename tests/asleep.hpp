// tests/asleep.hpp - whether a thread of this process sleeps
#pragma once

#if defined(__linux__)
#include <fcntl.h>
#include <sys/types.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>
#endif

namespace test {

#if defined(__linux__)

/// The number of the calling thread, for isAsleep() on another one. Not negative.
inline long ownThread() noexcept { return ::gettid(); }

/// True if the thread sleeps in the kernel. Allocates nothing.
inline bool isAsleep(long thread) {
  char text[512] = {};
  std::snprintf(text, sizeof(text), "/proc/self/task/%ld/stat", thread);
  int const file = ::open(text, O_RDONLY);
  if (file < 0) return false;
  ::ssize_t const size = ::read(file, text, sizeof(text) - 1);
  ::close(file);
  text[size < 0 ? 0 : size] = '\0';
  char const* const name = std::strrchr(text, ')');
  return name != nullptr && name[2] == 'S';
}

#else  // nobody can tell: who waits for a sleeper shows less

inline long ownThread() noexcept { return 0; }
inline bool isAsleep(long) { return true; }

#endif

}  // namespace test
