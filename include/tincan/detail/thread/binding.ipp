// tincan/detail/thread/binding.ipp - how an endpoint comes to belong to a thread: the bodies
#pragma once

#include <cstdint>
#include <memory>
#include <mutex>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>

#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/drive/driver.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/tally.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/thread/thread_holder.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE std::string EndpointCore::displayName() const {
  if (named != nullptr) return named->displayName();
  if (isNobody()) return "(no endpoint)";
  return name.empty() ? "#" + std::to_string(id) : name;
}

TINCAN_INLINE bool EndpointCore::isDeserted() const noexcept {
  ThreadToken const* const thread = owner();
  return thread != nullptr && thread->life.load(std::memory_order_seq_cst) == ThreadToken::Ended;
}

TINCAN_INLINE void EndpointCore::throwWrongThread(std::string_view verb) const {
  throw Error(Errc::WrongThread, {},
              std::string(verb) + ": the endpoint '" + displayName() +
                  "' lives on the thread that polled it first, and this is another one");
}

TINCAN_INLINE void EndpointCore::throwInParent(std::string_view verb) const {
  throw Error(Errc::Closed, {},
              std::string(verb) + ": only the parent of this process has the thread of '" +
                  displayName() + "'");
}

TINCAN_INLINE void EndpointCore::throwClosed(std::string_view verb) const {
  throw Error(Errc::Closed, {},
              std::string(verb) + ": the endpoint '" + displayName() + "' is closed");
}

TINCAN_INLINE void EndpointCore::belongTo(std::shared_ptr<ThreadToken> token) noexcept {
  setOwner(token.get());
  ownerHold_ = std::move(token);
}

TINCAN_INLINE void EndpointCore::drive(DrivenEndpoint& by,
                                       std::shared_ptr<ThreadToken> token) noexcept {
  driven = &by;
  gate.set(Gate::Driven);
  belongTo(std::move(token));
  beAlone(true);
}

TINCAN_INLINE void EndpointCore::endDrive() noexcept {
  beAlone(false);
  setOwner(nullptr);
}

/// Says whether the driver's thread alone uses it.
TINCAN_INLINE void EndpointCore::beAlone(bool isAlone) noexcept {
  lanes.mutex().beAlone(isAlone);
  kept.beAlone(isAlone);
  closeListeners.beAlone(isAlone);
}

/// Tells a driver that the calling thread is about to make the endpoint its own, or to give it up, if it can.
TINCAN_INLINE void EndpointCore::noteTaking() const noexcept {
  Driver* const driver = bus->driver();
  if (driver != nullptr && !driver->ownership.isBoundHere(*this)) driver->executor.mayInterrupt();
}

[[gnu::noinline]] TINCAN_INLINE void EndpointCore::settleHere(std::string_view verb) {
  noteTaking();
  checkThread(verb);
  ThreadHolder* const holder = threadHolder();
  if (holder == nullptr || isReleased()) return;
  if (Driver* const driver = bus->driver()) {
    holder->add(*this);
    return driver->ownership.settled(*this);
  }
  if (owner() != nullptr) return;
  // relaxed: only its own token is one that this thread has stored.
  if (settler.load(std::memory_order_relaxed) == holder->token().get()) return;
  holder->add(*this);
  {
    std::lock_guard const lock(bindingMutex_);
    settlerHold_ = holder->token();
    // release: pairs with the acquire of whoever asks to whom it belongs.
    settler.store(settlerHold_.get(), std::memory_order_release);
    if (owner() == nullptr) plainSender.lend(settlerHold_.get(), [this] { return isClosed(); });
  }
  // acquire: pairs with the release in raise(), by who sent in its name before.
  raiseClock(spokenUntil.load(std::memory_order_acquire));
}

[[gnu::noinline]] TINCAN_INLINE void EndpointCore::bindHere() {
  noteTaking();
  if (Driver* const driver = bus->driver()) {
    checkThread("poll");
    isReleased_.store(false, std::memory_order_release);
    return driver->ownership.bound(*this);
  }
  ThreadHolder* const holder = threadHolder();
  if (holder == nullptr) {
    throw Error(Errc::WrongThread, {}, "poll: this thread is ending and can poll no endpoint");
  }
  checkThread("poll");
  std::uint64_t const number = holder->beginPolling(*this);
  {
    std::lock_guard const lock(bindingMutex_);
    if (isElsewhere()) {
      holder->forgetPolling(number);
      throwWrongThread("poll");
    }
    // relaxed: only the thread that polls it makes use of the number.
    boundAs.store(number, std::memory_order_relaxed);
    belongTo(holder->token());
    if (standIn_ != nullptr) standIn_->belongTo(holder->token());
    // relaxed: the lock orders it with release(), and the owner says more.
    isReleased_.store(false, std::memory_order_relaxed);
    plainSender.open(holder->token().get(), [this] { return isClosed(); });
  }
  // It may have been set up before the fork, by whichever thread.
  if (process().forks.generation() != 0) noteFork();
  auto standIn = holder->takeStandIn(*this);
  if (standIn != nullptr && standIn_ == nullptr) {
    standIn_ = std::move(standIn);
    // release: pairs with the acquire in isTakenOver().
    standIn_->isTakenOver_.store(true, std::memory_order_release);
    // It goes on by the lanes that it has: a sender has one bound at each inbox. If by its own verbs it has sent before,
    // too, it has others, and only supersedes what waits in these.
    if (outbox.empty()) outbox.takeOver(standIn_->outbox);
  } else if (standIn != nullptr) {
    standIn->leave();
  }
  // acquire: pairs with the release in raise(), by who sent in its name before.
  raiseClock(spokenUntil.load(std::memory_order_acquire));
}

TINCAN_INLINE void EndpointCore::release() {
  noteTaking();
  checkThread("release");
  checkOpen("release");
  ThreadState& thread = threadState();
  bool const isInBody = thread.body == this;
  bool const isRun = gate.isPolled() || polling.runsOfAll != 0;
  if (isRun || thread.sending != 0 || (isInBody && thread.current != this)) {
    throw std::logic_error("tincan: release: the endpoint '" + displayName() +
                           "' is in the midst of a poll, a run or a send");
  }
  auto const keep = shared_from_this();
  if (Driver* const driver = bus->driver()) {
    isReleased_.store(true, std::memory_order_release);
    return driver->ownership.released(*this);
  }
  keepOwner();
  if (standIn_ != nullptr) standIn_->keepOwner();
  raise(spokenUntil, thread.clock);
  thread.forgetSenders();
  if (isInBody) thread.body = thread.current = nullptr;
  if (thread.holder != nullptr) thread.holder->remove(*this);
  std::lock_guard const lock(bindingMutex_);
  plainSender.close();
  // release: pairs with the acquire of whoever asks to whom it belongs.
  settler.store(nullptr, std::memory_order_release);
  // release: pairs with the acquire in isReleased().
  isReleased_.store(true, std::memory_order_release);
  if (standIn_ != nullptr) standIn_->giveUpOwner();
  giveUpOwner();
}

/// Makes sure that its owner's token stays, for those who have found it here. Throws std::bad_alloc.
TINCAN_INLINE void EndpointCore::keepOwner() {
  if (ownerHold_ == nullptr) return;
  for (auto const& past : pastOwners_) {
    if (past == ownerHold_) return;
  }
  pastOwners_.push_back(ownerHold_);
}
TINCAN_INLINE void EndpointCore::giveUpOwner() noexcept {
  setOwner(nullptr);
  ownerHold_.reset();
}

}  // namespace tincan::inline abi0::detail
