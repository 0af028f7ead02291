// tests/unit/causal.hpp - A, B and C, of which C handles what A has sent and then what B has sent
//
// Each test has the same form: A sends "x" to C, and then lets B know, by one means only; B sends
// "m" to C. C, which is not polled before both are there, has to handle x first.
#pragma once

#include <thread>

#include "child.hpp"
#include "support.hpp"

namespace test {

/// C, and what comes to it. A has been busy, so that it is far ahead of B by whatever the bus counts.
struct Causal {
  tincan::Bus bus;
  tincan::Renderer c = bus.attach("c");
  tincan::Peer const toC = c.peer();
  std::string got;

  Causal() {
    bus.onDeadLetter([](tincan::DeadLetter const&) {});
    c.on("noise", [] {});
    c.on("x", [this] { got += "x"; });
    c.on("m", [this] { got += "m"; });
  }
  /// What A does first, on its thread.
  void sendX() const {
    for (int i = 0; i < 100; ++i) toC.send("noise");
    toC.send("x");
  }
  /// What B does last.
  void sendM() const { toC.send("m"); }
  std::string const& order() {
    c.poll();
    return got;
  }
};

/// The order in which C has handled x and m, of many rounds. The function is B, the calling thread
/// one that nothing has happened on.
template <class B>
std::string orderOf(B&& b) {
  Guard const guard;
  for (int round = 0; round < 20; ++round) {
    std::string order;
    std::thread([&] {
      Causal causal;
      b(causal);
      order = causal.order();
    }).join();
    if (order != "xm") return order;
  }
  return "xm";
}

/// A answers "ask", "fail" and "invoke" after it has sent x, and "forget" not at all.
inline tincan::RendererThread spawnAnswering(Causal& causal) {
  return causal.bus.spawn("a", [&](tincan::Renderer& ipc) {
    ipc.on("ask", [&](tincan::Event& event) {
      causal.sendX();
      event.returnValue = 1;
    });
    ipc.on("fail", [&] {
      causal.sendX();
      throw std::runtime_error("no");
    });
    ipc.on("forget", [&] { causal.sendX(); });
    ipc.handle("invoke", [&] {
      causal.sendX();
      return 1;
    });
    ipc.handle("refuse", [&]() -> int {
      causal.sendX();
      throw 42;
    });
    ipc.run();
  });
}

}  // namespace test
