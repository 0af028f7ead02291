// tests/unit/causal_closed.cpp - behaviour 3: what a thread learns by Closed, by whatever verb, and by what else has ended
#include <chrono>
#include <optional>
#include <string>
#include <thread>

#include "causal.hpp"
#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::SendResult;
using namespace std::chrono_literals;

TEST_CASE("3: Closed, returned or answered by any verb, tells what was sent before the end") {
  std::string const verb = GENERATE("sendLatest", "post", "postMessage", "sendSync", "invoke",
                                    "call", "within", "onClose", "renderers", "broadcast", "peer");
  CAPTURE(verb);
  REQUIRE(orderOf([&](Causal& causal) {
            tincan::Bus other;
            other.onDeadLetter([](tincan::DeadLetter const&) {});
            tincan::Main& main = other.main();
            main.poll();
            auto own = other.attach("own");
            own.poll();
            auto const a = other.spawn("a", [&](tincan::Renderer& ipc) {
              ipc.on("go", [&] {
                causal.sendX();
                ipc.close();
              });
              ipc.run();
            });
            tincan::Peer const peer = a.peer();
            peer.send("go");
            auto const isOver = [&] {
              if (verb == "sendLatest") return peer.sendLatest("y") == SendResult::Closed;
              if (verb == "post") return peer.post([] {}) == SendResult::Closed;
              if (verb == "postMessage") return peer.postMessage("y", 1) == SendResult::Closed;
              if (verb == "sendSync") return codeOf([&] { peer.sendSync("y"); }) == Errc::Closed;
              if (verb == "invoke") {
                return codeOf([&] { peer.invoke("y").get(); }) == Errc::Closed;
              }
              if (verb == "call") return codeOf([&] { peer.call([] {}).get(); }) == Errc::Closed;
              if (verb == "within") {
                return codeOf([&] { peer.within(1h).sendSync("y"); }) == Errc::Closed;
              }
              if (verb == "renderers") return main.renderers().size() == 1;
              if (verb == "broadcast") return main.broadcast("y") == 1;
              if (verb == "peer") return !own.peer("a").has_value();
              return true;
            };
            bool isCalled = false;
            if (verb == "onClose") {
              own.peer("a")->onClose([&] { isCalled = true; });
              pollUntil(own, [&] { return isCalled; });
            }
            while (!isOver()) std::this_thread::yield();
            causal.sendM();
          }) == "xm");
}

TEST_CASE("3: Closed, thrown by any verb of a closed bus, tells what the closing thread had sent") {
  std::string const verb =
      GENERATE("attach", "spawn", "on", "post", "broadcast", "invokeAll", "runFor", "runUntil",
               "runAll", "run(stop_token)", "after", "from");
  CAPTURE(verb);
  REQUIRE(orderOf([&](Causal& causal) {
            tincan::Bus other;
            tincan::Main& main = other.main();
            main.poll();
            auto own = other.attach("own");
            std::thread a([&] {
              causal.sendX();
              other.close();
            });
            auto const until = [](auto const& call) {
              while (codeOf([&] {
                       call();
                       return 0;
                     }) != Errc::Closed) {
                std::this_thread::yield();
              }
            };
            if (verb == "attach") until([&] { static_cast<void>(other.attach("late")); });
            if (verb == "spawn") {
              until([&] { other.spawn("late", [](tincan::Renderer&) {}).join(); });
            }
            if (verb == "on") until([&] { main.on("x", [] {}).remove(); });
            if (verb == "post") until([&] { main.post([] {}); });
            if (verb == "broadcast") until([&] { main.broadcast("x"); });
            if (verb == "invokeAll") until([&] { static_cast<void>(main.invokeAll("x")); });
            if (verb == "after") until([&] { main.after(1h, [] {}).cancel(); });
            if (verb == "from") until([&] { main.from(own.peer()).on("x", [] {}).remove(); });
            if (verb == "runFor") main.runFor(1h);
            if (verb == "runUntil") main.runUntil(std::chrono::steady_clock::now() + 1h);
            if (verb == "runAll") tincan::runAll(main, own);
            if (verb == "run(stop_token)") main.run(tincan::StopToken());
            causal.sendM();
            a.join();
          }) == "xm");
}
