// tests/instructions/count.cpp - does one operation many times, for callgrind to count
//
//   count OPERATION TIMES    under valgrind --tool=callgrind --collect-atstart=no
//
// Counted is what one thread does for the operation, and nothing else, so that the count is the same
// in every run. Ends with status 1 if that part allocates memory, where it should not.
#include <valgrind/callgrind.h>

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <mutex>
#include <new>
#include <string>
#include <string_view>
#include <thread>
#include <tincan/tincan.hpp>

namespace {

bool isCounting = false;
std::uint64_t allocations = 0;

// Inline, so that what they count of themselves does not depend on how many callers there are.
[[gnu::always_inline]] inline void startCounting() {
  isCounting = true;
  CALLGRIND_TOGGLE_COLLECT;
}
[[gnu::always_inline]] inline void stopCounting() {
  CALLGRIND_TOGGLE_COLLECT;
  isCounting = false;
}

void* allocate(std::size_t size, std::size_t alignment) {
  if (isCounting) ++allocations;
  if (void* const memory =
          std::aligned_alloc(alignment, (size + alignment - 1) / alignment * alignment)) {
    return memory;
  }
  throw std::bad_alloc();
}

struct Small {
  std::uint64_t number;
  double x, y, z;
};

/// A bus with a renderer that main answers.
struct Pair {
  Pair() {
    bus.main().on("small", [this](Small const& small) { sum += small.number; });
    bus.main().on("question",
                  [](tincan::Event& event, std::uint64_t n) { event.returnValue = n + 1; });
    bus.main().handle("question", [](std::uint64_t n) { return n + 1; });
    window.poll();
  }

  tincan::Bus bus;
  tincan::Renderer window = bus.attach("window");
  std::uint64_t sum = 0;
};

/// before(), counted(), after(), first some times without counting.
template <class Before, class CountedPart, class After>
void repeat(int times, Before&& before, CountedPart&& counted, After&& after) {
  constexpr int WarmUps = 200;
  for (int i = -WarmUps; i < times; ++i) {
    before();
    if (i >= 0) startCounting();
    counted();
    if (i >= 0) stopCounting();
    after();
  }
}

constexpr int Batch = 32;

void sendBatch(Pair& pair) {
  for (int i = 0; i < Batch; ++i) pair.window.send("small", Small{1, 2, 3, 4});
}

void send(int times) {
  Pair pair;
  repeat(
      times / Batch, [] {}, [&] { sendBatch(pair); }, [&] { pair.bus.main().poll(); });
}

void poll(int times) {
  Pair pair;
  repeat(
      times / Batch, [&] { sendBatch(pair); }, [&] { pair.bus.main().poll(); }, [] {});
}

/// One of many listeners of a channel.
void listener(int times) {
  constexpr int Crowd = 100;
  Pair pair;
  for (int i = 0; i < Crowd; ++i) {
    pair.bus.main().on("crowd", [&pair](Small const& small) { pair.sum += small.number; });
  }
  repeat(
      times / Crowd,
      [&] {
        pair.window.send("crowd", Small{1, 2, 3, 4});
      },
      [&] { pair.bus.main().poll(); }, [] {});
}

void idlePoll(int times) {
  Pair pair;
  repeat(
      times, [] {}, [&] { pair.bus.main().poll(); }, [] {});
}

void request(int times) {
  Pair pair;
  repeat(
      times, [] {},
      [&] {
        auto answer = pair.window.request<std::uint64_t>("question", std::uint64_t{1});
        pair.bus.main().poll();
        pair.sum += answer.get();
      },
      [] {});
}

void invoke(int times) {
  Pair pair;
  repeat(
      times, [] {},
      [&] {
        auto answer = pair.window.invoke<std::uint64_t>("question", std::uint64_t{1});
        pair.bus.main().poll();
        pair.sum += answer.get();
      },
      [] {});
}

/// Main lives on a thread that polls when it is told to.
class Answerer {
 public:
  explicit Answerer(Pair& pair) : main_(pair.bus.main()), thread_([this] { loop(); }) {}
  ~Answerer() {
    pass(Turn::End);
    thread_.join();
  }

  /// Returns when main has polled.
  void poll() {
    pass(Turn::Theirs);
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return turn_ == Turn::Ours; });
  }

 private:
  enum class Turn { Ours, Theirs, End };

  void pass(Turn to) {
    std::lock_guard const lock(mutex_);
    turn_ = to;
    changed_.notify_all();
  }
  void loop() {
    for (;;) {
      {
        std::unique_lock lock(mutex_);
        changed_.wait(lock, [this] { return turn_ != Turn::Ours; });
        if (turn_ == Turn::End) return;
      }
      main_.poll();
      pass(Turn::Ours);
    }
  }

  tincan::Main& main_;
  std::mutex mutex_;
  std::condition_variable changed_;
  Turn turn_ = Turn::Ours;
  std::thread thread_;
};

/// The one who asks; the answer is there when it looks for it, so that it never spins.
void sendSync(int times) {
  bool isOver = false;  // then the bus closes, and rings once more
  Pair pair;
  Answerer answerer(pair);
  pair.bus.main().onWake([&] {
    if (isOver) return;
    bool const wasCounting = isCounting;
    if (wasCounting) stopCounting();
    answerer.poll();
    if (wasCounting) startCounting();
  });
  answerer.poll();
  repeat(
      times, [] {},
      [&] { pair.sum += pair.window.sendSync<std::uint64_t>("question", std::uint64_t{1}); },
      [] {});
  isOver = true;
}

/// A send to an endpoint that waits in a foreign loop, which each message wakes.
void wakingSend(int times) {
  std::uint64_t wakes = 0;
  Pair pair;
  pair.bus.main().onWake([&] { ++wakes; });
  repeat(
      times, [] {},
      [&] {
        pair.window.send("small", Small{1, 2, 3, 4});
      },
      [&] { pair.bus.main().poll(); });
  if (wakes < static_cast<std::uint64_t>(times)) std::abort();
}

/// One that supersedes the message before it.
void sendLatest(int times) {
  Pair pair;
  pair.window.sendLatest("small", Small{1, 2, 3, 4});
  repeat(
      times, [] {},
      [&] {
        pair.window.sendLatest("small", Small{1, 2, 3, 4});
      },
      [] {});
  if (pair.bus.main().poll() != 1) std::abort();
}

/// One that supersedes nothing, and what takes it.
void latest(int times) {
  Pair pair;
  repeat(
      times, [] {},
      [&] {
        pair.window.sendLatest("small", Small{1, 2, 3, 4});
        pair.bus.main().poll();
      },
      [] {});
}

void post(int times) {
  Pair pair;
  tincan::Peer const main = pair.window.main();
  repeat(
      times, [] {},
      [&] {
        main.post([&pair] { ++pair.sum; });
        pair.bus.main().poll();
      },
      [] {});
}

void call(int times) {
  Pair pair;
  tincan::Peer const main = pair.window.main();
  repeat(
      times, [] {},
      [&] {
        auto answer = main.call([] { return std::uint64_t{1}; });
        pair.bus.main().poll();
        pair.sum += answer.get();
      },
      [] {});
}

/// A function that is called later, among as many others.
void after(int times) {
  constexpr int Others = 1000;
  Pair pair;
  for (int i = 0; i < Others; ++i) pair.bus.main().after(std::chrono::hours(1), [] {});
  repeat(
      times, [] {},
      [&] {
        pair.bus.main().after(std::chrono::nanoseconds(0), [&pair] { ++pair.sum; });
        pair.bus.main().poll();
      },
      [] {});
  if (pair.sum < static_cast<std::uint64_t>(times)) std::abort();
}

/// A timer that repeats, once.
void every(int times) {
  Pair pair;
  pair.bus.main().every(std::chrono::nanoseconds(1), [&pair] { ++pair.sum; });
  repeat(
      times, [] {}, [&] { pair.bus.main().poll(); }, [] {});
  if (pair.sum < static_cast<std::uint64_t>(times)) std::abort();
}

/// A message that a function for all channels looks at, too.
void onAny(int times) {
  std::uint64_t seen = 0;
  Pair pair;
  pair.bus.main().onAny([&](tincan::Event&, tincan::Arguments const& all) { seen += all.size(); });
  repeat(
      times / Batch, [&] { sendBatch(pair); }, [&] { pair.bus.main().poll(); }, [] {});
  if (seen < static_cast<std::uint64_t>(times)) std::abort();
}

/// A message for a method of an object that a listener does not keep alive.
void method(int times) {
  struct Adding {
    void add(Small const& small) { sum += small.number; }
    std::uint64_t sum = 0;
  };
  auto const adding = std::make_shared<Adding>();
  Pair pair;
  pair.bus.main().removeAllListeners("small");
  pair.bus.main().on("small", adding, &Adding::add);
  repeat(
      times / Batch, [&] { sendBatch(pair); }, [&] { pair.bus.main().poll(); }, [] {});
  if (adding->sum < static_cast<std::uint64_t>(times)) std::abort();
}

struct Operation {
  std::string_view name;
  void (*function)(int);
  bool mayAllocate = false;
};
constexpr Operation operations[] = {{"send", send},
                                    {"poll", poll},
                                    {"listener", listener},
                                    {"idlePoll", idlePoll},
                                    {"request", request},
                                    {"invoke", invoke},
                                    {"sendSync", sendSync},
                                    {"wakingSend", wakingSend},
                                    {"sendLatest", sendLatest, true},
                                    {"latest", latest, true},
                                    {"post", post, true},
                                    {"call", call, true},
                                    {"after", after, true},
                                    {"every", every},
                                    {"onAny", onAny},
                                    {"method", method}};

/// False if there is none of that name.
bool run(std::string_view operation, int times) {
  for (auto const& known : operations) {
    if (known.name != operation) continue;
    known.function(times);
    if (known.mayAllocate) allocations = 0;
    return true;
  }
  return false;
}

}  // namespace

void* operator new(std::size_t size) { return allocate(size, alignof(std::max_align_t)); }
void* operator new(std::size_t size, std::align_val_t alignment) {
  return allocate(size, static_cast<std::size_t>(alignment));
}
void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::align_val_t) noexcept { std::free(memory); }
void operator delete(void* memory, std::size_t, std::align_val_t) noexcept { std::free(memory); }

int main(int argc, char** argv) {
  if (argc != 3 || !run(argv[1], std::atoi(argv[2]))) {
    std::fprintf(stderr, "usage: %s OPERATION TIMES, of these operations:", argv[0]);
    for (auto const& known : operations) {
      std::fprintf(stderr, " %s", std::string(known.name).c_str());
    }
    std::fputs("\n", stderr);
    return 2;
  }
  if (allocations == 0) return 0;
  std::fprintf(stderr, "%s: %llu allocations, expected none\n", argv[1],
               static_cast<unsigned long long>(allocations));
  return 1;
}
