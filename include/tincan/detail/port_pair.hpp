// tincan/detail/port_pair.hpp - layer 14 - what two ports share
//
// Messages are numbered. A message to an end that is started is posted to its endpoint's inbox, so
// that it comes in its place among all others; to an end that is not, it waits here with its stamp,
// and goes into the inbox when the end is started, in a lane of its own, so that it comes in the
// same place. What is under way to an endpoint that the end has left, is brought after it.
//
//   Threads   Any. Listeners are called on the endpoint's thread, with no lock held.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <stdexcept>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

#include <tincan/detail/sending.hpp>
#include <tincan/event.hpp>
#include <tincan/listener.hpp>
#include <tincan/port.hpp>

namespace tincan::detail {

/// A value on its way, or the end of the other port.
struct PortMessage {
  PortMessage() = default;
  PortMessage(PortMessage const&) = delete;
  PortMessage& operator=(PortMessage const&) = delete;
  virtual ~PortMessage() = default;
  virtual ArgumentsView arguments() noexcept { return {&ArgumentsOf<>::ops, &nothing}; }

  Peer sender;
  std::vector<MessagePort> ports;
  std::uint64_t number = 0;
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

class PortPair : public std::enable_shared_from_this<PortPair> {
 public:
  using Message = std::unique_ptr<PortMessage>;
  using Listeners = std::vector<std::shared_ptr<ListenerNode>>;

  static unsigned other(unsigned end) noexcept { return 1 - end; }

  static bool isAmong(std::shared_ptr<PortPair> const& pair,
                      std::span<MessagePort* const> ports) noexcept {
    return pair != nullptr && std::any_of(ports.begin(), ports.end(),
                                          [&](auto const* port) { return port->pair_ == pair; });
  }

  /// Posts to an end.
  void post(unsigned to, Message message) {
    std::shared_ptr<EndpointCore> home;
    {
      std::lock_guard const lock(mutex_);
      End& end = ends_[to];
      if (end.isClosed) return;  // with it, after the lock, its ports
      message->number = end.posted++;
      message->stamp = ++threadState.clock;
      home = end.isStarting ? nullptr : end.home;
      if (home == nullptr) {
        end.waiting.emplace(message->number, std::move(message));
        return;
      }
    }
    bring(*home, to, std::move(message));
  }

  void listen(unsigned at, bool toMessages, std::shared_ptr<ListenerNode> node) {
    std::lock_guard const lock(mutex_);
    (toMessages ? ends_[at].onMessage : ends_[at].onClose).push_back(std::move(node));
  }

  void start(unsigned at, EndpointCore& where) {
    auto const watch = std::make_shared<Watch>(*this, at);
    {
      std::lock_guard const lock(mutex_);
      End& end = ends_[at];
      if (end.isClosed || end.home != nullptr) return;
      end.home = where.shared_from_this();
      end.watch = watch;
      end.isStarting = true;
    }
    where.promises.add(watch);
    bringWaiting(at, where);
    if (where.isClosed()) watch->endpointIsClosed();
  }

  /// The end is being sent away.
  void stop(unsigned at) {
    Listeners gone[2];  // destroyed after the lock
    std::lock_guard const lock(mutex_);
    End& end = ends_[at];
    end.home.reset();
    end.watch.reset();
    gone[0].swap(end.onMessage);
    gone[1].swap(end.onClose);
  }

  void close(unsigned at) noexcept {
    Waiting dropped;  // destroyed after the lock: there may be ports in it
    std::shared_ptr<EndpointCore> home;
    {
      std::lock_guard const lock(mutex_);
      End& end = ends_[at];
      if (end.isClosed) return;
      end.isClosed = true;
      dropped.swap(end.waiting);
      home = end.home;
    }
    try {
      auto message = std::make_unique<PortMessage>();
      message->isClose = true;
      post(other(at), std::move(message));
      if (home != nullptr) tellClosed(*home, at);
    } catch (...) {
      // No memory: the other end never hears of it.
    }
  }

  /// A message has come to an endpoint; null: to none, that one is closed.
  void arrive(EndpointCore* here, unsigned to, Message message) {
    std::unique_lock lock(mutex_);
    End& end = ends_[to];
    if (end.isClosed) return lock.unlock();  // then the message ends
    std::shared_ptr<EndpointCore> const home = end.isStarting ? nullptr : end.home;
    if (home != nullptr && home.get() != here) {
      lock.unlock();
      if (!home->isClosed()) bring(*home, to, std::move(message));
      return;
    }
    end.waiting.emplace(message->number, std::move(message));
    if (home == nullptr) return;
    // It may have come early; and those that have, go with it. A listener may send the port away.
    while (!end.isClosed && end.home.get() == here && !end.isStarting && !end.waiting.empty() &&
           end.waiting.begin()->first == end.handled) {
      Message next = std::move(end.waiting.begin()->second);
      end.waiting.erase(end.waiting.begin());
      ++end.handled;
      if (next->isClose) end.isClosed = true;
      Listeners const listeners = next->isClose ? std::exchange(end.onClose, {}) : end.onMessage;
      lock.unlock();
      call(*here, listeners, *next);
      next.reset();
      lock.lock();
    }
  }

 private:
  using Waiting = std::map<std::uint64_t, Message>;

  /// Closes an end with the endpoint where it is started.
  class Watch final : public Promise {
   public:
    Watch(PortPair& pair, unsigned end) : pair_(pair.weak_from_this()), end_(end) {}
    void endpointIsClosed() noexcept override {
      if (auto const pair = pair_.lock()) pair->close(end_);
    }

   private:
    std::weak_ptr<PortPair> pair_;
    unsigned end_;
  };

  struct End {
    std::shared_ptr<EndpointCore> home;  // where it is started
    std::shared_ptr<Watch> watch;
    bool isStarting = false;  // what has waited is on its way into the inbox
    bool isClosed = false;
    std::uint64_t posted = 0, handled = 0;
    Waiting waiting;
    Listeners onMessage, onClose;
  };

  /// In an inbox: one message, or that the end was closed here.
  class Delivery final : public Task0 {
   public:
    Delivery(std::shared_ptr<PortPair> pair, std::shared_ptr<EndpointCore> here, unsigned to,
             Message message) noexcept
        : pair_(std::move(pair)), here_(std::move(here)), to_(to), message_(std::move(message)) {}
    ~Delivery() override {
      // The endpoint is closed; the port may have gone elsewhere.
      if (message_ != nullptr) pair_->arrive(nullptr, to_, std::move(message_));
    }
    void run() override { pair_->arrive(here_.get(), to_, std::move(message_)); }

   private:
    std::shared_ptr<PortPair> pair_;
    std::shared_ptr<EndpointCore> here_;
    unsigned to_;
    Message message_;
  };

  std::unique_ptr<Task0> delivery(EndpointCore& home, unsigned to, Message message) {
    return std::make_unique<Delivery>(shared_from_this(), home.shared_from_this(), to,
                                      std::move(message));
  }

  void bring(EndpointCore& home, unsigned to, Message message) {
    Speaker const speaker(home.bus);
    pushTask(speaker.core(), home, delivery(home, to, std::move(message)));
  }

  /// What has waited goes into the inbox, and what comes meanwhile.
  void bringWaiting(unsigned at, EndpointCore& where) {
    Speaker const speaker(where.bus);
    Sending const sending;
    auto const lane = speaker.core().makeLane(where);  // null: closed
    for (;;) {
      Waiting waiting;
      {
        std::lock_guard const lock(mutex_);
        waiting.swap(ends_[at].waiting);
        if (waiting.empty() || lane == nullptr) {
          ends_[at].isStarting = false;
          break;
        }
      }
      for (auto& [number, message] : waiting) {
        std::uint64_t const stamp = message->stamp;
        auto task = delivery(where, at, std::move(message));
        pushStamped(*lane, stamp, std::move(task));
        where.pushed(*lane);
      }
    }
    if (lane == nullptr) return;
    lane->abandon();
    where.abandonedLanes.fetch_add(1, std::memory_order_release);
  }

  void tellClosed(EndpointCore& home, unsigned at) {
    Speaker const speaker(home.bus);
    auto run = [self = shared_from_this(), home = home.shared_from_this(), at] {
      Listeners listeners;
      {
        std::lock_guard const lock(self->mutex_);
        listeners.swap(self->ends_[at].onClose);
      }
      PortMessage message;
      message.isClose = true;
      self->call(*home, listeners, message);
    };
    pushTask(speaker.core(), home, std::make_unique<PostedTask<decltype(run)>>(std::move(run)));
  }

  static NameRecord record(ChannelName const& name) noexcept {
    std::string_view const text = name.name();
    return {ChannelNameAccess::hash(name), text.data(), text.data(),
            static_cast<std::uint32_t>(text.size()), true};
  }

  static void call(EndpointCore& here, Listeners const& listeners, PortMessage& message) {
    NameRecord const name = record(message.isClose ? ChannelName("close") : ChannelName("message"));
    Giver nobodyWaits(nullptr, here);
    Event event(message.sender, name, nobodyWaits);
    event.ports = std::move(message.ports);
    ArgumentsView const arguments = message.arguments();
    for (auto const& listener : listeners) {
      try {
        if (!listener->call(event, arguments)) throwMisfit(*listener, name, arguments, here);
      } catch (...) {
        here.bus->reportError(name.view(), message.sender.name(), here.name,
                              std::current_exception());
      }
    }
  }

  [[noreturn]] static void throwMisfit(ListenerNode const& listener, NameRecord const& name,
                                       ArgumentsView const& arguments, EndpointCore const& here) {
    throwTypeMismatch(
        std::string(name.view()),
        "'" + std::string(name.view()) + "': a listener of a port at '" + here.displayName() + "'",
        listener.parameters(), describeArguments(arguments));
  }

  std::mutex mutex_;
  std::array<End, 2> ends_;
};

/// Whom the calling thread speaks for, whatever the bus; or nobody.
inline Peer peerOfThread() {
  EndpointCore* const core = endpointOfThread();
  return core == nullptr ? Peer() : PeerAccess::make(core->shared_from_this());
}

inline void PortList::take(std::span<MessagePort* const> toSend) noexcept {
  for (MessagePort* const port : toSend) {
    port->pair_->stop(port->end_);
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

}  // namespace tincan::detail

namespace tincan {

inline MessageChannel::MessageChannel() {
  auto const pair = std::make_shared<detail::PortPair>();
  port1 = MessagePort(pair, 0);
  port2 = MessagePort(pair, 1);
}

inline MessagePort& MessagePort::operator=(MessagePort&& other) noexcept {
  if (this != &other) {
    close();
    pair_ = std::move(other.pair_);
    end_ = other.end_;
  }
  return *this;
}

inline MessagePort::~MessagePort() { close(); }

inline void MessagePort::close() noexcept {
  if (pair_ != nullptr) pair_->close(end_);
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
  if (detail::PortPair::isAmong(pair, toSend.ports())) {
    throw std::invalid_argument("tincan: a port cannot be sent through its own channel");
  }
  if (pair == nullptr) return;
  auto message = std::make_unique<detail::PortMessageOf<T>>(std::forward<V>(value));
  detail::PortList list(toSend);
  list.take(toSend.ports());
  message->ports = std::move(list.ports);
  message->sender = detail::peerOfThread();
  pair->post(to, std::move(message));
}

inline void MessagePort::postMessage() {
  if (pair_ == nullptr) return;
  auto message = std::make_unique<detail::PortMessage>();
  message->sender = detail::peerOfThread();
  pair_->post(detail::PortPair::other(end_), std::move(message));
}

template <class F>
void MessagePort::on(std::string_view event, F listener) {
  if (event != "message" && event != "close") {
    throw std::invalid_argument("tincan: a port has the events \"message\" and \"close\"");
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
  where.checkOpen("start");
  if (pair_ != nullptr) pair_->start(end_, where);
}

}  // namespace tincan
