// tincan/renderer_thread.hpp - the handle of a thread that a bus has spawned
#pragma once

#include <memory>
#include <utility>

#include <tincan/detail/engine.hpp>
#include <tincan/peer.hpp>

namespace tincan::inline abi0 {

namespace detail {
class ThreadRecord;
}

/// The handle of a thread that runs the body of a renderer.
///
///   Threads   One at a time.
///   Lifetime  Its end quits the renderer and joins the thread. If the renderer waits for this very thread
///             at that moment, it is closed instead, and its wait ends with Closed. Of a simulated bus: on
///             another thread than that of the simulation it is a line on stderr, and the renderer goes on.
class [[nodiscard]] RendererThread {
 public:
  /// Takes the thread over; the other one has none then, and its end does nothing.
  RendererThread(RendererThread&&) noexcept = default;
  /// Quits and joins the thread that was here, as its end does, and takes the other one over.
  RendererThread& operator=(RendererThread&& other) noexcept;
  ~RendererThread() { end(); }

  /// Returns a handle to the renderer, also when its thread has ended; after a move, one to nobody.
  Peer peer() const;

  /// Blocks until the body has returned, and does not make it do so: see Endpoint::quit(). Throws Deadlock if the
  /// body waits for this thread.
  void join();

 private:
  friend class Bus;
  explicit RendererThread(std::shared_ptr<detail::ThreadRecord> record) noexcept
      : record_(std::move(record)) {}

  void end() noexcept;

  std::shared_ptr<detail::ThreadRecord> record_;
};

}  // namespace tincan::inline abi0

#if !defined(TINCAN_SEPARATE_COMPILATION)
#include <tincan/renderer_thread.ipp>
#endif
