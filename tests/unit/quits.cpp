// tests/unit/quits.cpp - n quits end n runs, and none of them leaves what was queued before it

#include "../joining_thread.hpp"
#include "child.hpp"
#include "quitting.hpp"
#include "support.hpp"

using namespace test;
using tincan::BusOptions;
using tincan::InboxOptions;
using tincan::Overflow;

TEST_CASE("quits by several threads, before run, end as many runs") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            for (int i = 0; i < 3; ++i) onThread([&] { quitting.main.quit(); });
            for (int i = 0; i < 3; ++i) quitting.main.run();
            // And not more of them.
            onThread([&] {
              quitting.toMain.send("x");
              quitting.main.quit();
            });
            quitting.main.run();
            verdict.expect(quitting.got == 1, "a quit too many");
          }) == "");
}

TEST_CASE("quits by one thread, with messages between them, end as many runs") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            onThread([&] {
              for (int i = 0; i < 10; ++i) {
                for (int k = 0; k < 7; ++k) quitting.toMain.send("x");
                quitting.main.quit();
              }
            });
            for (int i = 1; i <= 10; ++i) {
              quitting.main.run();
              verdict.expect(quitting.got == 7 * i, "run " + std::to_string(i));
            }
          }) == "");
}

TEST_CASE("quits by two threads in turn end as many runs, each with what was queued before") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            for (int i = 0; i < 10; ++i) {
              auto const sendAndQuit = [&] {
                quitting.toMain.send("x");
                quitting.main.quit();
              };
              if (i % 2 == 0) onThread(sendAndQuit);
              else onBusyThread(quitting, sendAndQuit);
            }
            for (int i = 1; i <= 10; ++i) {
              quitting.main.run();
              verdict.expect(quitting.got >= i, "run " + std::to_string(i));
            }
            verdict.expect(quitting.got == 10, "not all are handled");
          }) == "");
}

TEST_CASE("quits by handlers in one run end as many runs") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            quitting.main.on("quit", [&] { quitting.main.quit(); });
            for (int i = 0; i < 3; ++i) quitting.toMain.send("quit");
            quitting.toMain.send("x");
            // All of these were queued before the first quit.
            quitting.main.run();
            verdict.expect(quitting.got == 1, "run 1 has left something");
            quitting.main.run();
            quitting.main.run();
            quitting.toMain.send("x");
            quitting.main.quit();
            quitting.main.run();
            verdict.expect(quitting.got == 2, "a quit too many");
          }) == "");
}

TEST_CASE("quits by many threads at once end as many runs, and nothing sent before them is left") {
  REQUIRE(inChild([](Verdict const& verdict) {
            constexpr int Threads = 4, Quits = 50, Each = 5;
            Quitting quitting;
            std::vector<test::JoiningThread> threads;
            for (int t = 0; t < Threads; ++t) {
              threads.emplace_back([&] {
                for (int i = 0; i < Quits; ++i) {
                  for (int k = 0; k < Each; ++k) quitting.toMain.send("x");
                  quitting.main.quit();
                }
              });
            }
            for (int i = 1; i <= Threads * Quits; ++i) {
              quitting.main.run();
              // Each of the quits so far had so many messages of its thread in front of it.
              verdict.expect(quitting.got >= Each * ((i + Threads - 1) / Threads),
                             "run " + std::to_string(i));
            }
            verdict.expect(quitting.got == Threads * Quits * Each, "not all are handled");
          }) == "");
}

TEST_CASE("quits that race with the run's sleep are not lost") {
  REQUIRE(inChild([](Verdict const&) {
            constexpr int Quits = 3000;
            Quitting quitting;
            std::vector<test::JoiningThread> threads;
            for (int t = 0; t < 2; ++t) {
              threads.emplace_back([&] {
                for (int i = 0; i < Quits; ++i) quitting.main.quit();
              });
            }
            for (int i = 0; i < 2 * Quits; ++i) quitting.main.run();
          }) == "");
}

TEST_CASE("quits of posted functions count") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            for (int i = 0; i < 3; ++i) quitting.main.post([&] { quitting.main.quit(); });
            onThread([&] { quitting.main.post([&] { quitting.main.quit(); }); });
            quitting.toMain.send("x");
            for (int i = 0; i < 4; ++i) quitting.main.run();
            verdict.expect(quitting.got == 1, "something was left");
          }) == "");
}

TEST_CASE("polls keep all quits that they come across") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            for (int i = 0; i < 3; ++i) {
              quitting.main.quit();
              onThread([&] { quitting.main.quit(); });
              quitting.toMain.send("x");
              verdict.expect(quitting.main.poll() == 1, "the count of poll");
              verdict.expect(quitting.main.poll() == 0, "the count of an empty poll");
            }
            verdict.expect(quitting.got == 3, "poll has left something");
            for (int i = 0; i < 6; ++i) quitting.main.run();
            quitting.toMain.send("x");
            quitting.main.quit();
            quitting.main.run();
            verdict.expect(quitting.got == 4, "a quit too many");
          }) == "");
}

TEST_CASE("a quit before the messages that a poll handles ends the next run at once") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            quitting.main.quit();
            for (int i = 0; i < 5; ++i) quitting.toMain.send("x");
            for (int i = 1; i <= 5; ++i) {
              verdict.expect(quitting.main.poll(1) == 1, "the count of poll(1)");
              verdict.expect(quitting.got == i, "poll(1)");
            }
            quitting.main.run();
          }) == "");
}

TEST_CASE("quits end nested runs from the inside out") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            Log log;
            quitting.main.on("inner", [&] {
              log.push_back("inner");
              for (int i = 0; i < 3; ++i) onThread([&] { quitting.main.quit(); });
              quitting.main.run();
              log.push_back("inner run over");
            });
            quitting.main.on("outer", [&] {
              quitting.toMain.send("inner");
              quitting.main.run();
              log.push_back("middle run over");
            });
            quitting.toMain.send("outer");
            quitting.main.run();
            log.push_back("outer run over");
            verdict.expect(
                log == Log{"inner", "inner run over", "middle run over", "outer run over"},
                "another order");
          }) == "");
}

TEST_CASE(
    "a nested run handles what was queued before its quit, and the run around it is not ended") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            int inside = -1;
            quitting.main.on("nest", [&] {
              onThread([&] { quitting.main.quit(); });
              quitting.main.run();
              inside = quitting.got;
              quitting.toMain.send("end");
            });
            quitting.main.on("end", [&] { quitting.main.quit(); });
            quitting.toMain.send("nest");
            for (int i = 0; i < 100; ++i) quitting.toMain.send("x");
            quitting.main.run();
            verdict.expect(inside == 100, "the nested run has left something");
          }) == "");
}

// ---- what was queued before -------------------------------------------------------------------------

TEST_CASE("quit: what other threads had queued is handled, though the quitter goes on sending") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            onThread([&] {
              for (int i = 0; i < 100; ++i) quitting.toMain.send("x");
            });
            onThread([&] {
              quitting.main.quit();
              quitting.toMain.send("later");
            });
            quitting.main.run();
            verdict.expect(quitting.got == 100, "something was left");
            quitting.main.quit();
            quitting.main.run();
            verdict.expect(quitting.late == 1, "what was sent behind the quit is lost");
          }) == "");
}

TEST_CASE("quit: what many threads had queued, busy ones and others, is handled") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            for (int t = 0; t < 32; ++t) {
              auto const send = [&] {
                for (int i = 0; i < 150; ++i) quitting.toMain.send("x");
              };
              if (t % 3 == 0) onBusyThread(quitting, send);
              else onThread(send);
            }
            onThread([&] {
              quitting.main.quit();
              for (int i = 0; i < 1000; ++i) quitting.toMain.send("later");
            });
            quitting.main.run();
            verdict.expect(quitting.got == 32 * 150, "something was left");
          }) == "");
}

TEST_CASE("quit: what was queued after the first of two quits is handled by the second run") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            onThread([&] {
              quitting.main.quit();
              for (int i = 0; i < 10; ++i) quitting.toMain.send("later");
            });
            onBusyThread(quitting, [&] {
              for (int i = 0; i < 100; ++i) quitting.toMain.send("x");
            });
            onThread([&] { quitting.main.quit(); });
            quitting.main.run();
            quitting.main.run();
            verdict.expect(quitting.got == 100, "something was left");
            verdict.expect(quitting.late == 10, "what was sent behind the first quit was left");
          }) == "");
}

TEST_CASE("quit: posted functions, requests and ports' messages that were queued are handled") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            int posted = 0, asked = 0, invoked = 0, ported = 0;
            quitting.main.on("ask", [&] { ++asked; });
            quitting.main.handle("invoke", [&] { ++invoked; });
            tincan::MessageChannel channel;
            channel.port1.on("message", [&](int) { ++ported; });
            channel.port1.start(quitting.main);
            std::optional<tincan::Future<tincan::Value>> asking, invoking;
            onBusyThread(quitting, [&] {
              for (int i = 0; i < 50; ++i) quitting.main.post([&] { ++posted; });
              for (int i = 0; i < 50; ++i) channel.port2.postMessage(i);
              asking = quitting.toMain.request("ask");
              invoking = quitting.toMain.invoke("invoke");
            });
            onThread([&] {
              quitting.main.quit();
              quitting.toMain.send("later");
            });
            quitting.main.run();
            verdict.expect(posted == 50, "posted functions were left");
            verdict.expect(ported == 50, "ports' messages were left");
            verdict.expect(asked == 1 && invoked == 1, "requests were left");
          }) == "");
}

TEST_CASE(
    "quit by a handler: what others had queued is handled, though the handler goes on sending") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            quitting.main.on("quit", [&] {
              onBusyThread(quitting, [&] {
                for (int i = 0; i < 200; ++i) quitting.toMain.send("x");
              });
              quitting.main.quit();
              quitting.toMain.send("later");
            });
            quitting.toMain.send("quit");
            quitting.main.run();
            verdict.expect(quitting.got == 200, "something was left");
            verdict.expect(quitting.late == 0, "what was sent behind the quit was handled");
          }) == "");
}

TEST_CASE("quit: what was queued before is handled by run(stop_token), too") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            tincan::detail::StopSource const stop;
            onBusyThread(quitting, [&] {
              for (int i = 0; i < 100; ++i) quitting.toMain.send("x");
            });
            for (int i = 0; i < 2; ++i) {
              onThread([&] {
                quitting.main.quit();
                quitting.toMain.send("later");
              });
            }
            quitting.main.run(stop.get_token());
            verdict.expect(quitting.got == 100, "something was left");
            quitting.main.run(stop.get_token());
          }) == "");
}

TEST_CASE("quit: the end of a RendererThread leaves nothing that others had queued") {
  REQUIRE(inChild([](Verdict const& verdict) {
            for (int round = 0; round < 50; ++round) {
              Quitting quitting;
              std::atomic<int> got{0};
              Latch sent(1);
              std::optional<tincan::RendererThread> worker =
                  quitting.bus.spawn("worker", [&](tincan::Renderer& ipc) {
                    ipc.on("x", [&] { ++got; });
                    sent.wait();
                    ipc.run();
                  });
              onBusyThread(quitting, [&] {
                for (int i = 0; i < 100; ++i) worker->peer().send("x");
              });
              sent.count_down();
              worker.reset();
              verdict.expect(got == 100, "something was left");
            }
          }) == "");
}

TEST_CASE("quits of a renderer end as many runs of its body") {
  REQUIRE(inChild([](Verdict const& verdict) {
            Quitting quitting;
            std::atomic<int> runs{0};
            Latch quit(1);
            std::optional<tincan::Renderer*> renderer;
            Latch known(1);
            auto worker = quitting.bus.spawn("worker", [&](tincan::Renderer& ipc) {
              renderer = &ipc;
              known.count_down();
              quit.wait();
              for (int i = 0; i < 4; ++i) {
                ipc.run();
                ++runs;
              }
            });
            known.wait();
            for (int i = 0; i < 2; ++i) onThread([&] { (*renderer)->quit(); });
            for (int i = 0; i < 2; ++i) (*renderer)->quit();
            quit.count_down();
            worker.join();
            verdict.expect(runs == 4, "another number of runs");
          }) == "");
}

// ---- bounded inboxes --------------------------------------------------------------------------------

TEST_CASE("quit is never refused by a full inbox, and what is in it is handled") {
  for (Overflow const overflow :
       {Overflow::Fail, Overflow::Block, Overflow::DropNewest, Overflow::DropOldest}) {
    INFO(static_cast<int>(overflow));
    REQUIRE(inChild([&](Verdict const& verdict) {
              BusOptions options;
              options.main = InboxOptions{2, overflow};
              Quitting quitting(options);
              for (int t = 0; t < 5; ++t) {
                onThread([&] {
                  for (int i = 0; i < 2; ++i) quitting.toMain.send("x");
                  quitting.main.quit();
                  quitting.main.quit();
                });
              }
              for (int i = 0; i < 10; ++i) quitting.main.run();
              verdict.expect(quitting.got == 10, "something was left");
            }) == "");
  }
}

TEST_CASE("quit: senders that wait for room do not keep the run from its end") {
  REQUIRE(inChild([](Verdict const& verdict) {
            BusOptions options;
            options.main = InboxOptions{3, Overflow::Block};
            Quitting quitting(options);
            constexpr int Each = 200;
            std::vector<test::JoiningThread> senders;
            for (int t = 0; t < 3; ++t) {
              senders.emplace_back([&] {
                for (int i = 0; i < Each; ++i) {
                  quitting.toMain.send("x");
                  if (i % 20 == 19) quitting.main.quit();
                }
              });
            }
            for (int i = 0; i < 3 * Each / 20; ++i) quitting.main.run();
            verdict.expect(quitting.got == 3 * Each, "something was left");
          }) == "");
}
