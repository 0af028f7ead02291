// tests/kit/stderr_aside.hpp - keeps what is written to stderr for the case that it matters
#pragma once

#include <unistd.h>

#include <cstdio>

namespace kit {

/// From its making on, what is written to stderr goes into a file that nobody sees: explorations say there
/// that they fail or are not complete, which is what many programs are drawn for.
///
///   Threads   One; tell() also in a signal handler.
class StderrAside {
 public:
  StderrAside() : file_(std::tmpfile()), stderr_(dup(STDERR_FILENO)) {
    if (file_ != nullptr) dup2(fileno(file_), STDERR_FILENO);
  }
  StderrAside(StderrAside const&) = delete;
  StderrAside& operator=(StderrAside const&) = delete;

  /// Forgets what was written so far.
  void forget() {
    if (file_ == nullptr || ftruncate(fileno(file_), 0) != 0) return;
    lseek(fileno(file_), 0, SEEK_SET);
  }
  /// Writes what was kept to stderr, which is the old one again.
  void tell() const {
    dup2(stderr_, STDERR_FILENO);
    if (file_ == nullptr) return;
    char part[512];
    off_t at = 0;
    for (ssize_t size = 0; (size = pread(fileno(file_), part, sizeof(part), at)) > 0; at += size) {
      if (write(STDERR_FILENO, part, static_cast<std::size_t>(size)) < 0) return;
    }
  }

 private:
  std::FILE* const file_;
  int const stderr_;
};

}  // namespace kit
