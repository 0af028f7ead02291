// tests/unit/channels.cpp - channels with a type, wherever a name goes
#include <chrono>
#include <cmath>
#include <memory>
#include <string_view>

#include "main_and_window.hpp"
#include "support.hpp"

using namespace test;
using tincan::Channel;
using tincan::Errc;
using tincan::SendResult;
using tincan::Task;
using namespace std::chrono_literals;

namespace {

inline constexpr Channel<int(std::string)> length{"length"};
inline constexpr Channel<void(int, std::string)> noteChannel{"note"};
inline constexpr Channel<void()> tick{"tick"};
inline constexpr Channel<double(double, double)> add{"add"};
inline constexpr Channel<std::unique_ptr<int>(std::unique_ptr<int>)> box{"box"};
inline constexpr Channel<int(int, std::optional<int>, std::optional<std::string>)> optional{
    "optional"};

static_assert(length.name() == "length");
static_assert(std::is_same_v<decltype(std::declval<tincan::Peer>().sendSync(length, "")), int>);
static_assert(std::is_same_v<decltype(std::declval<tincan::Peer>().request(length, "")),
                             tincan::Future<int>>);
static_assert(
    std::is_same_v<decltype(std::declval<tincan::Peer>().invoke(tick)), tincan::Future<void>>);

struct ChannelFixture : MainAndWindow {
  template <class Signature, class... A>
  auto ask(Channel<Signature> const& channel, A&&... arguments) {
    auto future = ipc.request(channel, std::forward<A>(arguments)...);
    pump();
    return future.get();
  }
  template <class Signature, class... A>
  auto call(Channel<Signature> const& channel, A&&... arguments) {
    auto future = ipc.invoke(channel, std::forward<A>(arguments)...);
    pump();
    return future.get();
  }
};

void noteFunction(int, std::string const&) {}
int lengthFunction(std::string text) { return static_cast<int>(text.size()); }

}  // namespace

// ---- the verbs ----------------------------------------------------------------------------------

TEST_CASE_METHOD(ChannelFixture, "send goes to typed and untyped listeners") {
  main.on(noteChannel, [&](int number, std::string const& text) {
    log.push_back("typed " + std::to_string(number) + text);
  });
  main.on("note", [&](tincan::Event& event, int number, std::string const& text) {
    log.push_back("untyped " + std::to_string(number) + text);
    REQUIRE(event.channel() == noteChannel);
  });
  REQUIRE(ipc.send(noteChannel, 1, "a") == SendResult::Queued);
  REQUIRE(main.peer().send(noteChannel, 2, std::string("b")) == SendResult::Queued);
  ipc.send("note", 3, "c");
  pump();
  REQUIRE(log == Log{"typed 1a", "untyped 1a", "typed 2b", "untyped 2b", "typed 3c", "untyped 3c"});
}

TEST_CASE("sendSync on a typed channel knows its result, with a deadline, too") {
  tincan::Bus bus;
  bus.main().on(length, [](tincan::Event& event, std::string const& text) {
    event.returnValue = static_cast<int>(text.size());
  });
  int a = 0, b = 0, c = 0, d = 0;
  auto window = bus.spawn("window", [&](tincan::Renderer& ipc) {
    a = ipc.sendSync(length, "four");
    b = ipc.sendSync<int>(length, "three");
    c = ipc.within(1h).sendSync(length, std::string("sixsix"));
    d = ipc.main().sendSync(length, std::string_view("sevensev", 7));
    bus.main().quit();
  });
  bus.main().run();
  window.join();
  REQUIRE(a == 4);
  REQUIRE(b == 5);
  REQUIRE(c == 6);
  REQUIRE(d == 7);
}

TEST_CASE_METHOD(ChannelFixture, "request and invoke on a typed channel know their result") {
  main.on(length, [](tincan::Event& event, std::string const& text) {
    event.returnValue = static_cast<int>(text.size());
  });
  main.handle(length, [](std::string const& text) { return -static_cast<int>(text.size()); });
  tincan::Future<int> a = ipc.request(length, "a");
  tincan::Future<int> b = ipc.within(1h).request(length, "bb");
  tincan::Future<int> c = ipc.request<int>(length, "ccc");
  tincan::Future<int> d = ipc.invoke(length, "dddd");
  tincan::Future<int> e = ipc.within(1h).invoke(length, "eeeee");
  tincan::Future<int> f = ipc.invoke<int>(length, "ffffff");
  tincan::Future<int> g = main.peer().invoke(length, "ggggggg");
  tincan::Future<int> h = main.peer().within(1h).invoke(length, "hhhhhhhh");
  main.poll();
  REQUIRE(a.get() == 1);
  REQUIRE(b.get() == 2);
  REQUIRE(c.get() == 3);
  REQUIRE(d.get() == -4);
  REQUIRE(e.get() == -5);
  REQUIRE(f.get() == -6);
  REQUIRE(g.get() == -7);
  REQUIRE(h.get() == -8);
}

TEST_CASE_METHOD(ChannelFixture, "on, addListener, once, off and their like take typed channels") {
  auto const listener = main.on(tick, [&] { log.push_back("on"); });
  main.addListener(tick, [&] { log.push_back("addListener"); });
  main.once(tick, [&](tincan::Event&) { log.push_back("once"); });
  REQUIRE(main.listenerCount(tick) == 3);
  REQUIRE(main.listenerCount("tick") == 3);
  REQUIRE(main.channels() == Log{"tick"});
  ipc.send(tick);
  ipc.send(tick);
  pump();
  REQUIRE(log == Log{"on", "addListener", "once", "on", "addListener"});
  REQUIRE(main.off(listener));
  REQUIRE_FALSE(main.removeListener(listener));
  REQUIRE(main.listenerCount(tick) == 1);
  main.handle(tick, [] {});
  main.removeAllListeners(tick);
  REQUIRE(main.listenerCount(tick) == 0);
  REQUIRE(main.hasHandler(tick));
}

TEST_CASE_METHOD(ChannelFixture,
                 "handle, handleOnce, hasHandler and removeHandler take typed channels") {
  REQUIRE_FALSE(main.hasHandler(length));
  auto const handler = main.handle(length, lengthFunction);
  REQUIRE(main.hasHandler(length));
  REQUIRE(main.hasHandler("length"));
  REQUIRE(call(length, "four") == 4);
  std::string const what = whatOf([&] { return main.handle(length, lengthFunction); });
  REQUIRE(contains(what, "Attempted to register a second handler for 'length'"));
  REQUIRE(main.off(handler));
  REQUIRE_FALSE(main.hasHandler(length));
  main.handleOnce(length, [](tincan::InvokeEvent&, std::string const&) { return 7; });
  REQUIRE(call(length, "four") == 7);
  REQUIRE(codeOf([&] { return call(length, "four"); }) == Errc::NoHandler);
  main.handle(length, lengthFunction);
  main.removeHandler(length);
  REQUIRE_FALSE(main.hasHandler(length));
}

TEST_CASE_METHOD(ChannelFixture, "broadcast and sendToHost take typed channels") {
  auto other = bus.attach("other");
  auto const listen = [&](tincan::Renderer& renderer) {
    renderer.on(noteChannel, [&](int number, std::string const& text) {
      log.push_back(renderer.name() + std::to_string(number) + text);
    });
  };
  listen(ipc);
  listen(other);
  REQUIRE(main.broadcast(noteChannel, 1, "a") == 2);
  REQUIRE(main.broadcast(noteChannel, 2L, std::string("b")) == 2);
  REQUIRE(codeOf([&] { return main.broadcast(noteChannel, 1LL << 40, "c"); }) ==
          Errc::TypeMismatch);
  ipc.poll();
  other.poll();
  REQUIRE(log == Log{"window1a", "window2b", "other1a", "other2b"});
  log.clear();
  main.on(noteChannel, [&](int number, std::string const& text) {
    log.push_back("main" + std::to_string(number) + text);
  });
  REQUIRE(ipc.sendToHost(noteChannel, 3, "c") == SendResult::Queued);
  main.poll();
  REQUIRE(log == Log{"main3c"});
}

TEST_CASE_METHOD(ChannelFixture, "a scope and an event's reply take typed channels") {
  main.from(ipc.peer()).on(noteChannel, [&](tincan::Event& event, int number, std::string const&) {
    event.reply(noteChannel, number + 1, "reply");
  });
  main.from(ipc.peer()).handle(length, [](std::string const&) { return 5; });
  ipc.on(noteChannel, [&](int number, std::string const& text) {
    log.push_back(std::to_string(number) + text);
  });
  ipc.send(noteChannel, 1, "a");
  REQUIRE(call(length, "") == 5);
  REQUIRE(log == Log{"2reply"});
}

TEST_CASE_METHOD(ChannelFixture, "keepLast, allow and allowAll take typed channels") {
  main.keepLast(noteChannel);
  ipc.send(noteChannel, 1, "a");
  pump();
  main.on(noteChannel, [&](int number, std::string const& text) {
    log.push_back(std::to_string(number) + text);
  });
  pump();
  REQUIRE(log == Log{"1a"});
  main.allow(noteChannel, {"nobody"});
  ipc.send(noteChannel, 2, "b");
  pump();
  REQUIRE(log.size() == 1);
  main.allowAll(noteChannel);
  ipc.send(noteChannel, 3, "c");
  main.allow(tick, [](tincan::Peer const&) { return false; });
  main.on(tick, [&] { log.push_back("tick"); });
  ipc.send(tick);
  pump();
  REQUIRE(log == Log{"1a", "3c"});
}

TEST_CASE_METHOD(ChannelFixture, "verbs to the closed answer on typed channels, too") {
  tincan::Peer const peer = ipc.peer();
  ipc.close();
  REQUIRE(peer.send(tick) == SendResult::Closed);
  REQUIRE(tincan::Peer().send(tick) == SendResult::Closed);
  REQUIRE(codeOf([&] { return peer.sendSync(length, ""); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return peer.request(length, "").get(); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return peer.invoke(length, "").get(); }) == Errc::Closed);
  REQUIRE(codeOf([&] { return ipc.send(tick); }) == Errc::Closed);
}

// ---- arguments ----------------------------------------------------------------------------------

TEST_CASE_METHOD(ChannelFixture,
                 "what is sent has the type of the signature, whatever it was before") {
  auto const check = [](tincan::Endpoint& to, auto const& channel, auto& types) {
    to.on(channel.name(), [&types](tincan::Event&, std::int64_t&, float&, std::string&, bool&) {
      types.push_back("as in the signature");
    });
  };
  constexpr Channel<void(std::int64_t, float, std::string, bool)> channel{"x"};
  check(main, channel, log);
  char array[] = "array";
  std::string_view const view = "view";
  std::string const string = "string";
  ipc.send(channel, 1, 2, "literal", 1);
  ipc.send(channel, 1u, 2.0, array, true);
  ipc.send(channel, 1.0, 2LL, view, 0u);
  ipc.send(channel, 'a', 2.5, string, false);
  pump();
  REQUIRE(log == Log(4, "as in the signature"));
  REQUIRE(bus.stats().deadLetters.empty());
}

TEST_CASE_METHOD(
    ChannelFixture,
    "numbers that the signature's type cannot represent throw TypeMismatch, from the call") {
  constexpr Channel<int(signed char)> small{"small"};
  constexpr Channel<void(unsigned)> unsignedOne{"unsigned"};
  constexpr Channel<void(bool)> boolean{"bool"};
  constexpr Channel<void(float)> floating{"float"};
  main.on(small, [&] { ++calls; });
  for (auto const value : {128, -129, 1000}) {
    REQUIRE(codeOf([&] { return ipc.send(small, value); }) == Errc::TypeMismatch);
    REQUIRE(codeOf([&] { return ipc.sendSync(small, value); }) == Errc::TypeMismatch);
    REQUIRE(codeOf([&] { return ipc.request(small, value).ready(); }) == Errc::TypeMismatch);
    REQUIRE(codeOf([&] { return ipc.invoke(small, value).ready(); }) == Errc::TypeMismatch);
    REQUIRE(codeOf([&] { return ipc.within(1h).invoke(small, value).ready(); }) ==
            Errc::TypeMismatch);
    REQUIRE(codeOf([&] { return main.broadcast(small, value); }) == Errc::TypeMismatch);
    REQUIRE(codeOf([&] { return ipc.sendToHost(small, value); }) == Errc::TypeMismatch);
  }
  REQUIRE(codeOf([&] { return ipc.send(small, 1.5); }) == Errc::TypeMismatch);
  REQUIRE(codeOf([&] { return ipc.send(small, std::nan("")); }) == Errc::TypeMismatch);
  REQUIRE(codeOf([&] { return ipc.send(unsignedOne, -1); }) == Errc::TypeMismatch);
  REQUIRE(codeOf([&] { return ipc.send(boolean, 2); }) == Errc::TypeMismatch);
  REQUIRE(codeOf([&] { return ipc.send(floating, 1e300); }) == Errc::TypeMismatch);
  std::string const what = whatOf([&] { return ipc.send(small, 1000L); });
  REQUIRE(contains(what, "'small'"));
  REQUIRE(contains(what, "expected signed char"));
  REQUIRE(contains(what, "got long"));
  pump();
  REQUIRE(calls == 0);
  REQUIRE(bus.stats().sent == 0);
  for (auto const value : {127, -128}) REQUIRE(ipc.send(small, value) == SendResult::Queued);
  pump();
  REQUIRE(calls == 2);
}

TEST_CASE_METHOD(ChannelFixture, "a number for an optional parameter is checked as well") {
  constexpr Channel<void(std::optional<signed char>)> small{"small"};
  std::vector<std::optional<signed char>> got;
  main.on(small, [&](std::optional<signed char> value) { got.push_back(value); });
  ipc.send(small, static_cast<signed char>(1));
  ipc.send(small, std::optional<signed char>(static_cast<signed char>(2)));
  ipc.send(small, 3);
  ipc.send(small);
  ipc.send(small, std::nullopt);
  pump();
  REQUIRE(got == std::vector<std::optional<signed char>>{1, 2, 3, std::nullopt, std::nullopt});
  REQUIRE(codeOf([&] { return ipc.send(small, 1000); }) == Errc::TypeMismatch);
  REQUIRE(codeOf([&] { return ipc.send(small, 1.5); }) == Errc::TypeMismatch);
}

TEST_CASE_METHOD(ChannelFixture,
                 "an unscoped enumerator that a number cannot represent is no other number") {
  enum Size { Large = 1000, Fine = 100 };
  constexpr Channel<void(signed char)> small{"small"};
  std::vector<int> got;
  main.on(small, [&](signed char value) { got.push_back(value); });
  ipc.send(small, Fine);
  auto const code = codeOf([&] { return ipc.send(small, Large); });
  pump();
  REQUIRE(code == Errc::TypeMismatch);
  REQUIRE(got == std::vector<int>{100});
}

TEST_CASE_METHOD(ChannelFixture, "trailing optional arguments may be left out") {
  main.handle(optional, [](int a, std::optional<int> b, std::optional<std::string> const& c) {
    return a + b.value_or(10) + static_cast<int>(c.value_or("").size()) * 100;
  });
  REQUIRE(call(optional, 1) == 11);
  REQUIRE(call(optional, 1, 2) == 3);
  REQUIRE(call(optional, 1, std::nullopt) == 11);
  REQUIRE(call(optional, 1, 2, "abc") == 303);
  REQUIRE(call(optional, 1, std::nullopt, std::string("abc")) == 311);
  // What was left out travels as an empty one: T& gets it.
  main.on(optional,
          [](tincan::Event& event, int, std::optional<int>& b, std::optional<std::string>& c) {
            event.returnValue = (b.has_value() ? 1 : 0) + (c.has_value() ? 2 : 0);
          });
  REQUIRE(ask(optional, 1) == 0);
  REQUIRE(ask(optional, 1, 2) == 1);
  REQUIRE(ask(optional, 1, 2, "abc") == 3);
}

TEST_CASE_METHOD(ChannelFixture, "a typed listener may take fewer arguments, or an optional more") {
  main.on(noteChannel, [&] { log.push_back("none"); });
  main.on(noteChannel, [&](tincan::Event&) { log.push_back("event"); });
  main.on(noteChannel, [&](int number) { log.push_back(std::to_string(number)); });
  main.on(noteChannel, [&](tincan::Event&, long number) { log.push_back(std::to_string(number)); });
  main.on(
      noteChannel, [&](std::optional<int> number, std::string_view text, std::optional<int> more) {
        log.push_back(std::to_string(*number) + std::string(text) + (more.has_value() ? "?" : ""));
      });
  main.on(noteChannel, noteFunction);
  main.on(noteChannel, std::function<void(int)>([&](int number) {
            log.push_back("function " + std::to_string(number));
          }));
  ipc.send(noteChannel, 5, "text");
  pump();
  REQUIRE(log == Log{"none", "event", "5", "5", "5text", "function 5"});
  REQUIRE(reports.errors().empty());
  main.handle(length, [] { return 3; });
  REQUIRE(call(length, "four") == 3);
}

TEST_CASE_METHOD(ChannelFixture, "generic lambdas listen to typed channels") {
  main.on(noteChannel, [&](auto const& number, auto const& text) {
    static_assert(std::is_same_v<decltype(number), int const&>);
    log.push_back(std::to_string(number) + text);
  });
  main.on(noteChannel, [&](tincan::Event& event, auto number, auto text) {
    static_assert(std::is_same_v<decltype(text), std::string>);
    log.push_back(event.sender.name() + std::to_string(number) + text);
  });
  main.on(noteChannel, [&](auto& event, auto&&... arguments) {
    static_assert(sizeof...(arguments) == 2);
    log.push_back(std::string(event.channel().name()));
  });
  main.once(tick, [&](auto&&...) { log.push_back("tick"); });
  ipc.send(noteChannel, 1, "a");
  ipc.send(tick);
  ipc.send(tick);
  pump();
  REQUIRE(log == Log{"1a", "window1a", "note", "tick"});
}

TEST_CASE_METHOD(ChannelFixture, "generic lambdas handle typed channels, and own their arguments") {
  main.handle(length, [](auto text) { return text.size(); });
  main.handle(box, [](auto pointer) { return pointer; });
  main.handle(add, [](tincan::InvokeEvent& event, auto&& a, auto&& b) -> Task<double> {
    co_await event.sender.invoke("slow");
    co_return a + b;
  });
  ipc.handle("slow", [] {});
  REQUIRE(call(length, "four") == 4);
  REQUIRE(*call(box, std::make_unique<int>(7)) == 7);
  REQUIRE(call(add, 1, 2.5) == 3.5);
}

TEST_CASE_METHOD(ChannelFixture, "a generic lambda with state keeps it") {
  main.handle(tick, [&, count = 0](auto&&...) mutable { log.push_back(std::to_string(++count)); });
  call(tick);
  call(tick);
  REQUIRE(log == Log{"1", "2"});
}

TEST_CASE_METHOD(ChannelFixture, "move-only arguments and answers of typed channels") {
  main.handle(box, [](std::unique_ptr<int> pointer) {
    ++*pointer;
    return pointer;
  });
  auto pointer = std::make_unique<int>(1);
  pointer = call(box, std::move(pointer));
  REQUIRE(*pointer == 2);
  main.on(box, [](tincan::Event& event, std::unique_ptr<int>& taken) {
    event.returnValue = std::move(taken);
  });
  pointer = ask(box, std::move(pointer));
  REQUIRE(*pointer == 2);
}

TEST_CASE_METHOD(ChannelFixture, "arguments of typed channels are captured once") {
  constexpr Channel<Counted(Counted, Counted const&)> channel{"x"};
  int const alive = Counted::alive, copies = Counted::copies;
  main.handle(channel, [](Counted a, Counted const&) { return a; });
  Counted const lvalue(2);
  REQUIRE(call(channel, Counted(1), lvalue).number == 1);
  REQUIRE(Counted::copies == copies + 1);
  REQUIRE(Counted::alive == alive + 1);
}

TEST_CASE_METHOD(ChannelFixture, "a parameter that is a Value takes all there is") {
  constexpr Channel<tincan::Value(tincan::Value)> any{"any"};
  main.handle(any, [](tincan::Value value) { return value; });
  REQUIRE(call(any, 5).get<int>() == 5);
  REQUIRE(call(any, "text").get<std::string>() == "text");
  REQUIRE(*call(any, std::make_unique<int>(3)).take<std::unique_ptr<int>>() == 3);
  main.on(any, [&](std::string const& text) { log.push_back(text); });
  ipc.send(any, "inside");
  ipc.send(any, 5);
  pump();
  REQUIRE(log == Log{"inside"});
  REQUIRE(reports.deadLetters() == Log{"TypeMismatch any window>main"});
}

TEST_CASE_METHOD(ChannelFixture, "strings of a signature travel as std::string in every spelling") {
  constexpr Channel<void(std::string_view, char const*, std::string const&)> strings{"strings"};
  main.on(strings, [&](std::string& a, std::string_view b, std::string const& c) {
    log.push_back(a + std::string(b) + c);
  });
  {
    std::string temporary = "a temporary one, longer than small strings are";
    ipc.send(strings, temporary.c_str(), std::string_view(temporary).substr(2, 9), temporary);
    temporary.assign(temporary.size(), '-');
  }
  pump();
  REQUIRE(log == Log{"a temporary one, longer than small strings aretemporary"
                     "a temporary one, longer than small strings are"});
}

// ---- answers ------------------------------------------------------------------------------------

TEST_CASE_METHOD(ChannelFixture, "a typed channel may answer with a string in every spelling") {
  constexpr Channel<std::string(int)> string{"string"};
  SECTION("a literal") {
    main.handle(string, [] { return "answer"; });
  }
  SECTION("a view") {
    main.handle(string, []() -> std::string_view { return "answer"; });
  }
  SECTION("a string") {
    main.handle(string, []() { return std::string("answer"); });
  }
  REQUIRE(call(string, 1) == "answer");
}

TEST_CASE_METHOD(ChannelFixture,
                 "a handler's answer converts to the channel's, if it can be represented") {
  main.handle(length,
              [](std::string const& text) -> long long { return text == "large" ? 1LL << 40 : 5; });
  main.handle(add, [](int a, int b) { return a + b; });
  REQUIRE(call(length, "") == 5);
  REQUIRE(call(add, 1.0, 2.0) == 3.0);
  REQUIRE(codeOf([&] { return call(add, 1.5, 2.0); }) == Errc::TypeMismatch);
  std::string const what = whatOf([&] { return call(length, "large"); });
  REQUIRE(contains(what, "expected int"));
  REQUIRE(contains(what, "got long"));
  REQUIRE(codeOf([&] { return call(length, "large"); }) == Errc::TypeMismatch);
  // The value itself has the channel's type.
  auto untyped = ipc.invoke("length", "");
  pump();
  REQUIRE(untyped.get().holds<int>());
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(ChannelFixture, "a number is checked on its way into an optional answer as well") {
  constexpr Channel<std::optional<signed char>(int)> small{"small"};
  main.handle(small, [](int number) { return number; });
  REQUIRE(call(small, 5) == std::optional<signed char>(5));
  REQUIRE(codeOf([&] { return call(small, 1000).has_value(); }) == Errc::TypeMismatch);
}

TEST_CASE_METHOD(ChannelFixture, "a typed channel that answers with nothing") {
  main.handle(tick, [&] { log.push_back("handled"); });
  main.on(tick, [&](tincan::Event& event) { event.returnValue = tincan::Value(); });
  static_assert(std::is_void_v<decltype(call(tick))>);
  call(tick);
  ask(tick);
  REQUIRE(log == Log{"handled"});
  main.removeHandler(tick);
  main.handle(tick, [] { throw 42; });
  REQUIRE_THROWS_AS(call(tick), int);
}

TEST_CASE_METHOD(ChannelFixture, "Tasks handle typed channels") {
  ipc.handle(add, [](double a, double b) { return a + b; });
  main.handle(length, [](tincan::InvokeEvent& event, std::string text) -> Task<int> {
    co_return static_cast<int>(
        co_await event.sender.invoke(add, static_cast<double>(text.size()), 1));
  });
  main.handle(add, [](double a, double b) -> Task<float> { co_return static_cast<float>(a + b); });
  main.handle(
      tick, [](tincan::InvokeEvent& event) -> Task<> { co_await event.sender.invoke(add, 1, 2); });
  main.handle(box, [](std::unique_ptr<int> pointer) -> Task<std::unique_ptr<int>> {
    co_return std::move(pointer);
  });
  REQUIRE(call(length, "four") == 5);
  REQUIRE(call(add, 1, 2) == 3);
  call(tick);
  REQUIRE(*call(box, std::make_unique<int>(7)) == 7);
}

TEST_CASE_METHOD(ChannelFixture,
                 "what a Task answers converts to the channel's answer, if it can be represented") {
  ipc.handle(tick, [] {});
  main.handle(length, [](tincan::InvokeEvent& event, std::string text) -> Task<long long> {
    bool const isLarge = text == "large";
    if (text != "now") co_await event.sender.invoke(tick);
    co_return isLarge ? 1LL << 40 : 5;
  });
  REQUIRE(call(length, "now") == 5);
  REQUIRE(call(length, "later") == 5);
  REQUIRE(codeOf([&] { return call(length, "large"); }) == Errc::TypeMismatch);
  REQUIRE(addsUp(bus.stats()));
}

// ---- the same name with another type ------------------------------------------------------------

TEST_CASE_METHOD(ChannelFixture,
                 "the same name with another type is TypeMismatch at run time, with both types") {
  constexpr Channel<int(std::vector<int>)> other{"length"};
  bool called = false;
  main.handle(length, [&](std::string const&) {
    called = true;
    return 1;
  });
  std::string what = whatOf([&] { return call(other, std::vector<int>{1}); });
  REQUIRE(contains(what, "(std::string)"));
  REQUIRE(contains(what, "vector<int"));
  REQUIRE(codeOf([&] { return call(other, std::vector<int>{1}); }) == Errc::TypeMismatch);
  auto untyped = ipc.invoke("length", 5.5);
  pump();
  what = whatOf([&] { return untyped.get().empty(); });
  REQUIRE(contains(what, "(std::string)"));
  REQUIRE(contains(what, "(double)"));
  REQUIRE_FALSE(called);
}

TEST_CASE_METHOD(ChannelFixture, "messages of another type are dead letters for typed listeners") {
  main.on(noteChannel, [&](int, std::string const&) { log.push_back("note"); });
  ipc.send("note", "text", 1);
  ipc.send("note", 1, "text");
  ipc.send("note", 1);
  pump();
  REQUIRE(log == Log{"note"});
  REQUIRE(reports.deadLetters() ==
          Log{"TypeMismatch note window>main", "TypeMismatch note window>main"});
  REQUIRE(addsUp(bus.stats()));
}

TEST_CASE_METHOD(ChannelFixture,
                 "an untyped answer of another type is TypeMismatch for the typed caller") {
  main.on("length", [](tincan::Event& event) { event.returnValue = "text"; });
  main.handle("length", [](std::string const& text) -> tincan::Value {
    if (text == "long") return 5LL;
    if (text == "nothing") return {};
    return std::string("text");
  });
  for (auto const& what :
       {whatOf([&] { return ask(length, ""); }), whatOf([&] { return call(length, ""); })}) {
    REQUIRE(contains(what, "expected int"));
    REQUIRE(contains(what, "got std::string"));
    REQUIRE(contains(what, "'length'"));
  }
  REQUIRE(call(length, "long") == 5);
  REQUIRE(codeOf([&] { return call(length, "nothing"); }) == Errc::TypeMismatch);
}

TEST_CASE("a channel's name may be known at run time only") {
  std::string const name = "made of " + std::to_string(1);
  Channel<int(int)> const channel{tincan::ChannelName(name)};
  REQUIRE(channel.name() == "made of 1");
  tincan::Bus bus;
  auto ipc = bus.attach("window");
  bus.main().handle(channel, [](int number) { return number + 1; });
  auto future = ipc.invoke(channel, 1);
  bus.main().poll();
  REQUIRE(future.get() == 2);
}
