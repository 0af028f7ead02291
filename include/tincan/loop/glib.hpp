// tincan/loop/glib.hpp - an endpoint in a loop of GLib
#pragma once

#include <glib.h>

#include <atomic>
#include <memory>

#include <tincan/detail/loop/loop_tie.hpp>
#include <tincan/endpoint.hpp>

namespace tincan::inline abi0::loop {

/// Ties an endpoint to a GMainContext: of GTK, of a GMainLoop, or one's own. Timers may be made anywhere: the
/// tie is a GSource, which looks for them before the loop sleeps.
///
///   Threads   Made, used and ended on the endpoint's thread, which runs the loop.
///   Order     As poll() of the endpoint. After a hundred messages, other sources of its priority have their turn.
///   Lifetime  Holds the context. The endpoint has one tie at a time, and is not moved meanwhile. It, or its bus,
///             may be closed or end before. A listener may end this.
///   Errors    WrongThread, Closed. A loop that another thread runs is an exception which ends the program.
class Glib {
 public:
  /// Attaches a source to the context, of which null is the default one, and takes the endpoint's onWake(). A source
  /// of a larger priority is served after the others: where messages shall not hold up drawing,
  /// G_PRIORITY_DEFAULT_IDLE.
  explicit Glib(Endpoint& endpoint, ::GMainContext* context = nullptr,
                int priority = G_PRIORITY_DEFAULT)
      : context_(::g_main_context_ref(context != nullptr ? context : ::g_main_context_default())),
        tie_(endpoint, [this] { wake(); }) {
    source_.reset(::g_source_new(&functions(), sizeof(Source)));
    reinterpret_cast<Source*>(source_.get())->tie = this;
    ::g_source_set_priority(source_.get(), priority);
    ::g_source_attach(source_.get(), context_.get());
  }
  Glib(Glib const&) = delete;
  Glib& operator=(Glib const&) = delete;
  ~Glib() { ::g_source_destroy(source_.get()); }

 private:
  struct Source {
    ::GSource base;
    Glib* tie;
  };
  struct Unref {
    void operator()(::GMainContext* context) const noexcept { ::g_main_context_unref(context); }
    void operator()(::GSource* source) const noexcept { ::g_source_unref(source); }
  };

  static ::GSourceFuncs& functions() {
    static ::GSourceFuncs table{
        [](::GSource* source, int* timeout) noexcept -> ::gboolean {
          *timeout = of(source).timeout();
          return *timeout == 0;
        },
        [](::GSource* source) noexcept -> ::gboolean { return of(source).timeout() == 0; },
        [](::GSource* source, ::GSourceFunc, void*) noexcept -> ::gboolean {
          of(source).ready();
          return G_SOURCE_CONTINUE;
        },
        nullptr,
        nullptr,
        nullptr};
    return table;
  }
  static Glib& of(::GSource* source) noexcept { return *reinterpret_cast<Source*>(source)->tie; }

  void wake() {
    // release: pairs with the acquire in timeout(), though the loop's own lock orders them, too.
    isRung_.store(true, std::memory_order_release);
    ::g_main_context_wakeup(context_.get());
  }
  int timeout() const {
    // acquire: pairs with the release in wake().
    return isRung_.load(std::memory_order_acquire) ? 0 : tie_.millisecondsLeft();
  }
  void ready() {
    // relaxed: before the look at what there is, which the inbox orders.
    isRung_.store(false, std::memory_order_relaxed);
    static_cast<void>(tie_.poll());
  }

  std::unique_ptr<::GMainContext, Unref> context_;
  std::atomic<bool> isRung_{false};
  detail::LoopTie tie_;
  std::unique_ptr<::GSource, Unref> source_{};
};

}  // namespace tincan::inline abi0::loop
