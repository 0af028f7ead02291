// tests/unit/listener_tasks.cpp - listeners, posted functions and continuations that are coroutines
#include <array>
#include <coroutine>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "support.hpp"

using namespace test;
using tincan::Errc;
using tincan::Event;
using tincan::Future;
using tincan::Task;

namespace {

std::string const wordsTooLongForPlace =
    "a text that is too long to be kept without memory of its own";

/// Main, where the coroutines are, and a renderer on the same thread that answers them.
struct ListenerTaskFixture {
  ListenerTaskFixture() : reports(bus), ipc(bus.attach("window")) {
    ipc.poll();
    bus.main().poll();
    ipc.on("read",
           [](Event& event, std::string const& page) { event.returnValue = "text of " + page; });
    ipc.on("later", [this](Event& event) { replies.push_back(event.defer()); });
    ipc.on("loaded", [this](std::string const& text) { log.push_back(text); });
  }
  ~ListenerTaskFixture() { bus.close(); }  // before what the hooks and listeners write to goes
  ListenerTaskFixture(ListenerTaskFixture const&) = delete;
  ListenerTaskFixture& operator=(ListenerTaskFixture const&) = delete;

  tincan::Main& main() { return bus.main(); }
  void pump() {
    while (main().poll() + ipc.poll() != 0) {
    }
  }
  int counted() const { return Counted::alive - before; }

  int before = Counted::alive;
  Log log;
  std::vector<tincan::Reply> replies;
  tincan::Bus bus;
  Reports reports;
  tincan::Renderer ipc;
};

/// What a coroutine waits at until it is opened.
class Gate {
 public:
  auto operator co_await() noexcept {
    struct Awaiter {
      bool await_ready() const noexcept { return false; }
      void await_suspend(std::coroutine_handle<> self) const noexcept { gate.waiting_ = self; }
      void await_resume() const noexcept {}
      Gate& gate;
    };
    return Awaiter{*this};
  }
  void open() { std::exchange(waiting_, nullptr).resume(); }

 private:
  std::coroutine_handle<> waiting_;
};

}  // namespace

// ---- listeners ----------------------------------------------------------------------------------

TEST_CASE_METHOD(ListenerTaskFixture,
                 "a listener's Task has its captures, its event and its arguments") {
  auto const listener = [suffix = std::make_unique<std::string>(wordsTooLongForPlace)](
                            Event& event, std::string const& page, Counted) -> Task<> {
    auto text = co_await event.sender.request<std::string>("read", page);
    event.reply("loaded", std::string(event.channel().name()) + ": " + text + *suffix);
  };
  using Listener = std::remove_const_t<decltype(listener)>;
  tincan::Listener const token = main().on("load", std::move(const_cast<Listener&>(listener)));
  ipc.send("load", wordsTooLongForPlace, Counted(1));
  main().poll();
  REQUIRE(counted() == 2);  // the call's, and that of the coroutine
  SECTION("while it is there") {}
  SECTION("when it has been removed") { token.remove(); }
  SECTION("when all have been removed") { main().removeAllListeners(); }
  SECTION("when others have been called meanwhile") {
    ipc.send("load", "another", Counted(2));
    main().poll();
  }
  pump();
  REQUIRE_FALSE(log.empty());
  REQUIRE(log[0] == "load: text of " + wordsTooLongForPlace + wordsTooLongForPlace);
  REQUIRE(counted() == 0);
  REQUIRE(reports.errors().empty());
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(ListenerTaskFixture, "a once listener's Task goes on after it has been disarmed") {
  main().once("load", [keep = wordsTooLongForPlace](Event& event, std::string page) -> Task<> {
    event.reply("loaded", co_await event.sender.request<std::string>("read", page) + keep);
  });
  ipc.send("load", wordsTooLongForPlace);
  ipc.send("load", wordsTooLongForPlace);
  pump();
  REQUIRE(log == Log{"text of " + wordsTooLongForPlace + wordsTooLongForPlace});
  REQUIRE(main().listenerCount("load") == 0);
}

TEST_CASE_METHOD(ListenerTaskFixture, "a listener's Task answers when it has the answer") {
  main().on("title", [](Event& event, std::string const& page) -> Task<> {
    event.returnValue = co_await event.sender.request<std::string>("read", page);
  });
  auto future = ipc.request<std::string>("title", wordsTooLongForPlace);
  main().poll();
  REQUIRE_FALSE(future.ready());
  pump();
  REQUIRE(future.get() == "text of " + wordsTooLongForPlace);
}

TEST_CASE_METHOD(ListenerTaskFixture,
                 "a listener's Task that ends without an answer is NoReply, not before") {
  main().on("x", [](Event& event) -> Task<int> {
    co_await event.sender.request<void>("read", "page");
    co_return 5;  // what a listener returns is no answer
  });
  auto future = ipc.request<int>("x");
  main().poll();
  REQUIRE_FALSE(future.ready());
  pump();
  REQUIRE(codeOf([&] { return future.get(); }) == Errc::NoReply);
}

TEST_CASE_METHOD(ListenerTaskFixture, "a listener's Task that ends at once") {
  main().on("answers", [](Event& event) -> Task<> {
    event.returnValue = 5;
    co_return;
  });
  main().on("says nothing", [](Event&) -> Task<> { co_return; });
  main().on("throws", [](Event&) -> Task<> {
    throw 42;
    co_return;
  });
  auto answers = ipc.request<int>("answers");
  auto nothing = ipc.request<int>("says nothing");
  auto throws = ipc.request<int>("throws");
  main().poll();
  REQUIRE(answers.get() == 5);
  REQUIRE(codeOf([&] { return nothing.get(); }) == Errc::NoReply);
  REQUIRE_THROWS_AS(throws.get(), int);
  REQUIRE(reports.errors().size() == 1);
}

TEST_CASE_METHOD(ListenerTaskFixture,
                 "what a listener's Task throws goes to onError, and answers") {
  main().on("x", [](Event& event, bool answersFirst) -> Task<> {
    co_await event.sender.request<void>("read", "page");
    if (answersFirst) event.returnValue = 1;
    throw std::runtime_error("thrown");
  });
  auto first = ipc.request<int>("x", true);
  auto second = ipc.request<int>("x", false);
  ipc.send("x", false);
  pump();
  REQUIRE(first.get() == 1);
  REQUIRE_THROWS_AS(second.get(), std::runtime_error);
  REQUIRE(reports.errors() == Log(3, "x window>main: thrown"));
}

TEST_CASE_METHOD(ListenerTaskFixture,
                 "several listeners of a message, of which some are coroutines") {
  main().on("x", [this](std::vector<int>& numbers) -> Task<> {
    numbers.push_back(4);  // its own
    co_await main().peer().request<void>("y");
    log.push_back(std::to_string(numbers.size()));
  });
  main().on("x", [this](std::vector<int> const& numbers) {
    log.push_back(std::to_string(numbers.size()));
  });
  main().on("y", [](Event& event) { event.returnValue = 0; });
  ipc.send("x", std::vector<int>{1, 2, 3});
  main().poll();
  main().poll();
  main().poll();
  REQUIRE(log == Log{"3", "4"});

  SECTION("the first answer wins, whoever gives it") {
    main().on("z", [](Event& event) -> Task<> {
      co_await event.sender.request<void>("read", "page");
      event.returnValue = 1;
    });
    bool isPlainFirst = false;
    SECTION("the Task's") {}
    SECTION("that of a plain listener") {
      isPlainFirst = true;
      main().on("z", [](Event& event) { event.returnValue = 2; });
    }
    auto future = ipc.request<int>("z");
    main().poll();
    REQUIRE(future.ready() == isPlainFirst);
    pump();
    REQUIRE(future.get() == (isPlainFirst ? 2 : 1));
  }
  SECTION("NoReply comes when the last of them has ended") {
    main().on("z",
              [](Event& event) -> Task<> { co_await event.sender.request<void>("read", "page"); });
    main().on("z", [](Event& event) -> Task<> { co_await event.sender.request<void>("later"); });
    auto future = ipc.request<int>("z");
    pump();
    REQUIRE_FALSE(future.ready());
    replies.clear();
    pump();
    REQUIRE(codeOf([&] { return future.get(); }) == Errc::NoReply);
    REQUIRE(reports.errors().size() == 1);  // the second one got NoReply itself
  }
}

TEST_CASE_METHOD(ListenerTaskFixture,
                 "a listener's Task defers, and asks whether somebody still waits") {
  std::optional<tincan::Reply> reply;
  std::vector<bool> cancelled;
  main().on("x", [&](Event& event) -> Task<> {
    cancelled.push_back(event.cancelled());
    co_await event.sender.request<void>("read", "page");
    cancelled.push_back(event.cancelled());
    reply = event.defer();
  });
  auto future = ipc.request<int>("x");
  SECTION("it is answered by the Reply, after the end of the Task") {
    pump();
    REQUIRE_FALSE(future.ready());
    REQUIRE_FALSE(reply->cancelled());
    REQUIRE(reply->set(5));
    REQUIRE(reply->cancelled());
    REQUIRE(future.get() == 5);
    REQUIRE(cancelled == std::vector{false, false});
  }
  SECTION("it is given up meanwhile") {
    main().poll();
    future.cancel();
    pump();
    REQUIRE(cancelled == std::vector{false, true});
    REQUIRE(reply->cancelled());
    REQUIRE_FALSE(reply->set(5));
  }
}

TEST_CASE_METHOD(ListenerTaskFixture, "a listener's Task takes what can only be moved by T&") {
  int sum = 0;
  main().on("x", [&](Event& event, std::unique_ptr<int>& number) -> Task<> {
    co_await event.sender.request<void>("read", "page");
    sum += *number;
  });
  ipc.send("x", std::make_unique<int>(5));
  pump();
  REQUIRE(sum == 5);
}

TEST_CASE_METHOD(ListenerTaskFixture,
                 "a listener's Task keeps the ports that came with its message") {
  tincan::MessageChannel channel;
  main().on("port", [](Event& event, int number) -> Task<> {
    co_await event.sender.request<void>("read", "page");
    event.ports.at(0).postMessage(number);
  });
  channel.port1.on("message", [this](int number) { log.push_back(std::to_string(number)); });
  channel.port1.start(ipc);
  ipc.postMessage("port", 7, std::move(channel.port2));
  pump();
  REQUIRE(log == Log{"7"});
}

TEST_CASE_METHOD(ListenerTaskFixture, "a port's listener may be a coroutine") {
  tincan::MessageChannel channel;
  channel.port1.on("message",
                   [this, keep = wordsTooLongForPlace](Event& event, std::string text) -> Task<> {
                     co_await main().peer().request<void>("y");
                     log.push_back(std::string(event.channel().name()) + " " + text + keep);
                   });
  main().on("y", [](Event& event) { event.returnValue = 0; });
  channel.port1.start(ipc);
  channel.port2.postMessage(wordsTooLongForPlace);
  pump();
  REQUIRE(log == Log{"message " + wordsTooLongForPlace + wordsTooLongForPlace});
}

TEST_CASE_METHOD(ListenerTaskFixture,
                 "the end of its endpoint ends what a listener's Task waits for") {
  std::optional<Errc> code;
  bool wasCancelled = false;
  main().on("x", [&, held = Counted(1)](Event& event, std::string const& text) -> Task<> {
    try {
      co_await event.sender.request<void>("later");
    } catch (tincan::Error const& error) {
      code = error.code();
    }
    wasCancelled = event.cancelled();
    log.push_back(text);
    throw tincan::Error(Errc::Closed, {}, "as coroutines end");
  });
  auto future = ipc.request<int>("x", wordsTooLongForPlace);
  main().poll();
  ipc.poll();
  bus.close();
  main().poll();
  REQUIRE(code == Errc::Closed);
  REQUIRE(wasCancelled);
  REQUIRE(log == Log{wordsTooLongForPlace});
  REQUIRE(codeOf([&] { return future.get(); }) == Errc::Closed);
  REQUIRE(reports.errors().empty());
}

TEST_CASE_METHOD(ListenerTaskFixture,
                 "a listener of a scope and one of a typed channel may be coroutines") {
  constexpr tincan::Channel<int(std::string)> length{"length"};
  main().on(length, [](Event& event, auto const& text) -> Task<> {
    co_await event.sender.request<void>("read", "page");
    event.returnValue = static_cast<int>(text.size());
  });
  main().from(ipc.peer()).on("x", [](Event& event, std::string text) -> Task<> {
    co_await event.sender.request<void>("read", "page");
    event.returnValue = text;
  });
  auto typed = ipc.request(length, wordsTooLongForPlace);
  auto scoped = ipc.request<std::string>("x", wordsTooLongForPlace);
  pump();
  REQUIRE(typed.get() == static_cast<int>(wordsTooLongForPlace.size()));
  REQUIRE(scoped.get() == wordsTooLongForPlace);
}

TEST_CASE_METHOD(ListenerTaskFixture,
                 "a listener that returns the Task of somebody else waits for that") {
  Gate gate;
  bool hasEnded = false;
  auto const work = [&](Counted) -> Task<> {
    co_await gate;
    hasEnded = true;
  };
  main().on("x", [&, held = wordsTooLongForPlace] {
    return work(Counted(static_cast<int>(held.size())));
  });
  auto future = ipc.request<int>("x");
  main().poll();
  main().removeAllListeners();
  REQUIRE_FALSE(future.ready());
  gate.open();
  REQUIRE(hasEnded);
  REQUIRE(codeOf([&] { return future.get(); }) == Errc::NoReply);
  REQUIRE(counted() == 0);
}

TEST_CASE_METHOD(ListenerTaskFixture,
                 "a listener or handler that returns a Task which was moved from") {
  auto const stale = []() -> Task<int> {
    auto const coroutine = []() -> Task<int> { co_return 1; };
    Task<int> task = coroutine();
    Task<int> const other = std::move(task);
    return task;
  };
  main().on("x", stale);
  main().handle("x", stale);
  main().post(stale);
  auto request = ipc.request<int>("x");
  auto invoke = ipc.invoke<int>("x");
  pump();
  REQUIRE(codeOf([&] { return request.get(); }) == Errc::AlreadyRetrieved);
  REQUIRE(codeOf([&] { return invoke.get(); }) == Errc::AlreadyRetrieved);
}

TEST_CASE_METHOD(ListenerTaskFixture,
                 "a Task that somebody else waits for keeps what it uses until it ends") {
  using Words = std::string;
  auto const slow = [this](Words const& held, Counted const& counted) -> Task<int> {
    co_await ipc.peer().request<int>("later");
    log.push_back(held);
    co_return counted.number;
  };
  std::vector<Task<>> waiters;
  int waited = 0;
  auto const awaited = [&](Task<int> task) {
    auto const wait = [](Task<int>& one, int& result) -> Task<> { result = co_await one; };
    waiters.push_back(wait(task, waited));
    return task;
  };
  std::optional<Future<int>> answer;
  SECTION("of a handler") {
    main().handle(
        "x", [&, held = Counted(7)](Words const& words) { return awaited(slow(words, held)); });
    answer = ipc.invoke<int>("x", wordsTooLongForPlace);
  }
  SECTION("of a listener") {
    main().on("x",
              [&, held = Counted(7)](Words const& words) { return awaited(slow(words, held)); });
    answer = ipc.request<int>("x", wordsTooLongForPlace);
  }
  SECTION("of a posted function") {
    main().post([&, words = wordsTooLongForPlace, held = Counted(7)] {
      return awaited(slow(words, held));
    });
  }
  SECTION("of a function of then") {
    ipc.peer()
        .request<Words>("read", "it")
        .then(main(), [&, words = wordsTooLongForPlace, held = Counted(7)](Future<Words>) {
          return awaited(slow(words, held));
        });
  }
  pump();
  main().removeAllListeners();
  main().removeHandler("x");
  if (answer) REQUIRE(codeOf([&] { return answer->get(); }) == Errc::AlreadyRetrieved);
  REQUIRE(log.empty());
  REQUIRE(counted() == 1);
  replies.at(0).set(1);
  pump();
  REQUIRE(log == Log{wordsTooLongForPlace});
  REQUIRE(waited == 7);
  REQUIRE(counted() == 0);
}

// ---- posted functions and continuations ---------------------------------------------------------

TEST_CASE_METHOD(ListenerTaskFixture, "a posted coroutine has its captures until it ends") {
  main().post([this, held = std::make_unique<std::string>(wordsTooLongForPlace)]() -> Task<> {
    auto const text = co_await ipc.peer().request<std::string>("read", *held);
    log.push_back(text + *held);
    throw std::runtime_error("thrown");
  });
  pump();
  REQUIRE(log == Log{"text of " + wordsTooLongForPlace + wordsTooLongForPlace});
  REQUIRE(reports.errors() == Log{" main>main: thrown"});
}

TEST_CASE_METHOD(ListenerTaskFixture,
                 "a posted coroutine that ends at once, and one that throws at once") {
  main().post([this, held = Counted(1)]() -> Task<> {
    log.push_back(std::to_string(held.number));
    co_return;
  });
  main().post([held = Counted(2)]() -> Task<> {
    throw std::runtime_error("thrown");
    co_return;
  });
  pump();
  REQUIRE(log == Log{"1"});
  REQUIRE(reports.errors().size() == 1);
  REQUIRE(counted() == 0);
}

TEST_CASE_METHOD(ListenerTaskFixture, "a posted coroutine of an endpoint that is closed") {
  std::optional<Errc> code;
  auto const coroutine = [&, held = Counted(1)]() -> Task<> {
    try {
      co_await ipc.peer().request<void>("later");
    } catch (tincan::Error const& error) {
      code = error.code();
      log.push_back(std::to_string(held.number));
    }
  };
  SECTION("before it is run: it is destroyed") {
    main().post(coroutine);
    bus.close();
    pump();
    REQUIRE(log.empty());
  }
  SECTION("while it waits: it gets Closed") {
    main().post(coroutine);
    main().poll();
    bus.close();
    pump();
    REQUIRE(code == Errc::Closed);
    REQUIRE(log == Log{"1"});
  }
  REQUIRE(counted() == 1);  // that of this test
}

TEST_CASE_METHOD(ListenerTaskFixture, "the function of then may be a coroutine") {
  auto future = ipc.invoke<int>("number");
  main().handle("number", [] { return 5; });
  SECTION("when it is to wait") {}
  SECTION("when the answer is there") { main().poll(); }
  std::move(future).then(
      ipc,
      [&, held = std::make_unique<std::string>(wordsTooLongForPlace)](Future<int> ready) -> Task<> {
        int const number = ready.get();
        auto const other = co_await ipc.invoke<int>("number");
        log.push_back(std::to_string(number + other) + *held);
        throw std::runtime_error("thrown");
      });
  pump();
  REQUIRE(log == Log{"10" + wordsTooLongForPlace});
  REQUIRE(reports.errors() == Log{" window>window: thrown"});
}

TEST_CASE_METHOD(ListenerTaskFixture,
                 "a handler's Task keeps arguments that need more than the usual alignment") {
  struct alignas(64) Wide {
    std::array<float, 16> numbers{};
    bool isAligned() const { return reinterpret_cast<std::uintptr_t>(this) % alignof(Wide) == 0; }
  };
  int aligned = 0;
  main().handle("x", [&](tincan::InvokeEvent& event, Wide const& held, Wide own) -> Task<Wide> {
    Wide local = own;
    co_await event.sender.request<void>("read", "page");
    aligned += held.isAligned() ? 1 : 0;
    aligned += own.isAligned() ? 1 : 0;
    aligned += local.isAligned() ? 1 : 0;
    local.numbers[0] += held.numbers[0];
    co_return local;
  });
  main().on("x", [&](Event& event, Wide const& held) -> Task<> {
    co_await event.sender.request<void>("read", "page");
    aligned += held.isAligned() ? 1 : 0;
  });
  Wide wide;
  wide.numbers[0] = 2;
  auto future = ipc.invoke<Wide>("x", wide, wide);
  ipc.send("x", wide);
  pump();
  REQUIRE(future.get().numbers[0] == 4);
  REQUIRE(aligned == 4);
}
