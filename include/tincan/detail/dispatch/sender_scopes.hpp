// tincan/detail/dispatch/sender_scopes.hpp - an endpoint's listeners and handlers for one sender each
//
// A scope ends when its sender is closed and nothing of it is left to handle. Whoever closes the sender
// tells so; the endpoint's thread then looks, between rounds, until that is so.
//
//   Threads   The endpoint's; noteEnding(): any.
//   Progress  endThose() looks at all scopes that were told of since, and at few of those that had to
//             stay; the next time at others of these.
#pragma once

#include <cstddef>
#include <memory>
#include <mutex>
#include <utility>

#include <tincan/detail/base/address_map.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/endpoint/close_listeners.hpp>
#include <tincan/detail/endpoint/effects.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/notices.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/listener_table.hpp>
#include <tincan/detail/process/mutex.hpp>

namespace tincan::inline abi0::detail {

class SenderScopes {
 public:
  explicit SenderScopes(EndpointCore& endpoint) noexcept : endpoint_(endpoint) {}
  SenderScopes(SenderScopes const&) = delete;
  SenderScopes& operator=(SenderScopes const&) = delete;

  /// The table for that sender; null if there is none.
  ListenerTable* find(EndpointCore const& sender) noexcept {
    Scope const* const scope = scopes_.find(&sender);
    return scope == nullptr ? nullptr : scope->table.get();
  }

  /// Adds a table for a sender that has none and is open. Throws std::bad_alloc.
  ListenerTable& add(EndpointCore& sender) {
    scopes_.makeRoom();
    auto made = Owned<ListenerTable>::make(endpoint_.tableVersion);
    ListenerTable& table = *made;
    auto const watch = std::make_shared<Watch>(endpoint_, sender);
    sender.closeListeners.add(watch);
    scopes_.insert(&sender, {sender.shared_from_this(), std::move(made), watch});
    ++endpoint_.tableVersion;
    // Closed meanwhile: it may have been too late for the ones that are told.
    if (sender.isClosed()) watch->endpointIsClosed();
    return table;
  }

  /// Ends those whose senders are over.
  [[gnu::noinline]] void endThose() noexcept {
    constexpr int MostInVain = 16;
    std::size_t left = staying_.count;
    for (auto list = takeEnding(); list != nullptr;) {
      auto watch = std::move(list);
      list = std::move(watch->next);
      if (!end(watch)) staying_.push(std::move(watch));
    }
    for (int inVain = 0; inVain < MostInVain && left > 0 && staying_.count > 0; --left) {
      auto watch = staying_.pop();
      if (end(watch)) {
        inVain = 0;
        continue;
      }
      staying_.push(std::move(watch));
      ++inVain;
    }
    if (staying_.count > 0) endpoint_.notices.add(Notices::EndingScopes);
  }

  /// Ends all of them. Their captures may come back here.
  void clear() noexcept {
    auto const scopes = std::move(scopes_);
    for (auto list = takeEnding(); list != nullptr;) {  // not one inside of the other
      list = std::move(list->next);
    }
    while (staying_.count > 0) staying_.pop();
  }

 private:
  /// Tells the endpoint that has a scope when its sender is closed.
  struct Watch final : CloseListener {
    Watch(EndpointCore& endpoint, EndpointCore const& of)
        : owner(endpoint.weak_from_this()), sender(&of) {}
    Watch(Watch const&) = delete;
    Watch& operator=(Watch const&) = delete;
    void endpointIsClosed() noexcept override {
      auto const core = owner.lock();
      if (core != nullptr)
        core->scopes->noteEnding(std::static_pointer_cast<Watch>(shared_from_this()));
    }

    std::weak_ptr<EndpointCore> const owner;
    EndpointCore const* const sender;  // held by the scope, if that is still there
    std::shared_ptr<Watch> next{};     // link in one of the owner's lists
    bool isTold = false;               // under the owner's lock
  };

  struct Scope {
    std::shared_ptr<EndpointCore> sender{};
    Owned<ListenerTable> table{};
    std::shared_ptr<Watch> watch{};
  };

  /// A queue that needs no memory.
  struct WatchList {
    void push(std::shared_ptr<Watch> watch) noexcept {
      Watch* const added = watch.get();
      (count++ == 0 ? first : last->next) = std::move(watch);
      last = added;
    }
    std::shared_ptr<Watch> pop() noexcept {
      auto watch = std::move(first);
      first = std::move(watch->next);
      --count;
      return watch;
    }

    std::shared_ptr<Watch> first{};
    Watch* last = nullptr;
    std::size_t count = 0;
  };

  void noteEnding(std::shared_ptr<Watch> watch) noexcept {
    std::lock_guard const lock(mutex_);
    if (std::exchange(watch->isTold, true)) return;
    watch->next = std::move(ending_);
    ending_ = std::move(watch);
    endpoint_.notices.add(Notices::EndingScopes);
  }
  [[nodiscard]] std::shared_ptr<Watch> takeEnding() noexcept {
    std::lock_guard const lock(mutex_);
    endpoint_.notices.take(Notices::EndingScopes);
    return std::exchange(ending_, nullptr);
  }

  /// Ends a scope whose sender is closed. False: it must stay for now.
  [[gnu::noinline]] bool end(std::shared_ptr<Watch> const& watch) {
    Scope const* const scope = scopes_.find(watch->sender);
    if (scope == nullptr || scope->watch != watch) return true;
    if (mustStay(*watch)) return false;
    ++endpoint_.tableVersion;
    Scope const ended = scopes_.take(watch->sender);  // captures may come back here
    return true;
  }

  /// True if something of the scope's sender waits, or may still come. A sender that was closed by
  /// another thread may be in the midst of a send: its messages end when it has left, and its lane
  /// with it.
  bool mustStay(Watch const& watch) noexcept {
    // Whether it is over before whether something is there: else the last message comes in between.
    bool const isSilent = watch.sender->isSilent();
    bool const wasLeft = watch.sender->wasLeft();
    auto const left = endpoint_.lanes.leftFrom(watch.sender, wasLeft);
    return !left.isEmpty || (!isSilent && !left.isLast);
  }

  EndpointCore& endpoint_;
  AddressMap<Scope> scopes_{};       // by the sender's address
  WatchList staying_{};              // looked at, and had to stay
  Mutex mutex_{};                    // guards ending_, and isTold and next of what is in it
  std::shared_ptr<Watch> ending_{};  // told of since the last look
};

/// The listeners and handlers for that sender only; null if there are none. The endpoint's thread.
inline ListenerTable* findScope(EndpointCore const& core, EndpointCore const& sender) noexcept {
  return core.scopes == nullptr ? nullptr : core.scopes->find(sender);
}

/// The listeners and handlers for that sender only, made on first use; null if it is closed. The
/// endpoint's thread.
inline ListenerTable* scopeFor(EndpointCore& core, EndpointCore& sender) {
  noteLife(sender);
  if (!sender.isAlive()) return nullptr;
  if (core.scopes == nullptr) core.scopes.reset(new SenderScopes(core));
  if (ListenerTable* const known = core.scopes->find(sender)) return known;
  if (!core.gate.isPolled() && core.notices.has(Notices::EndingScopes)) core.scopes->endThose();
  return &core.scopes->add(sender);
}

}  // namespace tincan::inline abi0::detail
