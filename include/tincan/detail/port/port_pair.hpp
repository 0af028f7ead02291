// tincan/detail/port/port_pair.hpp - what two ports share
//
// What has been posted waits here, see PortEnds, and goes along when an end is sent away. Where an end
// is started, a ticket for each message is posted to the endpoint's inbox, so that the message comes in
// its place among all others. What has waited before that gets tickets in a lane of its own, with the
// stamps of when it was posted, and so comes in the place that it would have had.
//
// Ports can wait in each other's queues. A circle of them could never be received, nor end: posting
// refuses to close one. What is posted to an end that nobody has any more ends with that, however
// many ports lie in each other.
//
//   Threads   Any. Listeners are called on the endpoint's thread. No user code runs under a lock.
//   Errors    Posting, starting and listening have done all, or have thrown and done nothing. Closing
//             needs no memory: what it needs is made with the pair, and when an end is started.
//   Lifetime  Of a cycle that a listener closes by holding its own port, or one that leads back to it:
//             the pair lets go of the listeners when the end is closed, by itself, by the other end
//             (then once it has had its "close", or at once if it is not started and nothing waits
//             for it) or by its endpoint. Not broken is what nothing will ever happen to: an end that
//             is never started, held by its own listeners alone, while the other end is open too or
//             has left messages. Somebody might still start it.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <functional>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <tincan/detail/api/event.hpp>
#include <tincan/detail/api/port.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/listen/listener_of.hpp>
#include <tincan/detail/port/port_ends.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/detail/send/post.hpp>
#include <tincan/detail/send/posted_task.hpp>
#include <tincan/detail/send/sure_lane.hpp>
#include <tincan/detail/thread/sending_as.hpp>
#include <tincan/detail/thread/thread_holder.hpp>

namespace tincan::inline v0::detail {

/// A value on its way, or the end of the other port.
struct PortMessage {
  PortMessage() = default;
  PortMessage(PortMessage const&) = delete;
  PortMessage& operator=(PortMessage const&) = delete;
  virtual ~PortMessage() = default;
  virtual ArgumentsView arguments() noexcept { return {&ArgumentsOf<>::ops, &nothing}; }
  std::size_t carried() const noexcept { return ports.size(); }

  PortMessage* next = nullptr;  // in a PortQueue
  Peer sender;
  std::vector<MessagePort> ports;
  std::uint64_t stamp = 0;
  bool isClose = false;
  std::tuple<> nothing;
};

template <class T>
struct PortMessageOf final : PortMessage {
  template <class V>
  explicit PortMessageOf(V&& value) : held(std::forward<V>(value)) {}
  ArgumentsView arguments() noexcept override { return {&ArgumentsOf<T>::ops, &held}; }

  std::tuple<T> held;
};

/// In an inbox: the turn of a message, or of "close".
class PortTicket final : public SureTask {
 public:
  /// For "close"; about nothing until serve().
  PortTicket() noexcept = default;
  PortTicket(std::shared_ptr<PortPair> pair, unsigned end, std::uint64_t epoch) noexcept
      : pair_(std::move(pair)), end_(end), epoch_(epoch), isForClose_(false) {}

  void serve(std::shared_ptr<PortPair> pair, unsigned end, std::uint64_t epoch) noexcept {
    pair_ = std::move(pair);
    end_ = end;
    epoch_ = epoch;
  }
  void annul() noexcept { pair_ = nullptr; }
  void runOnce() noexcept override;

 private:
  std::shared_ptr<PortPair> pair_;  // null: it is about nothing
  unsigned end_ = 0;
  std::uint64_t epoch_ = 0;
  bool isForClose_ = true;
};

struct PortWorld {
  using mutex = Mutex;
  using Message = PortMessage;
  using Home = std::shared_ptr<EndpointCore>;
  struct Service {
    Home home;
    std::shared_ptr<CloseListener> watch;
    std::unique_ptr<PortTicket> bell;
    std::shared_ptr<SureLane> lane;  // null: the bus has a driver
  };
  struct Nodes {
    std::vector<std::shared_ptr<ListenerNode>> list;
    std::shared_ptr<Nodes> next;  // in PortRemains
  };
  using Listeners = std::shared_ptr<Nodes>;  // looked at under the lock: some may be added
  struct Holder {
    std::weak_ptr<PortPair> pair;
    unsigned end = 0;
  };
};
using TwoEnds = PortEnds<PortWorld>;

/// What ends leave behind that close: messages that nobody will get, and listeners. Both can hold
/// ports, which close with them and leave something behind themselves, a hundred thousand deep. From
/// some depth on that is destroyed by the closing around it, once that is done with its own.
struct PortRemains {
  static constexpr unsigned MostInside = 16;

  void add(TwoEnds::Rest& rest) noexcept {
    add(std::move(rest.onMessage));
    add(std::move(rest.onClose));
    messages.append(std::move(rest.dropped));
  }
  void destroyAll() noexcept {
    while (listeners != nullptr || messages.first() != nullptr) {
      if (listeners == nullptr) {
        messages.pop();
      } else {
        auto const first = std::move(listeners);
        listeners = std::move(first->next);
      }
    }
  }

  unsigned depth = 0;
  PortWorld::Listeners listeners{};
  TwoEnds::Queue messages{};

 private:
  void add(PortWorld::Listeners first) noexcept {
    if (first == nullptr) return;
    first->next = std::move(listeners);
    listeners = std::move(first);
  }
};

/// A port that is to be moved into a message, and what its end leaves behind.
struct PortMove {
  MessagePort* port = nullptr;
  std::shared_ptr<PortPair> pair;
  unsigned end = 0;
  bool carries = false;  // there are ports in what waits at it
  TwoEnds::Rest rest;
};

/// The ports of one message on their way into it.
struct PortMoves {
  std::span<PortMove> moves;
  std::span<PortPair*> pairs;  // theirs, and that of the message
};

/// The locks of some pairs. Whoever takes several takes them in the order of their addresses.
class PortLocks {
 public:
  /// Puts them in order.
  explicit PortLocks(std::span<PortPair*> pairs) noexcept;
  ~PortLocks();
  PortLocks(PortLocks const&) = delete;
  PortLocks& operator=(PortLocks const&) = delete;

 private:
  template <class Do>
  void each(Do&& function) noexcept;

  std::span<PortPair*> pairs_;
};

/// A stamp for what comes after everything that the thread has sent, and after that one.
inline std::uint64_t drawStamp(std::uint64_t after) noexcept {
  raiseClock(after);
  return ++threadState().clock;
}

class PortPair : public std::enable_shared_from_this<PortPair> {
 public:
  using Message = std::unique_ptr<PortMessage>;

  PortPair() : ends_(makeClose(), makeClose()) {}

  static unsigned other(unsigned end) noexcept { return TwoEnds::other(end); }

  static bool isAmong(std::shared_ptr<PortPair> const& pair,
                      std::span<MessagePort* const> ports) noexcept {
    return pair != nullptr && std::any_of(ports.begin(), ports.end(),
                                          [&](auto const* port) { return port->pair_ == pair; });
  }
  static void describe(MessagePort& port, PortMove& move) noexcept {
    move.port = &port;
    move.pair = port.pair_;
    move.end = port.end_;
  }

  /// Posts to an end, and moves the ports into the message, which has room for them. Throws
  /// std::invalid_argument if one of them could only be received before itself.
  void post(unsigned to, Message message, PortMoves const& moves) {
    if (closesCircle(to, moves, [](auto const& move) { return move.pair->carries(move.end); })) {
      throw std::invalid_argument(
          "tincan: a port cannot be sent to one that waits, in a message, at the port itself: "
          "nobody "
          "could ever receive them");
    }
    // Once more only if somebody has started the end, or sent it away, since the last look: a message
    // that has a place in the queue stays there, wherever the end goes.
    while (!tryToPost(to, message, moves)) {
    }
    // Two threads may have closed a circle together.
    if (closesCircle(to, moves, [](auto const& move) { return move.carries; })) close(to);
  }

  void listen(unsigned at, bool toMessages, std::shared_ptr<ListenerNode> node) {
    ends_.listen(at, toMessages, [&](PortWorld::Listeners& listeners) {
      if (listeners == nullptr) listeners = std::make_shared<PortWorld::Nodes>();
      listeners->list.push_back(std::move(node));
    });
  }

  void start(unsigned at, EndpointCore& where) {
    if (!ends_.mayStart(at)) return;
    auto const watch = std::make_shared<Watch>(*this, at);
    auto const keep = where.shared_from_this();  // its wake hook may end it
    PortWorld::Service service{keep, watch, std::make_unique<PortTicket>(),
                               where.bus->driver() == nullptr ? SureLane::of(where) : nullptr};
    where.closeListeners.add(watch);
    {
      StartLane lane(where);
      ends_.start(at, service, [&](auto&... ticket) { pushTicket(lane, at, ticket...); });
    }
    // It may have been closed before it knew of this end.
    if (where.isClosed()) watch->endpointIsClosed();
  }

  /// The end is being sent away, to nobody that is known here.
  void stop(unsigned at) noexcept {
    TwoEnds::Rest rest;  // destroyed after the lock
    std::lock_guard const lock(ends_.mutex());
    ends_.stop(at, rest);
  }

  void close(unsigned at) noexcept {
    TwoEnds::Closing closing;
    ends_.close(at, closing);
    finish(at, closing);
  }

  /// What a ticket does.
  void arrive(unsigned at, std::uint64_t epoch, bool isForClose) noexcept {
    for (bool isMore = true; isMore;) {
      TwoEnds::Taken taken = ends_.take(at, epoch, isForClose);
      if (taken.message == nullptr) return;
      for (MessagePort const& port : taken.message->ports) port.pair_->ends_.received(port.end_);
      call(*taken.home, taken.listeners, *taken.message);
      isMore = isForClose && !taken.message->isClose;
    }
  }

 private:
  friend class PortLocks;

  /// Closes an end with the endpoint where it is started.
  class Watch final : public CloseListener {
   public:
    Watch(PortPair& pair, unsigned end) : pair_(pair.weak_from_this()), end_(end) {}
    void endpointIsClosed() noexcept override {
      if (auto const pair = pair_.lock()) pair->homeIsClosed(end_, *this);
    }

   private:
    std::weak_ptr<PortPair> pair_;
    unsigned end_;
  };

  /// By which what has waited comes into an inbox: made on first use. Its reader does not look into
  /// it before it ends, which must be without the lock.
  class StartLane {
   public:
    explicit StartLane(EndpointCore& where) : where_(where), sender_(where.bus) {}
    ~StartLane() {
      if (lane_ == nullptr) return;
      where_.pushed(*lane_);
      lane_->leave();
    }
    StartLane(StartLane const&) = delete;
    StartLane& operator=(StartLane const&) = delete;

    void push(std::uint64_t stamp, std::unique_ptr<PostedFunction> task) {
      if (lane_ == nullptr) lane_ = sender_.core().makeLane(where_);
      if (lane_ == nullptr) throw Error(Errc::Closed, {}, "start: the endpoint is closed");
      pushStamped(*lane_, stamp, std::move(task));
    }

   private:
    EndpointCore& where_;
    SendingAs const sender_;
    std::shared_ptr<MessageLane> lane_;
  };

  static Message makeClose() {
    auto message = std::make_unique<PortMessage>();
    message->isClose = true;
    return message;
  }

  // ---- posting ----

  bool carries(unsigned end) const { return ends_.carried(end) != 0; }

  /// Whether one of the ports that `mayMatter` would wait, in the end's queue, for itself.
  template <class MayMatter>
  bool closesCircle(unsigned to, PortMoves const& moves, MayMatter&& mayMatter) {
    return std::any_of(moves.moves.begin(), moves.moves.end(), [&](PortMove const& move) {
      return mayMatter(move) && waitsBehind(to, move);
    });
  }
  /// Whether the end waits in a queue of that port; or in one of an end that does, and so on.
  bool waitsBehind(unsigned to, PortMove const& port) {
    auto pair = shared_from_this();
    unsigned end = to;
    while (pair != nullptr && (pair != port.pair || end != port.end)) {
      PortWorld::Holder const holder = pair->ends_.holder(end);
      pair = holder.pair.lock();
      end = holder.end;
    }
    return pair != nullptr;
  }

  /// False: the end has been started or sent away meanwhile, and nothing has happened.
  bool tryToPost(unsigned to, Message& message, PortMoves const& moves) {
    TwoEnds::Place const place = ends_.place(to);
    // Nobody waits for a stamp that is not used, if what follows throws.
    message->stamp = drawStamp(place.lastStamp);
    TwoEnds::Fit fit = TwoEnds::Fit::Closed;
    auto const append = [&] { fit = this->append(to, place.epoch, message, moves); };
    if (!place.isOpen || place.home == nullptr) {
      append();
    } else {
      auto ticket = std::make_unique<PortTicket>(shared_from_this(), to, place.epoch);
      SendingAs const sender(place.home->bus);
      pushUncounted(sender.core(), *place.home, Kind::Post, [&](MessageCell& cell) {
        append();
        if (fit != TwoEnds::Fit::Fits) ticket->annul();
        cell.task = ticket.release();
      });
      if (ticket != nullptr) {  // the endpoint is closed, or the one that speaks has been left
        append();
        if (fit == TwoEnds::Fit::Fits && place.lane != nullptr)
          place.lane->bring(std::move(ticket));
      }
    }
    return fit != TwoEnds::Fit::Moved;
  }

  /// To an end that is closed, the ports go all the same, and so they end with the message.
  TwoEnds::Fit append(unsigned to, std::uint64_t epoch, Message& message,
                      PortMoves const& moves) noexcept {
    PortLocks const locks(moves.pairs);
    TwoEnds::Fit const fit = ends_.fit(to, epoch);
    if (fit == TwoEnds::Fit::Moved) return fit;
    for (PortMove& move : moves.moves) {
      move.carries = move.pair->ends_.stop(move.end, move.rest) != 0;
      if (fit == TwoEnds::Fit::Fits) {
        move.pair->ends_.setHolder(move.end, {weak_from_this(), to});
      }
      message->ports.push_back(std::move(*move.port));  // there is room
    }
    if (fit == TwoEnds::Fit::Fits) ends_.append(to, std::move(message), threadState().clock);
    return fit;
  }

  // ---- starting: under the lock ----

  void pushTicket(StartLane& lane, unsigned at, PortMessage const& message, std::uint64_t epoch) {
    lane.push(message.stamp, std::make_unique<PortTicket>(shared_from_this(), at, epoch));
  }
  void pushTicket(StartLane& lane, unsigned at, std::unique_ptr<PortTicket>& bell,
                  PortMessage const& close, std::uint64_t epoch) {
    bell->serve(shared_from_this(), at, epoch);
    lane.push(close.stamp, std::move(bell));
  }

  // ---- closing ----

  void homeIsClosed(unsigned at, CloseListener const& watch) noexcept {
    TwoEnds::Closing closing;
    ends_.homeIsClosed(at, &watch, closing);
    finish(at, closing);
  }

  void finish(unsigned at, TwoEnds::Closing& closing) noexcept {
    for (unsigned const end : {other(at), at}) ring(end, closing.rings[end]);
    PortRemains* const around = threadState().portRemains;
    if (around != nullptr && around->depth == PortRemains::MostInside) {
      for (TwoEnds::Rest& rest : closing.rests) around->add(rest);
      return;
    }
    PortRemains remains{around == nullptr ? 1 : around->depth + 1};
    for (TwoEnds::Rest& rest : closing.rests) remains.add(rest);
    threadState().portRemains = &remains;
    remains.destroyAll();
    threadState().portRemains = around;
  }

  void ring(unsigned at, TwoEnds::Ring& ring) noexcept {
    if (ring.bell == nullptr) return;
    ring.bell->serve(shared_from_this(), at, ring.epoch);
    drawStamp(ring.lastStamp);
    try {
      SendingAs const sender(ring.home->bus);
      pushUncounted(sender.core(), *ring.home, Kind::Post,
                    [&](MessageCell& cell) { cell.task = ring.bell.release(); });
    } catch (...) {
      // No memory; or not one of the driver's threads, and then its run is over.
    }
    if (ring.bell != nullptr && ring.lane != nullptr) ring.lane->bring(std::move(ring.bell));
  }

  // ---- handling ----

  static NameRecord record(ChannelName const& name) noexcept {
    std::string_view const text = name.name();
    return {ChannelNameAccess::hash(name), text.data(), text.data(),
            static_cast<std::uint32_t>(text.size()), true};
  }

  /// Those that are there now.
  void call(EndpointCore& here, PortWorld::Listeners const& listeners, PortMessage& message) {
    NameRecord const name = record(message.isClose ? ChannelName("close") : ChannelName("message"));
    Responder nobodyWaits(nullptr, here);
    message.sender = PeerAccess::givenBy(message.sender, here.shared_from_this());
    Event event(message.sender, name, nobodyWaits);
    event.ports = std::move(message.ports);
    ArgumentsView const arguments = message.arguments();
    std::size_t const count = countOf(listeners);
    for (std::size_t i = 0; i < count; ++i) {
      auto const listener = listenerAt(*listeners, i);
      try {
        if (!listener->call(event, arguments)) throwMisfit(*listener, name, arguments, here);
      } catch (...) {
        here.bus->reportError(name.view(), message.sender.name(), here.name,
                              std::current_exception());
      }
    }
  }
  std::size_t countOf(PortWorld::Listeners const& listeners) const {
    std::lock_guard const lock(ends_.mutex());
    return listeners == nullptr ? 0 : listeners->list.size();
  }
  std::shared_ptr<ListenerNode> listenerAt(PortWorld::Nodes const& listeners, std::size_t i) const {
    std::lock_guard const lock(ends_.mutex());
    return listeners.list[i];
  }

  [[noreturn]] static void throwMisfit(ListenerNode const& listener, NameRecord const& name,
                                       ArgumentsView const& arguments, EndpointCore const& here) {
    throwTypeMismatch(
        std::string(name.view()),
        "'" + std::string(name.view()) + "': a listener of a port at '" + here.displayName() + "'",
        listener.parameters(), describeArguments(arguments));
  }

  TwoEnds ends_;
};

inline void PortTicket::runOnce() noexcept {
  if (pair_ != nullptr) pair_->arrive(end_, epoch_, isForClose_);
}

template <class Do>
void PortLocks::each(Do&& function) noexcept {
  PortPair const* last = nullptr;
  for (PortPair* const pair : pairs_) {
    if (pair != std::exchange(last, pair)) function(pair->ends_.mutex());
  }
}
inline PortLocks::PortLocks(std::span<PortPair*> pairs) noexcept : pairs_(pairs) {
  std::sort(pairs_.begin(), pairs_.end(), std::less<PortPair*>());
  each([](auto& mutex) { mutex.lock(); });
}
inline PortLocks::~PortLocks() {
  each([](auto& mutex) { mutex.unlock(); });
}

/// Room for the moves of that many ports.
template <std::size_t Count>
class PortMovesOf {
 public:
  PortMovesOf(std::span<MessagePort* const> ports, PortPair& pair) noexcept {
    pairs_[Count] = &pair;
    for (std::size_t i = 0; i < Count; ++i) {
      PortPair::describe(*ports[i], moves_[i]);
      pairs_[i] = moves_[i].pair.get();
    }
  }
  operator PortMoves() noexcept { return {moves_, pairs_}; }

 private:
  std::array<PortMove, Count> moves_;
  std::array<PortPair*, Count + 1> pairs_{};
};

/// Whom the calling thread speaks for, whatever the bus; or nobody.
inline Peer peerOfThread() {
  EndpointCore* const core = senderOfThread();
  return core == nullptr ? Peer() : PeerAccess::make(core->shared_from_this());
}

inline void PortList::take(std::span<MessagePort* const> toSend) noexcept {
  for (MessagePort* const port : toSend) {
    // Capturing the value may have moved it away.
    if (port->pair_ != nullptr) port->pair_->stop(port->end_);
    ports.push_back(std::move(*port));  // there is room
  }
}

template <class... Ports>
void PortsToSend<Ports...>::requireAll() const {
  for (std::size_t i = 0; i < count; ++i) {
    bool const isTwice = std::find(ports_, ports_ + i, ports_[i]) != ports_ + i;
    if (ports_[i]->pair_ == nullptr || isTwice) {
      throw std::invalid_argument(
          "tincan: a port that is to be sent has been moved away, or is there twice");
    }
  }
}

template <class... Ports>
void PortsToSend<Ports...>::requireOthers(std::shared_ptr<PortPair> const& pair) const {
  requireAll();
  if (PortPair::isAmong(pair, ports())) {
    throw std::invalid_argument("tincan: a port cannot be sent through its own channel");
  }
}

/// A function that is there. std::function and pointers may be null.
template <class F>
bool isNullFunction(F const& function) noexcept {
  if constexpr (std::is_constructible_v<F, std::nullptr_t> && requires { function == nullptr; }) {
    return function == nullptr;
  } else {
    return false;
  }
}

}  // namespace tincan::inline v0::detail

namespace tincan::inline v0 {

inline MessageChannel::MessageChannel() {
  auto const pair = std::make_shared<detail::PortPair>();
  port1 = MessagePort(pair, 0);
  port2 = MessagePort(pair, 1);
}

inline MessagePort& MessagePort::operator=(MessagePort&& other) noexcept {
  if (this != &other) {
    MessagePort const before(std::move(*this));  // ends when this is whole: it may come back here
    pair_ = std::move(other.pair_);
    end_ = other.end_;
  }
  return *this;
}

inline MessagePort::~MessagePort() { close(); }

inline void MessagePort::close() noexcept {
  // A listener that ends with this may hold this very port.
  if (auto const pair = pair_) pair->close(end_);
}

template <class V, class... Ports>
void MessagePort::postMessage(V&& value, Ports&&... ports) {
  using T = detail::Travels<V>;
  static_assert(std::is_constructible_v<T, V>,
                "tincan: a value is copied or moved into the message, and this type cannot be: "
                "pass std::move(value), or a pointer that owns it.");
  // This port may be among those that are moved.
  auto const pair = pair_;
  unsigned const to = detail::PortPair::other(end_);
  detail::PortsToSend<Ports...> const toSend(ports...);
  toSend.requireOthers(pair);
  if (pair == nullptr) return;
  auto message = std::make_unique<detail::PortMessageOf<T>>(detail::travelling<V>(value));
  toSend.requireOthers(pair);  // once more: capturing the value may have changed them
  message->ports.reserve(sizeof...(Ports));
  message->sender = detail::peerOfThread();
  detail::PortMovesOf<sizeof...(Ports)> moves(toSend.ports(), *pair);
  pair->post(to, std::move(message), moves);
}

inline void MessagePort::postMessage() {
  auto const pair = pair_;
  if (pair == nullptr) return;
  auto message = std::make_unique<detail::PortMessage>();
  message->sender = detail::peerOfThread();
  detail::PortMovesOf<0> moves({}, *pair);
  pair->post(detail::PortPair::other(end_), std::move(message), moves);
}

template <class F>
void MessagePort::on(std::string_view event, F listener) {
  detail::refuseNull(listener, "on");
  if (event != "message" && event != "close") {
    throw std::invalid_argument("tincan: a port has the events \"message\" and \"close\"");
  }
  if (detail::isNullFunction(listener)) {
    throw std::invalid_argument("tincan: the listener of a port is a null function");
  }
  if (pair_ == nullptr) return;
  pair_->listen(end_, event == "message",
                std::make_shared<detail::ListenerOf<F>>(std::move(listener)));
}

inline void MessagePort::start() {
  if (pair_ == nullptr) return;
  detail::EndpointCore* const where = detail::endpointOfThread();
  if (where == nullptr) {
    throw Error(Errc::WrongThread, {},
                "start: this thread runs no endpoint; say which one: start(endpoint)");
  }
  startAt(*where);
}

inline void MessagePort::startAt(detail::EndpointCore& where) {
  if (!where.isElsewhere()) where.settleHere("start");
  where.checkOpen("start");
  if (auto const pair = pair_) pair->start(end_, where);
}

}  // namespace tincan::inline v0
