// tests/umbrella/greedy.cpp - the library among functions that would take everything
//
// The namespace of a user's types has a function template for each name that the headers call. None of
// them may be found by its argument (ADL) where a header means a function of its own.
#include <tincan/format.hpp>
#include <tincan/std_format.hpp>
#include <tincan/testing.hpp>
#include <tincan/tincan.hpp>

#include <chrono>
#include <cstdio>
#include <optional>
#include <stop_token>
#include <utility>

namespace user {

#define GREEDY(name)    \
  template <class... A> \
  void name(A&&...) = delete;
#include "greedy_names.inc"
#undef GREEDY

struct Plain {
  int number = 0;
};
struct MoveOnly {
  explicit MoveOnly(int value = 0) : number(value) {}
  MoveOnly(MoveOnly&&) noexcept = default;
  MoveOnly& operator=(MoveOnly&&) noexcept = default;
  int number;
};
struct Large {
  int number = 0;
  char bytes[200] = {};
};
enum class Choice { First, Second };
/// Hands a call on to a function: a callable that belongs to the user's namespace.
template <class F>
struct Callable {
  F function;
  template <class... A>
  auto operator()(A&&... arguments) -> decltype(function(std::forward<A>(arguments)...)) {
    return function(std::forward<A>(arguments)...);
  }
};
struct Listens {
  int* sum;
  void operator()(tincan::Event& event, Plain const& plain, MoveOnly& moved) {
    *sum += plain.number + moved.number;
    event.returnValue = Plain{7};
  }
};
struct LooksAtOptional {
  int* sum;
  void operator()(std::optional<Plain> const& plain, std::optional<Large>) {
    if (plain) *sum += plain->number;
  }
};
struct LooksAtAny {
  int* sum;
  tincan::Task<> operator()(tincan::Event& event, Plain plain) {
    *sum += plain.number;
    event.returnValue = plain;
    co_return;
  }
};
struct Handles {
  int* sum;
  Plain operator()(tincan::InvokeEvent&, Plain plain, MoveOnly moved) {
    *sum += plain.number + moved.number;
    return Plain{8};
  }
};
struct HandlesLater {
  tincan::Task<Plain> operator()(Plain plain) { co_return Plain{plain.number + 1}; }
};
struct Generic {
  int* sum;
  template <class... A>
  Plain operator()(A&&... arguments) {
    *sum += static_cast<int>(sizeof...(arguments));
    return Plain{9};
  }
};
struct TakesLetter {
  int* sum;
  void operator()(tincan::Event&, Plain plain) { *sum += plain.number; }
};
struct Continues {
  int* sum;
  void operator()(tincan::Future<Plain> answer) { *sum += answer.get().number; }
};
struct ContinuesLater {
  int* sum;
  tincan::Task<> operator()(tincan::Future<Plain> answer) {
    *sum += answer.get().number;
    co_return;
  }
};
struct Runs {
  int* sum;
  void operator()() { ++*sum; }
};
struct RunsLater {
  int* sum;
  tincan::Renderer* asks;
  tincan::Task<> operator()() {
    *sum += (co_await asks->invoke<Plain>("handled", Plain{1}, MoveOnly(1))).number;
    *sum += (co_await HandlesLater{}(Plain{2})).number;
  }
};
struct Body {
  void operator()(tincan::Renderer& ipc, std::stop_token const&) {
    ipc.send("looked at", Plain{1}, MoveOnly(1));
    static_cast<void>(ipc.sendSync<Plain>("looked at", Plain{1}, MoveOnly(1)));
  }
};
struct Allows {
  bool operator()(tincan::Peer const&) { return true; }
};
struct Hook {
  int* sum;
  void operator()(tincan::ErrorReport const&) { ++*sum; }
  void operator()(tincan::DeadLetter const&) { ++*sum; }
  void operator()(tincan::HighWater const&) { ++*sum; }
};

/// Uses the verbs with types of this namespace. Returns what has come of it.
int talk() {
  int sum = 0;
  tincan::Bus bus;
  tincan::Main& main = bus.main();
  tincan::Renderer window = bus.attach("window", {.capacity = 9, .highWater = 8});
  bus.onError(Hook{&sum});
  bus.onDeadLetter(Hook{&sum});
  bus.onHighWater(Hook{&sum});
  main.allow("looked at", Allows{});
  main.onWake(Runs{&sum});
  main.on("looked at", Listens{&sum});
  main.once("looked at", Listens{&sum});
  main.on("optional", LooksAtOptional{&sum});
  main.on("later", LooksAtAny{&sum});
  main.from(window.peer()).on("looked at", Listens{&sum});
  main.handle("handled", Handles{&sum});
  main.handle("handled later", HandlesLater{});
  main.from(window.peer()).handleOnce("handled once", Handles{&sum});
  window.on("told", TakesLetter{&sum});

  Plain const plain{3};
  window.send("looked at", Plain{1}, MoveOnly(2));
  window.send(std::string("looked at"), plain, MoveOnly(2));
  window.send("optional", plain);
  window.send("optional", std::optional<Plain>(plain), Large{});
  window.send("large", Large{}, Choice::Second);
  window.sendToHost("looked at", plain, MoveOnly(1));
  main.broadcast("told", plain);
  auto asked = window.request<Plain>("looked at", plain, MoveOnly(1));
  auto later = window.request<Plain>("later", plain);
  auto invoked = window.invoke<Plain>("handled", plain, MoveOnly(1));
  auto suspended = window.within(std::chrono::hours(1)).invoke<Plain>("handled later", plain);
  auto once = window.invoke<Plain>("handled once", plain, MoveOnly(1));
  main.post(Runs{&sum});
  main.post(RunsLater{&sum, &window});
  main.poll();
  asked.then(main, Continues{&sum});
  later.then(main, ContinuesLater{&sum});
  for (int i = 0; i < 4; ++i) main.poll();
  window.poll();
  sum += invoked.get().number + suspended.get().number + once.get().number;

  tincan::Channel<Plain(Plain, MoveOnly)> const typed{"typed"};
  main.handle(typed, Handles{&sum});
  tincan::Channel<Plain(Plain, std::optional<Large>)> const generic{"generic"};
  main.handle(generic, Generic{&sum});
  main.on(generic, Generic{&sum});
  auto first = window.invoke(typed, plain, MoveOnly(1));
  auto second = window.invoke(generic, plain);
  window.send(generic, plain, Large{});
  main.poll();
  sum += first.get().number + second.get().number;

  main.on("deferred", [](tincan::Event& event) { event.defer().set(Plain{5}); });
  auto deferred = window.request<Plain>("deferred");
  main.poll();
  sum += deferred.get().number;

  tincan::Value value = plain;
  sum += value.get<Plain>().number;
  value = MoveOnly(4);
  sum += value.take<MoveOnly>().number;

  tincan::MessageChannel ports, sent;
  ports.port1.on("message", TakesLetter{&sum});
  ports.port1.on("close", Runs{&sum});
  ports.port1.start(main);
  ports.port2.postMessage(plain);
  ports.port2.postMessage(Plain{1}, std::move(sent.port1));
  main.on("port", [&](tincan::Event& event, Plain const&) {
    sum += static_cast<int>(event.ports.size()) * 1000;
  });
  window.postMessage("port", plain, std::move(sent.port2));
  main.poll();

  tincan::RendererThread thread = bus.spawn("thread", Body{});
  while (main.poll() != 0 || thread.peer().alive()) {
  }
  thread.join();
  return sum;
}

/// Does some of it in a simulation.
bool simulate() {
  auto const result = tincan::testing::explore([](tincan::testing::Simulation& simulation) {
    int sum = 0;
    simulation.bus().main().on("looked at", Listens{&sum});
    simulation.bus().main().handle("handled", Handles{&sum});
    simulation.spawn("window", [](tincan::Renderer& ipc) {
      ipc.send("looked at", Plain{1}, MoveOnly(2));
      static_cast<void>(ipc.sendSync<Plain>("looked at", Plain{1}, MoveOnly(2)));
      ipc.invoke<Plain>("handled", Plain{1}, MoveOnly(2)).get();
    });
    simulation.runUntilIdle();
    simulation.require(sum == 9, "all have arrived");
  });
  if (!result.ok) std::puts(result.failure.c_str());
  return result.ok;
}

}  // namespace user

int main() {
  int const sum = user::talk();
  std::printf("%d\n", sum);
  return sum >= 1000 && sum < 2000 && user::simulate() ? 0 : 1;
}
