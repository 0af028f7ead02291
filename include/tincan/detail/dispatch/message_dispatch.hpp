// tincan/detail/dispatch/message_dispatch.hpp - one message on its way through listeners of any kind
//
// The slow and general way, and that of handlers; handle.hpp has the one that most messages go.
#pragma once

#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <new>
#include <string>
#include <utility>

#include <tincan/detail/api/event.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/base/row.hpp>
#include <tincan/detail/dispatch/call_any.hpp>
#include <tincan/detail/dispatch/found_entries.hpp>
#include <tincan/detail/dispatch/invocation.hpp>
#include <tincan/detail/dispatch/kept_messages.hpp>
#include <tincan/detail/dispatch/report_error.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/lane/message_lane.hpp>
#include <tincan/detail/message/arguments.hpp>
#include <tincan/detail/message/listener_table.hpp>
#include <tincan/detail/request/responder.hpp>

namespace tincan::inline abi0::detail {

/// Reports what a listener has thrown, and answers with it. The caller has no other reference: the last
/// one goes with the answer.
[[gnu::noinline]] inline void answerThrown(EndpointCore const& core, MessageLane& lane,
                                           NameRecord const& record, Responder& responder,
                                           std::exception_ptr exception) {
  reportError(core, record, lane, exception);
  responder.fail(std::move(exception));
}

/// A TypeMismatch, as a sentence with what was expected and what came.
inline std::exception_ptr describeMisfit(EndpointCore const& core, Registration const& node,
                                         NameRecord const& channel, ArgumentsView const& arguments,
                                         EndpointCore const& from) {
  std::string sentence = "'" + std::string(channel.view()) + "': what listens at '" +
                         core.displayName() + "' expected " + node.parameters() + ", got " +
                         describeArguments(arguments) + " from '" + from.displayName() + "'";
  return std::make_exception_ptr(Error(Errc::TypeMismatch, std::string(channel.view()), sentence));
}

/// Calls listeners or a handler, and says what becomes of the message.
class MessageDispatch {
 public:
  MessageDispatch(EndpointCore& endpoint, MessageLane& from, NameRecord const& name,
                  ArgumentsView& view, AnswerSlot* slot) noexcept
      : core_(endpoint),
        lane_(from),
        record_(name),
        arguments_(view),
        responder_(slot, endpoint),
        found_(findEntries(endpoint, from, name)),
        guard_(&endpoint.table),
        scopeGuard_(found_.scoped == nullptr ? nullptr : found_.scoped->table) {
    if (view.ops->hasPorts) [[unlikely]] {
      event_.ports = std::move(static_cast<PortList*>(view.argument(view.ops->count))->ports);
    }
  }
  MessageDispatch(MessageDispatch const&) = delete;
  MessageDispatch& operator=(MessageDispatch const&) = delete;

  /// Calls the listeners, those of the scope for the sender first. Those added meanwhile are not
  /// called. Keeps the message, if the channel's are kept.
  void callListeners() {
    std::size_t const count = countOf(found_.entry);
    std::size_t const countScoped = countOf(found_.scoped);
    auto* const kept =
        found_.entry == nullptr ? nullptr : static_cast<KeptMessages*>(found_.entry->kept.get());
    std::uint64_t const turn = kept == nullptr ? 0 : kept->beginTurn();
    if (!mayCome()) [[unlikely]]
      return die(Errc::Denied);
    if (found_.scoped != nullptr) [[unlikely]]
      call(*found_.scoped, countScoped);
    if (found_.entry != nullptr) [[likely]]
      call(*found_.entry, count);
    end();
    if (kept != nullptr) [[unlikely]]
      keepHandled(core_, lane_, record_, arguments_, {turn, count, found_.scoped, countScoped});
  }

  /// Calls the handler: that of the scope for the sender, if there is one.
  void callHandler() {
    if (!mayCome()) [[unlikely]]
      return die(Errc::Denied);
    HandlerNode* node = found_.entry == nullptr ? nullptr : found_.entry->liveHandler();
    if (found_.scoped != nullptr && found_.scoped->liveHandler() != nullptr) [[unlikely]] {
      node = found_.scoped->liveHandler();
    }
    std::shared_ptr<void const> object;
    if (node != nullptr && node->isGuarded()) {
      object = node->object();
      if (object == nullptr) node = nullptr;  // it has ended just now
    }
    if (node == nullptr) [[unlikely]]
      return die(Errc::NoHandler);
    try {
      if (!node->call({lane_.sender, record_, responder_}, arguments_)) {
        addMisfit(*node);
        return die(Errc::TypeMismatch);
      }
    } catch (...) {
      thrown_ = std::current_exception();
    }
    core_.handled.add();
    if (thrown_ != nullptr) responder_.fail(std::exchange(thrown_, nullptr));
  }

 private:
  static std::size_t countOf(ChannelEntry const* entry) noexcept {
    return entry == nullptr ? 0 : entry->listeners.size();
  }

  /// Says what has become of a message whose listeners have been called.
  void end() {
    if (!isTaken_) [[unlikely]]
      return die(hasMisfit_ ? Errc::TypeMismatch : Errc::NoListener);
    core_.handled.add();
    if (hasMisfit_) [[unlikely]]
      reportMisfits();
    responder_.fail(Errc::NoReply);
  }

  void call(ChannelEntry& entry, std::size_t count) {
    bool const areExact = entry.exact == arguments_.ops;
    for (std::size_t next = 0; next < count;) {
      try {
        if (areExact) [[likely]]
          callExactly(entry, next, count);
        else callFitted(entry, next, count);
      } catch (...) {
        thrown_ = std::current_exception();
      }
      if (thrown_ != nullptr) [[unlikely]] {
        isTaken_ = true;
        answerThrown(core_, lane_, record_, responder_, std::exchange(thrown_, nullptr));
      }
    }
  }
  /// Calls those from `next` on, which take the arguments as they are. If one throws, `next` is the one
  /// after it.
  void callExactly(ChannelEntry& entry, std::size_t& next, std::size_t count) {
    void* const at = arguments_.at;
    while (next < count) {
      ListenerNode& node = *entry.listeners[next++];
      if (!node.isLive) [[unlikely]]
        continue;
      isTaken_ = true;
      node.callExactly(event_, at);
    }
  }
  /// Calls those from `next` on, each with what it takes. If one throws, `next` is the one after it.
  void callFitted(ChannelEntry& entry, std::size_t& next, std::size_t count) {
    while (next < count) {
      ListenerNode& node = *entry.listeners[next++];
      if (!node.isLive) continue;
      std::shared_ptr<void const> const object = node.isGuarded() ? node.object() : nullptr;
      if (node.isGuarded() && object == nullptr) {
        entry.table->disarm(node);
        continue;
      }
      if (node.call(event_, arguments_)) isTaken_ = true;
      else addMisfit(node);
    }
  }

  /// Notes what does not take the arguments, with a sentence if there is memory for it.
  [[gnu::noinline]] void addMisfit(Registration const& node) noexcept {
    hasMisfit_ = true;
    try {
      if (misfits_ == nullptr) misfits_ = Owned<Row<std::exception_ptr>>::make();
      misfits_->push_back(describeMisfit(core_, node, record_, arguments_, lane_.senderCore()));
    } catch (std::bad_alloc const&) {
      // It counts all the same.
    }
  }
  bool isDescribed() const noexcept { return misfits_ != nullptr && !misfits_->empty(); }

  /// Reports what has not taken the arguments that others took.
  void reportMisfits() {
    if (!isDescribed()) {
      return reportError(core_, record_, lane_, std::make_exception_ptr(std::bad_alloc()));
    }
    for (auto const& error : *misfits_) reportError(core_, record_, lane_, error);
  }

  /// Makes a dead letter of the message, which nobody took.
  void die(Errc reason) {
    std::exception_ptr why = isDescribed() ? std::move(misfits_->front()) : nullptr;
    core_.bus->deadLetter(reason, record_.view(), lane_.senderCore(), core_, why);
    if (why == nullptr) responder_.fail(reason);
    else responder_.fail(std::move(why));
  }

  /// False if the channel is not for that sender; else those have been called that look at every message.
  bool mayCome() {
    ChannelEntry const* const entry = found_.entry;
    if (entry != nullptr && entry->admits != nullptr && !askAdmission(entry->admits)) return false;
    if (core_.anyTable != nullptr) [[unlikely]]
      callAny(core_, lane_, record_, arguments_);
    return true;
  }
  /// Asks the function, which is held meanwhile: it may replace itself.
  bool askAdmission(ChannelEntry::Admission admits) {
    try {
      return admits(lane_.sender);
    } catch (...) {
      reportError(core_, record_, lane_, std::current_exception());
      return false;
    }
  }

  EndpointCore& core_;
  MessageLane& lane_;
  NameRecord const& record_;
  ArgumentsView& arguments_;
  Responder responder_;
  FoundEntries const found_;
  ListenerTable::DeferDestruction const guard_;
  ListenerTable::DeferDestruction const scopeGuard_;
  Event event_ = EventAccess::make(lane_.sender, record_, responder_);
  bool isTaken_ = false;
  bool hasMisfit_ = false;
  std::exception_ptr thrown_{};
  Owned<Row<std::exception_ptr>> misfits_{};  // those that there was memory for
};

}  // namespace tincan::inline abi0::detail
