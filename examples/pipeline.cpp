// examples/pipeline.cpp - three stages, and at most 64 numbers wait between two of them
#include <tincan/tincan.hpp>

#include <iostream>

#include "pipeline.hpp"

int main() {
  tincan::InboxOptions const bounded{.capacity = 64, .overflow = tincan::Overflow::Block};
  tincan::Bus bus({.main = bounded});
  tincan::Main& sink = bus.main();
  long sum = 0;
  sink.on("number", [&](long n) { sum += n; });
  sink.on("end", [&] { sink.quit(); });

  auto const squares = bus.spawn("squares", bounded, example::square);
  auto const source = bus.spawn(
      "source", [next = squares.peer()](tincan::Renderer&) { example::count(next, 1000); });
  sink.run();
  std::cout << sum << '\n';
}
