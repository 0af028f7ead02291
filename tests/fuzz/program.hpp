// tests/fuzz/program.hpp - bytes as a program of verbs on one thread, and a model that follows it
//
// Main and three renderers live on one thread, so that every send happens before the next one: each
// receiver must handle its messages in exactly the order in which they were sent, whoever sent them.
// On every channel of every endpoint the first listener is a tracker, which tells the model that a
// message is being handled; what comes after it is registered and removed at random.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <tincan/tincan.hpp>
#include <utility>
#include <vector>

namespace fuzz {

/// Ends the process; a fuzzer keeps the input.
[[noreturn]] inline void contradict(std::string const& sentence) {
  std::fprintf(stderr, "fuzz: %s\n", sentence.c_str());
  std::abort();
}
inline void expect(bool holds, char const* sentence) {
  if (!holds) contradict(sentence);
}

/// An argument, or what a function has captured.
struct Counted {
  Counted() { ++alive; }
  Counted(Counted const&) { ++alive; }
  Counted(Counted&&) noexcept { ++alive; }
  Counted& operator=(Counted const&) = default;
  Counted& operator=(Counted&&) = default;
  ~Counted() { --alive; }
  inline static long alive = 0;
};

using Id = std::uint64_t;
inline constexpr unsigned Endpoints = 4;  // 0 is main
inline constexpr unsigned Channels = 4;

template <std::size_t Bytes>
struct MessageOf {
  Id id = 0;
  Counted counted;
  char padding[Bytes] = {};
};

/// What must be so.
class Model {
 public:
  enum class Outcome { Open, Value, Thrown };

  struct Waiting {
    Id id;
    std::uint64_t sender;
    unsigned channel;
    bool isCertain;  // false: it may go, or have gone, without being handled
  };
  struct Registered {
    std::uint64_t number;
    bool isLive = true;
  };

  // ---- registering ----

  std::uint64_t add(unsigned at, unsigned channel) {
    tables_[at][channel].push_back({++registered_});
    return registered_;
  }
  void remove(std::uint64_t number);
  void removeAll(unsigned at, unsigned channel);
  std::size_t count(unsigned at, unsigned channel) const;

  // ---- sending ----

  Id newId() { return ++ids_; }
  /// What a send must return; nothing if that depends on what may have gone.
  std::optional<tincan::SendResult> wanted(std::uint64_t sender, unsigned to) const;
  /// What it has returned.
  void pushed(std::uint64_t sender, unsigned to, unsigned channel, Id id, tincan::SendResult);
  void uncertain(Id id);  // its future has gone
  void open(unsigned at, tincan::InboxOptions options);
  void close(unsigned at);
  bool isOpen(unsigned at) const { return isOpen_[at]; }

  // ---- handling ----

  /// The tracker of a message is called.
  void begin(unsigned at, unsigned channel, Id id);
  /// A listener behind it is called.
  void called(std::uint64_t number, Id id);
  /// The first answer of a request counts.
  void answer(Id id, Outcome outcome) { outcomes_.try_emplace(id, outcome); }
  Outcome outcomeOf(Id id) const;

  std::uint64_t sent = 0, handled = 0;

 private:
  struct Dispatch {
    Id id;
    std::vector<std::uint64_t> left;  // to be called, in this order
  };
  bool isLive(std::uint64_t number) const;
  std::vector<Waiting const*> of(std::uint64_t sender, unsigned to) const;

  std::vector<Registered> tables_[Endpoints][Channels];
  std::deque<Waiting> inboxes_[Endpoints];
  tincan::InboxOptions options_[Endpoints];
  bool isOpen_[Endpoints] = {};
  std::set<std::uint64_t> ended_;  // with their endpoint: the rest of that dispatch may run or not
  std::map<Id, Dispatch> dispatches_;
  std::map<Id, Outcome> outcomes_;
  Id ids_ = 0;
  std::uint64_t registered_ = 0;
};

/// Runs the bytes.
class Program {
 public:
  Program(std::uint8_t const* bytes, std::size_t size) : at_(bytes), left_(size) {}
  Program(Program const&) = delete;
  Program& operator=(Program const&) = delete;
  void run();

 private:
  struct Question {
    Id id;
    std::shared_ptr<bool> hasAskerEnded, hasPlaceEnded;  // where it asked, and where it goes on
    tincan::Future<Id> future;
  };
  struct Token {
    std::uint64_t number;
    tincan::Listener listener;
  };
  /// One way of a pair of ports: what is posted arrives in order.
  struct Stream {
    std::uint64_t posted = 0, got = 0;
    int closes = 0;
  };
  struct Port {
    tincan::MessagePort port;
    std::shared_ptr<Stream> stream;
  };

  std::uint8_t byte();
  unsigned upTo(unsigned n) { return byte() % n; }
  tincan::InboxOptions inbox();

  tincan::Endpoint* endpoint(unsigned at);
  tincan::ChannelName channel(unsigned at) const;

  void attach(unsigned at);
  void track(unsigned at, unsigned channel);
  void listen(unsigned at, unsigned channel, unsigned how);
  void removeAll(unsigned at, unsigned channel);
  void step();
  void nested();
  void act(unsigned what);
  void send(unsigned from, unsigned to, unsigned channel);
  void ask(unsigned from, unsigned channel);
  void poll(unsigned at, unsigned how);
  void settle(std::size_t at, unsigned how);
  void get(Question question);
  tincan::Task<> await(Question question);
  void close(unsigned at, bool isEnd);
  void openPort(unsigned at);
  void usePort(unsigned how);
  void expectCounts();
  void end();

  std::uint8_t const* at_;
  std::size_t left_;
  Model model_;
  std::optional<tincan::Bus> bus_;
  std::unique_ptr<tincan::Renderer> renderers_[Endpoints];  // [0] is unused
  std::shared_ptr<bool> hasEnded_[Endpoints];               // shared with what it has asked
  std::vector<std::pair<Id, unsigned>> awaited_;  // requests end with who asked, or goes on there
  std::vector<Question> questions_;
  std::vector<Token> tokens_;
  std::vector<std::pair<Id, tincan::Reply>> replies_;
  std::vector<Port> ports_;
  std::vector<std::shared_ptr<Stream>> streams_;
  int depth_ = 0;
  bool isClosed_ = false;
  long wanted_ = 0, called_ = 0, begun_ = 0, ended_ = 0;
};

}  // namespace fuzz
