// examples/cache_test.cpp - tests cache.hpp in every order of messages that makes a difference
//
// Prints the order in which the faulty version fails, as a table and as a sequence diagram (Mermaid),
// and that the fixed version fails in none.
#include <tincan/testing.hpp>

#include "cache.hpp"

#include <iostream>
#include <string>

namespace {

using example::Late;
using tincan::Renderer;
using tincan::testing::explore;
using tincan::testing::Result;
using tincan::testing::Simulation;

/// What is saved is what is read from then on, whoever else reads at the same time.
Result test(Late late) {
  return explore([late](Simulation& sim) {
    example::serveCache(sim.bus().main(), late);
    sim.spawn("disk", example::serveDisk);
    sim.spawn("viewer", [](Renderer& ipc) { example::readText(ipc, "title"); });
    sim.spawn("editor", [&sim](Renderer& ipc) {
      example::saveText(ipc, "title", "new");
      sim.require(example::readText(ipc, "title") == "new", "the editor reads what it has saved");
    });
  });
}

}  // namespace

int main() {
  std::cout << "Late texts are kept:" << std::endl;  // explore writes the table to stderr
  Result const faulty = test(Late::Kept);
  std::cout << '\n' << faulty.mermaid << '\n';

  Result const fixed = test(Late::Dropped);
  std::cout << "Late texts are dropped: " << (fixed ? "passes" : "fails")
            << ", orders tried: " << fixed.schedules
            << (fixed.complete ? ", all that there are\n" : "\n");

  return !faulty && fixed ? 0 : 1;
}
