// tincan/bus.hpp - what joins the threads of a program
#pragma once

#include <list>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include <tincan/detail/base/callable.hpp>
#include <tincan/detail/base/owned.hpp>
#include <tincan/detail/base/shared_function.hpp>
#include <tincan/detail/process/mutex.hpp>
#include <tincan/detail/send/thread_body.hpp>
#include <tincan/inbox_options.hpp>
#include <tincan/main.hpp>
#include <tincan/renderer.hpp>
#include <tincan/renderer_thread.hpp>
#include <tincan/reports.hpp>
#include <tincan/stop_token.hpp>

namespace tincan::inline abi0 {

namespace detail {
class ThreadRecord;
}

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
  /// Makes a bus whose main belongs to the calling thread at first, and has an inbox without a limit.
  Bus() : Bus(BusOptions{}) {}
  /// Makes a bus with options for its main. Renderers get theirs from attach() and spawn().
  explicit Bus(BusOptions options) : Bus(options, nullptr) {}
  /// Makes a bus for tincan/testing.hpp, which the driver runs instead of threads.
  Bus(BusOptions options, detail::Driver* driver);
  Bus(Bus const&) = delete;
  Bus& operator=(Bus const&) = delete;
  ~Bus();

  /// The endpoint that every renderer talks to.
  Main& main() noexcept { return main_; }

  /// Makes a renderer for a thread that exists already: the one that polls it. Throws Closed.
  Renderer attach(std::string name = {}, InboxOptions options = {});

  /// Starts a thread that runs body(Renderer&), or body(Renderer&, std::stop_token), whose stop is
  /// requested once quit() was called or the renderer is closed. What leaves the body goes to onError,
  /// but for Closed once the renderer is closed; then the renderer ends. Throws Closed,
  /// std::system_error.
  template <class F>
  RendererThread spawn(std::string name, F body) {
    return spawnBody(std::move(name), InboxOptions{}, body);
  }
  template <class F>
  RendererThread spawn(std::string name, InboxOptions options, F body) {
    return spawnBody(std::move(name), options, body);
  }

  /// Does not compile: a method is no body.
  template <class Method, class Object>
  requires std::is_member_pointer_v<Method> RendererThread spawn(std::string, Method, Object&&) {
    static_assert(!std::is_member_pointer_v<Method>,
                  "tincan: the body of a renderer is one function: "
                  "[&worker](tincan::Renderer& ipc) { worker.run(ipc); }.");
    return start({}, {}, nullptr);
  }

  /// Ends every endpoint. Afterwards poll() returns 0, run() returns, attach and spawn throw Closed. For any
  /// handler too, any number of times.
  void close();

  /// Has `hook(report)` told what listeners and tasks throw, instead of a line on stderr. It is any callable,
  /// which may be move-only; a null one, as onError({}), takes the hook away. Once that, or the end of the
  /// bus, has returned, the hook is not running and never runs again; so for all hooks.
  void onError(detail::SharedFunction<void(ErrorReport const&)> hook);
  /// Has `hook(letter)` told of messages that nobody handled, instead of a line on stderr, of which a bus writes
  /// only the first few thousand.
  void onDeadLetter(detail::SharedFunction<void(DeadLetter const&)> hook);

  /// Has `hook` called by a sender that has InboxOptions::highWater messages waiting in an inbox, and had
  /// fewer.
  void onHighWater(detail::SharedFunction<void(HighWater const&)> hook);

  /// Returns counts of the messages so far.
  Stats stats() const;

 private:
  template <class F>
  RendererThread spawnBody(std::string name, InboxOptions const& options, F& body) {
    detail::refuseNull(body, "spawn");
    auto const core = core_;  // moving the body may end this very bus
    auto made = detail::Owned<detail::ThreadBodyOf<F>>::make(std::move(body));
    core->checkOpen("spawn");
    return start(std::move(name), options, std::move(made));
  }

  using Threads = std::list<std::shared_ptr<detail::ThreadRecord>>;  // linked without memory

  static std::shared_ptr<detail::BusCore> makeCore(detail::Driver* driver);

  RendererThread start(std::string name, InboxOptions const& options,
                       detail::Owned<detail::ThreadBody> body);
  static void runBody(detail::ThreadRecord& record, std::shared_ptr<detail::ThreadRecord> self,
                      std::shared_ptr<detail::EndpointCore> main,
                      std::shared_ptr<detail::EndpointCore> host,
                      detail::Owned<detail::ThreadBody> body, StopToken stop) noexcept;
  static void report(detail::EndpointCore& core) noexcept;

  /// The endpoint whose handler or body makes another one now; else main.
  std::shared_ptr<detail::EndpointCore> host() const;

  void addThread(std::shared_ptr<detail::ThreadRecord> record);

  Threads takeThreads();

  std::shared_ptr<detail::BusCore> const core_;
  std::shared_ptr<detail::EndpointCore> const mainCore_;
  Main main_;
  detail::Mutex threadsMutex_{};  // guards threads_
  Threads threads_{};
};

}  // namespace tincan::inline abi0

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/bus.ipp>
#endif
