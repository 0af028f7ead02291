// tests/unit/handler_fixture.hpp - main's handlers, called by a window of the same thread
#pragma once

#include "main_and_window.hpp"

namespace test {

/// The window defers the answers to "gate".
struct HandlerFixture : MainAndWindow {
  HandlerFixture() {
    ipc.on("gate", [this](tincan::Event& event) { gates.push_back(event.defer()); });
  }

  /// Returns what main's handler answers; throws Deadlock if it has not answered.
  template <class R = tincan::Value, class... A>
  R call(tincan::ChannelName channel, A&&... arguments) {
    auto future = ipc.invoke<R>(channel, std::forward<A>(arguments)...);
    main.poll();
    return future.get();
  }
  template <class R = tincan::Value, class... A>
  std::optional<tincan::Errc> codeOfCall(tincan::ChannelName channel, A&&... arguments) {
    return codeOf([&] { call<R>(channel, std::forward<A>(arguments)...); });
  }
};

/// An exception that only a handler knows.
struct Custom : std::runtime_error {
  Custom() : std::runtime_error("custom") {}
  int extra = 5;
};

/// A text that is longer than any small string.
inline std::string longText() {
  std::string text(200, 'l');
  text += "ong";
  return text;
}

}  // namespace test
