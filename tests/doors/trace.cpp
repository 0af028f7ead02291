#include <tincan/trace.hpp>

#include <string>

int main() {
  tincan::Bus bus;
  tincan::Trace trace(bus, tincan::TraceOptions{});
  bus.main().on("x", [] {});
  bus.main().post([] {});
  bus.main().poll();
  trace.stop();
  tincan::TraceLog const log = trace.log();
  for (tincan::TraceEvent const& event : log.events) {
    if (log.endpoints[event.at] != "main") return 1;
  }
  bool const hasForms = !log.chrome().empty() && !log.mermaid().empty() && !log.html().empty();
  return log.events.size() == 3 && hasForms ? 0 : 1;
}
