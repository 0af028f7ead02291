#include <tincan/format.hpp>

#include <string>

int main() {
  tincan::Stats stats;
  stats.sent = 3;
  tincan::DeadLetter const letter{tincan::Errc::Closed, "x", "main", "window", "gone"};
  std::string const text =
      fmt::format("{} {} {} {} {}", tincan::Errc::Timeout, tincan::SendResult::Queued,
                  tincan::Error(tincan::Errc::Full, "x", "full"), tincan::Value(1), letter);
  bool const isRight = text == "Timeout Queued Full: full 1 Closed: 'x' from 'main' to 'window'" &&
                       fmt::format("{}", stats).starts_with("sent 3");
  return isRight ? 0 : 1;
}
