#include <tincan/reports.hpp>

#include <exception>

int main() {
  tincan::ErrorReport const report{"x", "main", "window", std::exception_ptr()};
  tincan::DeadLetter const letter{tincan::Errc::Closed, "x", "main", "window", "'x' is closed"};
  tincan::HighWater const water{"main", "window", 3};
  tincan::Stats stats;
  ++stats.deadLetters[letter.reason];
  bool const isRight = report.channel == letter.channel && water.waiting == 3 &&
                       stats.deadLetters.size() == 1 &&
                       tincan::SendResult::Queued != tincan::SendResult::Full;
  return isRight ? 0 : 1;
}
