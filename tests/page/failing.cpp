// tests/page/failing.cpp - a test that fails, for the page that TINCAN_SIM_PAGE names
#include <memory>
#include <string>
#include <tincan/testing.hpp>

int main() {
  auto const result = tincan::testing::explore([](tincan::testing::Simulation& sim) {
    auto const stock = std::make_shared<int>(3);
    auto const watch = sim.watch("stock", [stock] { return *stock; });
    sim.bus().main().on("sell", [stock](std::string const&, int count) { *stock -= count; });
    sim.always("the stock is never below zero", {watch}, [stock] { return *stock >= 0; });
    for (char const* const name : {"first", "second"}) {
      sim.spawn(name, [](tincan::Renderer& ipc) { ipc.send("sell", "</script><b>", 2); });
    }
  });
  return result.ok ? 1 : 0;
}
