// tincan/bus.hpp - what joins the threads of a program
#pragma once

#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <mutex>
#include <stop_token>
#include <string>
#include <type_traits>
#include <utility>

#include <tincan/detail/engine.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/detail/send/thread_record.hpp>
#include <tincan/inbox_options.hpp>
#include <tincan/main.hpp>
#include <tincan/renderer.hpp>
#include <tincan/renderer_thread.hpp>
#include <tincan/reports.hpp>

namespace tincan::inline abi0 {

/// The options of a bus.
struct BusOptions {
  InboxOptions main;  ///< of main's inbox
};

/// Joins the threads of a program: a main endpoint, and any number of renderers.
///
///   Threads   Any, for each verb. The hooks run on the thread where it happens, with no lock held.
///   Lifetime  Its end closes it, then joins every thread that it has spawned. Handles may be kept; their
///             endpoints are then closed.
class Bus {
 public:
  Bus() : Bus(BusOptions{}) {}
  explicit Bus(BusOptions options) : Bus(options, nullptr) {}
  /// Makes a bus for tincan/testing.hpp, which the driver runs instead of threads.
  Bus(BusOptions options, detail::Driver* driver)
      : core_(makeCore(driver)),
        mainCore_(core_->add(core_, "main", options.main)),
        main_(mainCore_) {
    mainCore_->settleHere("Bus");
  }
  Bus(Bus const&) = delete;
  Bus& operator=(Bus const&) = delete;
  ~Bus() {
    core_->close();
    // Those that a thread of the bus is just making come later.
    for (auto threads = takeThreads(); !threads.empty(); threads = takeThreads()) {
      for (auto const& record : threads) record->joinClosed();
    }
    core_->takeHooks(core_);
    detail::letDisownedGo();
  }

  /// The endpoint that every renderer talks to.
  Main& main() noexcept { return main_; }

  /// Makes a renderer for a thread that exists already: the one that polls it. Throws Closed.
  Renderer attach(std::string name = {}, InboxOptions options = {}) {
    Renderer renderer(core_->add(core_, std::move(name), options), mainCore_, host());
    detail::PeerAccess::core(renderer.peer())->settleHere("attach");
    return renderer;
  }

  /// Starts a thread that runs body(Renderer&), or body(Renderer&, std::stop_token), whose stop is
  /// requested once quit() was called or the renderer is closed. What leaves the body goes to onError,
  /// but for Closed once the renderer is closed; then the renderer ends. Throws Closed,
  /// std::system_error.
  template <class F>
  RendererThread spawn(std::string name, F body) {
    return spawn(std::move(name), InboxOptions{}, std::move(body));
  }
  template <class F>
  RendererThread spawn(std::string name, InboxOptions options, F body) {
    static_assert(TakesStop<F> || std::is_invocable_v<F&, Renderer&>,
                  "tincan: the body of a renderer is called with a Renderer&, or with a Renderer& "
                  "and a std::stop_token.");
    if constexpr (TakesStop<F>) {
      detail::refuseCoroutineAsBody<std::invoke_result_t<F&, Renderer&, std::stop_token>>();
    } else if constexpr (std::is_invocable_v<F&, Renderer&>) {
      detail::refuseCoroutineAsBody<std::invoke_result_t<F&, Renderer&>>();
    }
    detail::refuseNull(body, "spawn");
    // Where it stays: moving it again could throw on the new thread.
    auto held = std::make_shared<F>(std::move(body));
    auto const record =
        std::make_shared<detail::ThreadRecord>(core_->add(core_, std::move(name), options));
    try {
      record->announce();
      std::stop_token stop = TakesStop<F> ? record->core()->stopToken() : std::stop_token();
      addThread(record);
      record->start([record, main = mainCore_, host = host(), held = std::move(held),
                     stop = std::move(stop)]() mutable noexcept {
        runBody(*record, record, std::move(main), std::move(host), std::move(held),
                std::move(stop));
        record->ended();
      });
    } catch (...) {
      record->core()->disown();
      record->ended();
      throw;
    }
    return RendererThread(record);
  }

  /// Ends every endpoint. Afterwards poll() returns 0, run() returns, attach and spawn throw Closed. For any
  /// handler too, any number of times.
  void close() { core_->close(); }

  /// Has `hook` told what listeners and tasks throw, instead of a line on stderr. Once onError({}), or the
  /// end of the bus, has returned, the hook is not running and never runs again; so for all hooks.
  void onError(std::function<void(ErrorReport const&)> hook) {
    core_->setErrorHook(core_, std::move(hook));
  }
  /// Has `hook` told of messages that nobody handled, instead of a line on stderr, of which a bus writes
  /// only the first few thousand.
  void onDeadLetter(std::function<void(DeadLetter const&)> hook) {
    core_->setDeadLetterHook(core_, std::move(hook));
  }

  /// Has `hook` called by a sender that has InboxOptions::highWater messages waiting in an inbox, and had
  /// fewer.
  void onHighWater(std::function<void(HighWater const&)> hook) {
    core_->setHighWaterHook(core_, std::move(hook));
  }

  /// Returns counts of the messages so far.
  Stats stats() const { return core_->stats(); }

 private:
  using Threads = std::list<std::shared_ptr<detail::ThreadRecord>>;  // linked without memory

  static std::shared_ptr<detail::BusCore> makeCore(detail::Driver* driver) {
    detail::waitGraph();  // ends of threads and endpoints need it, and must not allocate it
    auto core = std::make_shared<detail::BusCore>();
    core->driveBy(driver);
    return core;
  }

  template <class F>
  static constexpr bool TakesStop = std::is_invocable_v<F&, Renderer&, std::stop_token>;

  template <class F>
  static void runBody(detail::ThreadRecord& record, std::shared_ptr<detail::ThreadRecord> self,
                      std::shared_ptr<detail::EndpointCore> main,
                      std::shared_ptr<detail::EndpointCore> host, std::shared_ptr<F> body,
                      std::stop_token stop) noexcept {
    auto const core = record.core();
    Renderer renderer(core, std::move(main), std::move(host));
    try {
      record.began(std::move(self));
      if (core->bus->driver() == nullptr) detail::ThreadPlatform::nameThread(core->name);
      core->bind();
      detail::Running const running(*core);
      try {
        if constexpr (TakesStop<F>) (*body)(renderer, std::move(stop));
        else (*body)(renderer);
      } catch (Error const& error) {
        if (error.code() != Errc::Closed || !core->isClosed()) report(*core);
      } catch (...) {
        report(*core);
      }
    } catch (...) {
      report(*core);  // no memory for the thread
    }
  }

  static void report(detail::EndpointCore& core) noexcept {
    core.bus->reportError({}, core.name, core.name, std::current_exception());
  }

  /// The endpoint whose handler or body makes another one now; else main.
  std::shared_ptr<detail::EndpointCore> host() const {
    detail::EndpointCore* const current = detail::threadState().current;
    return current != nullptr && current->bus == core_ ? current->shared_from_this() : mainCore_;
  }

  void addThread(std::shared_ptr<detail::ThreadRecord> record) {
    Threads added{std::move(record)};
    Threads finished;
    {
      std::lock_guard const lock(threadsMutex_);
      // Closed: the end of the bus may have taken all that it is to join.
      if (!core_->isClosed()) {
        for (auto at = threads_.begin(); at != threads_.end();) {
          auto const old = at++;
          if (!(*old)->isFinished() || (*old)->isThisThread()) continue;
          finished.splice(finished.end(), threads_, old);
        }
        threads_.splice(threads_.end(), added);
      }
    }
    if (!added.empty()) core_->checkOpen("spawn");
    for (auto const& old : finished) old->joinClosed();
  }

  Threads takeThreads() {
    std::lock_guard const lock(threadsMutex_);
    return std::exchange(threads_, {});
  }

  std::shared_ptr<detail::BusCore> const core_;
  std::shared_ptr<detail::EndpointCore> const mainCore_;
  Main main_;
  detail::Mutex threadsMutex_;  // guards threads_
  Threads threads_;
};

}  // namespace tincan::inline abi0
