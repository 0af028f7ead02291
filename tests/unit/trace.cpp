// tests/unit/trace.cpp - what a Trace notes, and the forms in which it can be looked at
#include <tincan/trace.hpp>

#include <algorithm>
#include <chrono>
#include <map>
#include <memory>
#include <set>

#include "json.hpp"
#include "support.hpp"

using namespace test;
using namespace std::chrono_literals;
using What = tincan::TraceEvent::What;
using Verb = tincan::TraceEvent::Verb;

namespace {

char const* wordOf(What what) {
  constexpr char const* words[] = {"sent",  "taken", "handled", "answered", "waits",
                                   "ended", "dead",  "timer",   "deadline", "closed"};
  return words[static_cast<std::size_t>(what)];
}

/// A traced bus of the test's own thread.
struct Traced {
  tincan::Bus bus;
  tincan::Trace trace{bus};
  tincan::Main& main = bus.main();
  tincan::Renderer window = bus.attach("window");

  /// A line for each event: "sent window main ping".
  Log lines() const {
    Log lines;
    tincan::TraceLog const log = trace.log();
    for (tincan::TraceEvent const& event : log.events) {
      std::string line = wordOf(event.what);
      line += " " + log.endpoints[event.at];
      if (event.other != event.at) line += " " + log.endpoints[event.other];
      if (event.channel != tincan::TraceEvent::NoPlace) line += " " + log.channels[event.channel];
      lines.push_back(line);
    }
    return lines;
  }
};

/// The events of one kind.
std::vector<tincan::TraceEvent> of(tincan::TraceLog const& log, What what) {
  std::vector<tincan::TraceEvent> events;
  for (tincan::TraceEvent const& event : log.events) {
    if (event.what == what) events.push_back(event);
  }
  return events;
}

}  // namespace

TEST_CASE("trace: a message is sent, taken and handled") {
  Traced here;
  here.main.on("ping", [](int) {});
  here.window.send("ping", 1);
  CHECK(here.lines() == Log{"sent window main ping"});
  here.main.poll();
  CHECK(here.lines() ==
        Log{"sent window main ping", "taken main window ping", "handled main window"});
  auto const log = here.trace.log();
  CHECK(log.events[0].message == log.events[1].message);
  CHECK(log.events[0].message == log.events[2].message);
  CHECK(log.events[0].message != 0);
  CHECK(std::is_sorted(log.events.begin(), log.events.end(),
                       [](auto const& a, auto const& b) { return a.time < b.time; }));
  CHECK(log.lost == 0);
}

TEST_CASE("trace: a request, its answer, and who waits for it") {
  Traced here;
  here.main.on("sum", [](tincan::Event& event, int a, int b) { event.returnValue = a + b; });
  auto sum = here.window.request<int>("sum", 1, 2);
  here.main.poll();
  CHECK(sum.get() == 3);
  auto const log = here.trace.log();
  CHECK(here.lines() == Log{"sent window main sum", "taken main window sum", "answered main",
                            "handled main window"});
  CHECK(log.events[0].verb == Verb::Request);
  CHECK(log.events[0].call != 0);
  CHECK(log.events[2].call == log.events[0].call);

  auto call = here.window.invoke<int>("none");
  here.main.poll();
  CHECK(codeOf([&] { return call.get(); }) == tincan::Errc::NoHandler);
  auto const answers = of(here.trace.log(), What::Answered);
  REQUIRE(answers.size() == 2);
  CHECK(answers[1].call != answers[0].call);
}

TEST_CASE("trace: an answer that something follows is taken there") {
  Traced here;
  here.main.handle("sum", [](int a, int b) { return a + b; });
  int sum = 0;
  here.window.invoke<int>("sum", 1, 2).then(here.window, [&](tincan::Future<int> answer) {
    sum = answer.get();
  });
  here.main.poll();
  here.window.poll();
  CHECK(sum == 3);
  auto const log = here.trace.log();
  auto const taken = of(log, What::Taken);
  REQUIRE(taken.size() == 2);
  CHECK(taken[1].verb == Verb::Answer);
  CHECK(log.endpoints[taken[1].at] == "window");
  CHECK(taken[1].call == taken[0].call);
  CHECK(of(log, What::Handled).size() == 2);
}

TEST_CASE("trace: what is posted, timers, dead letters and ends") {
  Traced here;
  here.bus.onDeadLetter([](tincan::DeadLetter const&) {});
  here.main.post([] {});
  here.main.after(0ms, [] {});
  here.window.send("nobody hears", 1);
  here.main.poll();
  auto const log = here.trace.log();
  CHECK(of(log, What::Timer).size() == 1);
  auto const dead = of(log, What::DeadLetter);
  REQUIRE(dead.size() == 1);
  CHECK(dead[0].reason == tincan::Errc::NoListener);
  CHECK(log.endpoints[dead[0].at] == "main");
  CHECK(log.endpoints[dead[0].other] == "window");
  CHECK(log.channels[dead[0].channel] == "nobody hears");
  auto const sent = of(log, What::Sent);
  REQUIRE(sent.size() == 2);
  CHECK(sent[0].verb == Verb::Post);
  here.window.close();
  here.window.close();
  here.bus.close();
  auto const closed = of(here.trace.log(), What::Closed);
  CHECK(closed.size() == 2);
}

TEST_CASE("trace: handlers that poll are inside of each other") {
  Traced here;
  here.main.on("outer", [&] { here.main.poll(); });
  here.main.on("inner", [] {});
  here.window.send("outer");
  here.window.send("inner");
  here.main.poll();
  auto const log = here.trace.log();
  auto const taken = of(log, What::Taken);
  auto const handled = of(log, What::Handled);
  REQUIRE(taken.size() == 2);
  REQUIRE(handled.size() == 2);
  CHECK(handled[0].message == taken[1].message);
  CHECK(handled[1].message == taken[0].message);
}

TEST_CASE("trace: what a listener throws leaves nothing open") {
  Traced here;
  here.bus.onError([](tincan::ErrorReport const&) {});
  here.main.on("throws", [] { throw 42; });
  here.window.send("throws");
  here.window.send("throws");
  here.main.poll();
  auto const log = here.trace.log();
  auto const taken = of(log, What::Taken);
  auto const handled = of(log, What::Handled);
  REQUIRE(handled.size() == 2);
  CHECK(handled[0].message == taken[0].message);
  CHECK(handled[1].message == taken[1].message);
}

TEST_CASE("trace: names that several have, and threads without an endpoint") {
  Traced here;
  auto const second = here.bus.attach("window");
  here.main.on("x", [] {});
  here.window.send("x");
  second.send("x");
  std::thread([&] { here.main.peer().send("x"); }).join();
  here.main.poll();
  std::set<std::string> senders;
  auto const log = here.trace.log();
  for (auto const& event : of(log, What::Sent)) senders.insert(log.endpoints[event.at]);
  CHECK(senders == std::set<std::string>{"window", "window#2", "(no endpoint)"});
}

TEST_CASE("trace: inboxes with a limit, and the latest only") {
  tincan::Bus bus;
  tincan::Trace const trace(bus);
  bus.onDeadLetter([](tincan::DeadLetter const&) {});
  auto limited = bus.attach("limited", {2, tincan::Overflow::DropOldest});
  limited.on("x", [](int) {});
  auto const sender = bus.attach("sender");
  for (int i = 0; i < 3; ++i) sender.peer("limited")->send("x", i);
  limited.poll();
  for (int i = 0; i < 3; ++i) sender.peer("limited")->sendLatest("x", i);
  limited.poll();
  auto const log = trace.log();
  CHECK(of(log, What::Sent).size() == 6);
  CHECK(of(log, What::Taken).size() == 3);
  std::map<tincan::Errc, int> dead;
  for (auto const& event : of(log, What::DeadLetter)) ++dead[event.reason];
  CHECK(dead ==
        std::map<tincan::Errc, int>{{tincan::Errc::Full, 1}, {tincan::Errc::Superseded, 2}});
}

TEST_CASE("trace: it may stop, and end before the bus and after it") {
  auto bus = std::make_unique<tincan::Bus>();
  auto first = std::make_unique<tincan::Trace>(*bus);
  CHECK(contains(whatOf([&] { tincan::Trace const second(*bus); }), "already"));
  bus->main().on("x", [] {});
  auto window = bus->attach("window");
  window.send("x");
  first->stop();
  window.send("x");
  CHECK(first->log().events.size() == 1);
  bus->main().poll();
  CHECK(first->log().events.size() == 1);

  tincan::Trace const second(*bus);
  first.reset();
  window.send("x");  // by a lane of the first one
  bus->attach("other").send("x");
  bus->main().poll();
  auto const sent = of(second.log(), What::Sent);
  REQUIRE(sent.size() == 1);
  CHECK(second.log().endpoints[sent[0].at] == "other");
  bus.reset();
  CHECK(of(second.log(), What::Closed).size() == 3);
}

TEST_CASE("trace: what finds no room is counted") {
  tincan::Bus bus;
  tincan::Trace const trace(bus, {1000});
  auto const window = bus.attach("window");
  for (int i = 0; i < 3000; ++i) window.send("x", i);
  auto const log = trace.log();
  CHECK(log.events.size() + log.lost == 3000);
  CHECK(log.events.size() >= 1000);
  CHECK(log.events.size() < 1300);
}

TEST_CASE("trace: threads, each of which notes for itself", "[threads]") {
  constexpr int Count = 2000;
  tincan::Bus bus;
  tincan::Trace const trace(bus);
  bus.main().handle("echo", [](int number) { return number; });
  int got = 0;
  bus.main().on("x", [&](int) {
    if (++got == 3 * Count) bus.main().quit();
  });
  std::vector<tincan::RendererThread> threads;
  for (std::string const name : {"a", "b", "c"}) {
    threads.push_back(bus.spawn(name, [&](tincan::Renderer& ipc) {
      for (int i = 0; i < Count; ++i) {
        ipc.send("x", i);
        if (i % 100 == 0) static_cast<void>(ipc.invoke<int>("echo", i).get());
      }
    }));
  }
  static_cast<void>(trace.log());  // while they run
  bus.main().run();
  for (auto& thread : threads) thread.join();

  auto const log = trace.log();
  std::map<std::uint64_t, std::vector<What>> stories;  // of the messages
  std::map<std::uint32_t, std::uint64_t> lastTaken;    // by the sender
  std::map<std::uint64_t, std::uint64_t> order;
  for (auto const& event : log.events) {
    if (event.message != 0) stories[event.message].push_back(event.what);
    if (event.what == What::Sent) order[event.message] = order.size();
    if (event.what != What::Taken) continue;
    std::uint64_t& before = lastTaken[event.other];
    CHECK(order[event.message] >= before);
    before = order[event.message];
  }
  CHECK(stories.size() == 3 * (Count + Count / 100));
  bool const areWhole = std::all_of(stories.begin(), stories.end(), [](auto const& story) {
    return story.second == std::vector<What>{What::Sent, What::Taken, What::Handled};
  });
  CHECK(areWhole);
  auto const begins = of(log, What::WaitBegins);
  auto const ends = of(log, What::WaitEnds);
  CHECK(begins.size() == ends.size());
  CHECK(of(log, What::Answered).size() == 3 * Count / 100);
}

TEST_CASE("trace: a thread that waits is seen to wait", "[threads]") {
  tincan::Bus bus;
  tincan::Trace const trace(bus);
  Latch asks(1);
  auto const window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    auto answer = ipc.request<int>("slow");
    asks.count_down();
    static_cast<void>(answer.get());
    bus.main().quit();
  });
  bus.main().on("slow", [&](tincan::Event& event) {
    while (of(trace.log(), What::WaitBegins).empty()) std::this_thread::yield();
    event.returnValue = 1;
  });
  asks.wait();
  bus.main().run();
  auto const log = trace.log();
  auto const begins = of(log, What::WaitBegins);
  auto const answers = of(log, What::Answered);
  auto const ends = of(log, What::WaitEnds);
  REQUIRE(begins.size() == 1);
  REQUIRE(ends.size() == 1);
  REQUIRE(answers.size() == 1);
  CHECK(log.endpoints[begins[0].at] == "window");
  CHECK(log.endpoints[begins[0].other] == "main");
  CHECK(log.channels[begins[0].channel] == "slow");
  CHECK(begins[0].call == answers[0].call);
  CHECK(ends[0].call == answers[0].call);
  CHECK(begins[0].time <= answers[0].time);
  CHECK(answers[0].time <= ends[0].time);
}

TEST_CASE("trace: the JSON of chrome://tracing is whole") {
  Traced here;
  here.bus.onDeadLetter([](tincan::DeadLetter const&) {});
  here.main.on("a \"quoted\" name\n</script>",
               [&](tincan::Event& event) { event.sender.send("back"); });
  here.main.handle("sum", [](int a, int b) { return a + b; });
  here.window.on("back", [] {});
  here.window.send("a \"quoted\" name\n</script>");
  int sum = 0;
  here.window.invoke<int>("sum", 1, 2).then(here.window, [&](tincan::Future<int> answer) {
    sum = answer.get();
  });
  here.window.send("nobody");
  here.main.poll();
  here.window.poll();
  Json const json = Json::parse(here.trace.log().chrome());

  std::map<std::string, int> phases;
  std::map<std::string, std::vector<std::string>> arrows;  // by category and id: the phases
  std::map<std::string, std::vector<double>> open;         // by track: where slices end
  std::set<std::string> tracks, names;
  for (Json const& event : json["traceEvents"].items) {
    std::string const phase = event["ph"].text;
    ++phases[phase];
    CHECK(event["pid"].number() == 1);
    if (phase == "M") {
      if (event["name"].text == "thread_name") tracks.insert(event["args"]["name"].text);
      continue;
    }
    double const begin = event["ts"].number();
    CHECK(begin >= 0);
    if (phase == "s" || phase == "f") {
      arrows[event["cat"].text + event["id"].text].push_back(phase);
    }
    if (phase != "X") continue;
    names.insert(event["name"].text);
    // Slices of one track lie inside of each other, or apart.
    auto& ends = open[event["tid"].text];
    double const end = begin + event["dur"].number();
    while (!ends.empty() && ends.back() <= begin + 0.0005) ends.pop_back();
    if (!ends.empty()) CHECK(end <= ends.back() + 0.0005);
    ends.push_back(end);
  }
  CHECK(tracks == std::set<std::string>{"main", "window"});
  CHECK(names.count("a \"quoted\" name\n</script>") == 1);
  CHECK(names.count("invoke sum") == 1);
  CHECK(names.count("send invoke sum") == 1);
  CHECK(arrows.size() == 5);  // four messages, one answer
  for (auto const& [id, both] : arrows) CHECK(both == std::vector<std::string>{"s", "f"});
  CHECK(phases["i"] == 1);
  CHECK(phases["C"] == 8);
}

TEST_CASE("trace: an empty one has all forms") {
  Traced here;
  auto const log = here.trace.log();
  CHECK(log.events.empty());
  CHECK(Json::parse(log.chrome())["traceEvents"].items.size() == 1);
  CHECK(log.mermaid() == "sequenceDiagram\n");
  CHECK(contains(log.html(), "\"events\":[]"));
}

TEST_CASE("trace: a diagram in Mermaid's language") {
  Traced here;
  here.bus.onDeadLetter([](tincan::DeadLetter const&) {});
  here.main.on("ask", [](tincan::Event& event) { event.returnValue = 1; });
  auto const answer = here.window.request<int>("ask");
  here.window.send("end; <x>");
  here.main.poll();
  CHECK(here.trace.log().mermaid() ==
        "sequenceDiagram\n"
        "  participant p0 as window\n"
        "  participant p1 as main\n"
        "  p0->>p1: request ask\n"
        "  p1-->>p0: answer\n"
        "  p0->>p1: #101;nd#59; #60;x#62;\n"
        "  p0-xp1: #101;nd#59; #60;x#62; (NoListener)\n");
  CHECK(here.trace.log().mermaid(1) ==
        "sequenceDiagram\n"
        "  participant p0 as window\n"
        "  participant p1 as main\n"
        "  p0->>p1: request ask\n"
        "  Note over p0: ... 3 more\n");
}
