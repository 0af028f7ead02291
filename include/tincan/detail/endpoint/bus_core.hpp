// tincan/detail/endpoint/bus_core.hpp - what the endpoints of one bus share
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <exception>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

#include <tincan/detail/base/pointer_tree.hpp>
#include <tincan/detail/base/row.hpp>
#include <tincan/detail/base/shared_function.hpp>
#include <tincan/detail/drive/driver.hpp>
#include <tincan/detail/drive/tap.hpp>
#include <tincan/detail/endpoint/first_lines.hpp>
#include <tincan/detail/endpoint/hook.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/detail/process/process.hpp>
#include <tincan/error.hpp>
#include <tincan/inbox_options.hpp>
#include <tincan/reports.hpp>

namespace tincan::inline abi0::detail {

class EndpointCore;
struct AnswerSlot;

/// A bus behind its handles: its endpoints, its hooks, its counts.
///
///   Threads   Any.
///   Order     An endpoint that find() returns was added before; one that was closed is found no more.
///   Lifetime  Held by the Bus and by each endpoint.
///   Errors    Closed, from add() and checkOpen(), once the bus is closed.
class BusCore {
 public:
  using ErrorHook = SharedFunction<void(ErrorReport const&)>;
  using DeadLetterHook = SharedFunction<void(DeadLetter const&)>;
  using HighWaterHook = SharedFunction<void(HighWater const&)>;

  // ---- the bus itself ----

  bool isClosed() const noexcept {
    // acquire: pairs with the exchange in close().
    return isClosed_.load(std::memory_order_acquire);
  }
  void checkOpen(std::string_view verb) const {
    if (isClosed()) throw Error(Errc::Closed, {}, std::string(verb) + ": the bus is closed");
  }
  /// Closes all endpoints. A second call finds nothing to do, and does not wait for the first.
  void close();

  /// The driver, which runs the endpoints; null: threads do.
  Driver* driver() const noexcept { return driver_; }
  /// Sets the driver: before the bus has any endpoint; and null when all of them are closed.
  void driveBy(Driver* driver) noexcept {
    driver_ = driver;
    noteHeard();
    mutex_.beAlone(driver != nullptr);
  }
  /// The bus's clock: steady, or virtual in a simulation.
  Nanoseconds now() const noexcept {
    return driver_ == nullptr ? ThreadPlatform::now() : driver_->executor.now();
  }

  /// Whether somebody wants to know what happens: a driver, or a tap.
  bool isHeard() const noexcept {
    // relaxed: what is missed happened while the tap was being set.
    return isHeard_.load(std::memory_order_relaxed);
  }
  /// The tap, which listens in on the lanes that are made from now on; or null. It lives as long as the bus.
  Tap* tap() const noexcept {
    // acquire: pairs with the release in tapBy().
    return tap_.load(std::memory_order_acquire);
  }
  /// Sets the tap, and tells it of the endpoints that there are. False if the bus has one already.
  /// What the tap throws leaves the bus without it.
  [[nodiscard]] bool tapBy(std::shared_ptr<Tap> const& tap);
  /// Takes that tap away, if the bus has it. Lanes that were made meanwhile keep theirs.
  void untap(Tap const& tap) noexcept;
  /// Tells a driver, or the tap, that the code of an endpoint (null: other code) has looked at something.
  void tellLooked(EndpointCore const* by, EndpointCore const& at, LookedAt what,
                  bool isSo) const noexcept;
  /// Tells a driver, or the tap, that a wait has ended because its deadline has passed, or that a timer runs.
  void tellDeadline(EndpointCore const& at, bool isTimer) const noexcept;
  /// Tells a driver, or the tap, that an answer of that endpoint is about to be published.
  void tellAnswer(EndpointCore const& responder, AnswerSlot const& slot) const noexcept;
  /// Tells a driver, or the tap, that an endpoint closes.
  void tellClosing(EndpointCore const& core) const noexcept;

  // ---- its endpoints ----

  /// Makes an endpoint. Throws Error(Closed).
  std::shared_ptr<EndpointCore> add(std::shared_ptr<BusCore> const& self, std::string name,
                                    InboxOptions const& options);
  /// Makes a stand-in, by which a thread sends that has no endpoint, or has not polled `named` yet.
  std::shared_ptr<EndpointCore> addStandIn(std::shared_ptr<BusCore> const& self,
                                           std::shared_ptr<EndpointCore> const& named,
                                           std::shared_ptr<ThreadToken> const& thread);
  /// Takes an endpoint off the list, and keeps its counts. By its destructor.
  void remove(EndpointCore& endpoint) noexcept;
  /// Takes an endpoint out of those that find() knows. Any thread, as part of its closing.
  void closed(EndpointCore& endpoint) noexcept;
  /// Has the loops of that thread look around here, which is to let go of an endpoint that another one has ended.
  void tellToLetGo(ThreadToken const& thread) noexcept;

  /// The oldest open endpoint of that name, but not that one; or null.
  std::shared_ptr<EndpointCore> find(std::string_view name, EndpointCore const* except) const;
  /// The endpoints that are open, the oldest first.
  Row<std::shared_ptr<EndpointCore>> endpoints() const;

  // ---- its hooks and counts ----

  void setErrorHook(std::shared_ptr<BusCore> const& self, ErrorHook hook);
  void setDeadLetterHook(std::shared_ptr<BusCore> const& self, DeadLetterHook hook);
  void setHighWaterHook(std::shared_ptr<BusCore> const& self, HighWaterHook hook);
  /// Takes all hooks away, at the end of the bus. When it returns none is running, but on this
  /// thread, nor runs again. (But for those that wait for this thread.)
  void takeHooks(std::shared_ptr<BusCore> const& self) noexcept;
  /// Takes the hooks of the bus away, and waits for none of their calls.
  void dropHooks() noexcept;

  /// Tells the hook of an exception; without one it is a line on stderr.
  void reportError(std::string_view channel, std::string_view from, std::string_view to,
                   std::exception_ptr exception) noexcept;
  /// Writes a line to stderr, where there is no bus whose hook could be told.
  static void reportNowhere(std::exception_ptr const& exception) noexcept;
  /// Counts a dead letter, and tells the hook; without one the first NoListener, TypeMismatch and
  /// Denied of a channel at an endpoint is one line on stderr, up to a number of lines. One that
  /// arises inside the hook, on the same thread, is only counted. `why` may be null: then the reason
  /// says it all.
  void deadLetter(Errc reason, std::string_view channel, EndpointCore const& from,
                  EndpointCore const& to, std::exception_ptr const& why = nullptr) noexcept;
  /// Whether a hook is told of dead letters.
  bool hearsDeadLetters() const noexcept { return deadLetterHook_.isSet(); }
  /// Tells the hook that so many messages of one sender wait.
  void highWater(std::string_view from, std::string_view to, std::uint64_t waiting) noexcept;
  /// Counts an answer that came when nobody waited any more.
  void lateAnswer() noexcept {
    // relaxed: a count, on which nothing rests; read by stats().
    lateAnswers_.fetch_add(1, std::memory_order_relaxed);
  }

  Stats stats() const;

  /// Tells a driver that a hook is about to be called, or would be if it were set.
  void noteCallOf(Hook const& hook, EffectLog::BusHook which) const noexcept;
  /// Tells a driver that a hook is about to be replaced.
  void noteReplaced(EffectLog::BusHook which) const noexcept;

 private:
  static constexpr std::size_t Reasons = static_cast<std::size_t>(Errc::Superseded) + 1;

  /// Makes an endpoint and lists it, under the lock. If this throws, what `core` holds by then is the
  /// caller's to end, without the lock: its destructor wants that.
  void make(std::shared_ptr<EndpointCore>& core, std::shared_ptr<BusCore> const& self,
            std::string name, std::uint64_t id, InboxOptions const& options,
            std::shared_ptr<EndpointCore> const& named);
  Row<std::shared_ptr<EndpointCore>> all() const;
  /// The endpoint that was made after `core`, open or not; for null the oldest of all. Null: none.
  std::shared_ptr<EndpointCore> next(EndpointCore const* core) const noexcept;
  /// Notes whether somebody wants to know what happens.
  void noteHeard() noexcept {
    // relaxed: see isHeard().
    isHeard_.store(driver_ != nullptr || tap() != nullptr, std::memory_order_relaxed);
  }
  /// Tells a driver that somebody looks who is on the bus.
  void noteLookAtEndpoints() const noexcept;
  /// Notes that there is a dead letter of that reason and channel at that endpoint, and says what is
  /// to be written of it. Throws std::bad_alloc.
  FirstLines::Say noteLetter(Errc reason, std::string_view channel, EndpointCore const& to);

  Driver* driver_ = nullptr;
  std::atomic<bool> isClosed_{false};
  std::atomic<bool> isHeard_{false};

  mutable BusMutex
      mutex_{};  // guards the endpoints, the taps, and the counts of those that are gone
  EndpointCore* oldest_ = nullptr;  // of all that there are; each removes itself
  EndpointCore* newest_ = nullptr;
  PointerTree open_{};
  std::uint64_t nextId_ = 1;
  Row<std::shared_ptr<Tap>>
      taps_{};  // all that there have been: who has found one may use it still
  std::uint64_t sentBefore_ = 0, handledBefore_ = 0, deepestBefore_ = 0;

  std::atomic<Tap*> tap_{nullptr};
  std::atomic<std::uint64_t> lateAnswers_{0};
  std::atomic<std::uint64_t> deadLetters_[Reasons] = {};
  Hook errorHook_{};  // a SharedFunction's Callable of a report, as the next two
  Hook deadLetterHook_{};
  Hook highWaterHook_{};
  FirstLines linesSaid_{};  // which dead letters are on stderr
};

}  // namespace tincan::inline abi0::detail
