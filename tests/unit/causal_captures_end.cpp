// tests/unit/causal_captures_end.cpp - behaviour 3: what ends on one thread because another one has given it up
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "causal.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using namespace std::chrono_literals;

TEST_CASE(
    "3: what ends on its endpoint's thread, and was given up elsewhere, comes after what was sent "
    "there") {
  std::string const what =
      GENERATE("onClose", "on", "onAny", "handler", "call", "argument of a request",
               "argument of an invoke", "closed call");
  CAPTURE(what);
  CHECK(orderOf([&](Causal& causal) {
          tincan::Bus other;
          other.onDeadLetter([](tincan::DeadLetter const&) {});
          bool isOver = false;
          auto atEnd = std::make_shared<AtEnd>([&] {
            causal.sendM();
            isOver = true;
          });
          auto window = other.attach("window");
          auto disk = other.attach("disk");
          window.poll();
          std::optional<tincan::ScopedListener> listener;
          if (what == "onClose") {
            listener.emplace(window.peer("disk")->onClose([held = std::move(atEnd)] {}));
          }
          if (what == "on") listener.emplace(window.on("x", [held = std::move(atEnd)] {}));
          if (what == "onAny") {
            listener.emplace(window.onAny(
                [held = std::move(atEnd)](tincan::Event&, tincan::Arguments const&) {}));
          }
          if (what == "handler") listener.emplace(window.handle("x", [held = std::move(atEnd)] {}));
          Latch isAsked(1);
          std::thread a([&, held = std::move(atEnd)]() mutable {
            auto asker = other.attach("asker");
            asker.poll();
            tincan::Peer const peer = *asker.peer("window");
            std::optional<tincan::Future<void>> future;
            if (what == "call" || what == "closed call") {
              future = peer.call([own = std::move(held)] {});
            }
            if (what == "argument of a request") future = peer.request<void>("x", std::move(held));
            if (what == "argument of an invoke") future = peer.invoke<void>("x", std::move(held));
            held.reset();
            causal.sendX();
            listener.reset();
            if (what == "closed call") asker.close();
            else future.reset();
            isAsked.count_down();
          });
          if (what == "onClose" || what == "on" || what == "onAny" || what == "handler") {
            pollUntil(window, [&] { return isOver; });
          } else {
            isAsked.wait();  // given up before it is taken; nothing of the bus is learnt by this
            pollUntil(window, [&] { return isOver; });
          }
          a.join();
          other.close();
        }) == "xm");
}
