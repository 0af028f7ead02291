// tincan/detail/await/pending_call.hpp - a function that is to be called with an answer, and may be withdrawn
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <utility>

#include <tincan/detail/endpoint/endpoint_core.hpp>
#include <tincan/detail/message/message.hpp>

namespace tincan::inline abi0::detail {

/// The part of a function's wait that its tokens see. Either the function is called, or it was withdrawn
/// before.
///
///   Threads   hold(), leave(), cancel(): any. The others: the endpoint's.
///   Order     What was done before cancel() is visible where the function ends because of it.
///   Progress  Nothing here allocates or blocks.
///   Lifetime  Deleted by the last one to leave: the wait, a token, or a withdrawal that is on its way. What
///             waits ends before, on the endpoint's thread.
class PendingCall {
 public:
  PendingCall(PendingCall const&) = delete;
  PendingCall& operator=(PendingCall const&) = delete;

  void hold() noexcept {
    // relaxed: whoever holds it already gives it on.
    holds_.fetch_add(1, std::memory_order_relaxed);
  }
  void leave() noexcept {
    // acq_rel: pairs with itself; the last one sees what all others have done before they left.
    if (holds_.fetch_sub(1, std::memory_order_acq_rel) == 1) delete this;
  }

  /// Withdraws the function, unless it was called or withdrawn before: here and now, or, if this is not the
  /// endpoint's thread, when that polls next.
  void cancel() noexcept;

 protected:
  explicit PendingCall(std::shared_ptr<EndpointCore> endpoint);
  virtual ~PendingCall() = default;

  EndpointCore& endpoint() const noexcept { return *endpoint_; }

  /// True if the function was not withdrawn, and will not be: the caller calls it. To be asked once.
  [[nodiscard]] bool begins() noexcept { return decide(Called); }
  bool isWithdrawn() const noexcept;

  /// Takes the wait off the list in which it is. False: it has not begun, or is over.
  [[nodiscard]] virtual bool stopsWaiting() noexcept = 0;
  /// Ends a wait that has stopped, with the function and the request.
  virtual void endWithdrawn() noexcept = 0;

 private:
  // Waiting -> Called     the endpoint's thread, about to call the function
  // Waiting -> Withdrawn  whoever cancels; the function will end without a call
  enum Fate : std::uint8_t { Waiting, Called, Withdrawn };

  /// Tells the endpoint's thread that the function was withdrawn.
  class News final : public PostedFunction {
   public:
    explicit News(PendingCall& of) noexcept : of_(of) {}
    void run() override {
      if (of_.stopsWaiting()) of_.endWithdrawn();
    }
    void end() noexcept override { of_.leave(); }

   private:
    PendingCall& of_;
  };

  [[nodiscard]] bool decide(Fate fate) noexcept;
  void noteLookAtFate() const noexcept;

  std::shared_ptr<EndpointCore> const endpoint_;
  std::uint64_t const number_;  // a driver's; without one 0
  std::atomic<std::uint32_t> holds_{1};
  std::atomic<Fate> fate_{Waiting};
  News news_{*this};
};

}  // namespace tincan::inline abi0::detail
