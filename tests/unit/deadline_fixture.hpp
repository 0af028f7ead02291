// tests/unit/deadline_fixture.hpp - main, which answers, and a window that waits until a deadline
//
// A deadline of 0s has passed when somebody looks; one of an hour has not.
#pragma once

#include "main_and_window.hpp"

namespace test {

/// Main answers "x" at once, and "gate" when the test does.
struct DeadlineFixture : MainAndWindow {
  DeadlineFixture() {
    main.on("x", [this](tincan::Event& event, int number) {
      ++calls;
      event.returnValue = number;
    });
    main.handle("x", [this](int number) {
      ++calls;
      return number;
    });
    main.on("gate", [this](tincan::Event& event) { gates.push_back(event.defer()); });
    main.handle("throws", []() -> int { throw 42; });
  }

  /// A function for then that writes down what became of a future.
  auto logged(std::string name) {
    return
        [this, name](tincan::Future<int> future) { log.push_back(name + " " + outcome(future)); };
  }
  static std::string outcome(tincan::Future<int>& future) {
    if (!future.ready()) return "not ready";
    try {
      return std::to_string(future.get());
    } catch (tincan::Error const& error) {
      return std::string(tincan::toString(error.code()));
    } catch (int number) {
      return "thrown " + std::to_string(number);
    }
  }
};

}  // namespace test
