#include <tincan/endpoint.hpp>

#include <chrono>
#include <stop_token>
#include <string>

constexpr tincan::Channel<int(int)> typed("typed");

// Not called: an endpoint is a bus's. It is compiled and linked.
void useEndpoint(tincan::Endpoint& endpoint, std::stop_token const& stop) {
  using namespace std::chrono_literals;
  tincan::Listener listener = endpoint.on("x", [](tincan::Event& event, int) { event.reply("y"); });
  listener = endpoint.addListener(typed, [](int) {});
  listener = endpoint.once("x", [] {});
  endpoint.off(listener);
  endpoint.removeListener(listener);
  endpoint.removeAllListeners("x");
  endpoint.removeAllListeners();
  listener = endpoint.handle("x", [](tincan::InvokeEvent& event) { return event.cancelled(); });
  listener = endpoint.handleOnce(typed, [](int value) -> tincan::Task<int> { co_return value; });
  endpoint.removeHandler("x");
  if (endpoint.hasHandler("x") || endpoint.listenerCount("x") > endpoint.channels().size()) return;
  endpoint.allow("x", {"main"});
  endpoint.allow("x", [](tincan::Peer const& sender) { return sender.alive(); });
  endpoint.allowAll("x");
  endpoint.onWake([] {});
  endpoint.post([] {});
  tincan::Timer const timer = endpoint.after(1ms, [] {});
  if (timer.cancel() || endpoint.every(1ms, [] {}).cancel()) return;
  endpoint.post([&]() -> tincan::Task<> { co_await endpoint.sleep(1ms); });
  if (endpoint.runFor(1ms) + endpoint.runUntil(std::chrono::steady_clock::now()) > 1) return;
  endpoint.poll();
  endpoint.poll(1);
  endpoint.pollFor(1ms);
  endpoint.run();
  endpoint.run(stop);
  endpoint.quit();
  if (endpoint.stopToken().stop_requested() || endpoint.nextDeadline().has_value()) return;
  endpoint.peer().request<int>(endpoint.name()).then(endpoint, [](tincan::Future<int>) {});
}

int main() {}
