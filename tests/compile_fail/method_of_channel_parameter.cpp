// expect: tincan: a parameter of this listener or handler does not take the type that the channel's signature has in its place.
#include <tincan/tincan.hpp>

struct Log {
  void onText(int) {}
};

constexpr tincan::Channel<void(std::string)> text("text");

void test(tincan::Main& main, Log& log) { main.on(text, &log, &Log::onText); }
