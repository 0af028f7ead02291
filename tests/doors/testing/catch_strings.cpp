#include <tincan/testing/catch_strings.hpp>

#include <cstdlib>
#include <string>

namespace {

bool isRight() {
  using namespace tincan::testing;
  Delivery const delivery{1, "window", "main", "ping", "1"};
  Result complete;
  complete.complete = true;
  complete.schedules = 6;
  return Catch::StringMaker<tincan::Errc>::convert(tincan::Errc::Full) == "Full" &&
         Catch::StringMaker<tincan::SendResult>::convert(tincan::SendResult::Closed) == "Closed" &&
         Catch::StringMaker<Delivery>::convert(delivery) == "window > main: ping (1)" &&
         Catch::StringMaker<Records>::convert(Records()) == "no deliveries" &&
         Catch::StringMaker<Recording::Entry>::convert({"window", "main", 3, "ping"}) ==
             "window > main: 3. ping" &&
         Catch::StringMaker<Result>::convert(complete) == "ok, complete, 6 schedules";
}

// Catch2 brings main, which has nothing to run here.
[[maybe_unused]] bool const hasPassed = isRight() || (std::exit(1), false);

}  // namespace
