// tincan/detail/thread/thread_holder.ipp - what ends with a thread: the bodies
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>
#include <new>
#include <utility>

#include <tincan/detail/answer/wait_graph.hpp>
#include <tincan/detail/base/inline.hpp>
#include <tincan/detail/endpoint/departure.hpp>
#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/endpoint/thread_state.hpp>
#include <tincan/detail/process/process.hpp>
#include <tincan/detail/thread/end_key.hpp>
#include <tincan/detail/thread/fork_handlers.hpp>
#include <tincan/detail/thread/thread_holder.hpp>

namespace tincan::inline abi0::detail {

TINCAN_INLINE ThreadHolder::ThreadHolder(ThreadState& state)
    : state_(state), token_(std::make_shared<ThreadToken>()), process_(process()) {
  noticeEnd();
  state.token = token_.get();
  state.answers.begin();
}

TINCAN_INLINE ThreadHolder::~ThreadHolder() {
  std::lock_guard const lock(process_.mutex);
  (before_ == nullptr ? process_.threads : before_->after_) = after_;
  if (after_ != nullptr) after_->before_ = before_;
}

TINCAN_INLINE void ThreadHolder::add(EndpointCore& core) {
  if (!endpoints_.has(core)) detail::letDisownedGo();
  endpoints_.add(core);
  state_.forgetSenders();
}

TINCAN_INLINE void ThreadHolder::remove(EndpointCore const& core) noexcept {
  endpoints_.remove(core);
  state_.forgetSenders();
}

TINCAN_INLINE std::uint64_t ThreadHolder::beginPolling(EndpointCore& core) {
  add(core);
  return endpoints_.beginPolling(core);
}

TINCAN_INLINE EndpointCore* ThreadHolder::firstEndpoint() noexcept {
  EndpointCore* const polled = endpoints_.firstPolled();
  return polled != nullptr ? polled : endpoints_.first();
}

TINCAN_INLINE EndpointCore& ThreadHolder::senderOn(std::shared_ptr<BusCore> const& bus) {
  auto const* const first = endpoints_.firstOn(bus);
  return first == nullptr ? standIns_.getNobody(bus, token_) : senderFor(*first);
}

TINCAN_INLINE EndpointCore& ThreadHolder::senderFor(std::shared_ptr<EndpointCore> const& core) {
  return core->isBoundHere() || core->bus->driver() != nullptr ? *core
                                                               : standIns_.get(core, token_);
}

TINCAN_INLINE std::shared_ptr<EndpointCore> ThreadHolder::takeStandIn(
    EndpointCore const& core) noexcept {
  // A send that is under way goes on by it.
  if (state_.sending != 0) return nullptr;
  auto taken = standIns_.take(core);
  if (taken != nullptr) state_.forgetSenders();
  return taken;
}

TINCAN_INLINE void ThreadHolder::othersAreInParent(Process& process,
                                                   ThreadHolder const* own) noexcept {
  for (ThreadHolder* other = process.threads; other != nullptr; other = other->after_) {
    if (other == own) continue;
    other->token_->waiting.store(nullptr, std::memory_order_seq_cst);
    other->token_->life.store(ThreadToken::InParent, std::memory_order_seq_cst);
  }
}

TINCAN_INLINE void ThreadHolder::noticeEnd() {
  std::lock_guard const lock(process_.mutex);
  prepare(process_);
  if (!EndKey::set(process_.threadEndKey, this)) throw std::bad_alloc();
  after_ = std::exchange(process_.threads, this);
  if (after_ != nullptr) after_->before_ = this;
}

TINCAN_INLINE void ThreadHolder::prepare(Process& process) {
  if (process.isPrepared) return;
  if (!EndKey::make<&threadEnds>(process.threadEndKey)) throw std::bad_alloc();
  waitGraph();  // which the handlers lock
  if (!ForkHandlers<ThreadHolder>::install()) {
    EndKey::remove(process.threadEndKey);
    throw std::bad_alloc();
  }
  process.isPrepared = true;
}

TINCAN_INLINE void ThreadHolder::threadEnds(void* at) noexcept {
  auto* const holder = static_cast<ThreadHolder*>(at);
  // Once more, so that the destructors of other keys may use a bus.
  if (EndKey::CallsAgain && holder->roundsAtEnd_++ == 0) {
    if (EndKey::set(holder->process_.threadEndKey, holder)) return;
  }
  ThreadState& state = holder->state_;
  holder->end();
  state.isOver = true;
  state.holder = nullptr;
  delete holder;
}

TINCAN_INLINE void ThreadHolder::end() noexcept {
  Departure<ThreadPlatform>::threadEnds(*token_);
  auto const endpoints = endpoints_.takeAll();
  auto const standIns = standIns_.takeAll();
  state_.current = nullptr;
  state_.forgetSenders();
  state_.token = nullptr;
  standIns.forEach([](auto const& core) { core->leave(); });
  for (auto const& core : endpoints) {
    if (core != nullptr) core->threadEnded(*token_);
  }
  state_.answers.end();
  ends_.tellAll();
}

TINCAN_INLINE ThreadToken* thisToken() {
  if (threadState().token == nullptr) [[unlikely]]
    threadHolder();
  return threadState().token;
}

TINCAN_INLINE void makeTokenIfPossible() noexcept {
  try {
    thisToken();
  } catch (std::bad_alloc const&) {
    // See above.
  }
}

TINCAN_INLINE EndpointCore* endpointOfThread() noexcept {
  ThreadState const& state = threadState();
  if (state.current != nullptr && !state.current->isGone()) return state.current;
  return state.holder == nullptr ? nullptr : state.holder->firstEndpoint();
}

TINCAN_INLINE EndpointCore* senderOfThread() noexcept {
  ThreadState const& state = threadState();
  if (state.current != nullptr && !state.current->isGone()) return state.current;
  return state.holder == nullptr ? nullptr : state.holder->firstSender();
}

}  // namespace tincan::inline abi0::detail
