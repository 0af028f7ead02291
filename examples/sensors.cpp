// examples/sensors.cpp - asks two sensors at once, and goes on without the one that is late
#include <tincan/tincan.hpp>

#include <chrono>
#include <iostream>
#include <vector>

int main() {
  using namespace std::chrono_literals;

  tincan::Bus bus;
  auto const thermometer = bus.spawn("thermometer", [](tincan::Renderer& ipc) {
    ipc.on("read", [](tincan::Event& event) { event.returnValue = 21.5; });
    ipc.run();
  });
  auto const compass = bus.spawn("compass", [](tincan::Renderer& ipc) {  // broken: it never answers
    std::vector<tincan::Reply> kept;
    ipc.on("read", [&](tincan::Event& event) { kept.push_back(event.defer()); });
    ipc.run();
  });

  std::vector<tincan::Peer> const sensors{thermometer.peer(), compass.peer()};
  std::vector<tincan::Future<double>> readings;
  for (auto const& sensor : sensors) {
    readings.push_back(sensor.within(500ms).request<double>("read"));  // does not wait
  }
  for (std::size_t i = 0; i < sensors.size(); ++i) {
    std::cout << sensors[i].name() << ": ";
    try {
      std::cout << readings[i].get() << '\n';  // waits, until 500 ms after the request at most
    } catch (tincan::Error const& error) {  // Timeout; or Closed, if the sensor's thread has ended
      std::cout << toString(error.code()) << '\n';
    }
  }
}
