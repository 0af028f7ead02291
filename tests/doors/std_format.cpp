#include <tincan/std_format.hpp>

#include <string>

int main() {
#ifdef __cpp_lib_format
  tincan::Stats stats;
  stats.sent = 3;
  tincan::DeadLetter const letter{tincan::Errc::Closed, "x", "main", "window", "gone"};
  std::string const text =
      std::format("{} {} {} {} {}", tincan::Errc::Timeout, tincan::SendResult::Queued,
                  tincan::Error(tincan::Errc::Full, "x", "full"), tincan::Value(1), letter);
  bool const isRight = text == "Timeout Queued Full: full 1 Closed: 'x' from 'main' to 'window'" &&
                       std::format("{}", stats).starts_with("sent 3");
  return isRight ? 0 : 1;
#else
  return 0;  // this standard library has no <format>, and the header nothing
#endif
}
