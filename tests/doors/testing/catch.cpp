#include <tincan/testing/catch.hpp>

#include <cstdlib>
#include <string>
#include <vector>

namespace {

bool isRight() {
  using namespace tincan::testing;
  std::vector<Delivery> const log = {{1, "window", "main", "ping", "1"},
                                     {2, "main", "window", "pong", ""}};
  Result failed;
  failed.ok = false;
  failed.failure = "always: no";
  Result complete;
  complete.complete = true;
  complete.schedules = 6;
  return Delivered("main", "ping").from("window").with("1").times(1).match(log) &&
         DeliveredInOrder({{"main", "ping"}, {"window", "pong"}}).match(log) &&
         Explored().schedules(6).match(complete) && FailedWith("no").match(failed) &&
         HasCode(tincan::Errc::Closed).match(tincan::Error(tincan::Errc::Closed, "x", "closed")) &&
         Catch::StringMaker<tincan::Errc>::convert(tincan::Errc::Full) == "Full" &&
         Catch::StringMaker<Result>::convert(complete) == "ok, complete, 6 schedules";
}

// Catch2 brings main, which has nothing to run here.
[[maybe_unused]] bool const hasPassed = isRight() || (std::exit(1), false);

}  // namespace
