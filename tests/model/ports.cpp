// tests/model/ports.cpp - ends of a channel are posted to, started, sent away and closed by several threads
//
// What the header does under its lock is one step here, and what it leaves to its caller is done as
// PortPair does it: tickets go to the inboxes of endpoints, where they may be run at any moment.
#include <tincan/detail/port/port_ends.hpp>

#include "explore.hpp"

namespace {

using namespace model;
using Machine = model::Platform<false>;

struct Inbox;

/// What is in an inbox.
struct Ticket {
  std::uint64_t epoch = 0;
  bool isForClose = false;
  tincan::detail::Owned<Ticket> next;
};

struct World {
  using mutex = Mutex;
  struct Message {
    std::size_t carried() const noexcept { return 0; }
    Message* next = nullptr;
    std::uint64_t stamp = 0;
    bool isClose = false;
    Plain<int> number{-1};
  };
  using Home = Inbox*;
  struct Service {
    Inbox* home = nullptr;
    std::shared_ptr<int> watch;
    tincan::detail::Owned<Ticket> bell;
    int lane = 0;
  };
  using Listeners = int;  // how often it was added
  struct Holder {};
};
using Ends = tincan::detail::PortEnds<World>;

/// An endpoint, whose owner runs what has come, until it is closed.
struct Inbox {
  World::mutex mutex;
  tincan::detail::Owned<Ticket> first;
  Ticket* last = nullptr;
  bool isClosed = false;

  void push(tincan::detail::Owned<Ticket> ticket) {
    std::lock_guard const lock(mutex);
    if (isClosed) return;
    Ticket* const added = ticket.get();
    (first == nullptr ? first : last->next) = std::move(ticket);
    last = added;
  }
  tincan::detail::Owned<Ticket> pop() {
    std::lock_guard const lock(mutex);
    auto popped = std::move(first);
    if (popped != nullptr) first = std::move(popped->next);
    return popped;
  }
  bool close() {
    tincan::detail::Owned<Ticket> dropped;
    std::lock_guard const lock(mutex);
    dropped = std::move(first);
    return !std::exchange(isClosed, true);
  }
};

/// One end, 0, is posted to. The other one, 1, is started nowhere.
template <class Derived, int Threads>
struct Posted : Scenario<Derived, Threads, Machine> {
  static constexpr int Inboxes = 2;

  std::unique_ptr<Ends> ends;
  Inbox inboxes[Inboxes];
  std::shared_ptr<int> watches[Inboxes];
  int next = 0;    // the number that has to come
  int closes = 0;  // of end 0

  static tincan::detail::Owned<World::Message> make(int number, bool isClose = false) {
    auto message = tincan::detail::Owned<World::Message>::make();
    message->number = number;
    message->isClose = isClose;
    return message;
  }
  void before() {
    ends = std::make_unique<Ends>(make(-1, true), make(-1, true));
    for (auto& watch : watches) watch = std::make_shared<int>(0);
    ends->listen(0, true, [](int& listeners) { ++listeners; });
    ends->listen(0, false, [](int& listeners) { ++listeners; });
  }

  void post(int number) {
    for (bool isDone = false; !isDone;) {
      auto const place = ends->place(0);
      auto message = make(number);
      Ends::Fit fit;
      {
        std::lock_guard const lock(ends->mutex());
        fit = ends->fit(0, place.epoch);
        if (fit == Ends::Fit::Fits) ends->append(0, std::move(message), 0);
      }
      if (fit == Ends::Fit::Fits && place.home != nullptr) {
        place.home->push(tincan::detail::Owned<Ticket>::make(Ticket{place.epoch, false, nullptr}));
      }
      isDone = fit != Ends::Fit::Moved;
    }
  }

  void start(int where) {
    World::Service service{&inboxes[where], watches[where], tincan::detail::Owned<Ticket>::make(),
                           0};
    Inbox before;  // a lane that is shown when it is full
    ends->start(0, service, Make{before});
    while (auto ticket = before.pop()) inboxes[where].push(std::move(ticket));
    bool isClosed;
    {
      std::lock_guard const lock(inboxes[where].mutex);
      isClosed = inboxes[where].isClosed;
    }
    if (isClosed) homeIsClosed(where);
  }
  struct Make {
    void operator()(World::Message&, std::uint64_t epoch) const {
      lane.push(tincan::detail::Owned<Ticket>::make(Ticket{epoch, false, nullptr}));
    }
    void operator()(tincan::detail::Owned<Ticket>& bell, World::Message&,
                    std::uint64_t epoch) const {
      *bell = {epoch, true, nullptr};
      lane.push(std::move(bell));
    }
    Inbox& lane;
  };

  void stop() {
    Ends::Rest rest;
    std::lock_guard const lock(ends->mutex());
    ends->stop(0, rest);
  }

  void close(unsigned at) {
    Ends::Closing closing;
    ends->close(at, 0, closing);
    ring(closing);
  }
  void closeInbox(int which) {
    if (inboxes[which].close()) homeIsClosed(which);
  }
  void homeIsClosed(int which) {
    Ends::Closing closing;
    ends->homeIsClosed(0, watches[which].get(), 0, closing);
    ring(closing);
  }
  void ring(Ends::Closing& closing) {
    for (auto& one : closing.rings) {
      if (one.bell == nullptr) continue;
      *one.bell = {one.epoch, true, nullptr};
      one.home->push(std::move(one.bell));
    }
  }

  /// What is in the inbox, by its owner.
  void poll(int which) {
    while (auto const ticket = inboxes[which].pop()) {
      for (bool isMore = true; isMore;) {
        auto const taken = ends->take(0, ticket->epoch, ticket->isForClose);
        if (taken.message == nullptr) break;
        MODEL_REQUIRE(taken.home == &inboxes[which]);
        if (taken.message->isClose) {
          MODEL_REQUIRE(taken.listeners == 1);
          ++closes;
        } else {
          MODEL_REQUIRE(closes == 0);
          MODEL_REQUIRE(taken.message->number == next);
          ++next;
        }
        isMore = ticket->isForClose && !taken.message->isClose;
      }
    }
  }
  void pollAll() {
    for (int which = 0; which < Inboxes; ++which) poll(which);
  }
};

/// Two messages, and a start at any moment.
struct Starts : Posted<Starts, 2> {
  void thread(unsigned index) {
    if (index == 0) {
      post(0);
      post(1);
    } else {
      start(0);
      poll(0);
    }
  }
  void after() {
    pollAll();
    MODEL_REQUIRE(next == 2);
  }
};

/// Started here, sent away with what waits, and started there, while it is posted to. The thread that
/// has it polls both inboxes, one after the other.
struct Moves : Posted<Moves, 2> {
  void thread(unsigned index) {
    if (index == 0) {
      post(0);
      post(1);
    } else {
      start(0);
      poll(0);
      stop();
      start(1);
      poll(1);
      poll(0);
    }
  }
  void after() {
    pollAll();
    MODEL_REQUIRE(next == 2);
  }
};

/// The other end is closed behind its last message, while the end is sent on.
struct OtherCloses : Posted<OtherCloses, 2> {
  void thread(unsigned index) {
    if (index == 0) {
      post(0);
      close(1);
    } else {
      start(0);
      stop();
      ends->listen(0, false, [](int& listeners) { ++listeners; });
      start(1);
      poll(1);
    }
  }
  void after() {
    pollAll();
    MODEL_REQUIRE(next == 1 && closes == 1);
  }
};

/// Both ends are closed at the same time, and the started one is told once.
struct BothClose : Posted<BothClose, 3> {
  void before() {
    Posted::before();
    start(0);
  }
  void thread(unsigned index) {
    if (index == 0) {
      post(0);
      close(1);
    } else if (index == 1) {
      close(0);
    } else {
      poll(0);
    }
  }
  void after() {
    pollAll();
    MODEL_REQUIRE(closes == 1);
  }
};

/// The other end is closed by a third thread while it posts: the message is before "close", or is not.
struct ClosesMeanwhile : Posted<ClosesMeanwhile, 3> {
  void before() {
    Posted::before();
    start(0);
  }
  void thread(unsigned index) {
    if (index == 0) post(0);
    else if (index == 1) close(1);
    else poll(0);
  }
  void after() {
    pollAll();
    MODEL_REQUIRE(closes == 1);
  }
};

/// The endpoint is closed while the end goes from it to another one, where it must not be closed.
struct HomeCloses : Posted<HomeCloses, 3> {
  void thread(unsigned index) {
    if (index == 0) {
      post(0);
    } else if (index == 1) {
      closeInbox(0);
    } else {
      start(0);
      stop();
      wasOpen = mayStart();
      start(1);
      poll(1);
    }
  }
  bool mayStart() const { return ends->mayStart(0); }
  void after() {
    pollAll();
    MODEL_REQUIRE(next == (wasOpen ? 1 : 0));
  }
  bool wasOpen = false;
};

}  // namespace

int main(int count, char** arguments) {
  Explorer explorer(count, arguments);
  explorer.run<Starts>("ports: posted and started", 3);
  explorer.run<Moves>("ports: posted and sent on", 3);
  explorer.run<OtherCloses>("ports: the other end closes, and it is sent on", 3);
  explorer.run<BothClose>("ports: both ends close", 3);
  explorer.run<ClosesMeanwhile>("ports: the other end closes while it posts", 3);
  explorer.run<HomeCloses>("ports: an endpoint closes that it leaves", 3);
  return explorer.result();
}
